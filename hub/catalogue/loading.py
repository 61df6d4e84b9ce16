"""Loading a catalogue.

1. List the files of the folder.
2. Read each YAML file, with the line of everything.
3. Sort the records by kind; refuse an id twice.
4. Read each record by itself.
5. Check what only the whole shows. Left out when a file can't be read at all: half a catalogue would accuse the wrong lines.
6. Refuse it with all that was found, or give the catalogue and its revision.
"""

import re
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from connectors import UNFILLED, blanks_in
from hub.catalogue import activities, authorisations, checks, clients, logins, reading, representation
from hub.catalogue.checks import Shelf, Shelves
from hub.catalogue.documents import Document, Mapped, Path_, line_at, read_document, shown
from hub.catalogue.errors import CatalogueInvalid, Offender
from hub.catalogue.files import Listing, list_files, printable, revision_of
from hub.catalogue.model import Catalogue
from hub.catalogue.records import Findings, Record, is_slug

_KINDS: Final = {
    "controllers": "controller", "sources": "source", "attributes": "attribute", "activities": "activity", "forms": "form",
    "clients": "client", "logins": "login", "representation": "register",
}  # fmt: skip
_ATTRIBUTE_ID = re.compile(r"[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)+")


def load(folder: Path, *, admit_test_numbers: bool = False) -> Catalogue:
    """Read and check the catalogue in this folder.

    `admit_test_numbers`: whether published test persons (months 60 to 72 in a national number) are taken as subjects.

    Raises:
        CatalogueInvalid: with everything that is wrong.
    """
    return load_with_places(folder, admit_test_numbers=admit_test_numbers)[0]


def load_with_places(folder: Path, *, admit_test_numbers: bool = False) -> tuple[Catalogue, Shelves]:
    """As `load`, with the records as they stand in the files, for who wants to name a line of them.

    Raises:
        CatalogueInvalid: with everything that is wrong.
    """
    listing = list_files(folder)
    documents = {name: read_document(folder / name, printable(name)) for name in listing.yaml}
    findings = Findings(list(listing.offenders))
    for document in documents.values():
        findings.offenders.extend(document.offenders)
    shelves = _sort(documents, findings)
    _read(shelves, folder)
    serving: dict[str, str] = {}
    if all(document.readable for document in documents.values()):
        _refuse_empty(documents, shelves, findings)
        serving = _check(shelves)
    revision = _revision(folder, documents, listing, findings)
    offenders = _without_echoes(findings.offenders, _blanks(documents))
    if offenders:
        raise CatalogueInvalid(tuple(sorted(set(offenders))))
    return _assemble(folder, revision, admit_test_numbers, shelves, serving), shelves


def _blanks(documents: Mapping[str, Document]) -> list[Offender]:
    """What a skeleton left for a person to fill in, and nobody has: once per line."""
    found: dict[tuple[str, int], Path_] = {}
    for one in documents.values():
        for path in blanks_in(one.root):
            at = (one.file, line_at(one.root, path, 1))
            found[at] = _shared(found.get(at, path), path)
    return [
        Offender(file, line, f"{'.'.join(map(shown, path))} {UNFILLED}")
        for (file, line), path in found.items()
    ]


def _shared(one: Path_, other: Path_) -> Path_:
    """What two paths begin with."""
    return tuple(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _without_echoes(found: list[Offender], blanks: list[Offender]) -> list[Offender]:
    """All that is wrong, without what is only wrong because of a blank on the same line."""
    blank = {(one.file, one.line) for one in blanks}
    return [*blanks, *(one for one in found if (one.file, one.line) not in blank)]


def _sort(documents: Mapping[str, Document], findings: Findings) -> dict[str, Shelf]:
    shelves = {section: Shelf(kind) for section, kind in _KINDS.items()}
    for document in documents.values():
        if document.root is None:
            continue
        if not isinstance(document.root, Mapped):
            findings.add(document.file, 1, f"the file must be a mapping with any of {', '.join(_KINDS)}")
            continue
        top = Record(findings, document.file, 1, "the file", document.root)
        top.only(tuple(_KINDS))
        for section, shelf in shelves.items():
            inner = top.inner(section, required=False)
            if inner is not None:
                _place(shelf, inner)
    return shelves


def _place(shelf: Shelf, section: Record) -> None:
    for key, node in section.node.items():
        record = Record(
            section.findings, section.file, section.node.lines[key], f"{shelf.kind} '{shown(key)}'", Mapped()
        )
        if not isinstance(key, str) or not _is_id(shelf.kind, key):
            like = "person.familyName" if shelf.kind == "attribute" else "study-grant"
            record.offend(f"an id of this kind looks like {like}")
        elif not isinstance(node, Mapped):
            record.offend("the record must be a mapping")
            shelf.records.setdefault(key, record)
        elif key in shelf.records:
            first = shelf.records[key]
            record.offend(f"duplicate id: it is declared at {first.file}:{first.line} already")
        else:
            record.node = node
            shelf.records[key] = record


def _is_id(kind: str, key: str) -> bool:
    if kind == "attribute":
        return len(key) <= 100 and _ATTRIBUTE_ID.fullmatch(key) is not None
    return is_slug(key)


def _read(shelves: Shelves, folder: Path) -> None:
    digests = {key: reading.digest_of(record.node) for key, record in shelves["activities"].records.items()}
    readers: dict[str, Any] = {
        "controllers": reading.read_controller,
        "sources": lambda record, key: reading.read_source(record, key, folder),
        "attributes": reading.read_attribute,
        "activities": activities.read_activity,
        "forms": lambda record, key: reading.read_form(
            record, key, digests.get(str(record.node.get("activity")), "")
        ),
        "clients": clients.read_client,
        "logins": logins.read_login,
        "representation": representation.read_register,
    }
    for section, shelf in shelves.items():
        for key, record in shelf.records.items():
            if not record.sound:
                continue
            found = readers[section](record, key)
            if found is not None:
                shelf.read[key] = found


def _check(shelves: Shelves) -> dict[str, str]:
    serving = checks.serving_of(shelves)
    checks.check_sources(shelves)
    checks.check_tables(shelves, serving)
    checks.check_asked(shelves, serving)
    checks.check_activities(shelves)
    checks.check_forms(shelves)
    checks.check_clients(shelves)
    authorisations.check_national_number(shelves)
    authorisations.check_client_channels(shelves)
    representation.check_registers(shelves)
    return serving


def _refuse_empty(documents: Mapping[str, Document], shelves: Shelves, findings: Findings) -> None:
    if documents and not findings.offenders and not any(shelf.records for shelf in shelves.values()):
        findings.add(".", 1, "the catalogue is empty: its files declare nothing")


def _revision(folder: Path, documents: Mapping[str, Document], listing: Listing, findings: Findings) -> str:
    read = {name: document.content for name, document in documents.items()}
    try:
        return revision_of(folder, read, listing.contracts)
    except OSError as problem:
        findings.add(".", 1, f"a contract can't be read: {problem.strerror or type(problem).__name__}")
        return ""


def _assemble(
    folder: Path, revision: str, admit_test_numbers: bool, shelves: Shelves, serving: dict[str, str]
) -> Catalogue:
    held: dict[str, Any] = {section: MappingProxyType(shelf.read) for section, shelf in shelves.items()}
    return Catalogue(
        folder=folder,
        revision=revision,
        admit_test_numbers=admit_test_numbers,
        serving=MappingProxyType(serving),
        **held,
    )
