"""Calling a declared source once, and seeing all of it: what went out, what came back, how long each part took."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors.declared import DeclaredSource
from connectors.errors import SourceError
from connectors.http import Answer, Outgoing, Wire
from connectors.source import Enquiry, Reading

__all__ = ["PHASES", "Exchange", "Trial", "WatchedSecrets", "try_source"]

PHASES = ("contract", "build", "connect", "wait", "receive", "read")
"""Reading the contract (a hub does so once, at start); filling the request; connecting; sending and waiting for the first byte; the
rest of the answer; making attributes of it."""


@dataclass(slots=True)
class Exchange:
    """One request, and its answer if there was one. Instants are of the monotonic clock, in seconds."""

    request: Outgoing
    begun: float
    connecting: float | None = None
    connected: float | None = None
    answered: float | None = None
    ended: float | None = None
    answer: Answer | None = None


class _WatchedWire(Wire):
    """Connections that keep what goes over them."""

    def __init__(self, source_id: str, *, connections: int, body_bytes: int) -> None:
        super().__init__(source_id, connections=connections, body_bytes=body_bytes)
        self.exchanges: list[Exchange] = []
        self.watcher = self._note

    def _note(self, event: str) -> None:
        setattr(self.exchanges[-1], event, time.monotonic())

    async def call(self, request: Outgoing) -> Answer:
        one = Exchange(request, time.monotonic())
        self.exchanges.append(one)
        try:
            one.answer = await super().call(request)
        finally:
            one.ended = time.monotonic()
        return one.answer


class WatchedSecrets:
    """Gives secrets, and remembers which were given, so that none of them is shown."""

    def __init__(self, secrets: Callable[[str], str]) -> None:
        """Watch over `secrets`."""
        self._secrets = secrets
        self.given: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """The secret. Raises `LookupError`."""
        found = self._secrets(name)
        self.given[name] = found
        return found


@dataclass(frozen=True, slots=True)
class Trial:
    """What one call to a source was. `reading` or `error`, one of them is there."""

    enquiry: Enquiry = field(repr=False)
    exchanges: tuple[Exchange, ...] = field(repr=False)
    reading: Reading | None
    error: SourceError | None
    contract_seconds: float
    begun: float
    ended: float

    @property
    def phases(self) -> dict[str, float]:
        """Seconds of each phase, of the last exchange where there were several; only those that took place."""
        found = {"contract": self.contract_seconds}
        if not self.exchanges:
            return found
        last = self.exchanges[-1]
        found["build"] = self.exchanges[0].begun - self.begun
        sent = last.begun
        if last.connecting is not None and last.connected is not None:
            found["connect"] = last.connected - last.connecting
            sent = last.connected
        if last.answered is not None:
            found["wait"] = last.answered - sent
        if last.ended is not None:
            if last.answered is not None:
                found["receive"] = last.ended - last.answered
            found["read"] = self.ended - last.ended
        return found

    @property
    def answered_well(self) -> bool:
        """Whether the source gave a reading, and nothing in it is broken."""
        return self.reading is not None and not self.reading.broken


async def try_source(make: Callable[[Callable[..., Wire]], DeclaredSource], enquiry: Enquiry) -> Trial:
    """Call the source that `make` builds over the connections it is given. Nothing is logged.

    Raises `DeclarationInvalid` if its contract cannot be used, `ValueError` if the enquiry is not one for it.
    """
    wires: list[_WatchedWire] = []

    def wire(source_id: str, **parts: Any) -> Wire:
        wires.append(_WatchedWire(source_id, **parts))
        return wires[-1]

    source = make(wire)
    reading: Reading | None = None
    failure: SourceError | None = None
    before = time.monotonic()
    await source.start()
    begun = time.monotonic()
    try:
        reading = await source.ask(enquiry)
    except SourceError as error:
        failure = error
    finally:
        ended = time.monotonic()
        await source.close()
    exchanges = tuple(one for each in wires for one in each.exchanges)
    return Trial(enquiry, exchanges, reading, failure, begun - before, begun, ended)
