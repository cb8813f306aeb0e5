"""An order that has ended is an order again, while there is stock."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from base.errors import Conflict
from base.times import wire_time
from limits.announcing import sold_out
from orders import letters, lifecycle
from orders.acting import become, check_published, hold_again
from orders.amending import Ask, Way, amend
from orders.models import Order
from orders.states import Act
from outbox.announcing import Happening
from prices.claims import is_used_up
from shifts import drawer

Status = Order.Status


class _TooFew(Exception):
    """There are not enough tickets, unless others let go of theirs."""


def restore(order: Order, *, ask: Ask = Ask()) -> Order:
    """Take the tickets of an order again that expired or was cancelled: with the same codes it is to be paid
    as if it had been made now. One that was cancelled while its money was kept is paid already, and is
    completed again: by an organizer or with the leave of one, and with a reason. What was paid, and given
    back, stays ended: a new sale takes new money.

    Raises what `amending.amend` raises; `Conflict` `sold-out`, `discount-used-up`, `order-given-back`,
    `order-money-due`; `Invalid` `reason-required`; `Forbidden` `approval-required`.
    """
    try:
        return amend(order, Act.RESTORE, ask, _restore)
    except (_TooFew, Conflict) as refusal:
        if isinstance(refusal, Conflict) and not is_used_up(refusal):
            raise
    lifecycle.free_overdue(order.event, ask.at)
    try:
        return amend(order, Act.RESTORE, ask, _restore)
    except _TooFew:
        detail = _("There are not enough tickets left to restore the order.")
        raise Conflict.of("sold-out", detail, "status") from None


def _restore(order: Order, way: Way) -> Iterable[Happening]:
    _check_money(order)
    shift = drawer.at_work(order.event, way.desk)
    if order.money_kept:
        way.check(order, shift)
    taken = hold_again(order, way.at)
    if taken is None:
        raise _TooFew
    check_published(order.event)
    ended = {"at": wire_time(order.cancelled_at or order.expired_at), "by": str(order.cancelled_by or "")}
    way.record(order, shift, was=order.status, reason=order.cancel_reason, **ended)
    cleared = {"expired_at": None, "cancelled_at": None, "cancelled_by": None, "cancel_reason": ""}
    state = _state(order)
    become(order, state, expires_at=_until(order, state, way.at), money_kept=False, **cleared)
    letters.restored(order, way.at)
    return sold_out(taken)


def _check_money(order: Order) -> None:
    if order.money_due:
        detail = _("Money of this order is to be given back first.")
        raise Conflict.of("order-money-due", detail, "status")
    if order.money_kept:
        # What went back of it since; before, it was goodwill or for single tickets.
        is_over = order.payments.filter(reverses__isnull=False, created_at__gte=order.cancelled_at).exists()
    else:
        is_over = order.completed_at is not None or order.payments.exists()
    if is_over:
        detail = _("The order was completed once, and is over: sell the tickets again.")
        raise Conflict.of("order-given-back", detail, "status")


def _state(order: Order) -> Order.Status:
    if order.money_kept:
        return Status.COMPLETED
    return Status.PENDING if order.channel == Order.Channel.ONSITE else Status.INITIALIZING


def _until(order: Order, state: str, at: datetime) -> datetime | None:
    """When it lets go of its tickets again, counted from now."""
    if order.is_listed:
        return None
    if state == Status.INITIALIZING:
        return at + lifecycle.HOLD_ONLINE
    minutes = order.event.pending_minutes
    return at + timedelta(minutes=minutes) if state == Status.PENDING and minutes else None
