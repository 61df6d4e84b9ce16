"""The port: what every source is to those who ask it, whatever its protocol."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias

from connectors.errors import ContractBroken

if TYPE_CHECKING:
    from connectors.guard.health import SourceHealth

__all__ = ["Clock", "Enquiry", "Identifier", "Reading", "Source", "Value"]

Clock = Callable[[], datetime]
"""Gives the present time, aware, in UTC."""

Value: TypeAlias = str | bool | int | list["Value"] | dict[str, "Value"]
"""What an attribute may be: text, a date of reduced precision (`1985`, `1985-06`, `1985-06-02`), a year, an amount (`"25000.00"`)
or a code, all of them `str`; a boolean; a whole number; a list of these; an object of these, such as a period or the texts per language."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """Whom a source is asked about. The value is left out of `repr`."""

    scheme: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Enquiry:
    """What one call asks: these attributes of this subject.

    `variables` may fill what tells of the question, such as `{purpose}` and `{caseId}`, and the source's own parameters in the
    request. A variable that the source did not declare is not sent.
    """

    subject: Identifier
    attributes: frozenset[str]
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source said.

    `values` has the attributes that it holds: one that is absent is not held. `broken` has those whose value is there but is
    not of the declared type. `reference` is the source's own reference of the answer, for reconciling logs; `date` says from when
    the source says it is (`2026-11-02`, perhaps less precise); `operation` is what was called.
    """

    values: Mapping[str, Value] = field(repr=False)
    broken: Mapping[str, ContractBroken]
    retrieved_at: datetime
    reference: str | None
    date: str | None = None
    operation: str | None = None


class Source(Protocol):
    """An authentic source that can be asked.

    The contract of an implementation: `ask` gives a `Reading` or raises one of the five `SourceError`, within the source's
    deadline, whatever bytes come back; the source is asked once, or again only where it is declared idempotent; a cancelled `ask`
    leaves nothing running on the network.
    """

    @property
    def id(self) -> str:
        """The source's name in the catalogue."""
        ...

    @property
    def attributes(self) -> frozenset[str]:
        """The attributes it can be asked for."""
        ...

    @property
    def schemes(self) -> frozenset[str]:
        """The identifier schemes by which it knows subjects."""
        ...

    async def start(self) -> None:
        """Read the contract and open the session. May be called again; raises `DeclarationInvalid`."""
        ...

    async def close(self) -> None:
        """Close the session. May be called again."""
        ...

    def health(self) -> "SourceHealth":
        """How it does, as far as it was asked. Asks nothing."""
        ...

    async def ask(self, enquiry: Enquiry) -> Reading:
        """Ask. Raises a `SourceError`; `ValueError` if the enquiry is not one for this source."""
        ...
