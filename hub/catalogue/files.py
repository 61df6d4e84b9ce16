"""Which files make a catalogue: every `*.yaml` in the folder, and the contracts and code lists beside them."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hub.catalogue.errors import Offender

CONTRACTS: Final = "contracts"
CODE_LISTS: Final = "codelists"


@dataclass(slots=True)
class Listing:
    """The files found, as names relative to the folder, sorted; and what is wrong with the folder itself."""

    yaml: list[str] = field(default_factory=list)
    contracts: list[str] = field(default_factory=list)
    """Contracts and code lists: part of the revision, and no records."""
    offenders: list[Offender] = field(default_factory=list)


def list_files(folder: Path) -> Listing:
    """Walk the folder. Hidden files and folders are no part of a catalogue (a mounted ConfigMap keeps copies in them)."""
    found = Listing()
    if not folder.is_dir():
        said = f"{folder} does not exist, or is not a folder: where is the catalogue (ONLYONCE_CATALOGUE)?"
        found.offenders.append(Offender(".", 1, said))
        return found

    def note(problem: OSError) -> None:
        found.offenders.append(
            Offender(".", 1, f"a folder can't be read: {problem.strerror or type(problem).__name__}")
        )

    for root, folders, files in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(root).relative_to(folder)
        for name in files:
            if not name.startswith("."):
                _sort_file(found, here, name)
    found.yaml.sort()
    found.contracts.sort()
    if not found.yaml and not found.offenders:
        found.offenders.append(Offender(".", 1, "there is no *.yaml file in this folder"))
    return found


def _sort_file(found: Listing, here: Path, name: str) -> None:
    file = (here / name).as_posix()
    if not {CONTRACTS, CODE_LISTS}.isdisjoint(here.parts) or name.endswith(".csv"):
        found.contracts.append(file)
    elif name.endswith(".yaml"):
        found.yaml.append(file)
    elif name.endswith(".yml"):
        found.offenders.append(Offender(printable(file), 1, "name it *.yaml, or it is not read"))


def printable(file: str) -> str:
    """A file's name that can be written anywhere, even when its bytes are no text."""
    return os.fsencode(file).decode("utf-8", "replace")


def revision_of(folder: Path, read: Mapping[str, bytes], contracts: Iterable[str]) -> str:
    """The SHA-256 (hex) over the sorted names and bytes of all files; `read` holds those that were read already.

    Raises:
        OSError: a contract can't be read.
    """
    whole = hashlib.sha256()
    for part in _parts(folder, read, contracts):
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.hexdigest()


def _parts(folder: Path, read: Mapping[str, bytes], contracts: Iterable[str]) -> Iterator[bytes]:
    for name in sorted({*read, *contracts}):
        yield os.fsencode(name)
        yield read[name] if name in read else (folder / name).read_bytes()
