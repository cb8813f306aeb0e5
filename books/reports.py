"""The books: what a shift took and sold, and an event on each of its business days. Facts, no pages.

What a closed shift reports never changes: sales are the orders that were completed in it, even if
they are cancelled later, and money given back belongs to the shift out of whose drawer it went.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncDate, TruncTime
from django.db.models.lookups import IsNull, LessThan

from attendees.models import Attendee
from base.identifiers import masked_email
from books.figures import Figures, Sold, Taken
from events.models import Event
from orders.models import Order, Payment
from shifts import drawer
from shifts.models import CashCount, CashMovement, Shift

CENT = Decimal("0.01")
Tender = Payment.Tender


@dataclass(frozen=True)
class Report:
    """The books of one shift. `refunds` are its payments out, `cancelled` its orders that were cancelled
    before it was closed with no money given back: free ones, and those of which it was kept; `unpaid` counts
    the orders still waiting for their money.
    """

    shift: Shift
    figures: Figures
    orders: int
    unpaid: int
    refunds: Sequence[Payment]
    cancelled: Sequence[Order]
    movements: Sequence[CashMovement]
    counts: Sequence[CashCount]
    paid_here: Decimal

    @property
    def moved(self) -> Decimal:
        return sum((movement.amount for movement in self.movements), Decimal("0.00"))

    @property
    def cash(self) -> Decimal:
        """What came in as cash less what went back."""
        return self.figures.net_of(Tender.CASH)

    @property
    def expected_cash(self) -> Decimal:
        return drawer.should_hold(self.shift, cash=self.cash, moved=self.moved)

    @property
    def expected_card(self) -> Decimal:
        return self.figures.net_of(Tender.CARD)

    @property
    def last_count(self) -> CashCount | None:
        """The count that holds."""
        return self.counts[-1] if self.counts else None

    @property
    def is_counted(self) -> bool:
        """Whether the drawer was counted, and no money has moved since."""
        last = self.last_count
        expected = (self.expected_cash, self.expected_card)
        return last is not None and (last.expected_cash, last.expected_card) == expected

    @property
    def paid_elsewhere(self) -> Decimal:
        """What was sold here and paid in another shift or in none; below zero, what was paid here for
        orders that belong elsewhere or are not complete.
        """
        return self.figures.sold - self.paid_here


@dataclass(frozen=True)
class Totals:
    """An event's figures, as a whole and by business day, the latest first."""

    event: Event
    whole: Figures
    days: Sequence[tuple[date, Figures]]


def report(shift: Shift) -> Report:
    """The books of a shift as they are now, in a constant number of queries. `shift` needs its till
    and event at hand.
    """
    tenders, rounding, paid_here = _money(_summed(shift.payments.order_by().values("tender")))
    refunds = shift.payments.filter(reverses__isnull=False)
    sold = Attendee.objects.filter(order__shift=shift, order__completed_at__isnull=False)
    sales = list(_grouped(sold, kept=_ended_in(shift, Q(order__money_kept=True), "order__")))
    figures = Figures(
        _merged(sales),
        _merged(_grouped(Attendee.objects.filter(order__in=_given_up_in(shift).values("pk")))),
        tenders,
        rounding,
        shift.till.event.currency,
        kept=_merged(row for row in sales if row["kept"]),
    )
    orders = shift.orders.aggregate(
        completed=Count("pk", filter=Q(completed_at__isnull=False)),
        unpaid=Count("pk", filter=Q(status__in=Order.UNPAID)),
    )
    return Report(
        shift=shift,
        figures=figures,
        orders=orders["completed"],
        unpaid=orders["unpaid"],
        refunds=list(refunds.select_related("order__cancelled_by", "created_by")),
        cancelled=list(_without_refund(shift, FREE | KEPT).select_related("cancelled_by")),
        movements=list(shift.movements.select_related("created_by")),
        counts=list(shift.counts.select_related("counted_by")),
        paid_here=paid_here,
    )


FREE, KEPT = Q(amount=0), Q(money_kept=True)


def _ended_in(shift: Shift, which: Q, path: str = "") -> Q:
    """Which orders were cancelled before the shift that sold them was closed. Where no money went back, it
    cannot be said in which other shift; `path` leads to the order.
    """
    if shift.is_open:
        return which & Q(**{f"{path}cancelled_at__isnull": False})
    return which & Q(**{f"{path}cancelled_at__lte": shift.closed_at})


def _without_refund(shift: Shift, which: Q) -> QuerySet[Order]:
    return shift.orders.filter(_ended_in(shift, which), completed_at__isnull=False)


def _given_up_in(shift: Shift) -> QuerySet[Order]:
    """The completed orders whose money was given back in this shift, and its free ones."""
    refunded = shift.payments.filter(reverses__isnull=False).values("order")
    free = _without_refund(shift, FREE).values("pk")
    return Order.objects.filter(Q(pk__in=refunded, completed_at__isnull=False) | Q(pk__in=free)).order_by()


