"""`POST /v1/orders?onsite=true`: what it sells, and what it answers."""

from decimal import Decimal

import pytest

from attendees.models import Attendee
from base.tests.client import document, error, order_document, relation
from orders.models import Order, Payment
from tickets.tests.factories import DonationFactory, FreeTicketFactory, TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, name="Adult", price=20, quantity=50)


@pytest.fixture
def child(event):
    return TicketFactory(event=event, name="Child", price=8, quantity=50)


def sold(ticket):
    ticket.refresh_from_db()
    return ticket.sold


def test_onsite_order_makes_as_many_attendees_as_ordered(api, cashier, event, adult, child):
    response = api(cashier).sell(event, (adult, 2), (child, 1))

    assert response.status_code == 201
    data = response.json()["data"]
    order = Order.objects.get(pk=data["id"])
    assert response["Location"].endswith(f"/v1/orders/{order.identifier}")
    assert data["type"] == "order"
    assert data["attributes"]["identifier"] == order.identifier
    assert data["attributes"]["amount"] == "48.00"
    assert data["attributes"]["status"] == "pending"
    assert len(data["relationships"]["attendees"]["data"]) == 3
    assert order.seller == cashier
    assert order.buyer is None
    assert [a.ticket for a in order.attendees.all()] == [adult, adult, child]
    assert sold(adult), sold(child) == (2, 1)


@pytest.mark.parametrize("quantity", [1, 2, "1", "2"])
def test_onsite_order_of_a_quantity_makes_exactly_that_many(api, cashier, event, adult, quantity):
    api(cashier).sell(event, {"id": str(adult.pk), "quantity": quantity})
    assert Attendee.objects.count() == sold(adult) == int(quantity)


def test_onsite_order_takes_lines_as_the_open_event_server_does(api, cashier, event, adult):
    line = {
        "data": {"type": "on-site-ticket", "attributes": {"id": str(adult.pk), "quantity": "2"}},
    }
    assert api(cashier).sell(event, line).status_code == 201
    assert sold(adult) == 2


def test_onsite_order_counts_lines_of_one_ticket_together(api, cashier, event):
    ticket = TicketFactory(event=event, quantity=3)
    response = api(cashier).sell(event, (ticket, 2), (ticket, 2))
    assert response.status_code == 409
    assert [e["source"]["pointer"] for e in response.json()["errors"]] == [
        "/data/attributes/on-site-tickets/0/quantity",
        "/data/attributes/on-site-tickets/1/quantity",
    ]
    assert sold(ticket) == 0


def test_onsite_order_takes_the_event_by_identifier(api, cashier, event, adult):
    body = order_document(event, (adult, 1))
    body["data"]["relationships"]["event"]["data"]["id"] = event.identifier
    assert api(cashier).post("/v1/orders?onsite=true", body).status_code == 201


@pytest.mark.parametrize("query", ["?onsite=true", "?onsite=TRUE", "?onsite=1", "?onsite=True"])
def test_onsite_parameter_true_sells_onsite(api, cashier, event, adult, query):
    assert api(cashier).sell(event, (adult, 1), query=query).status_code == 201


@pytest.mark.parametrize("query", ["", "?onsite=false", "?onsite=0", "?onsite=", "?onsite=yes"])
def test_onsite_parameter_anything_else_does_not_sell_onsite(api, cashier, event, adult, query):
    response = api(cashier).sell(event, (adult, 1), query=query)
    assert response.status_code == 422
    assert error(response)["source"]["pointer"] == "/data/relationships/attendees"
    assert sold(adult) == 0


def test_onsite_order_leaves_walk_ins_without_name_and_address(api, cashier, event, adult):
    api(cashier).sell(event, (adult, 1))
    attendee = Attendee.objects.get()
    assert (attendee.firstname, attendee.lastname, attendee.email) == ("", "", "")
    assert str(attendee) == "Onsite attendee"


def test_onsite_order_names_the_attendees_it_was_told(api, cashier, event, adult):
    line = {"id": adult.pk, "quantity": 2, "attendees": [{"firstname": "Ana", "email": "ana@example.com"}]}
    api(cashier).sell(event, line)
    first, second = Attendee.objects.all()
    assert (first.firstname, first.email) == ("Ana", "ana@example.com")
    assert str(second) == "Onsite attendee"


