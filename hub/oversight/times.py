"""Moments as the tables hold them: UTC epoch milliseconds."""

from datetime import UTC, datetime


def to_millis(moment: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return int(moment.timestamp() * 1000)


def from_millis(millis: int) -> datetime:
    """The moment, aware, in UTC."""
    return datetime.fromtimestamp(millis / 1000, UTC)
