"""Money taken and given back: every movement is a payment, in the open shift of the till it passed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.models import User
from base import metrics, money
from base.errors import Conflict, Invalid, NotFound
from base.sql.insert import insert
from events.models import Event, Role, role_at
from orders.models import Order, Payment
from orders.settlement import Taking, round_cash
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


def record_elsewhere(
    orders: Sequence[Order], references: Mapping[int, str], *, by: User | None, at: datetime
) -> Sequence[Payment]:
    """Write down that orders were paid in full before they came here: a payment each, of no drawer, with
    the reference by the order's id.
    """
    return _written(
        [
            Payment(
                order=order,
                amount=order.amount,
                tender=Tender.OTHER,
                reference=references[order.pk],
                created_by=by,
                created_at=at,
            )
            for order in orders
            if order.amount
        ]
    )


def reverse(
    order: Order,
    amount: Decimal,
    *,
    desk: Desk,
    shift: Shift | None,
    at: datetime,
    tender: str | None = None,
    of: int | None = None,
) -> Sequence[Payment]:
    """Give back so much of what was taken for an order, in its currency: by payments that each reverse one,
    all of it or a part, the latest first, or that alone whose id is `of`; in its own tender, or in `tender`.
    Cash goes back in coins, and what that rounds is kept beside it.

    Raises what `record` raises; `Conflict` `refund-too-high` for more than there is; `NotFound`
    `unknown-payment`; and `Invalid` `no-coins` for all of it in cash that no coins of the event make.
    """
    rows = list(order.payments.all())
    left = _left(rows, of)
    balance = sum((row.amount for row in rows), Decimal(0))
    most = balance if of is None else min(balance, sum(left.values(), Decimal(0)))
    if amount > most:
        raise _too_high(order, most)
    if not amount:
        return []
    whole = of is None and amount == balance
    parts = left if whole else _latest(left, amount, tender, order.event.cash_rounding)
    back = [(payment, part, tender or payment.tender) for payment, part in parts.items()]
    rounded = _roundings(rows) if whole else []
    back += [(payment, payment.amount, Tender.ROUNDING) for payment in rounded]
    rest = amount - sum((part for _payment, part, _tender in back), Decimal(0))
    if rest:
        back.append((next(iter(parts), rows[0]), rest, Tender.ROUNDING))
    back.sort(key=lambda one: one[0].pk)
    payments = [_back(order, one, desk, shift, at) for one in back]
    if tender == Tender.CASH:
        _check_coins(order, payments)
    _check_drawer(order, payments, desk, shift)
    return _written(payments)


def _back(
    order: Order, one: tuple[Payment, Decimal, str], desk: Desk, shift: Shift | None, at: datetime
) -> Payment:
    payment, part, tender = one
    return Payment(
        order=order,
        amount=-part,
        tender=tender,
        reference=payment.reference,
        created_by=desk.by,
        created_at=at,
        shift=shift,
        reverses=payment,
    )


def left_of(order: Order) -> dict[Payment, Decimal]:
    """What is left of each payment that was taken and not given back wholly; rounding is no money."""
    return _left(list(order.payments.all()), None)


def _left(rows: Sequence[Payment], of: int | None) -> dict[Payment, Decimal]:
    back: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.reverses_id is not None and row.tender != Tender.ROUNDING:
            back[row.reverses_id] += row.amount
    taken = [row for row in rows if row.reverses_id is None and row.tender != Tender.ROUNDING]
    if of is not None:
        taken = [row for row in taken if row.pk == of]
        if not taken:
            detail = _("The order has no such payment.")
            raise NotFound.of("unknown-payment", detail, "payment")
    return {row: left for row in taken if (left := row.amount + back[row.pk]) > 0}


def _roundings(rows: Sequence[Payment]) -> list[Payment]:
    reversed_ids = {row.reverses_id for row in rows}
    return [
        row
        for row in rows
        if row.tender == Tender.ROUNDING and row.reverses_id is None and row.pk not in reversed_ids
    ]


def _latest(
    left: Mapping[Payment, Decimal], amount: Decimal, tender: str | None, step: Decimal | None
) -> dict[Payment, Decimal]:
    parts: dict[Payment, Decimal] = {}
    for payment in reversed(list(left)):
        part = min(amount, left[payment])
        amount -= part
        if (tender or payment.tender) == Tender.CASH:
            part = _in_coins(part, left[payment], step)
        if part > 0:
            parts[payment] = part
    return parts


def _in_coins(part: Decimal, most: Decimal, step: Decimal | None) -> Decimal:
    """The nearest sum that coins make, and no more than there is."""
    cash = round_cash(part, step)
    return cash if cash <= most or step is None else cash - step


def _too_high(order: Order, most: Decimal) -> Conflict:
    detail = _("At most %s can be given back.") % money.display(most, order.currency)
    return Conflict.of("refund-too-high", detail, "amount", most=f"{most:.2f}")


def _written(payments: Sequence[Payment]) -> Sequence[Payment]:
    for payment in payments:
        metrics.counted(metrics.payments, payment.tender, "in" if payment.amount > 0 else "out")
    return insert(payments)


def _check_coins(order: Order, payments: Sequence[Payment]) -> None:
    cash = -sum((payment.amount for payment in payments if payment.tender == Tender.CASH), Decimal(0))
    step = order.event.cash_rounding
    if step is not None and not money.in_coins(cash, step):
        detail = money.without_coins(step, order.currency)
        raise Invalid.of("no-coins", detail, "tender", step=money.wire_money(step))


def _check_drawer(order: Order, payments: Sequence[Payment], desk: Desk, shift: Shift | None) -> None:
    if not any(payment.tender == Tender.CASH for payment in payments):
        return
    if not excused(desk, order.event, shift).drawer_required or desk.by is None or shift is not None:
        return
    if desk.till_id is not None:
        raise Conflict.of(
            "no-open-shift", _("No shift is open at this till: open one before cash moves there.")
        )
    detail = _("You have no open shift: open one at a till before you take cash.")
    raise Conflict.of("no-open-shift", detail)


def excused(desk: Desk, event: Event, shift: Shift | None) -> Desk:
    """The desk, which requires no drawer of an organizer away from any till: their role is looked up where
    that must be known.
    """
    is_asked = desk.drawer_required and not desk.at_screen and desk.till_id is None and shift is None
    if not is_asked or desk.by is None or role_at(event, desk.by) != Role.ORGANIZER:
        return desk
    return replace(desk, drawer_required=False)
