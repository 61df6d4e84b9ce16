"""What this room speaks of: notices, consents and their events."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from consent.states import ACTIVE, Status

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person read before they answered, in one language.

    Attributes:
        id: of the notice, the same in every language and version.
        version_hash: SHA-256 (hexadecimal) of `canonical()`: of exactly what was shown.
        language: BCP 47, such as `fr`.
        text: as shown.
        activity: the one processing activity that it is about.
    """

    id: str
    version_hash: str
    language: str
    text: str
    activity: str

    @classmethod
    def of(cls, *, activity: str, language: str, text: str, id: str | None = None) -> Self:  # noqa: A002 - it is the field's name
        """Make the notice of a text, with its hash; without an id it is named after its activity."""
        draft = cls(id or activity, "", language, text, activity)
        return cls(draft.id, draft.fingerprint(), language, text, activity)

    def canonical(self) -> bytes:
        """The bytes that are hashed and kept: JSON, keys sorted, no spaces, UTF-8."""
        said = {"activity": self.activity, "id": self.id, "language": self.language, "text": self.text}
        return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def fingerprint(self) -> str:
        """The hash that `version_hash` must be."""
        return hashlib.sha256(self.canonical()).hexdigest()


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """A consent as it is now. One purpose each: a consent is to one processing activity.

    Attributes:
        id: of the consent.
        subject: the person's handle; this room knows no number.
        activity: the processing activity.
        controller: who may rely on it.
        attributes: what may be disclosed on it.
        status: the state now: a given consent past `valid_until` is `expired`, whether or not that was recorded yet.
        given_at: when it was first given; None when it never was.
        valid_until: when it ends by itself (exclusive); None: when it is withdrawn.
        withdrawn_at: when it was withdrawn.
        notice_hash: of the notice last shown.
        notice_id: of that notice.
        language: of that notice.
        method: how its last change was indicated, as an IRI or a text.
        changed_at: when its last event was recorded.
        revision: how many events it has.
        created_at: when its first event was recorded.
        guardian: the handle of who answered last for the person, where they did not themselves.
        basis: on what ground that was, such as `parent`; None with `guardian`.
        terms_hash: of the terms it is to; None where they were not kept.
        remind_at: from when it is to be renewed, for it ends soon; None: its person is not reminded.
        reminded_at: when the person was told so; None: not yet, in its present term.
        noted: False where time has ended it and no event says so yet.
        tag: what the hub keeps with it, for itself; opaque here.
    """

    id: str
    subject: str = field(repr=False)
    activity: str
    controller: str
    attributes: frozenset[str]
    status: Status
    given_at: datetime | None
    valid_until: datetime | None
    withdrawn_at: datetime | None
    notice_hash: str
    notice_id: str
    language: str
    method: str
    changed_at: datetime
    revision: int
    created_at: datetime
    guardian: str | None = field(default=None, repr=False)
    basis: str | None = None
    terms_hash: str | None = None
    remind_at: datetime | None = None
    reminded_at: datetime | None = None
    noted: bool = True
    tag: bytes | None = field(default=None, repr=False)

    @property
    def active(self) -> bool:
        """Whether data may be disclosed on it, as of when this record was read."""
        return self.status in ACTIVE


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who answers for a person that cannot yet do so alone: their handle, and the ground, such as `parent`. The hub has established both."""

    handle: str = field(repr=False)
    basis: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of a controller's consents are wanted; None: whichever.

    Attributes:
        subject: of this person, by their handle.
        activity: to this processing activity.
        status: in this state now.
        after: those that come after this one, by its id.
    """

    subject: str | None = field(default=None, repr=False)
    activity: str | None = None
    status: Status | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """One change of a consent, as it was signed and chained.

    Attributes:
        consent_id: of which consent.
        revision: 1 for the first event.
        status: the state that it led to.
        at: when.
        by: `subject`, `guardian`, `controller` or `time`.
        previous: the digest of the event before; None for the first.
        digest: SHA-256 (hexadecimal) of `signed`.
        signed: JWS compact with the whole state after the change: `verify_event` checks it offline.
        said: what stands in `signed`.
    """

    consent_id: str
    revision: int
    status: Status
    at: datetime
    by: str
    previous: str | None
    digest: str
    signed: str = field(repr=False)
    said: Mapping[str, Any] = field(repr=False)


def milliseconds(moment: datetime) -> int:
    """UTC epoch milliseconds, as columns hold time.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def moment_of(value: int | None) -> datetime | None:
    """The moment of epoch milliseconds, in UTC."""
    if value is None:
        return None
    seconds, rest = divmod(value, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


def iso(value: int | None) -> str | None:
    """Epoch milliseconds as ISO 8601 in UTC, as signed documents hold time."""
    found = moment_of(value)
    return None if found is None else found.isoformat(timespec="milliseconds").replace("+00:00", "Z")
