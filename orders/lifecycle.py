"""What becomes of an order after it was made: completed, cancelled, or expired.

Locks are taken in the order: the order, the shift, its tickets by id (docs/adr/0002).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee
from events.models import Event, Role, role_at
from onsite_project.database import retry_transient
from onsite_project.errors import Conflict, DomainError, Invalid
from orders import takings
from orders.models import Order, Payment
from orders.settlement import Paid, settle
from shifts import drawer
from shifts.models import Shift
from tickets import stock

Status = Order.Status

HOLD_ONLINE = timedelta(minutes=10)
HOLD_CARD = timedelta(minutes=30)
UNDO = timedelta(seconds=60)
MOST_AT_ONCE = 200


def held_until(order: Order) -> datetime | None:
    """When an unpaid order lets go of its tickets (UTC); None: not until somebody says so."""
    if order.status == Status.INITIALIZING:
        return order.created_at + HOLD_ONLINE
    if order.status != Status.PENDING:
        return None
    if order.awaits_card:
        return order.created_at + HOLD_CARD
    minutes = order.event.pending_minutes
    return order.created_at + timedelta(minutes=minutes) if minutes else None


@retry_transient
def complete(
    order: Order,
    *,
    payments: Sequence[Paid] = (),
    by: User | None = None,
    till_id: int | None = None,
    drawer_required: bool = False,
    at: datetime | None = None,
) -> Order:
    """Pay what is left of an unpaid order. The caller has made sure that `by` may sell at its event.

    `payments` and `drawer_required` as for a sale; no payments means all in cash, or in the tender of
    the order's own mode. It belongs to the shift in which it was paid. Said again with the same
    payments, it changes nothing.

    Raises `Invalid` for payments that do not add up; `Conflict` `order-completed`,
    `order-cancelled`, `order-expired` or `no-open-shift`; `NotFound` `unknown-till`; `Busy`.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        order = _locked(order)
        if order.status == Status.COMPLETED and _paid_so(order, payments):
            return order
        _check_unpaid(order)
        shift = drawer.at_work(event=order.event, till_id=till_id, cashier=by)
        left = order.amount - _paid(order)
        settlement = settle(
            amount=left,
            currency=order.currency,
            mode=order.payment_mode,
            status=Status.COMPLETED,
            payments=payments,
            cash_rounding=order.event.cash_rounding,
        )
        takings.record(order, settlement.payments, by=by, shift=shift, drawer_required=drawer_required, at=at)
        order.status, order.completed_at = Status.COMPLETED, at
        order.shift = shift
        order.awaits_card, order.expires_at = False, None
        order.save(update_fields=["status", "completed_at", "shift", "awaits_card", "expires_at"])
    return order


@retry_transient
def cancel(
    order: Order,
    *,
    by: User | None = None,
    reason: str = "",
    till_id: int | None = None,
    drawer_required: bool = False,
    at: datetime | None = None,
) -> Order:
    """Cancel a whole order: its attendees admit nobody, its tickets go back on sale, its money is
    given back by new payments. Said again, it changes nothing.

    The caller has made sure that `by` may sell at its event; a script leaves it out. An unpaid order
    may always be cancelled, a completed one within 60 seconds while its shift is open (undo), and by
    an organizer with a `reason` at any time.

    Raises `Conflict` `undo-over`, `shift-closed`, or `no-open-shift` where cash must be given back;
    `Invalid` `reason-required`; `NotFound` `unknown-till`; `Busy`.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        order = _locked(order)
        if order.status in (Status.CANCELLED, Status.EXPIRED):
            return order
        undo_till = _undo_till(order, at)
        shift = drawer.at_work(event=order.event, till_id=till_id or undo_till, cashier=by)
        _check_cancellable(order, by=by, reason=reason, at=at, shift=shift)
        takings.reverse(order, by=by, shift=shift, drawer_required=drawer_required, at=at)
        stock.give_back(_held([order]))
        order.status, order.cancelled_at = Status.CANCELLED, at
        order.cancelled_by, order.cancel_reason = by, reason.strip()
        order.awaits_card, order.expires_at = False, None
        order.save(
            update_fields=[
                "status",
                "cancelled_at",
                "cancelled_by",
                "cancel_reason",
                "awaits_card",
                "expires_at",
            ]
        )
    return order


@retry_transient
def expire_overdue(event: Event, at: datetime | None = None) -> int:
    """Let go of the tickets of the event's orders that were not paid in time; how many orders it was.

    Orders that somebody is completing or cancelling right now are left to them.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        overdue = Order.objects.overdue(at).filter(event=event).order_by("pk")
        orders = list(overdue.select_for_update(no_key=True, skip_locked=True, of=("self",))[:MOST_AT_ONCE])
        stock.give_back(_held(orders))
        Order.objects.filter(pk__in=[order.pk for order in orders]).update(
            status=Status.EXPIRED, awaits_card=False, expires_at=None
        )
    return len(orders)


