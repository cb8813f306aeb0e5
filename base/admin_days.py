"""The days of rows that are too many to be asked for theirs: every one of a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

STARTS = {
    "day": lambda day: day,
    "month": lambda day: day.replace(day=1),
    "year": lambda day: day.replace(month=1, day=1),
}


@dataclass(frozen=True)
class EveryDay:
    """In place of the rows that Django's date hierarchy asks for their first and their last time, and for
    the days, months or years that they have: those between `first` and `last`, of the year and the month
    that are chosen, if any is.
    """

    first: datetime
    last: datetime
    chosen: Mapping[str, int]  # by `year` and `month`

    def aggregate(self, **_named: Any) -> dict[str, datetime]:
        return {"first": self.first, "last": self.last}

    def datetimes(self, _field: str, kind: str) -> list[date]:
        begin = self.first.date()
        days = (begin + timedelta(days=n) for n in range((self.last.date() - begin).days + 1))
        within = (
            day for day in days if all(getattr(day, part) == number for part, number in self.chosen.items())
        )
        return sorted({STARTS[kind](day) for day in within})
