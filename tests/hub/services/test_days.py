"""A day is what people mean by it: as long as Belgium's clocks say."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hub.services.days import end_of, start_of


@pytest.mark.parametrize(
    ("day", "begins", "hours"),
    [
        (date(2026, 1, 15), datetime(2026, 1, 14, 23, tzinfo=UTC), 24),
        (date(2026, 7, 15), datetime(2026, 7, 14, 22, tzinfo=UTC), 24),
        (date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        (date(2026, 10, 25), datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
    ],
)
def test_a_day_begins_and_ends_at_midnight_in_belgium(day: date, begins: datetime, hours: int) -> None:
    assert start_of(day) == begins
    assert end_of(day) - begins == timedelta(hours=hours)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_no_day_is_too_far_away(day: date) -> None:
    assert start_of(day) < end_of(day)
