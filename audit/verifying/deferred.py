"""Lines that are shown later: each is shown once its day is past. The log itself says so, whatever became of the hub's list of such lines."""

from collections.abc import Mapping
from datetime import datetime

from pydantic_core import from_json

from audit.model import to_millis
from audit.verifying.check import Check, Log, Seen

_REVEALED = "revealed"
_CONCERNS, _UNTIL, _SHOWN, _PUT_OFF = b"concerns", b"deferredUntil", b"revealedIndex", b"putOffIndex"
_FOR, _SHOWN_ID = b"waitsFor", b"revealedId"
_TO_SHOW = 86_400_000
"""Milliseconds for which the log may go on after such a day before the line is shown: a hub shows it within minutes."""


class DeferredCheck(Check):
    """No line is kept from its subject for longer than it says, as far as entries were opened. Takes some hundred bytes for each that waits.

    Time is that of the entries: neither a hub that was down nor an export that is checked years later is to blame.
    """

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self._waiting, self._due = dict[int, int](), dict[int, int]()
        self._named, self._for = dict[str, int](), dict[int, list[str]]()
        self._next, self._now, self._unread = 0, 0, 0

    def entry(self, seen: Seen) -> None:
        """Note what waits, what is shown, and what is due by now."""
        self._now = seen.row["recorded_at"] if type(seen.row["recorded_at"]) is int else self._now
        if seen.fields is None:
            self._unread += seen.row["kind"] == _REVEALED
        elif _SHOWN in seen.fields:
            self._show(_index(seen.fields[_SHOWN]))
            self._named.pop(str(_value(seen.fields.get(_SHOWN_ID, b"null"))), None)
        elif _CONCERNS in seen.fields and _UNTIL in seen.fields:
            self._wait(seen.index, seen.fields)
            self._named[str(seen.row["id"])] = seen.index
        if self._waiting and self._next <= self._now:
            past = [index for index, until in self._waiting.items() if until <= self._now]
            self._due |= dict.fromkeys(past, self._now)
            for index in past:
                del self._waiting[index]
            for index in past:  # what is about lines that were put off waits for them
                if until := max(self._days_of_others(index), default=0):
                    self._waiting[index] = until
                    del self._due[index]
            self._next = min(self._waiting.values(), default=0)

    def finish(self, *, whole: bool) -> None:
        """Name the first line that is still not shown, unless one of the entries that show lines cannot be read, and may be of this one."""
        late = sorted(
            index
            for index, since in self._due.items()
            if since + _TO_SHOW < self._now and not self._days_of_others(index)
        )
        if whole and len(late) > self._unread:
            what = f"entry {late[0]}: its day is past, and its subject was not shown it"
            self.log.findings.add(late[0], what, follows=True)

    def _wait(self, index: int, fields: Mapping[bytes, bytes]) -> None:
        until = _moment(fields[_UNTIL])
        if _FOR in fields:
            self._for[index] = _names(fields[_FOR])
        for one in (index, _index(fields.get(_PUT_OFF, b"null"))):
            if one is not None and until is not None:
                self._due.pop(one, None)
                self._waiting[one] = until
        self._next = min(self._waiting.values(), default=0)

    def _days_of_others(self, index: int) -> list[int]:
        """The days of the lines that an entry is about, and that are to come."""
        others = [self._named.get(one, index) for one in self._for.get(index, ())]
        return [self._waiting[one] for one in others if one in self._waiting]

    def _show(self, index: int | None) -> None:
        if index is not None:
            self._waiting.pop(index, None)
            self._due.pop(index, None)
            self._for.pop(index, None)


def _value(sealed: bytes) -> object:
    """None: whoever has the keys sealed something else there."""
    try:
        return from_json(sealed)
    except ValueError:
        return None


def _index(value: bytes) -> int | None:
    found = _value(value)
    return found if isinstance(found, int) else None


def _names(value: bytes) -> list[str]:
    found = _value(value)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _moment(value: bytes) -> int | None:
    """In milliseconds since 1970; None: whoever has the keys sealed something else there."""
    try:
        return to_millis(datetime.fromisoformat(from_json(value)))
    except (TypeError, ValueError):
        return None