def test_onsite_order_sells_hidden_tickets(api, cashier, event):
    hidden = TicketFactory(event=event, is_hidden=True)
    assert api(cashier).sell(event, (hidden, 1)).status_code == 201


def test_onsite_order_of_an_unlimited_ticket_still_counts(api, cashier, event):
    ticket = TicketFactory(event=event, quantity=None)
    assert api(cashier).sell(event, (ticket, 500)).status_code == 201
    assert sold(ticket) == 500


def test_onsite_order_of_a_donation_costs_what_each_gives(api, cashier, event):
    donation = DonationFactory(event=event)
    line = {"id": donation.pk, "quantity": 2, "price": "12.50"}
    response = api(cashier).sell(event, line)
    assert response.json()["data"]["attributes"]["amount"] == "25.00"


def test_onsite_order_includes_what_was_asked_for(api, cashier, event, adult):
    response = api(cashier).sell(event, (adult, 2), query="?onsite=true&include=attendees,tickets,event")
    included = response.json()["included"]
    assert sorted(i["type"] for i in included) == ["attendee", "attendee", "event", "ticket"]
    ticket = next(i for i in included if i["type"] == "ticket")
    assert (ticket["attributes"]["sold"], ticket["attributes"]["available"]) == (2, 48)
    attendee = next(i for i in included if i["type"] == "attendee")
    assert len(attendee["attributes"]["code"]) == 20


def test_onsite_order_can_be_read_again_with_the_same_content(api, cashier, event, adult):
    client = api(cashier)
    query = "?include=attendees,tickets,event"
    made = client.sell(event, (adult, 2), query=f"?onsite=true&{query[1:]}", status="completed")
    read = client.get(f"/v1/orders/{made.json()['data']['attributes']['identifier']}{query}")
    assert read.json() == made.json()


@pytest.mark.parametrize("terms", [{}, {"status": "completed", "payment-mode": "bank", "company": "ACME"}])
def test_onsite_order_answers_what_a_reader_gets(api, cashier, event, adult, child, terms):
    client = api(cashier)
    made = client.sell(event, (adult, 2), (child, 1), (adult, 1), **terms)
    location = made["Location"].removeprefix("http://testserver")
    assert client.get(location).content == made.content


def test_onsite_order_ignores_unknown_attributes(api, cashier, event, adult):
    response = api(cashier).sell(event, (adult, 1), seller=99, currency="USD", tickets_pdf_url="x", id=7)
    assert response.status_code == 201
    assert response.json()["data"]["attributes"]["currency"] == "EUR"


def test_onsite_order_keeps_notes_and_billing(api, cashier, event, adult):
    response = api(cashier).sell(
        event, (adult, 1), **{"order-notes": "front row", "company": "ACME", "tax-business-info": None}
    )
    order = Order.objects.get(pk=response.json()["data"]["id"])
    assert (order.order_notes, order.company, order.tax_business_info) == ("front row", "ACME", "")