def _locked(order: Order) -> Order:
    orders = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("event", "shift")
    return orders.get(pk=order.pk)


def _held(orders: Sequence[Order]) -> Counter[int]:
    """How many of each ticket, by id, the orders hold."""
    return Counter(Attendee.objects.filter(order__in=orders).values_list("ticket_id", flat=True))


def _paid(order: Order) -> Decimal:
    return sum((payment.amount for payment in order.payments.all()), Decimal(0))


def _paid_so(order: Order, payments: Sequence[Paid]) -> bool:
    """Whether the order's last payments are just these: the request was sent twice."""
    rounding = Payment.Tender.ROUNDING
    recorded = [(p.tender, p.amount, p.reference) for p in order.payments.all() if p.tender != rounding]
    last = recorded[-len(payments) :] if payments else []
    asked = [(p.tender, p.amount, p.reference) for p in payments]
    return bool(last) and all(
        (tender, reference) == (had[0], had[2]) and amount in (None, had[1])
        for (tender, amount, reference), had in zip(asked, last, strict=False)
    )


def _check_unpaid(order: Order) -> None:
    if order.is_unpaid:
        return
    details = {
        Status.COMPLETED: _("The order is paid already."),
        Status.CANCELLED: _("The order was cancelled."),
        Status.EXPIRED: _("The order was not paid in time, and its tickets are back on sale."),
    }
    detail = details.get(order.status, _("The order cannot be completed."))
    raise Conflict.of(f"order-{order.status}", detail, "status")


def _undo_till(order: Order, at: datetime) -> int | None:
    """The till out of whose drawer an undo gives the money back: the one that took it."""
    return order.shift.till_id if order.shift and may_be_undone(order, at) else None


def may_be_undone(order: Order, at: datetime) -> bool:
    """Whether a cashier may take the sale back at `at` (UTC)."""
    fresh = order.completed_at is not None and at - order.completed_at <= UNDO
    return order.status == Status.COMPLETED and fresh and (order.shift is None or order.shift.is_open)


def _check_cancellable(
    order: Order, *, by: User | None, reason: str, at: datetime, shift: Shift | None
) -> None:
    if order.is_unpaid or by is None:
        return
    refusal = _undo_refusal(order, at, shift)
    if refusal is None:
        return
    if role_at(order.event, by) != Role.ORGANIZER:
        raise refusal
    if not reason.strip():
        raise Invalid.of("reason-required", _("Say why the order is cancelled."), "reason")


def _undo_refusal(order: Order, at: datetime, shift: Shift | None) -> DomainError | None:
    if order.status != Status.COMPLETED:
        return Conflict.of("not-cancellable", _("The order cannot be cancelled in its state."), "status")
    if order.shift_id is not None and not order.shift.is_open:
        detail = _("The shift is closed; an organizer can cancel the order.")
        return Conflict.of("shift-closed", detail)
    if not may_be_undone(order, at):
        detail = _("The 60 seconds to undo are over; an organizer can cancel the order.")
        return Conflict.of("undo-over", detail)
    if order.shift_id is not None and (shift is None or shift.pk != order.shift_id):
        # It was closed while this request waited for it, or another till was named.
        detail = _("The sale was not made at this till; an organizer can cancel the order.")
        return Conflict.of("shift-closed", detail)
    return None
