"""Business days in the database, for what is added up there; `events.days` says when each begins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, IntegerField, Max, Min, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.sql.compiler import SQLCompiler

from events.days import DAY, begins_at, business_day
from events.models import Event


class Period(Func):
    """In which of some periods, one after the other, an instant lies: how many of their beginnings (UTC, in
    order) have come by then. Zones of time are known to Python alone: they cost more for each row.
    """

    function = "width_bucket"
    template = "%(function)s(%(expressions)s::timestamptz[])"
    output_field = IntegerField()

    def __init__(self, instant: str | Combinable, begins: Sequence[datetime]) -> None:
        super().__init__(instant, Value(f"{{{','.join(at.isoformat() for at in begins)}}}"))
        self.begins = tuple(begins)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """By halves, as PostgreSQL does by itself: that takes each branch for work, if it is written out."""
        instant, within = compiler.compile(self.source_expressions[0])
        begins = [connection.ops.adapt_datetimefield_value(at) for at in self.begins]
        params: list[Any] = []

        def halved(first: int, last: int) -> str:
            if first == last:
                return str(first)
            middle = (first + last) // 2
            params.extend([*within, begins[middle]])
            before, after = halved(first, middle), halved(middle + 1, last)
            return f"CASE WHEN {instant} < %s THEN {before} ELSE {after} END"

        return halved(0, len(begins)), tuple(params)


@dataclass(frozen=True)
class Days:
    """Business days of an event, one after the other: the first, and when each later one begins (UTC)."""

    first: date
    begins: Sequence[datetime] = ()

    def place(self, instant: str | Combinable) -> Period | Value:
        """The place of the day of an instant, which `day` names. Where there is one day, no row is asked."""
        return Period(instant, self.begins) if self.begins else Value(0)

    def day(self, place: int) -> date:
        return self.first + place * DAY

    @property
    def last(self) -> date:
        return self.day(len(self.begins))


def days_of(event: Event, instants: Iterable[datetime | None], at: datetime) -> Days:
    """Those from the first to the last of some instants (UTC); that of `at` if there are none."""
    found = [instant for instant in instants if instant is not None] or [at]
    first, last = business_day(event, min(found)), business_day(event, max(found))
    return Days(first, [begins_at(event, first + n * DAY) for n in range(1, (last - first).days + 1)])


def bounds(rows: QuerySet[Any, Any], *instants: str | Combinable) -> Iterable[datetime | None]:
    """The first and the last of each of these columns, in one statement."""
    asked = {
        f"{bound.__name__}_{n}": bound(instant) for n, instant in enumerate(instants) for bound in (Min, Max)
    }
    return rows.order_by().aggregate(**asked).values()