class TestSettlement:
    """Payment mode, status and payments, as the wire takes them."""

    def test_free_order_is_completed(self, api, cashier, event):
        response = api(cashier).sell(event, (FreeTicketFactory(event=event), 2))
        attributes = response.json()["data"]["attributes"]
        assert (attributes["status"], attributes["payment-mode"], attributes["payments"]) == (
            "completed",
            "free",
            [],
        )
        assert attributes["completed-at"] is not None

    def test_order_without_payments_is_pending_and_holds_its_tickets(self, api, cashier, event, adult):
        attributes = api(cashier).sell(event, (adult, 2)).json()["data"]["attributes"]
        assert (attributes["status"], attributes["payment-mode"]) == ("pending", "onsite")
        assert sold(adult) == 2

    @pytest.mark.parametrize(
        ("mode", "tender"), [(None, "cash"), ("onsite", "cash"), ("bank", "bank"), ("cheque", "cheque")]
    )
    def test_completed_without_payments_is_one_payment_of_the_whole(
        self, api, cashier, event, adult, mode, tender
    ):
        response = api(cashier).sell(event, (adult, 2), status="completed", **{"payment-mode": mode})
        assert response.status_code == 201
        payment = Payment.objects.get()
        assert (payment.tender, payment.amount, payment.created_by) == (tender, 40, cashier)

    def test_payments_in_full_complete_the_order(self, api, cashier, event, adult):
        payments = [
            {"tender": "card", "amount": "15.00", "reference": "slip 4"},
            {"tender": "cash", "amount": 25, "tendered": "30.00"},
        ]
        response = api(cashier).sell(event, (adult, 2), payments=payments)
        attributes = response.json()["data"]["attributes"]
        assert attributes["status"] == "completed"
        assert [(p["tender"], p["amount"], p["change"]) for p in attributes["payments"]] == [
            ("card", "15.00", None),
            ("cash", "25.00", "5.00"),
        ]

    def test_payments_in_part_leave_the_order_pending(self, api, cashier, event, adult):
        payments = [{"tender": "card", "amount": 15.5}]
        response = api(cashier).sell(event, (adult, 2), payments=payments, status="pending")
        assert response.json()["data"]["attributes"]["status"] == "pending"
        assert Payment.objects.get().amount == Decimal("15.50")

    @pytest.mark.parametrize(
        "attributes",
        [
            {"payments": [{"tender": "card", "amount": "40.03"}]},
            {"payments": [{"tender": "card", "amount": "20.03"}, {"tender": "cash", "amount": "20.00"}]},
            {"payments": [{"tender": "cash", "amount": "40.05"}]},
            {"status": "completed", "amount": "40.03"},
        ],
    )
    def test_what_coins_make_completes_and_so_does_an_exact_sum_of_which_no_cash_is_named(
        self, api, cashier, event, attributes
    ):
        event.cash_rounding = Decimal("0.05")
        event.save()
        odd = TicketFactory(event=event, price=Decimal("40.03"))
        response = api(cashier).sell(event, (odd, 1), **attributes)
        assert response.status_code == 201
        assert response.json()["data"]["attributes"]["status"] == "completed"

    @pytest.mark.parametrize("amount", ["40.00", 40, 40.0, None])
    def test_amount_that_is_right_is_accepted(self, api, cashier, event, adult, amount):
        assert api(cashier).sell(event, (adult, 2), amount=amount).status_code == 201

    def test_amounts_of_a_currency_without_decimals_have_two_on_the_wire(self, api, cashier, event):
        event.currency = "JPY"
        event.save()
        ticket = TicketFactory(event=event, price=2000)
        response = api(cashier).sell(event, (ticket, 1), status="completed")
        assert response.json()["data"]["attributes"]["amount"] == "2000.00"


