"""`/v1/discounts`, and selling with one by token."""

import pytest

from base.tests.client import document, error, relation
from orders.models import Order
from prices.models import Discount
from prices.tests.factories import discount_of
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


def new(event, *tickets, **attributes):
    relationships = {"event": relation("event", event.pk)}
    if tickets:
        relationships["tickets"] = relation("ticket", [ticket.pk for ticket in tickets])
    return document("discount", None, relationships, **{"name": "Student", **attributes})


def sale(client, event, *lines, **attributes):
    return client.sell(event, *lines, status="completed", **attributes)


class TestResource:
    def test_is_made_read_changed_and_deleted(self, api, organizer, event, adult):
        client = api(organizer)
        made = client.post("/v1/discounts", new(event, adult, percent="12.5", code="a b c"))
        assert made.status_code == 201, made.content
        data = made.json()["data"]
        assert data["attributes"] == {
            "name": "Student",
            "percent": "12.50",
            "amount": None,
            "once-per-sale": False,
            "code": "ABC",
            "has-code": True,
            "limit": None,
            "most-tickets": None,
            "used": 0,
            "ends-at": None,
            "is-active": True,
        }
        url = f"/v1/discounts/{data['id']}"
        sent = document("discount", data["id"], {"tickets": relation("ticket", [])}, limit=3)
        changed = client.patch(url, sent).json()["data"]
        assert changed["attributes"]["limit"] == 3
        assert changed["relationships"]["tickets"]["data"] == []
        assert client.delete(url).status_code == 204

    def test_code_is_for_organizers(self, api, cashier, event):
        discount_of(event, percent=10, code="ABC")
        (data,) = api(cashier).get(f"/v1/events/{event.pk}/discounts").json()["data"]
        assert "code" not in data["attributes"]
        assert data["attributes"]["has-code"] is True

    @pytest.mark.parametrize(
        ("attributes", "field"),
        [
            ({}, "percent"),
            ({"percent": 10, "amount": 5}, "percent"),
            ({"percent": 0}, "percent"),
            ({"percent": "100.01"}, "percent"),
            ({"percent": 10, "once-per-sale": True}, "once-per-sale"),
            ({"amount": "1.005"}, "amount"),
            ({"amount": "-1"}, "amount"),
            ({"percent": 10, "limit": 0}, "limit"),
            ({"percent": 10, "most-tickets": 0}, "most-tickets"),
            ({"percent": 10, "name": ""}, "name"),
            ({"percent": 10, "code": "x" * 41}, "code"),
            ({"percent": 10, "code": "a\x00b"}, "code"),
        ],
    )
    def test_nonsense_is_refused_where_it_stands(self, api, organizer, event, attributes, field):
        refused = api(organizer).post("/v1/discounts", new(event, **attributes))
        assert refused.status_code == 422, refused.content
        assert {e["source"]["pointer"] for e in refused.json()["errors"]} == {f"/data/attributes/{field}"}
        assert not Discount.objects.exists()

    def test_tickets_of_another_event_are_refused(self, api, organizer, event):
        refused = api(organizer).post("/v1/discounts", new(event, TicketFactory(), percent=10))
        assert refused.status_code == 422
        assert error(refused)["source"] == {"pointer": "/data/relationships/tickets"}

    def test_name_and_code_are_once_in_an_event(self, api, organizer, event):
        discount_of(event, percent=10, code="ABC")
        for attributes, field in (({"code": "DEF"}, "name"), ({"name": "Crew", "code": "abc"}, "code")):
            refused = api(organizer).post("/v1/discounts", new(event, percent=10, **attributes))
            assert refused.status_code == 422
            assert error(refused)["source"] == {"pointer": f"/data/attributes/{field}"}

    def test_list_costs_the_same_for_one_and_for_three(
        self, api, cashier, event, adult, django_assert_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client, url = api(cashier), f"/v1/events/{event.pk}/discounts"
        discount_of(event, percent=10, tickets=[adult])
        client.get(url)
        with CaptureQueriesContext(connection) as one:
            client.get(url)
        for name in ("A", "B"):
            discount_of(event, name=name, percent=10, tickets=[adult])
        with django_assert_num_queries(len(one)):
            client.get(url)


class TestSale:
    def test_by_id_and_by_code(self, api, cashier, event, adult):
        student = discount_of(event, amount=5)
        discount_of(event, name="Crew", percent=50, code="CREW")
        line = {"id": adult.pk, "quantity": 1, "discount": {"code": "crew"}}
        response = sale(api(cashier), event, line, (adult, 2), discount={"id": student.pk})
        assert response.status_code == 201, response.content
        order = Order.objects.get()
        assert [str(a.price_paid) for a in order.attendees.order_by("pk")] == ["10.00", "15.00", "15.00"]
        attendee = api(cashier).get(f"/v1/orders/{order.pk}/attendees").json()["data"][0]["attributes"]
        assert (attendee["price-paid"], attendee["discounted"]) == ("10.00", "10.00")

    @pytest.mark.parametrize(
        ("claim", "status", "pointer"),
        [
            ({}, 422, "/data/attributes/discount"),
            ({"id": 1, "code": "A"}, 422, "/data/attributes/discount"),
            ({"id": "abc"}, 422, "/data/attributes/discount/id"),
            ([1], 422, "/data/attributes/discount"),
            ("A", 422, "/data/attributes/discount"),
            ({"code": "UNKNOWN"}, 404, "/data/attributes/discount"),
            ({"id": 999999999}, 404, "/data/attributes/discount"),
        ],
    )
    def test_claim_that_is_none_is_refused(self, api, cashier, event, adult, claim, status, pointer):
        refused = sale(api(cashier), event, (adult, 1), discount=claim)
        assert refused.status_code == status, refused.content
        assert error(refused)["source"]["pointer"].startswith(pointer)
        assert not Order.objects.exists()

    def test_refusal_of_a_line_points_at_it(self, api, cashier, event, adult):
        lines = [(adult, 1), {"id": adult.pk, "quantity": 1, "discount": {"code": "NO"}}]
        refused = sale(api(cashier), event, *lines)
        assert refused.status_code == 404
        assert error(refused)["source"] == {"pointer": "/data/attributes/on-site-tickets/1/discount"}

    def test_used_up_is_a_conflict_with_its_number(self, api, cashier, event, adult):
        discount_of(event, amount=5, limit=1, code="ONCE")
        claim = {"code": "ONCE"}
        assert sale(api(cashier), event, (adult, 1), discount=claim).status_code == 201
        refused = sale(api(cashier), event, (adult, 1), discount=claim)
        assert (refused.status_code, error(refused)["code"]) == (409, "discount-used-up")
        assert error(refused)["meta"] == {"limit": 1}

    def test_null_is_none(self, api, cashier, event, adult):
        assert sale(api(cashier), event, (adult, 1), discount=None).status_code == 201


class TestAtTheTill:
    """The till's script asks what a code takes off."""

    def ask(self, client, event, code):
        body = document("discount", None, code=code)
        return client.post(f"/till/{event.identifier}/api/discount", body, "application/vnd.api+json")

    def test_code_is_shown_what_it_takes_off(self, client, cashier, event, adult):
        client.force_login(cashier)
        voucher = discount_of(event, percent=10, code="ABC", tickets=[adult], most_tickets=2)
        answer = self.ask(client, event, "a b c")
        assert answer.status_code == 200, answer.content
        assert answer.json()["data"]["attributes"] == {
            "id": voucher.pk,
            "name": "Student",
            "percent": "10.00",
            "amount": None,
            "once": False,
            "most": 2,
            "tickets": [adult.pk],
        }

    @pytest.mark.parametrize(
        ("code", "status", "refusal"),
        [
            ("NO", 404, "unknown-discount"),
            ("ENDED", 409, "discount-ended"),
            ("USED", 409, "discount-used-up"),
            ("", 422, "blank"),
            ("   ", 422, "blank"),
            ("x" * 81, 422, "max-length"),
        ],
    )
    def test_code_that_takes_nothing_off_says_why(
        self, client, api, cashier, event, adult, code, status, refusal
    ):
        client.force_login(cashier)
        discount_of(event, name="Ended", percent=10, code="ENDED", is_active=False)
        discount_of(event, name="Used", percent=10, code="USED", limit=1)
        sale(api(cashier), event, (adult, 1), discount={"code": "USED"})
        answer = self.ask(client, event, code)
        assert (answer.status_code, error(answer)["code"]) == (status, refusal)

    def test_registrars_and_strangers_ask_nothing(self, client, registrar, stranger, event):
        discount_of(event, percent=10, code="ABC")
        for user, status in ((registrar, 403), (stranger, 403)):
            client.force_login(user)
            assert self.ask(client, event, "ABC").status_code == status