def totals(event: Event) -> Totals:
    """An event's figures, in a constant number of queries. Everything counts for the business day on
    which it happened: a sale when it was paid, a cancellation when it was cancelled.
    """
    sold = Attendee.objects.filter(order__event=event, order__completed_at__isnull=False)
    ended = sold.filter(order__cancelled_at__isnull=False)
    payments = Payment.objects.filter(order__event=event).order_by()
    sales = _by_day(event, _lines_by_day(event, sold, "order__completed_at"))
    given_up = _by_day(event, _lines_by_day(event, ended, "order__cancelled_at", kept=F("order__money_kept")))
    groups = {"outside": IsNull(F("shift"), True), **_days(event, "created_at")}
    money = _by_day(event, _summed(payments.values("tender", **groups)))
    days = [
        (day, _figures(event, sales[day], given_up[day], money[day]))
        for day in sorted({*sales, *given_up, *money}, reverse=True)
    ]
    whole = _figures(event, *(_flat(rows) for rows in (sales, given_up, money)))
    return Totals(event, whole, days)


def business_day(event: Event, at: datetime) -> date:
    """The business day to which an instant belongs: by the clock on the wall of the event, what
    happens before `day_ends_at` counts for the day before. So a night is one day, however long.
    """
    local = at.astimezone(ZoneInfo(event.timezone))
    return local.date() - timedelta(days=local.time() < event.day_ends_at)


def _days(event: Event, instant: str) -> dict[str, Combinable]:
    """The same in SQL: the date of the clock on the wall, and whether it was still the day before."""
    zone = ZoneInfo(event.timezone)
    return {
        "day": TruncDate(instant, tzinfo=zone),
        "early": LessThan(TruncTime(instant, tzinfo=zone), event.day_ends_at),
    }


def _by_day(event: Event, rows: Iterable[dict[str, Any]]) -> dict[date, list[dict[str, Any]]]:
    days: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        days[row.pop("day") - timedelta(days=bool(row.pop("early")))].append(row)
    return days


def _flat(days: dict[date, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [row for rows in days.values() for row in rows]


def _figures(
    event: Event, sales: list[dict[str, Any]], ended: list[dict[str, Any]], money: list[dict[str, Any]]
) -> Figures:
    tenders, rounding, _paid = _money(money)
    outside, _rounding, _paid = _money(
        row for row in money if row["outside"] and row["tender"] == Tender.CASH
    )
    return Figures(
        _merged(sales),
        _merged(row for row in ended if not row["kept"]),
        tenders,
        rounding,
        event.currency,
        kept=_merged(row for row in ended if row["kept"]),
        outside=outside[0] if outside else Taken(Tender.CASH),
    )


GROUPS = (
    "ticket__position",
    "ticket_id",
    "ticket__name",
    "price_paid",
    "tax_rate",
    "price_reason",
    "approved_by__name",
    "approved_by__email",
)


def _grouped(attendees: QuerySet[Attendee], **more: Combinable | Q) -> QuerySet[Attendee, dict[str, Any]]:
    """How many attendees of each ticket and price: quantities, so that no sum of floats is trusted."""
    groups: QuerySet[Attendee, dict[str, Any]] = attendees.order_by().values(*GROUPS, **more)
    return groups.annotate(quantity=Count("pk"))


def _lines_by_day(
    event: Event, attendees: QuerySet[Attendee], instant: str, **more: Combinable
) -> QuerySet[Attendee, dict[str, Any]]:
    return _grouped(attendees, **more, **_days(event, instant))


def _merged(rows: Iterable[dict[str, Any]]) -> list[Sold]:
    """One line for each group, in the order of the till's page, the dearest first."""
    quantities: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in rows:
        quantities[tuple(row[name] for name in GROUPS)] += row["quantity"]
    lines = sorted(quantities.items(), key=lambda line: (*line[0][:2], -line[0][3], *map(str, line[0][4:])))
    return [
        Sold(name, price.quantize(CENT), quantity, rate, reason, approver or masked_email(email or ""))
        for (_position, _id, name, price, rate, reason, approver, email), quantity in lines
    ]


def _summed(payments: QuerySet[Payment, Any]) -> QuerySet[Payment, dict[str, Any]]:
    """Payments that are grouped already, with their sums and numbers."""
    taken, given_back = Q(reverses__isnull=True), Q(reverses__isnull=False)
    return payments.annotate(
        taken=Sum("amount", filter=taken),
        given_back=Sum("amount", filter=given_back),
        payments=Count("pk", filter=taken),
        refunds=Count("pk", filter=given_back),
    )


def _money(rows: Iterable[dict[str, Any]]) -> tuple[list[Taken], Decimal, Decimal]:
    """By tender, in the order of the choices; what rounding gave; what was taken, rounding included."""
    sums: dict[str, Taken] = {}
    for row in rows:
        had = sums.get(row["tender"], Taken(row["tender"]))
        sums[had.tender] = Taken(
            had.tender,
            had.taken + _cents(row["taken"]),
            had.given_back + _cents(row["given_back"]),
            had.payments + row["payments"],
            had.refunds + row["refunds"],
        )
    paid = sum((line.taken for line in sums.values()), Decimal("0.00"))
    rounding = sums.pop(Tender.ROUNDING, Taken(Tender.ROUNDING)).net
    return [sums[tender] for tender in Tender.values if tender in sums], rounding, paid


def _cents(amount: Decimal | None) -> Decimal:
    """A sum from the database, rounded to its own two decimals: SQLite adds in floats."""
    return round(amount or Decimal(0), 2)
