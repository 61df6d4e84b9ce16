"""What an order to destroy keys says, and which keys may go."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection

from audit import KeyInfo, opens_any
from hub.catalogue import Duration, holds_ssin
from hub.oversight import Deferred, Order, OrderInvalid, deferred

_HANDLE: Final = 64
_LONGEST: Final = 500
_AT_ONCE: Final = 500
_KNOWN: Final = frozenset({"subject", "retention", "period", "ground", "advice", "advisedBy"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be forgotten, and why.

    Attributes:
        subject: the handle by which the usage log knows the subject.
        retention: the retention class; None: every one.
        period: the year of the lines; None: every one.
        ground: on what ground, as the subject reads it.
        advice: what the controller's data protection officer advised.
        advised_by: who that is: an office, such as `dpo@city.example`.
    """

    subject: str = field(repr=False)
    retention: str | None
    period: str | None
    ground: str
    advice: str
    advised_by: str

    def fits(self, key: KeyInfo) -> bool:
        """Whether a key of the subject is of that class and year."""
        return self.retention in {None, key.retention} and self.period in {None, key.period}

    def told(self) -> dict[str, object]:
        """As the subject reads it."""
        return {"ground": self.ground, "advice": self.advice, "advisedBy": self.advised_by}


def wanted(order: Order) -> Wanted:
    """What an order to destroy keys says.

    Raises:
        OrderInvalid: it does not say it as it must.
    """
    what = order.what
    if what.keys() - _KNOWN:
        raise OrderInvalid("'what' holds more than subject, retention, period, ground, advice, advisedBy")
    subject = what.get("subject")
    if not isinstance(subject, str) or len(subject) != _HANDLE or not subject.isalnum():
        raise OrderInvalid("'subject' is not a handle")
    return Wanted(
        subject, _short(what, "retention", needed=False), _short(what, "period", needed=False),
        str(_short(what, "ground")), str(_short(what, "advice")), str(_short(what, "advisedBy")),
    )  # fmt: skip


def refuse_what_waits(connection: Connection, keys: Collection[KeyInfo]) -> None:
    """Keep the keys of lines that their subject is to be shown later, until they were: else nobody would ever tell them.

    Raises:
        OrderInvalid: a key opens such a line.
    """
    ids, page = [key.id for key in keys], tuple[Deferred, ...]()
    while page := deferred(connection, after=page[-1] if page else None, most=_AT_ONCE):
        if opens_any(connection, ids, [one.entry for one in page]):
            raise OrderInvalid("among the lines are some that their subject was not shown yet")


def is_over(key: KeyInfo, now: datetime) -> bool:
    """Whether the last line that the key may open, of the end of its year, is past its retention."""
    try:
        lasts, end = Duration.parse(key.retention), datetime(int(key.period) + 1, 1, 1, tzinfo=UTC)
    except ValueError:
        return False
    return lasts.after(end) <= now


def _short(what: Any, name: str, *, needed: bool = True) -> str | None:
    value = what.get(name)
    if value is None and not needed:
        return None
    if not isinstance(value, str) or not 0 < len(value.strip()) <= _LONGEST or not value.isprintable():
        raise OrderInvalid(f"'{name}' is not a text of at most {_LONGEST} characters on one line")
    if holds_ssin(value):
        raise OrderInvalid(f"'{name}' holds what is written like a national number")
    return value
