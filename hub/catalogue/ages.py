"""How old a person is at least, as their national number proves: enough to tell a minor from an adult, and no more."""

import calendar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from hub.catalogue.identifiers import ssin_check_digits

OF_AGE: Final = 18
"""Ages are not told beyond this: `18` stands for 18 or more (Old Civil Code Art. 388: who has not completed 18 years is a minor)."""

_BELGIUM: Final = ZoneInfo("Europe/Brussels")
_SECONDS_PER_QUARTER: Final = 900
_DECEMBER: Final = 12


def least_age(ssin: str, now: datetime) -> int | None:
    """The whole years, at most 18, that a number proves its holder to have completed by now, by the date in Belgium.

    The first six digits are the birth date, with the month 20 or 40 higher in a bis number and 60 higher in a test number; the check
    digits tell the century. Where day or month are unknown (00), or a day is none of its month, the latest day that it can be is taken:
    nobody is thought older than they are.

    Args:
        ssin: a number that `check_ssin` takes.
        now: aware.

    Returns:
        None when the number says nothing of the birth: where the date is wholly unknown, or lies in a year to come.
    """
    before_2000, from_2000 = ssin_check_digits(ssin[:9])
    digits, month = int(ssin[9:]), int(ssin[2:4]) % 20
    year = int(ssin[:2]) + (2000 if digits == from_2000 else 1900)
    today = _today(int(now.timestamp()) // _SECONDS_PER_QUARTER)
    if digits not in {before_2000, from_2000} or year > today[0] or (year % 100 == 0 and not month):
        return None
    completed = today[0] - year
    if completed <= OF_AGE:  # else the birthday need not be looked at
        completed -= today[1:] < _latest_birthday(year, month, int(ssin[4:6]))
    return max(0, min(OF_AGE, completed))


def _latest_birthday(year: int, month: int, day: int) -> tuple[int, int]:
    """The last month and day that a birth date can be of which perhaps not all is known."""
    if not month:
        return _DECEMBER, 31
    last = calendar.monthrange(year, month)[1]
    return month, day if 0 < day <= last else last


@lru_cache(maxsize=4)
def _today(quarter: int) -> tuple[int, int, int]:
    """Year, month and day in Belgium at a quarter of an hour since 1970: no midnight falls within one."""
    today = datetime.fromtimestamp(quarter * _SECONDS_PER_QUARTER, UTC).astimezone(_BELGIUM)
    return today.year, today.month, today.day
