"""Business days in the database, for what is added up there; `events.days` says which instant is of which."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Case, Max, Min, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncDate, TruncTime
from django.db.models.lookups import LessThan

from events.days import DAY, BegunTwice, begun_twice_on
from events.models import Event

INSTANTS = ("created_at", "completed_at", "cancelled_at", "payments__created_at", "amendments__at")


def begun_twice(event: Event) -> Sequence[BegunTwice]:
    """Those among the days on which the event sold or gave back, in one query."""
    bounds = {f"{bound.__name__}_{name}": bound(name) for name in INSTANTS for bound in (Min, Max)}
    found = [at for at in event.orders.order_by().aggregate(**bounds).values() if at is not None]
    days = _days(min(found), max(found)) if found else ()
    return [begun for day in days if (begun := begun_twice_on(event, day))]


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
