"""PATCH of an order's notes, billing and payment mode, and its buyer's own."""

import pytest

from attendees.tests.factories import DraftFactory
from base.tests.client import document, error
from orders.lifecycle import expire_overdue
from orders.models import Order
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import ordered_online, sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)
TOLD = {"order-notes": "window seat", "company": "ACME", "city": "Porto", "country": "PT"}


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, quantity=5)


@pytest.fixture
def sell(event, cashier, ticket):
    return lambda **terms: sold_onsite(event=event, seller=cashier, lines=[Line(ticket.pk, 2)], **terms)


@pytest.fixture
def own(event, stranger, ticket):
    """An order that `stranger` has made online, unpaid."""
    draft = DraftFactory(ticket=ticket, creator=stranger)
    return ordered_online(event=event, attendees=[draft], buyer=stranger)


def patch(client, order, **attributes):
    body = document("order", order.pk, **attributes)
    return client.patch(f"/v1/orders/{order.identifier}", body)


def details(order):
    order.refresh_from_db()
    return {name: getattr(order, name.replace("-", "_")) for name in TOLD}


@pytest.mark.parametrize("role", ["cashier", "organizer"])
def test_who_sells_tells_them_of_an_unpaid_order(api, member, sell, role):
    order = sell()
    response = patch(api(member(role)), order, **TOLD, **{"payment-mode": "bank"})
    assert response.status_code == 200
    shown = response.json()["data"]["attributes"]
    assert {name: shown[name] for name in TOLD} == details(order) == TOLD
    assert shown["payment-mode"] == "bank"


def test_buyer_tells_them_of_an_own_unpaid_order(api, stranger, own):
    assert patch(api(stranger), own, **TOLD, **{"payment-mode": "invoice"}).status_code == 200
    assert details(own) == TOLD


def test_only_organizers_tell_them_of_a_paid_one(api, cashier, organizer, sell):
    order = sell(status="completed")
    response = patch(api(cashier), order, **TOLD)
    assert (response.status_code, error(response)["code"]) == (403, "organizers-only")
    assert patch(api(organizer), order, **TOLD).status_code == 200
    assert details(order) == TOLD


def test_buyer_tells_nothing_of_an_order_that_is_over(api, stranger, own):
    Order.objects.filter(pk=own.pk).update(status="expired")
    assert patch(api(stranger), own, **TOLD).status_code == 403


def test_payment_mode_stays_once_it_is_paid(api, organizer, sell):
    response = patch(api(organizer), sell(status="completed"), payment_mode="bank")
    assert (response.status_code, error(response)["code"]) == (409, "order-completed")


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"payment_mode": "free"}, "not-free"),
        ({"payment_mode": "gold"}, "invalid-choice"),
        ({"order_notes": "x" * 5001}, "max-length"),
        ({"company": "x" * 201}, "max-length"),
        ({"company": ["ACME"]}, "invalid"),
    ],
)
def test_what_cannot_be_is_refused(api, organizer, sell, attributes, code):
    order = sell()
    response = patch(api(organizer), order, **attributes)
    assert (response.status_code, error(response)["code"]) == (422, code)
    order.refresh_from_db()
    assert (order.payment_mode, order.company) == ("onsite", "")


@pytest.mark.parametrize("role", [None, "registrar"])
def test_nobody_else_does(api, member, stranger, own, sell, role):
    user = member(role) if role else DraftFactory().creator
    for order in (own, sell()):
        assert patch(api(user), order, **TOLD).status_code == 404


def test_order_is_completed_by_the_mode_that_is_told_with_it(api, cashier, sell):
    order = sell()
    assert patch(api(cashier), order, status="completed", payment_mode="bank").status_code == 200
    assert order.payments.get().tender == "bank"


def test_whole_order_is_completed_by_its_status_alone(api, cashier, sell):
    """Also where a deposit is sent along, which is no new payment."""
    order = sell(payments=[Paid("card", 15)])
    client = api(cashier)
    shown = client.get(f"/v1/orders/{order.pk}").json()["data"]["attributes"]
    response = patch(client, order, **{**shown, "status": "completed"})
    assert response.status_code == 200
    assert [str(payment.amount) for payment in order.payments.all()] == ["15.00", "25.00"]


class TestBuyerCancels:
    def cancel(self, client, order, **more):
        return patch(client, order, status="cancelled", **more)

    def test_an_own_unpaid_order(self, api, stranger, own, ticket):
        for _twice in range(2):
            assert self.cancel(api(stranger), own, reason="ill").status_code == 200
        own.refresh_from_db()
        ticket.refresh_from_db()
        assert (own.status, own.cancelled_by, own.cancel_reason) == ("cancelled", stranger, "ill")
        assert ticket.sold == 0

    def test_with_all_that_was_read(self, api, stranger, own):
        client = api(stranger)
        shown = client.get(f"/v1/orders/{own.pk}").json()["data"]["attributes"]
        assert patch(client, own, **{**shown, "status": "cancelled"}).status_code == 200

    def test_none_that_is_paid_even_in_part(self, api, stranger, organizer, own):
        from orders.lifecycle import complete
        from shifts.desk import Desk

        complete(own, payments=[Paid("card", 20)], desk=Desk(organizer))
        response = self.cancel(api(stranger), own)
        assert (response.status_code, error(response)["code"]) == (403, "not-unpaid")
        own.refresh_from_db()
        assert (own.status, own.balance) == ("completed", 20)

    def test_none_of_somebody_else(self, api, stranger, sell):
        assert self.cancel(api(stranger), sell()).status_code == 404

    def test_one_that_expired_stays_so(self, api, stranger, own, event, now):
        Order.objects.filter(pk=own.pk).update(expires_at=now)
        expire_overdue(event)
        assert self.cancel(api(stranger), own).json()["data"]["attributes"]["status"] == "expired"

    def test_completes_nothing(self, api, stranger, own):
        for attributes in ({"status": "completed"}, {"status": "pending"}, {"money_due": False}):
            assert patch(api(stranger), own, **attributes).status_code in (403, 422)
        own.refresh_from_db()
        assert own.status == "initializing"

    def test_own_draft_is_dropped(self, api, stranger, ticket):
        draft = DraftFactory(ticket=ticket, creator=stranger)
        assert api(stranger).delete(f"/v1/attendees/{draft.pk}").status_code == 204
