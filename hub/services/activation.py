"""A revision of the policies or of the catalogue begins to rule: one entry of the log for each change, however many replicas make it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Connection

from hub.catalogue import Catalogue, files_of
from hub.oversight import Activation, ActiveMoved, activate, active
from hub.oversight.archive import Kind
from hub.services.entries import Journal
from hub.services.errors import NotRecorded
from hub.services.reading import Reads
from policies import PolicySet

_KINDS: Final[Mapping[Kind, str]] = {"policies": "policyActivated", "catalogue": "catalogueActivated"}
_TRIES: Final = 8
_log = structlog.get_logger("hub")


class Activations:
    """Records what rules, and keeps it in the archive.

    Args:
        journal: writes the entries.
        connect: opens a connection of the hub's database, for reading.
        process: names this start of the hub.
        clock: aware, UTC.
    """

    def __init__(
        self,
        journal: Journal,
        connect: Callable[[], Connection],
        process: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._journal, self._connect, self._process, self._clock = journal, connect, process, clock
        self._reads = Reads("activation", threads=1)

    async def policies(self, policy_set: PolicySet) -> None:
        """Let a policy set rule; durable on return. That it rules already is no change.

        Raises:
            NotRecorded: the log did not take it, so the set must not rule.
        """
        files = {name: text.encode() for name, text in policy_set.modules.items()}
        await self._activate("policies", policy_set.revision, lambda: files, built_at=policy_set.built_at)

    async def catalogue(self, catalogue: Catalogue) -> None:
        """Let a catalogue rule; durable on return. That it rules already is no change.

        Raises:
            CatalogueInvalid: its files are no longer those that were loaded.
            NotRecorded: the log did not take it, so the catalogue must not rule.
        """
        await self._activate("catalogue", catalogue.revision, lambda: files_of(catalogue))

    async def _activate(
        self, kind: Kind, revision: str, files: Callable[[], Mapping[str, bytes]], *, built_at: datetime | None = None
    ) -> None:  # fmt: skip
        for _ in range(_TRIES):
            before = await self._reads(lambda: self._active(kind))
            if before is not None and before.revision == revision:
                return
            try:
                await self._change(kind, revision, await self._reads(files), before, built_at)
            except ActiveMoved:  # another replica was quicker: perhaps to this very revision
                continue
            previous = before.revision if before else None
            _log.info("another revision rules", kind=kind, revision=revision, previous=previous)
            return
        raise NotRecorded("other replicas changed what rules again and again")

    async def _change(
        self, kind: Kind, revision: str, files: Mapping[str, bytes], before: Activation | None, built_at: datetime | None
    ) -> None:  # fmt: skip
        def write(connection: Connection, _: str) -> None:
            activate(connection, kind, revision, files, after=before, process=self._process, at=self._clock())

        details = {
            "revision": revision, "previous": before.revision if before else None, "process": self._process,
            "builtAt": built_at.isoformat(timespec="seconds") if built_at else None,
        }  # fmt: skip
        await self._journal.of_the_hub(_KINDS[kind], details, write=write)

    def _active(self, kind: Kind) -> Activation | None:
        with self._connect() as connection:
            return active(connection, kind)


@dataclass(frozen=True, slots=True)
class Beginning:
    """Records at the start of a hub, before anything is decided, by which catalogue and policies it works."""

    activations: Activations
    catalogue: Catalogue
    policies: PolicySet

    async def start(self) -> None:
        """Record what is new.

        Raises:
            CatalogueInvalid, NotRecorded: as `Activations`; the hub does not start.
        """
        await self.activations.catalogue(self.catalogue)
        await self.activations.policies(self.policies)

    async def close(self) -> None:
        """Nothing to close."""
