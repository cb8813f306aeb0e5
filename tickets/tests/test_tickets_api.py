"""`/v1/tickets`: the kinds of ticket, and what guards their stock."""

import pytest

from attendees.tests.factories import DraftFactory
from base.errors import NotFound
from base.tests.client import document, error, relation
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.models import Ticket
from tickets.stock import change_ticket
from tickets.tests.factories import DonationFactory, TicketFactory

pytestmark = pytest.mark.django_db


def create(client, event, **attributes):
    attributes = {"name": "Adult", "type": "paid", "price": "20.00", "quantity": 50, **attributes}
    relationships = {"event": relation("event", event.pk)}
    return client.post("/v1/tickets", document("ticket", relationships=relationships, **attributes))


def change(client, ticket, **attributes):
    return client.patch(f"/v1/tickets/{ticket.pk}", document("ticket", ticket.pk, **attributes))


def test_organizer_creates_one(api, organizer, event):
    response = create(api(organizer), event, **{"max-order": "10", "is-hidden": True})
    assert response.status_code == 201
    assert response.json()["data"]["attributes"] == {
        "name": "Adult",
        "description": "",
        "type": "paid",
        "price": "20.00",
        "min-price": None,
        "max-price": None,
        "quantity": 50,
        "position": 0,
        "is-hidden": True,
        "admits": True,
        "tax-rate": None,
        "valid-from": None,
        "valid-until": None,
        "door-note": "",
        "group": "",
        "color": "",
        "sales-starts-at": None,
        "sales-ends-at": None,
        "min-order": 1,
        "max-order": 10,
        "sold": 0,
        "available": 50,
    }


def test_group_and_colour_are_kept_as_they_are_said(api, organizer, event):
    ticket = TicketFactory(event=event)
    answer = change(api(organizer), ticket, group=" Evening ", color="#1D4ed8")
    assert answer.status_code == 200
    attributes = answer.json()["data"]["attributes"]
    assert (attributes["group"], attributes["color"]) == ("Evening", "#1D4ed8")
    assert change(api(organizer), ticket, group="", color="").status_code == 200


