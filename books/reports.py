"""The books: what a shift took and sold, and an event on each of its business days. Facts, no pages.

What a closed shift reports never changes: sales are the orders that were completed in it, even if
they are cancelled later, and money given back belongs to the shift out of whose drawer it went.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.lookups import IsNull

from accounts.models import User
from attendees.models import Attendee
from base import languages
from base.identifiers import masked_email
from base.plain import plain, read
from books import days
from books.figures import Adjusted, Figures, Sold, Taken
from books.models import ClosedReport
from books.shift_report import NOTHING, Cancelled, Counted, Moved, Refund, Report
from events.days import DAY
from events.days import business_day as business_day
from events.issuer import issuer_of
from events.models import Act, Event, may
from orders.models import Adjustment, Amendment, Order, Payment
from shifts import drawer
from shifts.models import Shift

CENT = Decimal("0.01")
Tender = Payment.Tender


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


def report(shift: Shift) -> Report:
    """The books of a shift: of an open one as they are now, of a closed one as they were signed. In a
    constant number of queries, if `shift` has its till, event and people at hand.
    """
    kept: ClosedReport | None = None if shift.is_open else getattr(shift, "closed_report", None)
    return _as_it_is(shift) if kept is None else read(Report, kept.data)


def is_blind(report: Report, role: str | None) -> bool:
    """Whether whoever has this role is told no money of the report: it is of an open shift whose drawer is
    still to be counted, and they do not organize the event.
    """
    return report.is_open and not report.is_counted and not may(role, Act.MANAGE)


def keep(shift: Shift) -> ClosedReport:
    """Keep what the books say of a shift that is being closed, in the same transaction."""
    return ClosedReport.objects.create(shift=shift, data=plain(_as_it_is(shift)))


def _as_it_is(shift: Shift) -> Report:
    figures, paid_here = _of_shift(shift)
    event = shift.till.event
    movements = shift.movements.select_related("created_by")
    orders = shift.orders.aggregate(
        completed=Count("pk", filter=Q(completed_at__isnull=False)),
        unpaid=Count("pk", filter=Q(status__in=Order.UNPAID)),
    )
    moved = tuple(Moved(row.amount, row.reason, str(row.created_by), row.created_at) for row in movements)
    return Report(
        event=event.name,
        zone=event.timezone,
        till=shift.till.name,
        cashier=str(shift.cashier),
        opened_at=shift.opened_at,
        opening_float=shift.opening_float,
        figures=figures,
        orders=orders["completed"],
        paid_here=paid_here,
        expected_cash=drawer.should_hold(
            shift, cash=figures.net_of(Tender.CASH), moved=sum((row.amount for row in moved), NOTHING)
        ),
        unpaid=orders["unpaid"],
        number=shift.number,
        closed_at=shift.closed_at,
        closed_by=_name(shift.closed_by),
        was_forgotten=shift.was_forgotten,
        note=shift.note,
        left_before=shift.left_before,
        float_note=shift.float_note,
        stays=shift.stays,
        to_safe=shift.to_safe,
        refunds=_refunds(shift),
        cancelled=_cancelled(shift),
        movements=moved,
        counts=_counts(shift),
        issuer=issuer_of(event),
        language=languages.active(),
    )


def _of_shift(shift: Shift) -> tuple[Figures, Decimal]:
    """What it sold and took, and what was paid in it, rounding included."""
    is_kept = Q(_ended_in(shift, Q(order__money_kept=True), "order__"), cancelled_at__isnull=True)
    sold = Attendee.objects.filter(SOLD_AT_FIRST, order__shift=shift)
    bought = Attendee.objects.filter(replaces__ended_by__shift=shift)
    sales = [*_grouped(sold, kept=is_kept), *_grouped(bought, kept=is_kept)]
    kept = _merged(row for row in sales if row["kept"])
    given_up = Attendee.objects.live().filter(order__in=_given_up_in(shift).values("pk"))
    ended = Attendee.objects.filter(ENDED_ALONE, ended_by__shift=shift)
    returned = _merged([*_grouped(given_up), *_grouped(ended)])
    tenders, rounding, paid_here = _money(_summed(shift.payments.order_by().values("tender")))
    figures = Figures(
        _merged(sales),
        returned,
        tenders,
        rounding,
        shift.till.event.currency,
        kept,
        adjusted=_adjusted(_adding_up(Adjustment.objects.filter(amendment__shift=shift))),
        exchanged=_exchanged(bought),
    )
    return figures, paid_here


# Sold with its order, not in exchange for a ticket of it; and not cancelled before that was paid.
SOLD_AT_FIRST = Q(order__completed_at__isnull=False, replaces__isnull=True) & (
    Q(cancelled_at__isnull=True) | Q(cancelled_at__gte=F("order__completed_at"))
)
# Cancelled by itself after it was sold.
ENDED_ALONE = Q(order__completed_at__isnull=False, cancelled_at__gte=F("order__completed_at"))


def _exchanged(bought: QuerySet[Attendee]) -> Decimal:
    """How much of what tickets cost was paid with those that were exchanged for them."""
    rows = bought.order_by().values("replaces__ended_by")
    sums = rows.annotate(cost=Sum("price_paid"), had=Sum("replaces__price_paid"))
    return sum((_cents(min(row["cost"], row["had"])) for row in sums), NOTHING)


def _adding_up(adjustments: QuerySet[Adjustment], **more: Combinable) -> QuerySet[Adjustment, dict[str, Any]]:
    groups = ["kind", "tax_rate"]  # mypy makes a type of literals, which nothing else fits
    rows: QuerySet[Adjustment, dict[str, Any]] = adjustments.order_by().values(*groups, **more)
    return rows.annotate(sum=Sum("amount"), taxes=Sum("tax"))


def _adjusted(rows: Iterable[dict[str, Any]]) -> tuple[Adjusted, ...]:
    """One line for each kind and rate, but for those of nothing."""
    sums: dict[tuple[str, Decimal | None], Adjusted] = {}
    for row in rows:
        had = sums.get(key := (row["kind"], row["tax_rate"]), Adjusted(row["kind"], NOTHING, row["tax_rate"]))
        tax = had.tax + _cents(row["taxes"])
        sums[key] = replace(had, amount=had.amount + _cents(row["sum"]), tax=tax)
    lines = sorted(sums.values(), key=lambda line: (-line.sign, line.tax_rate or NOTHING))
    return tuple(line for line in lines if line.amount)


def _refunds(shift: Shift) -> tuple[Refund, ...]:
    payments = shift.payments.filter(reverses__isnull=False).select_related("order", "created_by")
    reasons = {(row.order_id, row.at): row.reason for row in shift.amendments.all()}
    return tuple(
        Refund(
            str(row.order),
            row.tender,
            row.amount,
            _name(row.created_by),
            reasons.get((row.order_id, row.created_at), row.order.cancel_reason),
        )
        for row in payments
    )


def _cancelled(shift: Shift) -> tuple[Cancelled, ...]:
    orders = _without_refund(shift, FREE | KEPT).select_related("cancelled_by")
    return tuple(
        Cancelled(str(order), order.amount, _name(order.cancelled_by), order.cancel_reason, order.money_kept)
        for order in orders
    )


def _counts(shift: Shift) -> tuple[Counted, ...]:
    return tuple(
        Counted(row.cash, row.card, row.expected_cash, row.expected_card, str(row.counted_by), row.counted_at)
        for row in shift.counts.select_related("counted_by")
    )


def _name(user: User | None) -> str:
    return "" if user is None else str(user)


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
    back = shift.payments.filter(reverses__isnull=False, created_at=F("order__cancelled_at")).values("order")
    # Of which all had gone back before.
    ended = shift.amendments.filter(kind=Amendment.Kind.CANCEL).values("order")
    free = _without_refund(shift, FREE).values("pk")
    paid = Q(completed_at__isnull=False) & (Q(pk__in=back) | Q(pk__in=ended))
    return Order.objects.filter(paid | Q(pk__in=free)).order_by()


def totals(event: Event) -> Totals:
    """An event's figures, in a constant number of queries. Everything counts for the business day on
    which it happened: a sale when it was paid, a cancellation when it was cancelled.
    """
    guests = Attendee.objects.filter(order__event=event)
    sold, bought = guests.filter(SOLD_AT_FIRST), guests.filter(replaces__isnull=False)
    ended = guests.live().filter(order__completed_at__isnull=False, order__cancelled_at__isnull=False)
    payments = Payment.objects.filter(order__event=event).order_by()
    day_of = partial(days.in_sql, event, twice=days.begun_twice(event))
    sales = _by_day(
        [
            *_grouped(sold, **day_of("order__completed_at")),
            *_grouped(bought, **day_of("replaces__cancelled_at")),
        ]
    )
    alone = guests.filter(ENDED_ALONE)
    given_up = _by_day(
        [
            *_grouped(ended, kept=F("order__money_kept"), **day_of("order__cancelled_at")),
            *_grouped(alone, kept=Value(False), **day_of("cancelled_at")),
        ]
    )
    adjusted = _by_day(_adding_up(Adjustment.objects.filter(order__event=event), **day_of("amendment__at")))
    outside = IsNull(F("shift"), True)
    money = _by_day(_summed(payments.values("tender", outside=outside, **day_of("created_at"))))
    by_day = [
        Day(day, _figures(event, sales[day], given_up[day], money[day], adjusted[day]))
        for day in sorted({*sales, *given_up, *money, *adjusted}, reverse=True)
    ]
    whole = _figures(event, *(_flat(rows) for rows in (sales, given_up, money, adjusted)))
    return Totals(event, whole, by_day)


def _by_day(rows: Iterable[dict[str, Any]]) -> dict[date, list[dict[str, Any]]]:
    by_day: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_day[row.pop("day") - DAY * bool(row.pop("early"))].append(row)
    return by_day


def _flat(by_day: dict[date, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [row for rows in by_day.values() for row in rows]


def _figures(
    event: Event,
    sales: list[dict[str, Any]],
    ended: list[dict[str, Any]],
    money: list[dict[str, Any]],
    adjusted: list[dict[str, Any]],
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
        adjusted=_adjusted(adjusted),
    )


GROUPS = (
    "ticket__position",
    "ticket_id",
    "sold_as",
    "price_paid",
    "tax_rate",
    "price_reason",
    "approved_by__name",
    "approved_by__email",
)


def _grouped(attendees: QuerySet[Attendee], **more: Combinable | Q) -> QuerySet[Attendee, dict[str, Any]]:
    """How many attendees of each ticket, price and tax: quantities, so that no sum of floats is trusted."""
    groups: QuerySet[Attendee, dict[str, Any]] = attendees.order_by().values(
        *GROUPS, "tax", "discounted", **more
    )
    return groups.annotate(quantity=Count("pk"))


def _merged(rows: Iterable[dict[str, Any]]) -> tuple[Sold, ...]:
    """One line for each group, in the order of the till's page, the dearest first."""
    quantities: dict[tuple[Any, ...], int] = defaultdict(int)
    taxes: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    discounts: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for row in rows:
        group = (*(row[name] for name in GROUPS), row["discounted"] is not None)
        quantities[group] += row["quantity"]
        taxes[group] += row["quantity"] * (row["tax"] or Decimal(0))
        discounts[group] += row["quantity"] * (row["discounted"] or Decimal(0))
    lines = sorted(quantities, key=lambda group: (*group[:2], -group[3], *map(str, group)))
    return tuple(
        _line(*group[:-1], quantity=quantities[group], tax=taxes[group], discounted=discounts[group])
        for group in lines
    )


