from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from hub.moments import from_millis, to_millis


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1)), st.integers(-720, 720))  # noqa: DTZ001
def test_a_moment_is_held_to_the_millisecond_before_it_whatever_its_zone(
    moment: datetime, offset: int
) -> None:
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
    held = from_millis(to_millis(zoned))
    assert timedelta() <= zoned - held < timedelta(milliseconds=1)
    assert held.tzinfo is UTC
    assert to_millis(held) == to_millis(zoned)
