"""Money taken and given back: every movement is a payment, in the open shift of the till it passed."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from base.errors import Conflict
from base.sql.insert import insert
from events.models import Role, role_at
from orders.models import Order, Payment
from orders.settlement import Taking
from shifts.desk import Desk
from shifts.models import Shift


def record(
    order: Order,
    paid: Sequence[Taking],
    *,
    desk: Desk,
    shift: Shift | None,
    at: datetime,
) -> Sequence[Payment]:
    """Write down what was taken for an order. Raises `Conflict` `no-open-shift` where the desk requires
    a drawer and a cashier takes cash without one; organizers may.
    """
    payments = [
        Payment(
            order=order,
            amount=payment.amount,
            tender=payment.tender,
            tendered=payment.tendered,
            change=payment.change,
            reference=payment.reference,
            created_by=desk.by,
            created_at=at,
            shift=shift,
        )
        for payment in paid
    ]
    _check_drawer(order, payments, desk, shift)
    return insert(payments)


def reverse(order: Order, *, desk: Desk, shift: Shift | None, at: datetime) -> Sequence[Payment]:
    """Give back all that was taken for an order, each payment by one of its own tender. Raises what
    `record` raises.
    """
    rows = list(order.payments.all())
    reversed_ids = {payment.reverses_id for payment in rows}
    payments = [
        Payment(
            order=order,
            amount=-payment.amount,
            tender=payment.tender,
            reference=payment.reference,
            created_by=desk.by,
            created_at=at,
            shift=shift,
            reverses=payment,
        )
        for payment in rows
        if payment.reverses_id is None and payment.pk not in reversed_ids
    ]
    _check_drawer(order, payments, desk, shift)
    return insert(payments)


def _check_drawer(order: Order, payments: Sequence[Payment], desk: Desk, shift: Shift | None) -> None:
    if not desk.drawer_required or desk.by is None or shift is not None:
        return
    is_cash = any(payment.tender == Payment.Tender.CASH for payment in payments)
    if is_cash and role_at(order.event, desk.by) != Role.ORGANIZER:
        detail = _("You have no open shift: open one at a till before you take cash.")
        raise Conflict.of("no-open-shift", detail)
