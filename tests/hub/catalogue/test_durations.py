"""ISO 8601 durations, by the calendar."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.catalogue import Duration

START = datetime(2024, 2, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P10Y", "2034-02-28T12:00"), ("P4Y", "2028-02-29T12:00"), ("P1M", "2024-03-29T12:00"), ("P1Y6M", "2025-08-29T12:00"), ("P2W", "2024-03-14T12:00"),
        ("P1D", "2024-03-01T12:00"), ("PT36H", "2024-03-02T00:00"), ("P1DT1H30M15S", "2024-03-01T13:30:15"), ("P9999Y", "9999-12-31T23:59:59.999999"),
    ],
)  # fmt: skip
def test_a_duration_is_added_by_the_calendar(text: str, expected: str) -> None:
    assert Duration.parse(text).after(START) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "10Y",
        "P1",
        "P1.5Y",
        "P-1Y",
        "-P1Y",
        "P1YT",
        "P1H",
        "P1M1Y",
        "P1W1D",
        "P0D",
        "p1y",
        "P1Y ",
        "P12345Y",
        "P٣Y",
    ],
)
def test_what_is_no_duration_or_has_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        Duration.parse(text)


@given(st.text("PT0123456789YMWDHS", max_size=12), st.datetimes(timezones=st.just(UTC)))
def test_any_text_is_refused_or_leads_to_a_later_moment(text: str, moment: datetime) -> None:
    try:
        duration = Duration.parse(text)
    except ValueError:
        return
    assert duration.after(moment) >= moment
