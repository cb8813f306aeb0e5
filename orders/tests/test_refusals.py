"""Whatever is wrong with an onsite order gets a clear answer, and leaves nothing behind."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from accounts.tests.factories import UserFactory
from attendees.models import Attendee
from base.errors import Conflict
from base.tests.client import error, errors, order_document, relation
from events.models import Event
from events.tests.factories import EventFactory, MemberFactory
from orders.models import Order, Payment
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.models import Ticket
from tickets.tests.factories import DonationFactory, FreeTicketFactory, TicketFactory

pytestmark = pytest.mark.django_db
LINES = "/data/attributes/on-site-tickets"


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, name="Adult", price=20, quantity=10)


@pytest.fixture
def client(api, cashier):
    return api(cashier)


@pytest.fixture(autouse=True)
def nothing_left_behind(db):
    """Every test of this module ends with an empty house."""
    yield
    assert not Order.objects.exists()
    assert not Attendee.objects.exists()
    assert not Payment.objects.exists()
    assert not Ticket.objects.aggregate(sold=Sum("sold"))["sold"]


def refused(response, status, code, pointer=None):
    """The only error of a response, which must be this one."""
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/vnd.api+json")
    found = error(response)
    assert found["status"] == str(status)
    assert found["code"] == code
    assert found["title"]
    assert found["detail"]
    assert found.get("source", {}).get("pointer") == pointer
    return found


class TestWho:
    @pytest.mark.parametrize(
        "header",
        [
            None,
            "Bearer",
            "Bearer ",
            "Bearer x",
            "Bearer a b",
            "Token \xff\xfe",
            "JWT \x00",
            "Basic eDp5",
            "x",
        ],
    )
    def test_no_token_or_a_bad_one(self, api, event, ticket, header):
        response = api().sell(event, (ticket, 1), headers={"Authorization": header} if header else None)
        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Bearer"
        assert error(response)["code"] in ("not-authenticated", "authentication-failed")

    def test_token_that_is_not_utf8(self, api, event, ticket):
        client = api()
        response = client.client.generic(
            "POST",
            "/v1/orders?onsite=true",
            json.dumps(order_document(event, (ticket, 1))),
            content_type="application/vnd.api+json",
            HTTP_AUTHORIZATION=b"Bearer \xff\xfe".decode("latin-1"),
        )
        assert response.status_code == 401

    def test_inactive_account(self, api, cashier, event, ticket):
        client = api(cashier)
        cashier.is_active = False
        cashier.save()
        assert client.sell(event, (ticket, 1)).status_code == 401

    def test_stranger(self, api, stranger, event, ticket):
        refused(api(stranger).sell(event, (ticket, 1)), 403, "permission-denied")

    def test_registrar(self, api, registrar, event, ticket):
        refused(api(registrar).sell(event, (ticket, 1)), 403, "permission-denied")

    def test_organizer_of_another_event(self, api, member, event, ticket):
        other = member("organizer", at=EventFactory())
        refused(api(other).sell(event, (ticket, 1)), 403, "permission-denied")

    def test_stranger_at_a_draft_event(self, api, stranger):
        ticket = TicketFactory(event__state="draft")
        response = api(stranger).sell(ticket.event, (ticket, 1))
        unknown = refused(response, 404, "not-found", "/data/relationships/event")
        response = api(stranger).sell(Event(pk=10**9), (ticket, 1))
        assert refused(response, 404, "not-found", "/data/relationships/event") == unknown

    def test_registrar_at_a_draft_event(self, api, member):
        ticket = TicketFactory(event__state="draft")
        refused(
            api(member("registrar", at=ticket.event)).sell(ticket.event, (ticket, 1)),
            403,
            "permission-denied",
        )

    def test_stranger_learns_nothing_from_a_bad_form(self, api, stranger, event):
        refused(api(stranger).sell(event, "x"), 403, "permission-denied")


class TestEvent:
    def test_not_published(self, client, event, ticket):
        event.state = "draft"
        event.save()
        refused(client.sell(event, (ticket, 1)), 409, "event-not-published", "/data/relationships/event")

    @pytest.mark.parametrize(
        "event_data",
        [
            None,
            [],
            {},
            {"type": "event"},
            {"id": "1"},
            {"type": "event", "id": None},
            {"type": "event", "id": {}},
        ]
        + [
            {"type": "event", "id": value}
            for value in ("", " 1", "-1", "1.5", 10**30, str(10**30), True, "a\x00b")
        ],
    )
    def test_malformed(self, client, event, ticket, event_data):
        body = order_document(event, (ticket, 1))
        body["data"]["relationships"]["event"]["data"] = event_data
        response = client.post("/v1/orders?onsite=true", body)
        assert response.status_code == 422
        assert error(response)["source"]["pointer"] == "/data/relationships/event"
        assert error(response)["code"] in ("required", "malformed")

    def test_missing(self, client, event, ticket):
        body = order_document(event, (ticket, 1))
        del body["data"]["relationships"]
        refused(client.post("/v1/orders?onsite=true", body), 422, "required", "/data/relationships/event")

    @pytest.mark.parametrize("unknown", ["999999999", 999999999, "no-such-event"])
    def test_unknown(self, client, event, ticket, unknown):
        body = order_document(event, (ticket, 1))
        body["data"]["relationships"]["event"]["data"]["id"] = unknown
        refused(client.post("/v1/orders?onsite=true", body), 404, "not-found", "/data/relationships/event")

    def test_of_another_type(self, client, event, ticket):
        body = order_document(event, (ticket, 1))
        body["data"]["relationships"]["event"]["data"]["type"] = "ticket"
        response = client.post("/v1/orders?onsite=true", body)
        refused(response, 409, "wrong-type", "/data/relationships/event")

    def test_withdrawn_since_it_was_read(self, event, ticket):
        """Somebody else withdraws the event between the look-up and the lock."""
        stale = Event.objects.get(pk=event.pk)
        Event.objects.filter(pk=event.pk).update(state="draft")
        with pytest.raises(Conflict, match="not published"):
            sold_onsite(event=stale, lines=[Line(ticket.pk, 1)])


class TestLines:
    def test_missing(self, client, event):
        body = order_document(event)
        del body["data"]["attributes"]["on-site-tickets"]
        refused(client.post("/v1/orders?onsite=true", body), 422, "required", LINES)

    @pytest.mark.parametrize(
        ("lines", "code"),
        [(None, "null"), ([], "empty"), ("x", "not-a-list"), (7, "not-a-list"), ({"id": 1}, "not-a-list")],
    )
    def test_not_a_list(self, client, event, lines, code):
        body = order_document(event)
        body["data"]["attributes"]["on-site-tickets"] = lines
        refused(client.post("/v1/orders?onsite=true", body), 422, code, LINES)

    @pytest.mark.parametrize(
        "line", [None, 1, "x", [], {"data": None}, {"data": {}}, {"data": {"attributes": "x"}}]
    )
    def test_line_that_is_no_line(self, client, event, line):
        response = client.sell(event, line)
        assert response.status_code == 422
        assert all(e["source"]["pointer"].startswith(f"{LINES}/0") for e in errors(response))

    @pytest.mark.parametrize(
        "quantity",
        [
            0,
            -1,
            "abc",
            "1.5",
            1.5,
            "",
            "1e3",
            "1_0",
            "٣",
            "+1",
            " 1 ",
            "01 ",
            True,
            None,
            [],
            {},
            10**9,
            10**30,
            str(10**30),
            "0",
            "-1",
            501,
            1.0,
        ],
    )
    def test_quantity_that_is_none(self, client, event, ticket, quantity):
        response = client.sell(event, {"id": ticket.pk, "quantity": quantity})
        assert response.status_code == 422
        assert error(response)["source"]["pointer"] == f"{LINES}/0/quantity"
        assert error(response)["code"] in ("invalid", "null", "min-value", "max-value")

    def test_quantity_missing(self, client, event, ticket):
        refused(client.sell(event, {"id": ticket.pk}), 422, "required", f"{LINES}/0/quantity")

    @pytest.mark.parametrize("ticket_id", ["abc", 10**30, "10" * 10, "", None, True, -1, 1.5, [], "1 "])
    def test_ticket_id_that_is_none(self, client, event, ticket_id):
        response = client.sell(event, {"id": ticket_id, "quantity": 1})
        assert response.status_code == 422
        assert error(response)["source"]["pointer"] == f"{LINES}/0/id"
        assert error(response)["code"] in ("invalid", "null")

    def test_pointers_of_wrapped_lines_are_those_of_flat_ones(self, client, event, ticket):
        wrapped = {"data": {"type": "on-site-ticket", "attributes": {"id": str(ticket.pk), "quantity": "0"}}}
        refused(client.sell(event, wrapped), 422, "min-value", f"{LINES}/0/quantity")

    @pytest.mark.parametrize("ticket_id", [999999999, "999999999999999999"])
    def test_unknown_ticket(self, client, event, ticket, ticket_id):
        response = client.sell(event, (ticket, 1), {"id": ticket_id, "quantity": 1})
        refused(response, 404, "unknown-ticket", f"{LINES}/1/id")

    def test_ticket_of_another_event(self, client, event, ticket):
        response = client.sell(event, (ticket, 1), (TicketFactory(), 1))
        refused(response, 404, "unknown-ticket", f"{LINES}/1/id")

    def test_sales_ended(self, client, event, now):
        ended = TicketFactory(event=event, sales_ends_at=now - timedelta(minutes=1))
        refused(client.sell(event, (ended, 1)), 409, "sales-ended", f"{LINES}/0/id")

    def test_sales_not_started(self, client, event, now):
        later = TicketFactory(event=event, sales_starts_at=now + timedelta(hours=1))
        refused(client.sell(event, (later, 1)), 409, "sales-not-started", f"{LINES}/0/id")

    def test_more_than_max_order(self, client, event):
        few = TicketFactory(event=event, max_order=2)
        found = refused(client.sell(event, (few, 3)), 422, "above-max-order", f"{LINES}/0/quantity")
        assert found["meta"] == {"bound": 2}

    def test_more_than_max_order_in_two_lines_together(self, client, event):
        few = TicketFactory(event=event, max_order=2)
        response = client.sell(event, (few, 1), (few, 2))
        assert response.status_code == 422
        assert [(found["code"], found["source"]["pointer"]) for found in response.json()["errors"]] == [
            ("above-max-order", f"{LINES}/0/quantity"),
            ("above-max-order", f"{LINES}/1/quantity"),
        ]

    def test_less_than_min_order(self, client, event):
        group = TicketFactory(event=event, min_order=5)
        refused(client.sell(event, (group, 4)), 422, "below-min-order", f"{LINES}/0/quantity")

    def test_more_than_500_attendees(self, client, event):
        ticket = TicketFactory(event=event, quantity=None)
        refused(client.sell(event, (ticket, 300), (ticket, 201)), 422, "too-many-attendees", LINES)

    def test_more_than_50_lines(self, client, event, ticket):
        refused(client.sell(event, *[(ticket, 1)] * 51), 422, "too-long", LINES)

    def test_more_attendees_than_the_quantity(self, client, event, ticket):
        line = {"id": ticket.pk, "quantity": 1, "attendees": [{}, {}]}
        refused(client.sell(event, line), 422, "too-many-attendees", f"{LINES}/0/attendees")

    @pytest.mark.parametrize(
        ("guest", "field"),
        [
            ({"firstname": "a\x00b"}, "firstname"),
            ({"lastname": "x" * 101}, "lastname"),
            ({"email": "not an address"}, "email"),
            ({"email": "a@b\x00.example"}, "email"),
            ({"firstname": ["x"]}, "firstname"),
        ],
    )
    def test_attendee_with_a_bad_name_or_address(self, client, event, ticket, guest, field):
        line = {"id": ticket.pk, "quantity": 1, "attendees": [guest]}
        response = client.sell(event, line)
        assert response.status_code == 422
        pointers = {e["source"]["pointer"] for e in errors(response)}
        assert pointers == {f"{LINES}/0/attendees/0/{field}"}

    @pytest.mark.parametrize("attendees", ["x", 1, ["x"], [None], {}])
    def test_attendees_that_are_none(self, client, event, ticket, attendees):
        response = client.sell(event, {"id": ticket.pk, "quantity": 1, "attendees": attendees})
        assert response.status_code == 422


class TestSoldOut:
    def test_says_how_many_are_left(self, client, event):
        ticket = TicketFactory(event=event, name="Adult", quantity=3)
        found = refused(client.sell(event, (ticket, 5)), 409, "sold-out", f"{LINES}/0/quantity")
        assert found["meta"] == {"available": 3, "wanted": 5}
        assert found["detail"] == "Only 3 Adult are left, 5 wanted."

    def test_says_that_none_is_left(self, client, event):
        ticket = TicketFactory(event=event, name="Adult", quantity=0)
        found = refused(client.sell(event, (ticket, 1)), 409, "sold-out", f"{LINES}/0/quantity")
        assert found["detail"] == "Adult is sold out."

    def test_second_line_takes_the_first_back(self, client, event, ticket):
        full = TicketFactory(event=event, quantity=0)
        refused(client.sell(event, (ticket, 1), (full, 1)), 409, "sold-out", f"{LINES}/1/quantity")

    def test_every_failing_line_gets_an_error(self, client, event, ticket, now):
        scarce = TicketFactory(event=event, quantity=1)
        ended = TicketFactory(event=event, sales_ends_at=now - timedelta(days=1))
        response = client.sell(event, (scarce, 2), (ticket, 1), (ended, 1), (scarce, 1))
        assert response.status_code == 409
        assert [(e["code"], e["source"]["pointer"]) for e in errors(response)] == [
            ("sold-out", f"{LINES}/0/quantity"),
            ("sales-ended", f"{LINES}/2/id"),
            ("sold-out", f"{LINES}/3/quantity"),
        ]
        assert [e["meta"] for e in errors(response) if e["code"] == "sold-out"] == [
            {"available": 1, "wanted": 3}
        ] * 2


class TestOrderOfRefusals:
    """Form, then existence, then bounds, then stock; all lines that fail at the first such step."""

    def lines(self, event):
        bad = {"id": 1, "quantity": 501}
        foreign = (TicketFactory(), 1)
        bounded = (TicketFactory(event=event, max_order=1), 2)
        full = (TicketFactory(event=event, quantity=0), 1)
        return [full, bounded, foreign, bad]

    @pytest.mark.parametrize(
        ("count", "status", "code", "index"),
        [
            (4, 422, "max-value", 3),
            (3, 404, "unknown-ticket", 2),
            (2, 422, "above-max-order", 1),
            (1, 409, "sold-out", 0),
        ],
    )
    def test_first_step_that_fails_decides(self, client, event, count, status, code, index):
        response = client.sell(event, *self.lines(event)[:count])
        assert response.status_code == status
        assert (error(response)["code"], error(response)["source"]["pointer"].split("/")[4]) == (
            code,
            str(index),
        )

    def test_every_malformed_line_gets_an_error(self, client, event):
        response = client.sell(event, {"id": "x", "quantity": 1}, {"id": 1, "quantity": "x"})
        assert [e["source"]["pointer"] for e in errors(response)] == [f"{LINES}/0/id", f"{LINES}/1/quantity"]

    def test_every_foreign_line_gets_an_error(self, client, event):
        response = client.sell(event, (TicketFactory(), 1), (TicketFactory(), 1))
        assert [e["status"] for e in errors(response)] == ["404", "404"]

    def test_errors_of_many_lines_come_in_their_order(self, client, event):
        response = client.sell(event, *[{"id": 1, "quantity": 0}] * 12)
        assert [e["source"]["pointer"] for e in errors(response)] == [
            f"{LINES}/{index}/quantity" for index in range(12)
        ]


class TestMoney:
    PAYMENTS = "/data/attributes/payments"

    @pytest.mark.parametrize(
        ("payments", "code", "where"),
        [
            ([{"tender": "cash", "amount": "41.00"}], "overpaid", ""),
            ([{"tender": "cash", "amount": "20"}, {"tender": "card", "amount": "20.01"}], "overpaid", ""),
            ([{"tender": "cash", "amount": "-40.00"}], "invalid-amount", "/0/amount"),
            ([{"tender": "cash", "amount": "0"}], "invalid-amount", "/0/amount"),
            ([{"tender": "cash", "amount": "40.001"}], "max-decimal-places", "/0/amount"),
            ([{"tender": "cash", "amount": 40.001}], "max-decimal-places", "/0/amount"),
            ([{"tender": "cash", "amount": "1e1"}], "invalid", "/0/amount"),
            ([{"tender": "cash", "amount": "NaN"}], "invalid", "/0/amount"),
            ([{"tender": "cash", "amount": "4_0"}], "invalid", "/0/amount"),
            ([{"tender": "cash", "amount": True}], "invalid", "/0/amount"),
            ([{"tender": "cash", "amount": None}], "null", "/0/amount"),
            ([{"tender": "cash"}], "required", "/0/amount"),
            ([{"tender": "gold", "amount": "40"}], "invalid-choice", "/0/tender"),
            ([{"amount": "40"}], "required", "/0/tender"),
            ([{"tender": "cash", "amount": "40", "tendered": "39.99"}], "tendered-too-little", "/0/tendered"),
            ([{"tender": "card", "amount": "40", "tendered": "50"}], "tendered-without-cash", "/0/tendered"),
            ([{"tender": "cash", "amount": "40", "tendered": "abc"}], "invalid", "/0/tendered"),
            ([{"tender": "cash", "amount": "40", "reference": "a\x00"}], None, "/0/reference"),
            ("x", "not-a-list", ""),
            (["x"], "invalid", "/0"),
            ([{"tender": "cash", "amount": "1"}] * 21, "too-long", ""),
        ],
    )
    def test_payments_that_make_no_sense(self, client, event, ticket, payments, code, where):
        response = client.sell(event, (ticket, 2), payments=payments)
        assert response.status_code == 422
        assert error(response)["source"]["pointer"] == self.PAYMENTS + where
        assert code is None or error(response)["code"] == code

    @pytest.mark.parametrize(
        ("payments", "where"),
        [
            ([{"tender": "cash", "amount": "40.03"}], "/0/amount"),  # which is the very sum
            ([{"tender": "cash", "amount": "40.05", "tendered": "50.03"}], "/0/tendered"),
            ([{"tender": "card", "amount": "27.68"}, {"tender": "cash", "amount": "12.33"}], "/1/amount"),
            ([{"tender": "cash", "amount": "12.33"}], "/0/amount"),
        ],
    )
    def test_cash_that_no_coins_make(self, client, event, payments, where):
        event.cash_rounding = Decimal("0.05")
        event.save()
        odd = TicketFactory(event=event, price=Decimal("40.03"))
        response = client.sell(event, (odd, 1), payments=payments)
        found = refused(response, 422, "no-coins", self.PAYMENTS + where)
        assert "steps of 0.05 EUR" in found["detail"]
        assert found["meta"] == {"step": "0.05"}

    def test_completed_with_less_than_the_amount(self, client, event, ticket):
        response = client.sell(
            event, (ticket, 2), status="completed", payments=[{"tender": "card", "amount": "39.99"}]
        )
        found = refused(response, 422, "underpaid", self.PAYMENTS)
        assert found["meta"] == {"amount": "40.00", "paid": "39.99"}

    def test_pending_though_paid_in_full(self, client, event, ticket):
        response = client.sell(
            event, (ticket, 2), status="pending", payments=[{"tender": "card", "amount": "40.00"}]
        )
        refused(response, 422, "nothing-pending", "/data/attributes/status")

    def test_free_mode_on_what_costs_something(self, client, event, ticket):
        response = client.sell(event, (ticket, 1), payment_mode="free")
        refused(response, 422, "not-free", "/data/attributes/payment-mode")

    def test_unpaid_invoice_completed(self, client, event, ticket):
        response = client.sell(event, (ticket, 1), payment_mode="invoice", status="completed")
        refused(response, 422, "not-paid", "/data/attributes/status")

    @pytest.mark.parametrize("amount", ["0.00", "19.99", 0, "20.01", "-20.00"])
    def test_amount_that_is_wrong(self, client, event, ticket, amount):
        found = refused(
            client.sell(event, (ticket, 1), amount=amount), 422, "amount-differs", "/data/attributes/amount"
        )
        assert found["meta"] == {"amount": "20.00"}

    @pytest.mark.parametrize("amount", ["abc", "", [], True, "1e2", "20.000"])
    def test_amount_that_is_none(self, client, event, ticket, amount):
        response = client.sell(event, (ticket, 1), amount=amount)
        assert response.status_code == 422
        assert error(response)["source"]["pointer"] == "/data/attributes/amount"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("status", "cancelled"),
            ("status", 1),
            ("payment-mode", "paypal"),
            ("payment-mode", []),
            ("company", "a\x00"),
            ("order-notes", "x" * 5001),
            ("company", "x" * 201),
            ("order-notes", {}),
        ],
    )
    def test_terms_that_make_no_sense(self, client, event, ticket, name, value):
        response = client.sell(event, (ticket, 1), **{name: value})
        assert response.status_code == 422
        assert error(response)["source"]["pointer"] == f"/data/attributes/{name}"

    @pytest.mark.parametrize(
        ("price", "code"),
        [
            (None, "price-required"),
            ("4.99", "price-too-low"),
            ("100.01", "price-too-high"),
            ("5.001", "max-decimal-places"),
            ("x", "invalid"),
            ("-5", "price-too-low"),
        ],
    )
    def test_donation_out_of_bounds(self, client, event, price, code):
        line = {"id": DonationFactory(event=event).pk, "quantity": 1, "price": price}
        refused(client.sell(event, line), 422, code, f"{LINES}/0/price")

    def test_other_price_than_the_ticket_has(self, client, event, ticket):
        line = {"id": ticket.pk, "quantity": 1, "price": "1.00"}
        refused(client.sell(event, line), 422, "price-is-fixed", f"{LINES}/0/price")

    def test_fraction_of_a_yen(self, client, event):
        Event.objects.filter(pk=event.pk).update(currency="JPY")
        donation = DonationFactory(event=event)
        line = {"id": donation.pk, "quantity": 1, "price": "10.50"}
        refused(client.sell(event, line), 422, "invalid-amount", f"{LINES}/0/price")
        line["price"] = "10.00"
        response = client.sell(event, line, payments=[{"tender": "cash", "amount": "9.50"}])
        refused(response, 422, "invalid-amount", f"{self.PAYMENTS}/0/amount")

    def test_pending_though_free(self, client, event):
        response = client.sell(event, (FreeTicketFactory(event=event), 1), status="pending")
        refused(response, 422, "nothing-pending", "/data/attributes/status")


class TestDocument:
    """What no client should send, and some do."""

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"null",
            b'"x"',
            b"7",
            b"{}",
            b'{"data": null}',
            b'{"data": []}',
            b'{"data": "x"}',
            b"not json",
            b"[" * 100_000 + b"]" * 100_000,
            b'{"data":' * 50_000 + b"1" + b"}" * 50_000,
            b'{"data": "\xff"}',
            b'{"data": NaN}',
            b'{"data": 1e99999999999999999999}',
            b'{"data": -1e-99999999999999999999}',
            b'{"data": {"type": "order", "attributes": {"x": "\\ud800"}}}',
            b'{"data": ' + b"9" * 5000 + b"}",
        ],
        ids=lambda body: repr(body[:24]),
    )
    def test_body_that_is_no_document(self, client, body):
        response = client.post("/v1/orders?onsite=true", body)
        assert response.status_code == 400
        assert error(response)["code"] == "parse-error"

    @pytest.mark.parametrize("attributes", ["abc", [1], 7, True])
    def test_attributes_of_the_wrong_kind(self, client, attributes):
        response = client.post(
            "/v1/orders?onsite=true", {"data": {"type": "order", "attributes": attributes}}
        )
        assert response.status_code in (400, 422)

    @pytest.mark.parametrize("relationships", ["abc", [1], {"event": "abc"}, {"event": [1]}, {"event": None}])
    def test_relationships_of_the_wrong_kind(self, client, relationships):
        body = {"data": {"type": "order", "relationships": relationships}}
        assert client.post("/v1/orders?onsite=true", body).status_code in (400, 422)

    @pytest.mark.parametrize("type_", ["orders", None, "ticket", ["order"], {}])
    def test_wrong_type(self, client, event, ticket, type_):
        body = order_document(event, (ticket, 1))
        body["data"]["type"] = type_
        refused(client.post("/v1/orders?onsite=true", body), 409, "wrong-type", "/data/type")

    def test_wrong_content_type(self, client, event, ticket):
        body = order_document(event, (ticket, 1))
        response = client.post("/v1/orders?onsite=true", body, content_type="text/plain")
        refused(response, 415, "unsupported-media-type")

    def test_body_beyond_the_limit(self, client, settings):
        response = client.post("/v1/orders?onsite=true", b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))
        refused(response, 413, "body-too-large")

    def test_unknown_query_parameter(self, client, event, ticket):
        refused(client.sell(event, (ticket, 1), query="?onsite=true&dry=1"), 400, "parse-error")

    @pytest.mark.parametrize("query", ["filter[status]=x", "sort=id", "page[size]=1", "fields[bogus]=x"])
    def test_parameters_of_lists(self, client, event, ticket, query):
        refused(client.sell(event, (ticket, 1), query=f"?onsite=true&{query}"), 400, "parse-error")

    def test_include_of_what_is_not_there(self, client, event, ticket):
        response = client.sell(event, (ticket, 1), query="?onsite=true&include=seller")
        assert response.status_code == 400

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_other_methods(self, client, method):
        assert client.request(method.upper(), "/v1/orders", {}).status_code == 405

    @pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
    def test_idempotency_key_that_is_none(self, client, event, ticket, key):
        response = client.sell(event, (ticket, 1), headers={"Idempotency-Key": key})
        refused(response, 422, "invalid-idempotency-key")
        assert error(response)["source"] == {"header": "Idempotency-Key"}


def test_attendee_of_another_account_cannot_be_ordered_onsite(client, event, ticket):
    """`relationships.attendees` means nothing to an onsite sale."""
    body = order_document(event)
    body["data"]["relationships"]["attendees"] = relation("attendee", [1])
    refused(client.post("/v1/orders?onsite=true", body), 422, "empty", LINES)


def test_cashier_of_two_events_cannot_mix_them(api, cashier, event, ticket):
    other = MemberFactory(user=cashier).event
    response = api(cashier).sell(event, (ticket, 1), (TicketFactory(event=other), 1))
    refused(response, 404, "unknown-ticket", f"{LINES}/1/id")


def test_removed_cashier_sells_no_more(api, cashier, event, ticket):
    client = api(cashier)
    cashier.memberships.all().delete()
    refused(client.sell(event, (ticket, 1)), 403, "permission-denied")
    assert UserFactory().memberships.count() == 0
