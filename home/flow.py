"""How guests came and tickets were sold in a span of time: counted by the minute in the database, in one
statement each, and put together here by however many minutes a chart has to a step.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Case, Count, F, Q, QuerySet, When
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncMinute

from attendees.models import Attendee
from books.sums import SOLD_AT_FIRST, guests_of
from door.models import CheckIn
from events.days import DAY, begins_at, business_day
from events.models import Event

MINUTE = timedelta(minutes=1)


class Span(NamedTuple):
    """From an instant (UTC) up to another, which is no more of it."""

    begins: datetime
    ends: datetime


def span_of(event: Event, day: date) -> Span:
    """A business day of the event."""
    return Span(begins_at(event, day), begins_at(event, day + DAY))


class Scanned(NamedTuple):
    """So many scans within a minute (UTC) at a gate, "" for none, of one answer, that moved one way."""

    at: datetime
    gate: str
    answer: str
    admitted: bool | None
    moved: int
    number: int

    @property
    def entered(self) -> int:
        return self.number if self.moved == 1 else 0

    @property
    def left(self) -> int:
        return self.number if self.moved == -1 else 0

    @property
    def refused(self) -> int:
        return 0 if _lets_through(self.answer, self.admitted) else self.number


@lru_cache
def _lets_through(answer: str, admitted: bool | None) -> bool:
    return CheckIn(answer=answer, admitted=admitted).is_let_through


class Bought(NamedTuple):
    """So many tickets that were sold within a minute (UTC)."""

    at: datetime
    tickets: int


HAPPENED_AT = Case(When(clock_is_off=True, then=F("received_at")), default=F("occurred_at"))


def made(event: Event, span: Span) -> QuerySet[CheckIn]:
    """The event's scans of that time, with those that were taken back."""
    by_door = Q(clock_is_off=False, occurred_at__gte=span.begins, occurred_at__lt=span.ends)
    by_us = Q(clock_is_off=True, received_at__gte=span.begins, received_at__lt=span.ends)
    return CheckIn.objects.filter(by_door | by_us, event=event, undoes=None).order_by()


def undone(event: Event) -> QuerySet[CheckIn, Any]:
    """The ids of the event's scans that were taken back: there are few, and what did so has an index."""
    return CheckIn.objects.filter(event=event, undoes__isnull=False).order_by().values("undoes")


def scans(event: Event, span: Span) -> list[Scanned]:
    """What the gates saw, in the order of time; without what was taken back."""
    counts = counted(event, made(event, span), at=TruncMinute(HAPPENED_AT, tzinfo=UTC))
    return scanned(event, ((at, *what, number) for (at, *what), number in counts.items()))


def counted(event: Event, rows: QuerySet[CheckIn], **when: Combinable | Q) -> Counter[tuple[Any, ...]]:
    """How many of such scans there are, by `when` and by gate, answer, whether they were let in after all,
    and the way they moved; without what was taken back. That is counted by itself: to look for it beside each
    scan takes longer than all the rest.
    """
    groups = [*when, "station", "answer", "admitted", "moved"]
    counts: Counter[tuple[Any, ...]] = Counter()
    for sign, some in ((1, rows), (-1, rows.filter(pk__in=undone(event)))):
        found = some.values(**when).values(*groups).annotate(number=Count("pk"))
        for *group, number in found.values_list(*groups, "number"):
            counts[tuple(group)] += sign * number
    return counts


def scanned(event: Event, rows: Iterable[tuple[Any, ...]]) -> list[Scanned]:
    """Counts by instant (UTC), the id of a gate, answer and so on as what the gates saw, by its order."""
    gates = dict(event.stations.values_list("pk", "name").order_by())
    seen = (
        Scanned(at, gates.get(gate, ""), answer, admitted, moved, number)
        for at, gate, answer, admitted, moved, number in rows
    )
    return sorted((row for row in seen if row.number), key=lambda row: (row.at, row.gate))


def sales(event: Event, span: Span) -> list[Bought]:
    """Tickets sold, as the books count them: when their order was paid, or when others were exchanged for
    them.
    """
    guests = guests_of(event)
    first = _by_minute(guests.filter(SOLD_AT_FIRST), "order__completed_at", span)
    exchanged = _by_minute(guests.filter(replaces__isnull=False), "replaces__cancelled_at", span)
    return sorted(Bought(at, tickets) for at, tickets in [*first, *exchanged])


def _by_minute(guests: QuerySet[Attendee], instant: str, span: Span) -> Iterable[tuple[datetime, int]]:
    within: dict[str, Any] = {f"{instant}__gte": span.begins, f"{instant}__lt": span.ends}
    rows = guests.filter(**within).values(minute=TruncMinute(instant, tzinfo=UTC))
    return rows.annotate(tickets=Count("pk")).values_list("minute", "tickets")


@dataclass(frozen=True)
class Steps:
    """Equal steps of time: of which one an instant is, counted from the `begins` (UTC) of all."""

    begins: datetime
    each: timedelta

    def of(self, at: datetime) -> int:
        return (at - self.begins) // self.each

    def at(self, step: int) -> datetime:
        return self.begins + step * self.each

    def counted(self, rows: Iterable[tuple[datetime, int]]) -> Counter[int]:
        counts: Counter[int] = Counter()
        for at, number in rows:
            counts[self.of(at)] += number
        return counts


class Step(NamedTuple):
    """Of a curve: when it begins (UTC), how many then, and how many at the same time of the event before."""

    at: datetime
    now: int | None
    before: int | None


@dataclass(frozen=True)
class Curve:
    """How something went, step by step, from the first that had anything; beside how it went `before`. While
    it `goes_on`, the last step of now is not over.
    """

    steps: Sequence[Step]
    goes_on: bool = True

    @property
    def now(self) -> list[int]:
        return [step.now for step in self.steps if step.now is not None]

    @property
    def finished(self) -> list[int]:
        """What is drawn of it: a step that has just begun would look like a collapse."""
        return self.now[:-1] or self.now if self.goes_on else self.now

    @property
    def before(self) -> list[int]:
        return [step.before for step in self.steps if step.before is not None]

    @property
    def most(self) -> int:
        return max([*self.now, *self.before], default=0)

    @property
    def all(self) -> int:
        return sum(self.now)

    @property
    def all_before(self) -> int:
        return sum(self.before)

    @property
    def until_now_before(self) -> int:
        """How many there had been before by the same time."""
        return sum(self.before[: len(self.now)])


def curve(
    now: Counter[int], until: int, before: Counter[int] | None, steps: Steps, *, goes_on: bool = True
) -> Curve:
    """Of counts by step: now up to the step `until`, before to its end, if there was anything."""
    old = before or Counter()
    told = [step for step in (*now, *old) if now[step] or old[step]]
    if not told:
        return Curve(())
    last = max(old, default=until)
    shown = [
        Step(
            steps.at(step),
            now[step] if step <= until else None,
            None if not before or step > last else old[step],
        )
        for step in range(min(told), max(until, *told) + 1)
    ]
    return Curve(shown, goes_on)


def by_gate(scanned: Iterable[Scanned], steps: Steps) -> Mapping[str, Counter[int]]:
    """How many came in at each gate, by step."""
    gates: dict[str, Counter[int]] = defaultdict(Counter)
    for row in scanned:
        if row.entered:
            gates[row.gate][steps.of(row.at)] += row.entered
    return gates


def same_night_before(event: Event, day: date, earlier: Event) -> date:
    """The business day of an earlier event that is to it what `day` is to this one: its first night, if it
    is the first one.
    """
    return business_day(earlier, earlier.starts_at) + (day - business_day(event, event.starts_at))