@pytest.mark.parametrize("role", ["cashier", "registrar"])
def test_other_members_do_not(api, member, event, role):
    client, ticket = api(member(role)), TicketFactory(event=event)
    assert create(client, event).status_code == 403
    assert change(client, ticket, name="x").status_code == 403
    assert client.delete(f"/v1/tickets/{ticket.pk}").status_code == 403


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"name": ""}, "name"),
        ({"type": "gold"}, "type"),
        ({"price": "-1"}, "price"),
        ({"price": "1.001"}, "price"),
        ({"price": "100000000"}, "price"),
        ({"price": None}, "price"),
        ({"type": "free", "price": "1"}, "price"),
        ({"type": "donation", "min-price": "5", "max-price": "4"}, "min-price"),
        ({"group": "x" * 31}, "group"),
        ({"group": None}, "group"),
        ({"color": "red"}, "color"),
        ({"color": "#12345"}, "color"),
        ({"color": "#12345g"}, "color"),
        ({"color": "#ff;x:y"}, "color"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": "abc"}, "quantity"),
        ({"quantity": 10**10}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"min-order": 0}, "min-order"),
        ({"min-order": 3, "max-order": 2}, "max-order"),
        ({"max-order": 10**6}, "max-order"),
        ({"position": -1}, "position"),
        ({"is-hidden": "maybe"}, "is-hidden"),
        ({"sales-starts-at": "x"}, "sales-starts-at"),
        ({"sales-starts-at": "9999-12-31T23:59:59Z"}, "sales-starts-at"),
        (
            {"sales-starts-at": "2027-01-02T00:00:00Z", "sales-ends-at": "2027-01-01T00:00:00Z"},
            "sales-ends-at",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(api, organizer, event, attributes, name):
    response = create(api(organizer), event, **attributes)
    assert response.status_code == 422
    assert error(response)["source"]["pointer"] == f"/data/attributes/{name}"
    assert not Ticket.objects.exists()


def test_name_is_unique_in_its_event(api, organizer, member, event):
    first = TicketFactory(event=event, name="Adult")
    response = create(api(organizer), event)
    assert response.status_code == 422
    assert error(response)["source"]["pointer"] == "/data/attributes/name"
    other = TicketFactory()
    assert create(api(member("organizer", at=other.event)), other.event).status_code == 201
    second = TicketFactory(event=event, name="Child")
    assert change(api(organizer), second, name="Adult").status_code == 422
    assert change(api(organizer), first, name="Adult").status_code == 200


def test_fraction_of_a_yen_is_refused(api, organizer, event):
    event.currency = "JPY"
    event.save()
    response = create(api(organizer), event, price="2000.50")
    assert response.status_code == 422
    assert error(response)["source"]["pointer"] == "/data/attributes/price"
    assert create(api(organizer), event, price="2000").json()["data"]["attributes"]["price"] == "2000.00"


def test_event_is_required_and_stays(api, organizer, member, event):
    body = document("ticket", name="Adult")
    assert error(api(organizer).post("/v1/tickets", body))["source"]["pointer"] == "/data/relationships/event"
    ticket, elsewhere = TicketFactory(event=event), TicketFactory().event
    elsewhere.members.create(user=organizer, role="organizer")
    body = document("ticket", ticket.pk, relationships={"event": relation("event", elsewhere.pk)})
    response = api(organizer).patch(f"/v1/tickets/{ticket.pk}", body)
    assert response.status_code == 422
    assert error(response)["source"]["pointer"] == "/data/relationships/event"


class TestSeeing:
    def test_everybody_sees_visible_tickets_without_their_stock(self, api, event):
        visible, hidden = TicketFactory(event=event), TicketFactory(event=event, is_hidden=True)
        response = api().get(f"/v1/events/{event.identifier}/tickets")
        assert [t["id"] for t in response.json()["data"]] == [str(visible.pk)]
        assert {"sold", "available"}.isdisjoint(response.json()["data"][0]["attributes"])
        assert api().get(f"/v1/tickets/{hidden.pk}").status_code == 404

    @pytest.mark.parametrize("role", ["organizer", "cashier", "registrar"])
    def test_members_see_all_with_their_stock(self, api, member, event, role):
        hidden = TicketFactory(event=event, is_hidden=True)
        response = api(member(role)).get(f"/v1/tickets/{hidden.pk}?include=event")
        attributes = response.json()["data"]["attributes"]
        assert (attributes["sold"], attributes["available"]) == (0, 100)
        assert response.json()["included"][0]["id"] == str(event.pk)

    def test_tickets_of_a_draft_are_its_members(self, api, stranger):
        ticket = TicketFactory(event__state="draft")
        assert api(stranger).get(f"/v1/tickets/{ticket.pk}").status_code == 404
        assert api(stranger).get(f"/v1/events/{ticket.event.pk}/tickets").status_code == 404
        assert api(stranger).get("/v1/tickets").json()["data"] == []


class TestStock:
    def test_sold_cannot_be_written(self, api, organizer, event):
        ticket = TicketFactory(event=event)
        change(api(organizer), ticket, sold=50)
        ticket.refresh_from_db()
        assert ticket.sold == 0

    def test_quantity_cannot_fall_below_sold(self, api, organizer, event):
        ticket = TicketFactory(event=event, quantity=10)
        sold_onsite(event=event, lines=[Line(ticket.pk, 4)])
        response = change(api(organizer), ticket, quantity=3)
        assert response.status_code == 409
        found = error(response)
        assert (found["code"], found["meta"]) == ("quantity-below-sold", {"sold": 4})
        assert found["source"]["pointer"] == "/data/attributes/quantity"
        assert change(api(organizer), ticket, quantity=4).json()["data"]["attributes"]["available"] == 0
        assert change(api(organizer), ticket, quantity=None).json()["data"]["attributes"]["available"] is None

    def test_change_of_a_stale_ticket_keeps_what_was_sold_since(self, event):
        stale = TicketFactory(event=event)
        sold_onsite(event=event, lines=[Line(stale.pk, 4)])
        stale.name = "Grown-up"
        stale.save()
        stale.refresh_from_db()
        assert (stale.name, stale.sold) == ("Grown-up", 4)

    def test_ticket_with_sales_cannot_be_deleted(self, api, organizer, event):
        ticket = TicketFactory(event=event)
        sold_onsite(event=event, lines=[Line(ticket.pk, 1)])
        response = api(organizer).delete(f"/v1/tickets/{ticket.pk}")
        assert (response.status_code, error(response)["code"]) == (409, "ticket-in-use")

    def test_drafts_of_others_do_not_keep_a_ticket(self, api, organizer, event):
        draft = DraftFactory(ticket__event=event)
        assert api(organizer).delete(f"/v1/tickets/{draft.ticket.pk}").status_code == 204
        assert not Ticket.objects.exists()

    def test_ticket_that_is_gone_cannot_be_changed(self, event):
        ticket = TicketFactory(event=event)
        Ticket.objects.all().delete()
        with pytest.raises(NotFound):
            change_ticket(ticket, name="x")

    def test_ticket_without_sales_can_be_deleted(self, api, organizer, event):
        ticket = TicketFactory(event=event)
        assert api(organizer).delete(f"/v1/tickets/{ticket.pk}").status_code == 204
        assert not Ticket.objects.exists()


def test_price_of_a_donation_may_be_left_open(api, organizer, event):
    assert create(api(organizer), event, type="donation", price="0").status_code == 201
    assert DonationFactory(event=event, max_price=None).max_price is None
    assert DraftFactory(ticket__event=event).ticket.event == event
