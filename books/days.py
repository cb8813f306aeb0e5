"""Business days: by the clock on the wall of the event, what happens before `day_ends_at` counts for the
day before. So a night is one day, however long. Where the clocks are put back over that time it has come
for good when it comes first; where they are put forward over it, the day ends as they are.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Case, Max, Min, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncDate, TruncTime
from django.db.models.lookups import LessThan

from events.models import Event

DAY = timedelta(days=1)
INSTANTS = ("created_at", "completed_at", "cancelled_at", "payments__created_at")


class BegunTwice(NamedTuple):
    """A business day whose beginning the clock shows twice, and the instants (UTC) at which it does."""

    day: date
    first: datetime
    again: datetime


def business_day(event: Event, at: datetime) -> date:
    """The business day to which an instant belongs; never an earlier one than that of an instant before."""
    local = at.astimezone(ZoneInfo(event.timezone))
    day = local.date() - DAY * (local.time() < event.day_ends_at)
    begun = _begun_twice(event, day + DAY)
    return begun.day if begun and begun.first <= at < begun.again else day


def _begun_twice(event: Event, day: date) -> BegunTwice | None:
    begins = datetime.combine(day, event.day_ends_at, ZoneInfo(event.timezone))
    first, again = begins.astimezone(UTC), begins.replace(fold=1).astimezone(UTC)
    return BegunTwice(day, first, again) if first < again else None


def begun_twice(event: Event) -> Sequence[BegunTwice]:
    """Those among the days on which the event sold or gave back, in one query."""
    bounds = {f"{bound.__name__}_{name}": bound(name) for name in INSTANTS for bound in (Min, Max)}
    found = [at for at in event.orders.order_by().aggregate(**bounds).values() if at is not None]
    days = _days(min(found), max(found)) if found else ()
    return [begun for day in days if (begun := _begun_twice(event, day))]


def _days(first: datetime, last: datetime) -> Iterator[date]:
    """Their dates and all between, in whatever time zone."""
    day = first.date() - DAY
    while day <= last.date() + DAY:
        yield day
        day += DAY


def in_sql(event: Event, instant: str, twice: Sequence[BegunTwice]) -> dict[str, Combinable]:
    """`business_day` of a column, as two: the date of the clock on the wall, and whether it is still the
    day before. `twice` is what `begun_twice` gives.
    """
    zone = ZoneInfo(event.timezone)
    late = [(Q((f"{instant}__gte", begun.first), (f"{instant}__lt", begun.again)), begun) for begun in twice]
    early = LessThan(TruncTime(instant, tzinfo=zone), event.day_ends_at)
    return {
        "day": Case(
            *(When(within, then=Value(begun.day)) for within, begun in late),
            default=TruncDate(instant, tzinfo=zone),
        ),
        "early": Case(*(When(within, then=Value(False)) for within, _begun in late), default=early),
    }
