"""Money taken and given back: every movement is a payment, in the open shift of the till it passed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from base import metrics, money
from base.errors import Conflict, Invalid
from base.sql.insert import insert
from events.models import Role, role_at
from orders.models import Order, Payment
from orders.settlement import Taking
from shifts.desk import Desk
from shifts.models import Shift

Tender = Payment.Tender


@dataclass(frozen=True)
class GiveBack:
    """How the money of an order goes back: each payment by the tender it was made in, or all of it by
    `tender`; out of the desk's drawer or, `outside`, of none.
    """

    tender: str | None = None
    outside: bool = False


def record(
    order: Order,
    paid: Sequence[Taking],
    *,
    desk: Desk,
    shift: Shift | None,
    at: datetime,
) -> Sequence[Payment]:
    """Write down what was taken for an order. Raises `Conflict` `no-open-shift` for cash without a drawer
    where the desk requires one.
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
    return _written(payments)


def reverse(
    order: Order, *, desk: Desk, shift: Shift | None, at: datetime, tender: str | None = None
) -> Sequence[Payment]:
    """Give back all that was taken for an order: for each payment one of the opposite amount, of its own
    tender, or of `tender`, rounding excepted. Raises what `record` raises, and `Invalid`
    `no-coins` for a sum that no coins of the event make.
    """
    rows = list(order.payments.all())
    reversed_ids = {payment.reverses_id for payment in rows}
    payments = [
        Payment(
            order=order,
            amount=-payment.amount,
            tender=_tender_back(payment, tender),
            reference=payment.reference,
            created_by=desk.by,
            created_at=at,
            shift=shift,
            reverses=payment,
        )
        for payment in rows
        if payment.reverses_id is None and payment.pk not in reversed_ids
    ]
    if tender == Tender.CASH:
        _check_coins(order, payments)
    _check_drawer(order, payments, desk, shift)
    return _written(payments)


def _written(payments: Sequence[Payment]) -> Sequence[Payment]:
    for payment in payments:
        metrics.counted(metrics.payments, payment.tender, "in" if payment.amount > 0 else "out")
    return insert(payments)


def _tender_back(payment: Payment, tender: str | None) -> str:
    return payment.tender if tender is None or payment.tender == Tender.ROUNDING else tender


def _check_coins(order: Order, payments: Sequence[Payment]) -> None:
    cash = -sum((payment.amount for payment in payments if payment.tender == Tender.CASH), Decimal(0))
    step = order.event.cash_rounding
    if step is not None and not money.in_coins(cash, step):
        detail = money.without_coins(step, order.currency)
        raise Invalid.of("no-coins", detail, "tender", step=money.wire_money(step))


def _check_drawer(order: Order, payments: Sequence[Payment], desk: Desk, shift: Shift | None) -> None:
    if not desk.drawer_required or desk.by is None or shift is not None:
        return
    if not any(payment.tender == Tender.CASH for payment in payments):
        return
    if desk.till_id is not None:
        raise Conflict.of(
            "no-open-shift", _("No shift is open at this till: open one before cash moves there.")
        )
    if desk.at_screen or role_at(order.event, desk.by) != Role.ORGANIZER:
        detail = _("You have no open shift: open one at a till before you take cash.")
        raise Conflict.of("no-open-shift", detail)
