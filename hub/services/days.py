"""Days by the clock of Belgium, as people mean them, and the moments at which they begin and end."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_BELGIUM: Final = ZoneInfo("Europe/Brussels")
_FIRST, _LAST = date(1970, 1, 1), date(9000, 1, 1)


def start_of(day: date) -> datetime:
    """When a day begins, in UTC. Days before 1970 begin then, for nothing was recorded before."""
    return _midnight(_near(day))


def end_of(day: date) -> datetime:
    """When a day is over: when the next one begins."""
    return _midnight(_near(day) + timedelta(days=1))


def _near(day: date) -> date:
    return min(max(day, _FIRST), _LAST)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _BELGIUM).astimezone(UTC)
