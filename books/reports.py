"""The books: what a shift took and sold. Facts, no pages; `totals` has those of an event by business day.

What a closed shift reports never changes: sales are the orders that were completed in it, even if
they are cancelled later, and money given back belongs to the shift out of whose drawer it went.
"""

from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from accounts.models import User
from attendees.models import Attendee
from base import languages
from base.plain import plain, read
from books import sums
from books.figures import Figures
from books.models import ClosedReport
from books.shift_report import NOTHING, Cancelled, Counted, Moved, Refund, Report
from books.sums import Tender
from books.totals import totals as totals
from events.days import business_day as business_day
from events.issuer import issuer_of
from events.models import Act, may
from orders.models import Adjustment, Amendment, Order
from shifts import drawer
from shifts.models import Shift


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
    sold = Attendee.objects.filter(sums.SOLD_AT_FIRST, order__shift=shift)
    bought = Attendee.objects.filter(replaces__isnull=False, replaces__ended_by__shift=shift)
    sales = [*sums.grouped(sold, kept=is_kept), *sums.grouped(bought, kept=is_kept)]
    given_up = Attendee.objects.live().filter(order__in=_given_up_in(shift))
    ended = Attendee.objects.filter(sums.ENDED_ALONE, ended_by__shift=shift)
    returned = [*sums.grouped(given_up), *sums.grouped(ended)]
    sums.name(sales, returned)
    tenders, rounding, paid_here = sums.money(sums.summed(shift.payments.order_by().values("tender")))
    figures = Figures(
        sums.merged(sales),
        sums.merged(returned),
        tenders,
        rounding,
        shift.till.event.currency,
        sums.merged(row for row in sales if row["kept"]),
        adjusted=sums.adjusted(sums.adding_up(Adjustment.objects.filter(amendment__shift=shift))),
        exchanged=_exchanged(bought),
    )
    return figures, paid_here


def _exchanged(bought: QuerySet[Attendee]) -> Decimal:
    """How much of what tickets cost was paid with those that were exchanged for them."""
    rows = bought.order_by().values("replaces__ended_by")
    paid = rows.annotate(cost=Sum("price_paid"), had=Sum("replaces__price_paid"))
    return sum((sums.cents(min(row["cost"], row["had"])) for row in paid), NOTHING)


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


def _given_up_in(shift: Shift) -> QuerySet[Any, Any]:
    """The ids of the completed orders whose money was given back in this shift, and of its free ones: each by
    what belongs to the shift, so that no other orders are looked at.
    """
    completed = Q(order__completed_at__isnull=False)
    back = shift.payments.filter(completed, reverses__isnull=False, created_at=F("order__cancelled_at"))
    # Of which all had gone back before.
    ended = shift.amendments.filter(completed, kind=Amendment.Kind.CANCEL)
    found = [rows.order_by().values("order") for rows in (back, ended)]
    return _without_refund(shift, FREE).order_by().values("pk").union(*found)
