"""What an event sold and took, as a whole and on each of its business days. Facts, no pages."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import F, Q, Value
from django.db.models.expressions import Combinable
from django.utils import timezone

from attendees.models import Attendee
from base.snapshot import one_snapshot
from books import sums
from books.days import Days, bounds, days_of
from books.figures import Figures, Taken
from books.sums import Rows, Tender
from events.models import Event
from orders.models import Adjustment, Order, Payment


class Day(NamedTuple):
    """What was sold and taken on one business day."""

    day: date
    figures: Figures


@dataclass(frozen=True)
class Totals:
    """An event's figures, as a whole and by business day, the latest first."""

    event: Event
    whole: Figures
    days: Sequence[Day]


class Tables(NamedTuple):
    """Rows that the database added up, each with the `place` of its day."""

    sales: Rows
    ended: Rows
    money: Rows
    adjusted: Rows


# What else is told of a sale, by the name of the column that says when it was.
OfSale = Callable[[str], Mapping[str, Combinable | Q]]


@dataclass(frozen=True)
class Ledger:
    """An event's rows, by the day on which it happened: a sale when it was paid, a cancellation when it was
    cancelled.
    """

    event: Event
    tables: Tables
    by_day: Mapping[date, Tables]

    @property
    def whole(self) -> Figures:
        return _figures(self.event, self.tables)

    def on(self, day: date) -> Tables:
        return self.by_day.get(day, NONE)

    def figures(self, day: date) -> Figures:
        return _figures(self.event, self.on(day))


NONE = Tables([], [], [], [])


def totals(event: Event) -> Totals:
    """An event's figures, in a constant number of queries, all of one moment."""
    with one_snapshot():
        ledger = ledger_of(event, business_days(event, timezone.now()))
    days = [Day(day, ledger.figures(day)) for day in sorted(ledger.by_day, reverse=True)]
    return Totals(event, ledger.whole, days)


def business_days(event: Event, at: datetime) -> Days:
    """Those from the first on which something happened of what is added up to the last; that of `at` (UTC) if
    nothing did. Asked in one snapshot (`base.snapshot`) with the ledger: what is sold meanwhile may be of
    another day.
    """
    return days_of(event, _instants(event), at)


def _instants(event: Event) -> Iterator[datetime | None]:
    yield from bounds(event.orders.filter(completed_at__isnull=False), "completed_at", "cancelled_at")
    guests = Attendee.objects.filter(order__event=event)
    yield from bounds(guests.filter(sums.ENDED_ALONE), "cancelled_at")
    yield from bounds(guests.filter(replaces__isnull=False), "replaces__cancelled_at")
    yield from bounds(Payment.objects.in_drawers_of(event), "created_at")
    yield from bounds(Payment.objects.in_no_drawer_of(event), "created_at")
    yield from bounds(Adjustment.objects.filter(order__event=event), "amendment__at")


def ledger_of(event: Event, days: Days, of_sale: OfSale = lambda _instant: {}) -> Ledger:
    """What an event sold and took on each of these days, which are all on which it did; of sales what else is
    asked for.
    """
    sales = _sales(event, days, of_sale)
    tables = Tables(sales, _ended(event, days), _money(event, days), _adjusted(event, days))
    sums.name(tables.sales, tables.ended)
    by_day: Mapping[date, Tables] = defaultdict(lambda: Tables([], [], [], []))
    for kind, rows in enumerate(tables):
        for row in rows:
            by_day[days.day(row["place"])][kind].append(row)
    return Ledger(event, tables, dict(by_day))


def _sales(event: Event, days: Days, of_sale: OfSale) -> Rows:
    guests = sums.guests_of(event)
    each = {
        "order__completed_at": guests.filter(sums.SOLD_AT_FIRST),
        "replaces__cancelled_at": guests.filter(replaces__isnull=False),
    }
    return [
        row
        for instant, sold in each.items()
        for row in sums.grouped(sold, place=days.place(instant), **of_sale(instant))
    ]


def _ended(event: Event, days: Days) -> Rows:
    guests = Attendee.objects.filter(order__event=event, order__completed_at__isnull=False)
    # By their status, too: the few that are cancelled have an index.
    cancelled = {"order__status": Order.Status.CANCELLED, "order__cancelled_at__isnull": False}
    with_order = guests.live().filter(**cancelled)
    alone = guests.filter(sums.ENDED_ALONE)
    return [
        *sums.grouped(with_order, kept=F("order__money_kept"), place=days.place("order__cancelled_at")),
        *sums.grouped(alone, kept=Value(False), place=days.place("cancelled_at")),
    ]


def _money(event: Event, days: Days) -> Rows:
    each = {False: Payment.objects.in_drawers_of(event), True: Payment.objects.in_no_drawer_of(event)}
    return [
        {**row, "outside": outside}
        for outside, payments in each.items()
        for row in sums.summed(payments.order_by().values("tender", place=days.place("created_at")))
    ]


def _adjusted(event: Event, days: Days) -> Rows:
    rows = Adjustment.objects.filter(order__event=event)
    return list(sums.adding_up(rows, place=days.place("amendment__at")))


def _figures(event: Event, tables: Tables) -> Figures:
    tenders, rounding, _paid = sums.money(tables.money)
    outside, _rounding, _paid = sums.money(
        row for row in tables.money if row["outside"] and row["tender"] == Tender.CASH
    )
    return Figures(
        sums.merged(tables.sales),
        sums.merged(row for row in tables.ended if not row["kept"]),
        tenders,
        rounding,
        event.currency,
        kept=sums.merged(row for row in tables.ended if row["kept"]),
        outside=outside[0] if outside else Taken(Tender.CASH),
        adjusted=sums.adjusted(tables.adjusted),
    )
