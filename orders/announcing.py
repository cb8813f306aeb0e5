"""What is announced of orders (`outbox`): their state and money, and of nobody the name or address."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from base.money import wire_money
from base.times import wire_time
from orders.models import Order, Payment
from outbox.announcing import Happening, resource
from outbox.models import Topic

TIMES = ("created_at", "completed_at", "cancelled_at")


def made(order: Order) -> Iterator[Happening]:
    yield happened(Topic.ORDER_PLACED, order)
    if order.status == Order.Status.COMPLETED:
        yield happened(Topic.ORDER_COMPLETED, order)


def refunded(order: Order, payments: Sequence[Payment]) -> Iterator[Happening]:
    """By these payments, if they have moved any money."""
    moved = (payment for payment in payments if payment.tender != Payment.Tender.ROUNDING)
    back = -sum((payment.amount for payment in moved), Decimal(0))
    if back:
        yield happened(Topic.ORDER_REFUNDED, order, refunded=wire_money(back))


def changed(order: Order, act: str) -> Iterator[Happening]:
    """By an act after the sale that is not told in another way."""
    yield happened(Topic.ORDER_CHANGED, order, act=act.replace("_", "-"))


def happened(topic: Topic, order: Order, **meta: str | None) -> Happening:
    attributes = {
        "identifier": order.identifier,
        "channel": order.channel,
        "status": order.status,
        "payment-mode": order.payment_mode,
        "amount": wire_money(order.amount),
        "currency": order.currency,
        **{name.replace("_", "-"): wire_time(getattr(order, name)) for name in TIMES},
    }
    return Happening(topic, resource("order", order.pk, attributes, meta, event=order.event_id))
