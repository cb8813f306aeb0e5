"""The till asks before it sells a ticket that the door would not admit now."""

from datetime import timedelta

import pytest
from django.urls import reverse

from events.models import Event
from orders.models import Order
from tickets.tests.factories import TicketFactory
from till import data

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, name="Adult", price=20)


@pytest.fixture
def at(event, now):
    """Puts the event so many days from now, with a margin of so many hours."""

    def at_(days, margin=12):
        times = {"starts_at": now + DAY * days, "ends_at": now + DAY * days + timedelta(hours=5)}
        Event.objects.filter(pk=event.pk).update(margin_hours=margin, **times)
        event.refresh_from_db()
        return event

    return at_


@pytest.fixture
def sell(client, event, cashier, ticket):
    """Send the plain form."""

    def sell_(**fields):
        client.force_login(cashier)
        typed = {f"quantity_{ticket.pk}": "1", "tender": "cash", "idempotency_key": "k", **fields}
        return client.post(reverse("till", args=[event.identifier]), typed)

    return sell_


@pytest.mark.parametrize("days", [3, -3])
def test_form_asks_before_and_sells_anyway(at, sell, days):
    at(days)
    asked = sell()
    assert "Not admitted now" in asked.content.decode()
    assert not Order.objects.exists()
    assert sell(anyway="1").status_code == 302
    assert Order.objects.count() == 1


@pytest.mark.parametrize(("days", "margin"), [(0, 12), (0.4, 12), (3, None), (-3, None)])
def test_form_sells_at_once_within_the_margin_or_without_one(at, sell, days, margin):
    at(days, margin)
    assert sell().status_code == 302


def test_form_asks_about_a_ticket_of_another_time(at, sell, ticket, now):
    at(0)
    ticket.valid_from = now + DAY
    ticket.save()
    assert f"{ticket}: admitted from" in sell().content.decode()


def test_form_does_not_ask_about_what_is_not_sold(at, sell, event, now):
    at(0)
    TicketFactory(event=event, name="Tomorrow", valid_from=now + DAY)
    assert sell().status_code == 302


def test_script_is_told_when_the_door_admits(at, ticket, cashier):
    event = at(3)
    ticket.event = event
    told = data._ticket(ticket, event)["admits"]
    assert told["from"] == (event.starts_at - timedelta(hours=12)).isoformat()
    assert told["until"] == (event.ends_at + timedelta(hours=12)).isoformat()
    assert data._ticket(ticket, at(3, None))["admits"] is None
