"""The answer to a sale, and to whoever reads one order, made by hand: what tills wait for.

It says what `OrderSerializer` says of the same order, without reflecting on models and fields; a
test holds the two against each other.
"""

from collections.abc import Sequence
from typing import Any

from base.api.links import linked
from base.money import wire_money
from base.times import wire_time
from orders.models import Order, Payment
from orders.reading import Moved, Read
from orders.sale import Sold

PLAIN = ("identifier", "channel", "status")
AS_THEY_ARE = ("order_notes", *Order.BILLING, "cancel_reason", "awaits_card", "money_kept", "money_due")
TIMES = ("created_at", "completed_at", "cancelled_at", "expires_at", "updated_at")


def order_resource(told: Sold | Read, home: str) -> dict[str, Any]:
    """The JSON:API resource object of an order that was just made, or read; its address is `home`."""
    order = told.order
    attributes = {name: getattr(order, name) for name in PLAIN}
    attributes |= {
        "amount": wire_money(order.amount),
        "currency": order.currency,
        "payment-mode": order.payment_mode,
    }
    if told.payments is not None:
        attributes["payments"] = [_payment(payment) for payment in told.payments]
    attributes |= {name.replace("_", "-"): getattr(order, name) for name in AS_THEY_ARE}
    attributes |= {name.replace("_", "-"): wire_time(getattr(order, name)) for name in TIMES}
    resource = {
        "type": "order",
        "id": str(order.pk),
        "attributes": attributes,
        "relationships": {
            "event": {"data": {"type": "event", "id": str(order.event_id)}},
            "attendees": _linkage("attendee", told.attendee_ids),
            "tickets": _linkage("ticket", told.ticket_ids),
        },
    }
    return linked(resource, home)


class AtHand:
    """What was sold as `OrderSerializer` reads an order: the relations are what was written just now."""

    def __init__(self, sold: Sold) -> None:
        self.order = sold.order
        self.attendees, self.payments, self.tickets = sold.attendees, sold.payments, sold.tickets

    def __getattr__(self, name: str) -> Any:
        return getattr(self.order, name)


def _payment(payment: Payment | Moved) -> dict[str, Any]:
    return {
        "tender": payment.tender,
        "amount": wire_money(payment.amount),
        "tendered": wire_money(payment.tendered),
        "change": wire_money(payment.change),
        "reference": payment.reference,
        "created-at": wire_time(payment.created_at),
        "shift": None if payment.shift_id is None else str(payment.shift_id),
    }


def _linkage(resource: str, ids: Sequence[int]) -> dict[str, Any]:
    data = [{"type": resource, "id": str(pk)} for pk in ids]
    return {"meta": {"count": len(data)}, "data": data}
