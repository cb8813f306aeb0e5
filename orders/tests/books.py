"""What must hold of orders, money and stock at any time."""

from collections import Counter
from decimal import Decimal

from attendees.counting import count_guests
from attendees.models import Attendee
from events.models import Event
from orders.models import Order
from tickets.models import Ticket


def assert_books_are_right(event=None):
    """At one event, or everywhere: `sold` counts what is held; whatever was
    paid is on the orders, and what was cancelled is paid back."""
    gone = (Order.Status.CANCELLED, Order.Status.EXPIRED)
    held = Counter(
        Attendee.objects.filter(order__isnull=False)
        .live()
        .exclude(order__status__in=gone)
        .values_list("ticket_id", flat=True)
    )
    there = {} if event is None else {"event": event}
    for one in Event.objects.filter(**({} if event is None else {"pk": event.pk})):
        every = Attendee.objects.filter(ticket__event=one, order__isnull=False)
        assert count_guests(one) == every.count()
    for ticket in Ticket.objects.filter(**there):
        assert ticket.sold == held[ticket.pk]
        assert ticket.quantity is None or 0 <= ticket.sold <= ticket.quantity - ticket.held
    for order in Order.objects.filter(**there).prefetch_related("payments", "attendees", "adjustments"):
        assert_order_is_right(order)


def assert_order_is_right(order):
    payments = list(order.payments.all())
    paid = sum(payment.amount for payment in payments)
    live = [attendee for attendee in order.attendees.all() if attendee.cancelled_at is None]
    adjusted = sum(row.amount if row.kind == "kept" else -row.amount for row in order.adjustments.all())
    assert order.amount == sum(attendee.price_paid for attendee in live)
    if order.status == "completed":
        assert paid == order.amount + adjusted
        assert order.completed_at is not None
    elif order.status in ("cancelled", "expired"):
        assert paid == adjusted + (order.amount if order.money_kept else paid if order.money_due else 0)
        assert order.money_due == (order.status == "expired" and paid > 0)
    else:
        assert 0 <= paid < order.amount or order.amount == paid == 0
    if order.status == "expired":
        assert {payment.tender for payment in payments} <= {"card"}
    if not order.is_unpaid:
        assert not order.awaits_card
        assert order.expires_at is None
    assert_nothing_went_back_twice(order, payments)


def assert_nothing_went_back_twice(order, payments):
    """Each payment went back as a whole at most; and of a plain cancellation all of them, by as many."""
    taken = {payment.pk: payment for payment in payments if payment.reverses_id is None}
    back = {pk: Decimal(0) for pk in taken}
    for payment in payments:
        if payment.reverses_id is not None:
            whole = taken[payment.reverses_id]
            if payment.tender != "rounding":
                assert whole.tender != "rounding"
                back[whole.pk] -= payment.amount
    for pk, amount in back.items():
        assert 0 <= amount <= taken[pk].amount or taken[pk].tender == "rounding"
    is_over = order.status in ("cancelled", "expired") and not (order.money_kept or order.money_due)
    if is_over and not order.amendments.exists():
        assert {payment.reverses_id for payment in payments} - {None} == set(taken)
        assert len(payments) == 2 * len(taken)
