"""Who may cancel an order or give its money back, when, with whose leave, and out of which drawer."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import User
from base.errors import Conflict, DomainError, Forbidden, Invalid
from events.approvals import Approval, approvers
from events.models import Role, role_at
from orders.models import Order
from orders.takings import GiveBack
from shifts import drawer
from shifts.desk import Desk
from shifts.models import Shift

Status = Order.Status

UNDO = timedelta(seconds=60)


def may_be_undone(order: Order, at: datetime) -> bool:
    """Whether a cashier may take the sale back at `at` (UTC). Who was put on the guest list, and has not paid
    here, is no sale.
    """
    if order.is_listed and order.completed_at == order.created_at:
        return False
    fresh = order.completed_at is not None and at - order.completed_at <= UNDO
    return order.status == Status.COMPLETED and fresh and (order.shift is None or order.shift.is_open)


def check_ending(
    order: Order, desk: Desk, shift: Shift | None, reason: str, keeps: bool, at: datetime
) -> None:
    """Raise what `lifecycle.cancel` says of whoever may not cancel the order, or keep its money (`keeps`)."""
    if keeps:
        _check_keepable(order, desk.by, reason)
    elif desk.by is not None and not order.is_unpaid:
        _check_cancellable(order, desk.by, reason, _undo_refusal(order, shift, desk.till_id, at))


def approver_of(order: Order, desk: Desk, approval: Approval | None) -> User | None:
    """Who gives leave; None: nobody was named. Must not be called inside a transaction. Raises `Forbidden`
    at `approval`, as `approvers`.
    """
    if approval is None or desk.by is None:
        return None
    try:
        return approvers(event=order.event, seller=desk.by, approvals=[approval])[0]
    except Forbidden as refusal:
        raise refusal.under(drop=1) from refusal


def check_amending(
    order: Order,
    desk: Desk,
    shift: Shift | None,
    reason: str,
    approved_by: User | None,
    at: datetime,
    *,
    undoes: bool = False,
) -> None:
    """Raise unless the desk may give back (or keep) money of an order: an organizer, or with the leave of
    one (`approved_by`), and with a reason; a script; and, if that `undoes` the sale, a cashier within 60
    seconds out of the same drawer. An unpaid order holds no money.

    Raises `Forbidden` `approval-required`; `Invalid` `reason-required`.
    """
    if desk.by is None or order.is_unpaid:
        return
    if undoes and _undo_refusal(order, shift, desk.till_id, at) is None:
        return
    if approved_by is None and role_at(order.event, desk.by) != Role.ORGANIZER:
        detail = _("This needs the approval of an organizer.")
        raise Forbidden.of("approval-required", detail, "approval")
    if not reason.strip():
        raise Invalid.of("reason-required", _("Say why."), "reason")


def _check_keepable(order: Order, by: User | None, reason: str) -> None:
    if order.is_unpaid:
        detail = _("A deposit is given back: only the money of an order that was paid is kept.")
        raise Conflict.of("deposit-not-kept", detail)
    if by is not None:
        refusal = Forbidden.of("organizers-only", _("Only an organizer may keep the money of an order."))
        _check_cancellable(order, by, reason, refusal)


def _check_cancellable(order: Order, by: User, reason: str, undo_refusal: DomainError | None) -> None:
    """`undo_refusal` is what hears who needs to be an organizer, and is none."""
    if undo_refusal is None:
        return
    if role_at(order.event, by) != Role.ORGANIZER:
        raise undo_refusal
    if not reason.strip():
        raise Invalid.of("reason-required", _("Say why the order is cancelled."), "reason")


def _undo_refusal(order: Order, shift: Shift | None, till_id: int | None, at: datetime) -> DomainError | None:
    """Why the order cannot be undone with money out of the drawer of `shift`, asked for at a till."""
    if order.status != Status.COMPLETED:
        return Conflict.of("not-cancellable", _("The order cannot be cancelled in its state."), "status")
    closed = Conflict.of("shift-closed", _("The shift is closed; an organizer can cancel the order."))
    if order.shift is not None and not order.shift.is_open:
        return closed
    if not may_be_undone(order, at):
        detail = _("The 60 seconds to undo are over; an organizer can cancel the order.")
        return Conflict.of("undo-over", detail)
    if shift == order.shift:
        return None
    sold_at = order.shift and order.shift.till_id
    if shift is None and till_id in (None, sold_at):
        return closed  # while this request waited for it
    if shift is not None and shift.till_id == sold_at:
        return closed  # and the next one is open already
    detail = _("The sale was not made at this till; an organizer can cancel the order.")
    return Conflict.of("other-till", detail)


def drawer_of(order: Order, desk: Desk, money_back: GiveBack | None, at: datetime) -> Shift | None:
    """The shift out of whose drawer the money of an order goes back, held open. The one that sold what is
    kept is held open beside it, because its report says so.
    """
    if money_back is not None and money_back.outside:
        return None
    if money_back is None and order.shift is not None:
        drawer.at_work(order.event, Desk(None, order.shift.till_id))
    shift = drawer.at_work(order.event, desk)
    if shift is None and desk.till_id is None and order.shift is not None and may_be_undone(order, at):
        shift = drawer.at_work(order.event, Desk(desk.by, order.shift.till_id))
    return shift
