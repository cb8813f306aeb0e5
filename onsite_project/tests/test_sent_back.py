"""What a client sends back as it has read it changes nothing: whatever it is, and whoever sends it."""

from decimal import Decimal

import pytest
from django.db.models import Model

from attendees.models import Attendee, Correction
from attendees.tests.factories import DraftFactory
from base.tests.client import document
from door.models import CheckIn
from events.models import Event
from orders.lifecycle import cancel
from orders.models import Order, Payment
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import ordered_online, sold_onsite
from tickets.models import Ticket
from tickets.tests.factories import DonationFactory, TicketFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.walk]
MODELS: list[type[Model]] = [Event, Ticket, Attendee, Correction, CheckIn, Order, Payment]
MONEY = {"amount", "price", "min-price", "max-price", "price-paid", "tax-rate"}


def rows():
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in MODELS}


def in_numbers(attributes):
    """As clients do whose models call money a number."""
    return {name: float(v) if name in MONEY and v else v for name, v in attributes.items()}


def some(attributes):
    """As clients do that have asked for some fields only."""
    return dict(list(attributes.items())[1::2])


SHAPES = {"as-served": dict, "numbers": in_numbers, "some": some}


@pytest.fixture
def things(event, cashier, stranger):
    """An address for one of each kind, in each state it may be in."""
    ticket, gift = TicketFactory(event=event), DonationFactory(event=event, max_order=9)
    sold = {"event": event, "seller": cashier}
    lines = [Line(ticket.pk, 2), Line(gift.pk, 1, Decimal(7))]
    paid = sold_onsite(**sold, lines=lines, status="completed")
    pending = sold_onsite(**sold, lines=lines, payments=[Paid("card", Decimal(5))])
    cancelled = sold_onsite(**sold, lines=lines)
    cancel(cancelled)
    expired = sold_onsite(**sold, lines=lines)
    Order.objects.filter(pk=expired.pk).update(status="expired", expires_at=None)
    online = ordered_online(
        event=event, attendees=[DraftFactory(ticket=ticket, creator=stranger)], buyer=stranger
    )
    draft = DraftFactory(ticket=ticket, creator=stranger)
    guests = [paid.attendees.first(), online.attendees.get(), draft]
    return {
        "event": [f"/v1/events/{event.pk}"],
        "ticket": [f"/v1/tickets/{one.pk}" for one in (ticket, gift)],
        "order": [f"/v1/orders/{one.pk}" for one in (paid, pending, cancelled, expired, online)],
        "attendee": [f"/v1/attendees/{one.pk}" for one in guests],
    }


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("role", ["buyer", "registrar", "cashier", "organizer"])
@pytest.mark.parametrize("kind", ["event", "ticket", "order", "attendee"])
def test_what_was_read_changes_nothing(api, member, stranger, things, kind, role, shape):
    client = api(stranger if role == "buyer" else member(role))
    for address in things[kind]:
        answer = client.get(address)
        if answer.status_code == 404:
            continue
        data = answer.json()["data"]
        sent = SHAPES[shape](data["attributes"])
        body = document(kind, data["id"], data.get("relationships") if shape != "some" else None, **sent)
        before = rows()
        response = client.patch(address, body)
        assert rows() == before, address
        if role == "organizer" and shape != "some":
            assert response.status_code == 200, response.content
            assert response.json()["data"]["attributes"] == data["attributes"]
        assert response.status_code in (200, 403, 409, 422)


class TestNameless:
    """Walk-ins without a name are `onsite attendee` to clients of the API, and blank everywhere else."""

    @pytest.fixture
    def guest(self, event, cashier):
        order = sold_onsite(event=event, seller=cashier, lines=[Line(TicketFactory(event=event).pk, 1)])
        return order.attendees.get()

    def patch(self, client, guest, **names):
        return client.patch(f"/v1/attendees/{guest.pk}", document("attendee", guest.pk, **names))

    @pytest.mark.parametrize("role", ["registrar", "cashier", "organizer"])
    def test_is_read_with_a_name(self, api, member, event, guest, role):
        client = api(member(role))
        addresses = [f"/v1/attendees/{guest.pk}", f"/v1/events/{event.pk}/attendees"]
        if role != "registrar":
            addresses.append(f"/v1/orders/{guest.order_id}/attendees")
        for address in addresses:
            data = client.get(address).json()["data"]
            shown = (data if isinstance(data, dict) else data[0])["attributes"]
            assert (shown["firstname"], shown["lastname"]) == ("onsite", "attendee")
        some = client.get(f"/v1/attendees/{guest.pk}?fields[attendee]=lastname").json()["data"]["attributes"]
        assert some == {"lastname": "attendee"}

    def test_is_included_with_a_name(self, api, cashier, guest):
        answer = api(cashier).get(f"/v1/orders/{guest.order_id}?include=attendees").json()
        assert answer["included"][0]["attributes"]["firstname"] == "onsite"

    def test_is_blank_at_the_till(self, client, cashier, event, guest):
        client.force_login(cashier)
        url = f"/till/{event.identifier}/api/orders/{guest.order_id}?include=attendees"
        shown = client.get(url).json()["included"][0]["attributes"]
        assert (shown["firstname"], shown["lastname"]) == ("", "")

    def test_is_called_by_what_differs(self, api, cashier, guest):
        assert self.patch(api(cashier), guest, firstname="onsite", lastname="Silva").status_code == 200
        guest.refresh_from_db()
        assert guest.full_name == "Silva"

    def test_keeps_a_name_got_meanwhile(self, api, cashier, guest):
        client = api(cashier)
        self.patch(client, guest, firstname="Ana", lastname="Silva")
        assert self.patch(client, guest, firstname="onsite", lastname="attendee").status_code == 200
        guest.refresh_from_db()
        assert guest.full_name == "Ana Silva"

    def test_may_be_left_blank_by_whoever_may_not_name_anybody(self, api, registrar, guest):
        assert self.patch(api(registrar), guest, firstname="", lastname="").status_code == 200
        assert self.patch(api(registrar), guest, firstname="Ana").status_code == 403

    def test_draft_without_a_name_has_none(self, api, stranger, event):
        draft = DraftFactory(
            ticket=TicketFactory(event=event), creator=stranger, firstname="", lastname="", email=""
        )
        shown = api(stranger).get(f"/v1/attendees/{draft.pk}").json()["data"]["attributes"]
        assert (shown["firstname"], shown["lastname"]) == ("", "")


class TestMaxOrder:
    def test_is_the_bound_of_an_order_where_there_is_none(self, api, event, organizer):
        bounded, free = TicketFactory(event=event, max_order=3), TicketFactory(event=event)
        client = api(organizer)
        shown = [
            client.get(f"/v1/tickets/{ticket.pk}").json()["data"]["attributes"] for ticket in (bounded, free)
        ]
        assert [attributes["max-order"] for attributes in shown] == [3, 500]

    def test_is_another_once_it_is_told(self, api, event, organizer):
        ticket = TicketFactory(event=event)
        url, client = f"/v1/tickets/{ticket.pk}", api(organizer)
        client.patch(url, document("ticket", ticket.pk, max_order=500, name="Day"))
        ticket.refresh_from_db()
        assert (ticket.max_order, ticket.name) == (None, "Day")
        client.patch(url, document("ticket", ticket.pk, max_order=4))
        ticket.refresh_from_db()
        assert ticket.max_order == 4
