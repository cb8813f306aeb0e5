"""`PATCH /v1/orders/{identifier}`: completed or cancelled, by those who sell."""

from datetime import timedelta

import pytest

from accounts.models import User
from attendees.tests.factories import DraftFactory
from base.tests.client import document, error, errors, relation
from events.models import Member
from events.tests.factories import EventFactory
from orders.lifecycle import expire_overdue
from orders.models import Order, Payment
from orders.settlement import Paid
from orders.tests.factories import ordered_online
from shifts.tests.factories import ReliefFactory, ShiftFactory, TillFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("balanced")]


@pytest.fixture
def order(sell):
    return sell()


def change(client, order, relationships=None, **attributes):
    body = document("order", order.identifier, relationships, **attributes)
    return client.patch(f"/v1/orders/{order.identifier}", body)


def refused(response, status, code, pointer):
    assert response.status_code == status, response.content
    found = error(response)
    assert (found["code"], found.get("source", {}).get("pointer")) == (code, pointer)
    return found


class TestComplete:
    def test_cash_with_change(self, api, cashier, order, shift):
        payments = [{"tender": "cash", "amount": "40.00", "tendered": "50.00"}]
        response = change(api(cashier), order, status="completed", payments=payments)
        assert response.status_code == 200
        sent = response.json()["data"]["attributes"]
        assert (sent["status"], sent["awaits-card"], sent["expires-at"]) == ("completed", False, None)
        (payment,) = sent["payments"]
        assert (payment["amount"], payment["change"]) == ("40.00", "10.00")
        assert payment["shift"] == str(shift.pk)

    def test_by_id(self, api, cashier, order):
        body = document("order", order.pk, status="completed")
        assert api(cashier).patch(f"/v1/orders/{order.pk}", body).status_code == 200

    @pytest.mark.parametrize("payments", [None, [], [{"tender": "card", "amount": 40}]])
    def test_sent_twice(self, api, cashier, order, payments):
        client = api(cashier)
        answers = [change(client, order, status="completed", payments=payments) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
        assert Payment.objects.count() == 1

    def test_paid_otherwise_before(self, api, cashier, order):
        client = api(cashier)
        change(client, order, status="completed")
        response = change(client, order, status="completed", payments=[{"tender": "card", "amount": "40.00"}])
        refused(response, 409, "order-completed", "/data/attributes/status")

    def test_cancelled_before(self, api, cashier, order):
        client = api(cashier)
        change(client, order, status="cancelled")
        refused(change(client, order, status="completed"), 409, "order-cancelled", "/data/attributes/status")

    def test_expired_before(self, api, cashier, sell, event, now):
        order = sell(awaits_card=True, at=now - timedelta(hours=1))
        expire_overdue(event, now)
        response = change(api(cashier), order, status="completed")
        refused(response, 409, "order-expired", "/data/attributes/status")

    @pytest.mark.parametrize(("amount", "code"), [("39.00", "underpaid"), ("41.00", "overpaid")])
    def test_not_the_amount(self, api, cashier, order, amount, code):
        payments = [{"tender": "cash", "amount": amount}]
        response = change(api(cashier), order, status="completed", payments=payments)
        found = refused(response, 422, code, "/data/attributes/payments")
        assert found["meta"] == {"amount": "40.00", "paid": amount}

    def test_included_rows(self, api, cashier, order):
        body = document("order", order.pk, status="completed")
        response = api(cashier).patch(f"/v1/orders/{order.pk}?include=attendees,tickets,event", body)
        assert response.status_code == 200
        assert {row["type"] for row in response.json()["included"]} == {"attendee", "ticket", "event"}


class TestCancel:
    def test_unpaid(self, api, cashier, order, adult):
        response = change(api(cashier), order, status="cancelled", reason="changed their mind")
        assert response.status_code == 200
        sent = response.json()["data"]["attributes"]
        assert (sent["status"], sent["cancel-reason"]) == ("cancelled", "changed their mind")
        adult.refresh_from_db()
        assert adult.sold == 0

    def test_undo_sent_twice(self, api, cashier, sell):
        order, client = sell(payments=[Paid("cash")]), api(cashier)
        answers = [change(client, order, status="cancelled") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
        assert [p["amount"] for p in answers[0].json()["data"]["attributes"]["payments"]] == [
            "40.00",
            "-40.00",
        ]

    def test_too_late_for_a_cashier(self, api, cashier, sell, now):
        order = sell(payments=[Paid("cash")], at=now - timedelta(minutes=2))
        response = change(api(cashier), order, status="cancelled", reason="please")
        refused(response, 409, "undo-over", "/data")

    def test_organizer_says_why(self, api, organizer, sell, now):
        order = sell(payments=[Paid("cash")], at=now - timedelta(minutes=2))
        client = api(organizer)
        for reason in (None, "", "  "):
            response = change(client, order, status="cancelled", reason=reason)
            refused(response, 422, "reason-required", "/data/attributes/reason")
        assert change(client, order, status="cancelled", reason="ill").status_code == 200

    def test_cash_without_a_shift(self, api, sell, member, organizer):
        order = sell(seller=organizer, payments=[Paid("cash")])
        response = change(api(member("cashier")), order, status="cancelled")
        refused(response, 409, "no-open-shift", "/data")
        assert change(api(organizer), order, status="cancelled").status_code == 200


class TestWho:
    @pytest.mark.parametrize("status", ["completed", "cancelled"])
    @pytest.mark.parametrize(
        ("role", "expected"), [("cashier", 200), ("organizer", 200), ("registrar", 404), (None, 404)]
    )
    def test_by_role(self, api, member, stranger, order, role, expected, status):
        user = member(role) if role else stranger
        payments = [{"tender": "card", "amount": "40.00"}]
        response = change(api(user), order, status=status, payments=payments)
        assert response.status_code == expected

    def test_superuser(self, api, order):
        boss = User.objects.create_superuser("boss@example.com")
        assert change(api(boss), order, status="completed").status_code == 200

    def test_members_of_other_events(self, api, member, order):
        assert change(api(member("organizer", EventFactory())), order, status="cancelled").status_code == 404

    def test_nobody(self, api, order):
        assert change(api(), order, status="cancelled").status_code == 401

    @pytest.mark.parametrize("role", [None, "registrar"])
    def test_buyer_completes_nothing(self, api, stranger, event, adult, role):
        if role:
            Member.objects.create(event=event, user=stranger, role=role)
        order = ordered_online(
            event=event, buyer=stranger, attendees=[DraftFactory(ticket=adult, creator=stranger)]
        )
        for status in ("completed", "nonsense"):
            assert change(api(stranger), order, status=status).status_code == 403
        order.refresh_from_db()
        assert order.status == "initializing"

    @pytest.mark.parametrize("status", ["completed", "cancelled"])
    def test_orders_that_are_not_there(self, api, cashier, status):
        for reference in ("0", "9" * 18, "ACDEFGHJ", "%00"):
            body = document("order", reference, status=status)
            assert api(cashier).patch(f"/v1/orders/{reference}", body).status_code == 404


class TestTill:
    @pytest.mark.parametrize("status", ["completed", "cancelled"])
    def test_names_the_drawer(self, api, organizer, sell, shift, status):
        order = sell(payments=[Paid("card", 10)])
        client = api(organizer)
        response = change(client, order, {"till": relation("till", shift.till_id)}, status=status)
        assert response.status_code == 200
        assert {payment.shift for payment in Payment.objects.all()} == {shift}

    @pytest.mark.parametrize("status", ["completed", "cancelled"])
    def test_unknown(self, api, cashier, order, status):
        for till in (TillFactory().pk, 0, 10**18 - 1):
            response = change(api(cashier), order, {"till": relation("till", till)}, status=status)
            refused(response, 404, "unknown-till", "/data/relationships/till")
        order.refresh_from_db()
        assert order.status == "pending"

    @pytest.mark.parametrize("till", ["1", 1, [], {}, {"type": "till"}, {"type": "till", "id": "x"}, True])
    def test_malformed(self, api, cashier, event, adult, order, till):
        client = api(cashier)
        response = change(client, order, {"till": {"data": till}}, status="completed")
        refused(response, 422, "malformed", "/data/relationships/till")
        assert refused_sale(client, event, adult, {"data": till}) == (
            422,
            "malformed",
            "/data/relationships/till",
        )

    def test_wrong_type(self, api, cashier, event, adult, order, shift):
        wrong = relation("shift", shift.till_id)
        response = change(api(cashier), order, {"till": wrong}, status="completed")
        refused(response, 409, "wrong-type", "/data/relationships/till")
        sale = refused_sale(api(cashier), event, adult, wrong)
        assert sale == (409, "wrong-type", "/data/relationships/till")

    def test_null_is_not_sent(self, api, cashier, order, shift):
        assert change(api(cashier), order, {"till": {"data": None}}, status="completed").status_code == 200
        assert Payment.objects.get().shift == shift

    def test_of_a_sale(self, api, organizer, event, adult, shift):
        body = sale_at(event, adult, relation("till", shift.till_id))
        assert api(organizer).post("/v1/orders?onsite=true", body).status_code == 201
        assert Order.objects.get().shift == shift

    def test_of_a_sale_at_another_event(self, api, cashier, event, adult):
        response = refused_sale(api(cashier), event, adult, relation("till", TillFactory().pk))
        assert response == (404, "unknown-till", "/data/relationships/till")

    def test_at_which_the_cashier_does_not_work(self, api, cashier, event, adult):
        """Although the cashier has a shift, at another till."""
        for till in (TillFactory(event=event), ShiftFactory(till__event=event).till):
            assert refused_sale(api(cashier), event, adult, relation("till", till.pk)) == (
                403,
                "not-at-this-till",
                "/data/relationships/till",
            )

    def test_without_an_open_shift_takes_what_an_organizer_says(self, api, organizer, event, adult):
        till = relation("till", TillFactory(event=event).pk)
        body = sale_at(event, adult, till, tender="card")
        assert api(organizer).post("/v1/orders?onsite=true", body).status_code == 201
        assert Payment.objects.get().shift is None

    def test_of_a_colleague_is_shared(self, api, event, adult, shift, member):
        body = sale_at(event, adult, relation("till", shift.till_id))
        relief = ReliefFactory(shift=shift, user=member("cashier")).user
        assert api(relief).post("/v1/orders?onsite=true", body).status_code == 201
        assert Payment.objects.get().shift == shift


def sale_at(event, ticket, till, tender="cash"):
    return document(
        "order",
        relationships={"event": relation("event", event.pk), "till": till},
        **{
            "on-site-tickets": [{"id": ticket.pk, "quantity": 1}],
            "payments": [{"tender": tender, "amount": "20.00"}],
        },
    )


def refused_sale(client, event, ticket, till):
    response = client.post("/v1/orders?onsite=true", sale_at(event, ticket, till))
    found = error(response)
    return response.status_code, found["code"], found["source"]["pointer"]


class TestNoOpenShift:
    """A cashier's cash goes into a drawer, at every door; nobody else's has to."""

    def test_sale_through_the_api(self, api, member, event, adult):
        response = api(member("cashier")).sell(event, (adult, 1), status="completed")
        refused(response, 409, "no-open-shift", "/data")

    def test_completion_through_the_api(self, api, member, order):
        response = change(api(member("cashier")), order, status="completed")
        refused(response, 409, "no-open-shift", "/data")

    def test_till_page(self, client, member, event, adult):
        client.force_login(member("cashier"))
        form = {f"quantity_{adult.pk}": 1, "tender": "cash", "idempotency_key": "k"}
        response = client.post(f"/till/{event.identifier}/", form)
        assert response.status_code == 409
        assert "You have no open shift" in response.content.decode()
        assert not Order.objects.exists()

    def test_shift_at_another_event_is_none_here(self, api, member, event, adult):
        cashier = member("cashier")
        elsewhere = ShiftFactory(till__event=EventFactory(), cashier=cashier)
        response = api(elsewhere.cashier).sell(event, (adult, 1), status="completed")
        refused(response, 409, "no-open-shift", "/data")

    def test_unpaid_needs_none(self, api, member, event, adult):
        assert api(member("cashier")).sell(event, (adult, 1)).status_code == 201

    @pytest.mark.parametrize("who", ["organizer", "superuser"])
    def test_those_above_cashiers(self, api, organizer, order, event, adult, who):
        user = organizer if who == "organizer" else User.objects.create_superuser("boss@example.com")
        assert api(user).sell(event, (adult, 1), status="completed").status_code == 201
        assert change(api(user), order, status="completed").status_code == 200
        assert {payment.shift for payment in Payment.objects.all()} == {None}


CHANGES = [
    ({}, 422, "required", "status"),
    ({"status": None}, 422, "null", "status"),
    ({"status": "placed"}, 422, "invalid-choice", "status"),
    ({"status": "pending"}, 422, "invalid-choice", "status"),
    ({"status": ""}, 422, "invalid-choice", "status"),
    ({"status": []}, 422, "invalid-choice", "status"),
    ({"status": {"a": 1}}, 422, "invalid-choice", "status"),
    ({"status": 1.5}, 422, "invalid-choice", "status"),
    ({"status": "cancelled", "reason": ["x"]}, 422, "invalid", "reason"),
    ({"status": "cancelled", "reason": {}}, 422, "invalid", "reason"),
    ({"status": "cancelled", "reason": True}, 422, "invalid", "reason"),
    ({"status": "cancelled", "reason": "x" * 201}, 422, "max-length", "reason"),
    ({"status": "cancelled", "reason": "a\x00b"}, 422, "null-characters-not-allowed", "reason"),
    ({"status": "completed", "payments": "cash"}, 422, "not-a-list", "payments"),
    ({"status": "completed", "payments": {}}, 422, "not-a-list", "payments"),
    ({"status": "completed", "payments": [1]}, 422, "invalid", "payments/0"),
    ({"status": "completed", "payments": [{}] * 21}, 422, "too-long", "payments"),
    ({"status": "completed", "payments": [{"amount": 40}]}, 422, "required", "payments/0/tender"),
    ({"status": "completed", "payments": [{"tender": "cash"}]}, 422, "required", "payments/0/amount"),
    (
        {"status": "completed", "payments": [{"tender": "rounding", "amount": 40}]},
        422,
        "invalid-choice",
        "payments/0/tender",
    ),
    (
        {"status": "completed", "payments": [{"tender": "cash", "amount": "1e2"}]},
        422,
        "invalid",
        "payments/0/amount",
    ),
    (
        {"status": "completed", "payments": [{"tender": "cash", "amount": -40}]},
        422,
        "invalid-amount",
        "payments/0/amount",
    ),
    (
        {"status": "completed", "payments": [{"tender": "cash", "amount": 40, "tendered": 39}]},
        422,
        "tendered-too-little",
        "payments/0/tendered",
    ),
    (
        {"status": "completed", "payments": [{"tender": "cash", "amount": 10**15}]},
        422,
        "max-digits",
        "payments/0/amount",
    ),
]


@pytest.mark.parametrize(("attributes", "status", "code", "where"), CHANGES)
def test_bad_attributes(api, cashier, order, attributes, status, code, where):
    refused(change(api(cashier), order, **attributes), status, code, f"/data/attributes/{where}")
    order.refresh_from_db()
    assert (order.status, order.payments.count()) == ("pending", 0)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{", 400),
        ("[]", 400),
        ({"data": None}, 400),
        ({"data": {"type": "order", "attributes": {"status": "completed"}}}, 400),
        ({"data": {"type": "order", "id": "0", "attributes": {"status": "completed"}}}, 409),
        ({"data": {"type": "ticket", "id": "{id}", "attributes": {"status": "completed"}}}, 409),
        ({"data": {"type": "order", "id": "{id}", "attributes": "completed"}}, 400),
        ({"data": {"type": "order", "id": "{id}", "attributes": [1]}}, 400),
        ({"data": {"type": "order", "id": "{id}", "relationships": []}}, 400),
        ({"data": {"type": "order", "id": "{id}", "relationships": {"till": 1}}}, 400),
        ({"data": {"type": "order", "id": ["{id}"], "attributes": {"status": "completed"}}}, 409),
    ],
)
def test_bad_bodies(api, cashier, order, body, status):
    if isinstance(body, dict) and body["data"] and body["data"].get("id") == "{id}":
        body = {"data": {**body["data"], "id": order.identifier}}
    response = api(cashier).patch(f"/v1/orders/{order.identifier}", body)
    assert response.status_code == status, response.content
    assert errors(response)
    order.refresh_from_db()
    assert order.status == "pending"


def test_unknown_query_parameter(api, cashier, order):
    body = document("order", order.identifier, status="completed")
    assert api(cashier).patch(f"/v1/orders/{order.identifier}?onsit=true", body).status_code == 400


def test_other_attributes_are_ignored(api, cashier, order):
    response = change(api(cashier), order, status="completed", amount="1.00", currency="JPY")
    assert response.status_code == 200
    order.refresh_from_db()
    assert (order.amount, order.currency) == (40, "EUR")
