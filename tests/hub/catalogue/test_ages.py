"""The age that a national number proves: never more than the person is, never more than 18, and by the date in Belgium."""

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.catalogue import check_identifier, least_age
from hub.catalogue.identifiers import ssin_check_digits

BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def number(year: int, month: int, day: int, *, plus: int = 0, sequence: int = 1) -> str:
    """The number of who was born then; `plus` 20 or 40 makes it a bis number, 60 a test number."""
    nine = f"{year % 100:02d}{month + plus:02d}{day:02d}{sequence:03d}"
    made = f"{nine}{ssin_check_digits(nine)[year >= 2000]:02d}"
    check_identifier("ssin", made, admit_test_numbers=True)
    return made


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=BRUSSELS)


def age_on(born: date, today: date) -> int:
    """As a civil servant counts it."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


DAYS = st.dates(date(1930, 1, 1), date(2029, 12, 31))


@given(
    born=DAYS,
    lived=st.integers(0, 30_000),
    plus=st.sampled_from([0, 20, 40, 60]),
    sequence=st.integers(1, 998),
)
def test_a_known_birth_date_proves_the_age_and_no_more_than_18(
    born: date, lived: int, plus: int, sequence: int
) -> None:
    today = born + timedelta(days=lived)
    ssin = number(born.year, born.month, born.day, plus=plus, sequence=sequence)
    assert least_age(ssin, noon(today)) == min(18, age_on(born, today))


@given(born=DAYS.filter(lambda d: d.year % 100), lived=st.integers(0, 30_000), hide=st.sampled_from(["day", "month"]), plus=st.sampled_from([0, 20, 40]))  # fmt: skip
def test_a_birth_date_known_in_part_proves_the_age_of_the_youngest_it_can_be(
    born: date, lived: int, hide: str, plus: int
) -> None:
    today = born + timedelta(days=lived)
    if hide == "month":
        ssin, latest = number(born.year, 0, 0, plus=plus), date(born.year, 12, 31)
    else:
        last = calendar.monthrange(born.year, born.month)[1]
        ssin, latest = number(born.year, born.month, 0, plus=plus), date(born.year, born.month, last)
    proved = least_age(ssin, noon(today))
    assert proved == max(0, min(18, age_on(latest, today)))
    assert proved <= age_on(born, today)


MONTHS = st.builds(int.__add__, st.integers(0, 12), st.sampled_from([0, 20, 40, 60]))


@given(year=st.integers(1900, 2099), month=MONTHS, day=st.integers(0, 99), now=DAYS)
def test_whatever_the_number_nothing_but_a_capped_age_comes_out(
    year: int, month: int, day: int, now: date
) -> None:
    proved = least_age(number(year, month, day), noon(now))
    assert proved is None or 0 <= proved <= 18
    assert proved in {None, 0} or year + proved <= now.year


def test_the_century_is_told_by_the_check_digits() -> None:
    assert least_age(number(1912, 5, 6), NOW) == 18
    assert least_age(number(2012, 5, 6), NOW) == 14


def test_one_is_18_from_the_first_minute_of_the_birthday_in_belgium() -> None:
    ssin = number(2008, 7, 2)
    midnight = datetime(2026, 7, 2, 0, 0, tzinfo=BRUSSELS)
    assert least_age(ssin, midnight - timedelta(seconds=1)) == 17
    assert least_age(ssin, midnight) == 18
    assert midnight.astimezone(UTC).day == 1, "in summer, midnight in Belgium is still yesterday in UTC"


def test_who_is_born_on_29_february_completes_a_year_on_1_march_of_a_common_year() -> None:
    ssin = number(2008, 2, 29)
    assert least_age(ssin, noon(date(2026, 2, 28))) == 17
    assert least_age(ssin, noon(date(2026, 3, 1))) == 18


@pytest.mark.parametrize("first_six", ["000001", "002001", "004001", "000000"])
@pytest.mark.parametrize("from_2000", [False, True])
def test_a_number_that_was_given_without_any_birth_date_proves_nothing(
    first_six: str, from_2000: bool
) -> None:
    nine = f"{first_six}123"
    assert least_age(f"{nine}{ssin_check_digits(nine)[from_2000]:02d}", NOW) is None


def test_a_year_of_birth_that_is_still_to_come_proves_nothing() -> None:
    assert least_age(number(2027, 1, 1), NOW) is None
    assert least_age(number(2026, 12, 31), NOW) == 0


def test_a_day_that_its_month_does_not_have_counts_as_unknown() -> None:
    ssin = number(2008, 6, 31)
    assert least_age(ssin, noon(date(2026, 6, 29))) == 17
    assert least_age(ssin, noon(date(2026, 6, 30))) == 18
