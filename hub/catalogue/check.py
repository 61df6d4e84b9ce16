"""What `onlyonce check` does: load a catalogue, compare its sources with their contracts, and say it in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import connectors
from hub.catalogue.documents import line_at
from hub.catalogue.errors import CatalogueInvalid, Offender
from hub.catalogue.loading import load_with_places
from hub.catalogue.records import located

KINDS = ("controllers", "sources", "attributes", "activities", "forms", "clients", "logins", "representation")


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. `counts`: how many of each kind; empty when the catalogue can't be loaded."""

    offenders: tuple[Offender, ...]
    counts: Mapping[str, int]
    revision: str | None
    text: str

    @property
    def ok(self) -> bool:
        """Whether the catalogue is sound."""
        return not self.offenders


def check(folder: Path) -> Report:
    """Check the catalogue in this folder, with the contracts of its sources. Takes up to a second per contract; opens no connection."""
    try:
        catalogue, places = load_with_places(folder)
    except CatalogueInvalid as invalid:
        return _refused(invalid.offenders, {}, None)
    counts = {kind: len(getattr(catalogue, kind)) for kind in KINDS}
    offenders = []
    for source_id, declaration in catalogue.sources.items():
        record = places["sources"].records[source_id]
        for problem in connectors.check_against_contract(declaration):
            line = line_at(record.node, problem.path, record.line)
            offenders.append(
                Offender(record.file, line, f"{record.what}: {located(problem.path, problem.message)}")
            )
    if offenders:
        return _refused(tuple(sorted(set(offenders))), counts, catalogue.revision)
    said = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    return Report(
        (), counts, catalogue.revision, f"The catalogue is sound: {said}.\nRevision {catalogue.revision}"
    )


def _refused(offenders: tuple[Offender, ...], counts: Mapping[str, int], revision: str | None) -> Report:
    lines = [str(offender) for offender in offenders]
    lines.append(f"The catalogue is refused: {len(lines)} {'problem' if len(lines) == 1 else 'problems'}.")
    return Report(offenders, counts, revision, "\n".join(lines))