class TestOrdinaryPath:
    """`POST /v1/orders` without `onsite`: attendees first, then an order of them."""

    @staticmethod
    def draft(client, ticket, **attributes):
        response = client.post(
            "/v1/attendees",
            document("attendee", relationships={"ticket": relation("ticket", ticket.pk)}, **attributes),
        )
        assert response.status_code == 201, response.json()
        return response.json()["data"]["id"]

    @staticmethod
    def place(client, event, ids, **attributes):
        relationships = {"event": relation("event", event.pk), "attendees": relation("attendee", ids)}
        return client.post("/v1/orders", document("order", relationships=relationships, **attributes))

    def test_order_sells_exactly_its_attendees(self, api, stranger, event, adult):
        client = api(stranger)
        ids = [self.draft(client, adult, firstname="Ana"), self.draft(client, adult)]
        assert sold(adult) == 0
        response = self.place(client, event, ids)
        assert response.status_code == 201
        order = Order.objects.get()
        assert (order.status, order.channel, order.buyer, order.seller) == (
            "initializing",
            "online",
            stranger,
            None,
        )
        assert [str(a.pk) for a in order.attendees.all()] == ids
        assert order.amount == 40
        assert sold(adult) == 2

    def test_free_order_is_completed(self, api, stranger, event):
        client = api(stranger)
        draft = self.draft(client, FreeTicketFactory(event=event))
        response = self.place(client, event, [draft])
        assert response.json()["data"]["attributes"]["status"] == "completed"

    def test_what_only_staff_may_say_is_ignored(self, api, stranger, event, adult):
        client = api(stranger)
        ignored = {
            "status": "completed",
            "payments": [{"tender": "cash", "amount": "20.00"}],
            "on-site-tickets": [{"id": adult.pk, "quantity": 5}],
        }
        self.place(client, event, [self.draft(client, adult)], **ignored)
        order = Order.objects.get()
        assert (order.status, order.payments.count(), order.attendees.count()) == ("initializing", 0, 1)

    def test_without_attendees_is_refused(self, api, stranger, event):
        response = self.place(api(stranger), event, [])
        assert response.status_code == 422
        assert error(response)["source"]["pointer"] == "/data/relationships/attendees"

    def test_attendee_of_somebody_else_is_unknown(self, api, stranger, organizer, event, adult):
        draft = self.draft(api(organizer), adult)
        response = self.place(api(stranger), event, [draft])
        assert response.status_code == 404
        assert error(response)["source"]["pointer"] == "/data/relationships/attendees/data/0"
        assert api(stranger).get(f"/v1/attendees/{draft}").status_code == 404

    def test_attendee_ordered_twice_is_refused(self, api, stranger, event, adult):
        client = api(stranger)
        draft, other = self.draft(client, adult), self.draft(client, adult)
        self.place(client, event, [draft])
        response = self.place(client, event, [other, draft])
        assert response.status_code == 409
        assert error(response)["source"]["pointer"] == "/data/relationships/attendees/data/1"
        response = self.place(client, event, [other, other])
        assert response.status_code == 409
        assert sold(adult) == 1

    def test_sold_out_points_at_the_attendees(self, api, stranger, event):
        last = TicketFactory(event=event, quantity=1)
        client = api(stranger)
        response = self.place(client, event, [self.draft(client, last), self.draft(client, last)])
        assert response.status_code == 409
        assert [e["source"]["pointer"] for e in response.json()["errors"]] == [
            "/data/relationships/attendees/data/0",
            "/data/relationships/attendees/data/1",
        ]

    def test_hidden_ticket_is_unknown(self, api, stranger, organizer, event):
        hidden = TicketFactory(event=event, is_hidden=True)
        body = document("attendee", relationships={"ticket": relation("ticket", hidden.pk)})
        assert api(stranger).post("/v1/attendees", body).status_code == 404
        client = api(organizer)
        assert self.place(client, event, [self.draft(client, hidden)]).status_code == 404

    def test_one_account_holds_at_most_twenty_unpaid(self, api, stranger, event, adult):
        client = api(stranger)
        assert self.place(client, event, [self.draft(client, adult) for _ in range(19)]).status_code == 201
        response = self.place(client, event, [self.draft(client, adult), self.draft(client, adult)])
        assert response.status_code == 409
        assert error(response)["meta"] == {"held": 19, "limit": 20}
        assert self.place(client, event, [self.draft(client, adult)]).status_code == 201

    def test_free_orders_are_not_held_unpaid(self, api, stranger, event, adult):
        client, free = api(stranger), FreeTicketFactory(event=event)
        assert self.place(client, event, [self.draft(client, adult) for _ in range(20)]).status_code == 201
        assert self.place(client, event, [self.draft(client, free)]).status_code == 201

    def test_more_than_twenty_at_once_are_refused(self, api, stranger, event, adult):
        response = self.place(api(stranger), event, list(range(1, 22)))
        assert response.status_code == 422

    def test_donation_costs_what_the_attendee_gives(self, api, stranger, event):
        donation = DonationFactory(event=event)
        client = api(stranger)
        response = self.place(client, event, [self.draft(client, donation, price="7.00")])
        assert response.json()["data"]["attributes"]["amount"] == "7.00"
        response = self.place(client, event, [self.draft(client, donation)])
        assert (response.status_code, error(response)["code"]) == (422, "price-too-low")

    def test_unpublished_event_is_unknown_to_strangers(self, api, stranger, event, adult):
        client = api(stranger)
        draft = self.draft(client, adult)
        event.state = "draft"
        event.save()
        assert self.place(client, event, [draft]).status_code == 404