def _line(
    _position: int,
    _ticket: int,
    name: str,
    price: Decimal,
    rate: Decimal | None,
    reason: str,
    approver: str | None,
    email: str | None,
    *,
    quantity: int,
    tax: Decimal,
    discounted: Decimal,
) -> Sold:
    who = approver or masked_email(email or "")
    sums = {"tax": tax.quantize(CENT), "discounted": discounted.quantize(CENT)}
    return Sold(name, price.quantize(CENT), quantity, rate, reason=reason, approver=who, **sums)


def _summed(payments: QuerySet[Payment, Any]) -> QuerySet[Payment, dict[str, Any]]:
    """Payments that are grouped already, with their sums and numbers."""
    taken, given_back = Q(reverses__isnull=True), Q(reverses__isnull=False)
    return payments.annotate(
        taken=Sum("amount", filter=taken),
        given_back=Sum("amount", filter=given_back),
        payments=Count("pk", filter=taken),
        refunds=Count("pk", filter=given_back),
    )


def _money(rows: Iterable[dict[str, Any]]) -> tuple[tuple[Taken, ...], Decimal, Decimal]:
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
    return tuple(sums[tender] for tender in Tender.values if tender in sums), rounding, paid


def _cents(amount: Decimal | None) -> Decimal:
    """A sum from the database, rounded to its own two decimals: SQLite adds in floats."""
    return round(amount or Decimal(0), 2)
