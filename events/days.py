"""Business days: by the clock on the wall of the event, what happens before `day_ends_at` counts for the
day before. So a night is one day, however long. Where the clocks are put back over that time it has come
for good when it comes first; where they are put forward over it, the day ends as they are.
"""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


class HasDays(Protocol):
    """An event, or what was read of one."""

    @property
    def timezone(self) -> str: ...
    @property
    def day_ends_at(self) -> time: ...


class BegunTwice(NamedTuple):
    """A business day whose beginning the clock shows twice, and the instants (UTC) at which it does."""

    day: date
    first: datetime
    again: datetime


def business_day(event: HasDays, at: datetime) -> date:
    """The business day to which an instant belongs; never an earlier one than that of an instant before."""
    local = at.astimezone(ZoneInfo(event.timezone))
    day = local.date() - DAY * (local.time() < event.day_ends_at)
    begun = begun_twice_on(event, day + DAY)
    return begun.day if begun and begun.first <= at < begun.again else day


def begun_twice_on(event: HasDays, day: date) -> BegunTwice | None:
    """The day's beginnings, if it has two."""
    first, again = (instant.astimezone(UTC) for instant in _beginnings(event, day))
    return BegunTwice(day, first, again) if first < again else None


def begins_at(event: HasDays, day: date) -> datetime:
    """The first instant (UTC) of a business day."""
    first, again = (instant.astimezone(UTC) for instant in _beginnings(event, day))
    return first if first <= again else _put_forward(ZoneInfo(event.timezone), again, first)


def _beginnings(event: HasDays, day: date) -> tuple[datetime, datetime]:
    ends = event.day_ends_at.replace(fold=0)  # as it is stored
    begins = datetime.combine(day, ends, ZoneInfo(event.timezone))
    return begins, begins.replace(fold=1)


def _put_forward(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant between those two at which the clocks are."""
    before = before.replace(microsecond=0)
    offset = before.astimezone(zone).utcoffset()
    seconds = range(int((after - before).total_seconds()) + 1)

    def is_over(second: int) -> bool:
        return (before + timedelta(seconds=second)).astimezone(zone).utcoffset() != offset

    return before + timedelta(seconds=bisect_left(seconds, True, key=is_over))
