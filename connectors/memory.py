"""A source that lives in memory: the peer of the declared ones, for trying out what asks sources."""

import asyncio
from collections.abc import Mapping
from functools import partial

from connectors.declared import present
from connectors.errors import SourceError, SubjectUnknown
from connectors.guard import Guard, Limits, SourceHealth
from connectors.source import Clock, Enquiry, Reading, Value

__all__ = ["MemorySource"]


class MemorySource:
    """Holds values by identifier value. `failure` makes each call fail, `delay` (seconds) makes it wait, `date` says from when they are."""

    def __init__(
        self,
        source_id: str,
        holdings: Mapping[str, Mapping[str, Value]],
        *,
        attributes: frozenset[str] | None = None,
        schemes: frozenset[str] = frozenset({"ssin", "enterpriseNumber"}),
        clock: Clock = present,
        limits: Limits = Limits(),  # noqa: B008 - it is immutable
    ) -> None:
        """Serve `holdings`: identifier value → attribute → value. `attributes` defaults to all that anyone has."""
        self._guard = Guard(source_id, limits, clock=clock)
        self._id, self._holdings, self._schemes, self._clock = source_id, holdings, schemes, clock
        self._attributes = attributes or frozenset(name for held in holdings.values() for name in held)
        self.failure: SourceError | None = None
        self.delay = 0.0
        self.date: str | None = None
        self.enquiries: list[Enquiry] = []

    @property
    def id(self) -> str:
        """The source's name in the catalogue."""
        return self._id

    @property
    def attributes(self) -> frozenset[str]:
        """The attributes it can be asked for."""
        return self._attributes

    @property
    def schemes(self) -> frozenset[str]:
        """The identifier schemes by which it knows subjects."""
        return self._schemes

    async def start(self) -> None:
        """Nothing to start."""

    async def close(self) -> None:
        """Nothing to close."""

    async def ask(self, enquiry: Enquiry) -> Reading:
        """Answer from what it holds; each enquiry is kept in `enquiries`."""
        if enquiry.subject.scheme not in self._schemes:
            raise ValueError(f"{self._id} is not asked by {enquiry.subject.scheme}")
        if unserved := enquiry.attributes - self._attributes:
            raise ValueError(f"{self._id} does not serve {', '.join(sorted(unserved))}")
        return await self._guard.call(partial(self._answer, enquiry))

    def health(self) -> SourceHealth:
        """How it does, as far as it was asked."""
        return self._guard.health()

    async def _answer(self, enquiry: Enquiry) -> Reading:
        self.enquiries.append(enquiry)
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.failure is not None:
            raise self.failure
        held = self._holdings.get(enquiry.subject.value)
        if held is None:
            raise SubjectUnknown(self._id, "it does not hold this subject")
        values = {name: held[name] for name in enquiry.attributes if name in held}
        return Reading(values, {}, self._clock(), f"{self._id}-{len(self.enquiries)}", self.date, "memory")
