"""ISO 8601 durations, as retention and validity are written: `P10Y`, `P1Y6M`, `P2W`, `PT30M`."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_SHAPE = re.compile(
    r"P(?=[0-9T])(?:(?P<weeks>[0-9]{1,4})W|"
    r"(?:(?P<years>[0-9]{1,4})Y)?(?:(?P<months>[0-9]{1,4})M)?(?:(?P<days>[0-9]{1,5})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,5})H)?(?:(?P<minutes>[0-9]{1,5})M)?(?:(?P<seconds>[0-9]{1,5})S)?)?)",
    re.ASCII,
)

_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time by the calendar: whole months, and an exact rest."""

    months: int
    rest: timedelta

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Read an ISO 8601 duration of whole numbers.

        Raises:
            ValueError: it is not one, or has no length.
        """
        found = _SHAPE.fullmatch(text)
        if found is None:
            raise ValueError("not an ISO 8601 duration")
        part = {name: int(digits or 0) for name, digits in found.groupdict().items()}
        rest = timedelta(
            weeks=part["weeks"],
            days=part["days"],
            hours=part["hours"],
            minutes=part["minutes"],
            seconds=part["seconds"],
        )
        duration = cls(part["years"] * 12 + part["months"], rest)
        if not duration.months and not rest:
            raise ValueError("a duration without length")
        return duration

    def after(self, moment: datetime) -> datetime:
        """The (aware) moment that lies this much later. A month's missing day becomes its last; nothing goes past year 9999."""
        months = moment.year * 12 + moment.month - 1 + self.months
        year, month = divmod(months, 12)
        if year > _END.year:
            return _END
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        try:
            return moment.replace(year=year, month=month + 1, day=day) + self.rest
        except OverflowError:
            return _END
