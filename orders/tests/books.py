"""What must hold of orders, money and stock at any time."""

from collections import Counter

from attendees.models import Attendee
from orders.models import Order
from tickets.models import Ticket


def assert_books_are_right(event=None):
    """At one event, or everywhere: `sold` counts what is held; whatever was
    paid is on the orders, and what was cancelled is paid back."""
    gone = (Order.Status.CANCELLED, Order.Status.EXPIRED)
    held = Counter(
        Attendee.objects.filter(order__isnull=False)
        .exclude(order__status__in=gone)
        .values_list("ticket_id", flat=True)
    )
    there = {} if event is None else {"event": event}
    for ticket in Ticket.objects.filter(**there):
        assert ticket.sold == held[ticket.pk]
        assert ticket.quantity is None or 0 <= ticket.sold <= ticket.quantity - ticket.held
    for order in Order.objects.filter(**there).prefetch_related("payments", "attendees"):
        assert_order_is_right(order)


def assert_order_is_right(order):
    payments = list(order.payments.all())
    paid = sum(payment.amount for payment in payments)
    assert order.amount == sum(attendee.price_paid for attendee in order.attendees.all())
    if order.status == "completed":
        assert paid == order.amount
        assert order.completed_at is not None
    elif order.status in ("cancelled", "expired"):
        assert paid == (order.amount if order.money_kept else paid if order.money_due else 0)
        assert order.money_due == (order.status == "expired" and paid > 0)
    else:
        assert 0 <= paid < order.amount or order.amount == paid == 0
    if order.status == "expired":
        assert {payment.tender for payment in payments} <= {"card"}
    if not order.is_unpaid:
        assert not order.awaits_card
        assert order.expires_at is None
    reversed_ids = [payment.reverses_id for payment in payments if payment.reverses_id is not None]
    assert len(set(reversed_ids)) == len(reversed_ids)
    taken = {payment.pk: payment for payment in payments if payment.reverses_id is None}
    is_over = order.status in ("cancelled", "expired")
    returned = is_over and not (order.money_kept or order.money_due)
    assert set(reversed_ids) == (set(taken) if returned else set())
    for payment in payments:
        if payment.reverses_id is not None:
            assert payment.amount == -taken[payment.reverses_id].amount
            kinds = {payment.tender, taken[payment.reverses_id].tender}
            assert len(kinds) == 1 or "rounding" not in kinds
