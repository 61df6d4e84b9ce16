"""What a consent was to, in the words of its day: the controller, the purpose, the data, as the hub's catalogue had them then.

The room takes them as plain values and keeps them by their hash, which each signed event names: a catalogue that changes, or an activity that
leaves it, changes nothing of what a person agreed to.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

Texts = Mapping[str, str]
"""A text by language (BCP 47)."""


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation.

    Attributes:
        id: under which the controller is known here.
        number: its enterprise number, where it has one.
        name: by language.
        contact: where people can turn to.
    """

    id: str
    number: str | None = None
    name: Texts | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Datum:
    """One item of personal data. `special`: of a special category (GDPR Art. 9), or about offences (Art. 10)."""

    id: str
    name: Texts | None = None
    category: str | None = None
    special: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What a consent is to.

    Attributes:
        controller: who is responsible.
        data: the items of data, one for each attribute of the consent.
        name, purpose: of the processing activity, by language.
        recipients: who receives the data, the controller among them.
        sources: who keeps the data.
        retention: how long the uses of the data stay on record, an ISO 8601 duration.
        explicit: whether the consent is an explicit one, to special categories too (GDPR Art. 9(2)(a)).
        control: the address under which the person withdraws.
    """

    controller: Party
    data: tuple[Datum, ...]
    name: Texts | None = None
    purpose: Texts | None = None
    recipients: tuple[Party, ...] = ()
    sources: tuple[Party, ...] = ()
    retention: str | None = None
    explicit: bool = False
    control: str | None = None

    def canonical(self) -> bytes:
        """The bytes that are hashed and kept: JSON, keys sorted, no spaces, UTF-8."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def fingerprint(self) -> str:
        """SHA-256 (hexadecimal) of `canonical()`."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @classmethod
    def read(cls, kept: str) -> Self:
        """The terms that `canonical` gave."""
        said: dict[str, Any] = json.loads(kept)
        said["controller"] = Party(**said["controller"])
        said["data"] = tuple(Datum(**one) for one in said["data"])
        for name in ("recipients", "sources"):
            said[name] = tuple(Party(**one) for one in said[name])
        return cls(**said)
