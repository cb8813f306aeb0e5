"""Organizers cancel orders in the admin, and say why."""

from datetime import timedelta

import pytest
from django.urls import reverse

from events.models import Member
from events.tests.factories import EventFactory
from orders.lifecycle import cancel
from orders.models import Order, Payment
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("balanced")]
LIST = "/admin/orders/order/"


@pytest.fixture
def sold(sell, now):
    """Sold an hour ago, in cash."""
    return sell(payments=[Paid("cash")], at=now - timedelta(hours=1))


@pytest.fixture
def elsewhere(now):
    event = EventFactory()
    return sold_onsite(event=event, lines=[Line(TicketFactory(event=event).pk, 1)], payments=[Paid("cash")])


def ask(client, *orders, **fields):
    chosen = {"action": "cancel_orders", "_selected_action": [order.pk for order in orders]}
    return client.post(LIST, {**chosen, **fields}, follow=True)


def status_of(order):
    return Order.objects.get(pk=order.pk).status


@pytest.fixture
def admin(client, organizer):
    client.force_login(organizer)
    return client


def test_asks_for_the_reason_first(admin, sold):
    response = ask(admin, sold)
    content = response.content.decode()
    assert response.status_code == 200
    assert sold.identifier in content
    assert 'name="reason"' in content
    assert status_of(sold) == "completed"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_no_reason_no_cancellation(admin, sold, reason):
    response = ask(admin, sold, reason=reason)
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert status_of(sold) == "completed"


def test_cancels_with_a_reason(admin, sold, organizer, adult):
    response = ask(admin, sold, reason="Show was cancelled")
    assert "1 order is cancelled." in response.content.decode()
    sold.refresh_from_db()
    assert (sold.status, sold.cancelled_by, sold.cancel_reason) == (
        "cancelled",
        organizer,
        "Show was cancelled",
    )
    adult.refresh_from_db()
    assert adult.sold == 0


def test_several_at_once_and_again(admin, sold, sell):
    orders = [sold, sell(), sell(awaits_card=True)]
    for _ in range(2):
        assert "3 orders are cancelled." in ask(admin, *orders, reason="ill").content.decode()
    assert {status_of(order) for order in orders} == {"cancelled"}
    assert sum(payment.amount for payment in Payment.objects.filter(order=sold)) == 0


def test_cashiers_are_not_offered_it(client, cashier, sold):
    client.force_login(cashier)
    assert "cancel_orders" not in client.get(LIST).content.decode()
    ask(client, sold, reason="ill")
    assert status_of(sold) == "completed"


def test_organizer_here_who_is_cashier_there(admin, organizer, sold, elsewhere):
    Member.objects.create(event=elsewhere.event, user=organizer, role="cashier")
    response = ask(admin, sold, elsewhere, reason="ill")
    assert f"does not allow this for: {elsewhere}" in response.content.decode()
    assert (status_of(sold), status_of(elsewhere)) == ("cancelled", "completed")
    ask(admin, elsewhere, reason="ill")
    assert status_of(elsewhere) == "completed"


def test_orders_of_other_events_are_not_there(admin, elsewhere):
    ask(admin, elsewhere, reason="ill")
    assert status_of(elsewhere) == "completed"


def test_order_page_says_why_and_by_whom(admin, sold, organizer, sell, shift):
    cancel(sold, desk=Desk(organizer), reason="Show was cancelled")
    content = admin.get(reverse("admin:orders_order_change", args=[sold.pk])).content.decode()
    for shown in ("Show was cancelled", str(organizer), str(shift)):
        assert shown in content
    held = sell(awaits_card=True)
    content = admin.get(reverse("admin:orders_order_change", args=[held.pk])).content.decode()
    assert "Held until" in content


def test_payments_name_their_shift(admin, sold, shift):
    assert str(shift) in admin.get("/admin/orders/payment/").content.decode()
