"""The acts on an order by token, as whom and with what answer."""

import pytest

from accounts.pins import set_pin
from base.tests.client import document, error
from books.checking import differences
from books.checks import CHECKS
from orders.lifecycle import cancel
from orders.settlement import Paid
from shifts.desk import Desk
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
PIN = "482913"


@pytest.fixture(autouse=True)
def clean_books(db):
    yield
    assert differences(CHECKS) == []


@pytest.fixture
def sold(sell):
    return sell(payments=[Paid("cash")])


@pytest.fixture
def till(shift):
    return {"till": {"data": {"type": "till", "id": str(shift.till_id)}}}


@pytest.fixture
def do(sold, till):
    def post(client, act, order=sold, key=None, **attributes):
        headers = {"Idempotency-Key": key} if key else {}
        sent = document("order", None, till, **attributes)
        return client.post(f"/v1/orders/{order.identifier}/{act}", sent, **headers)

    return post


def first(order):
    return order.attendees.order_by("pk")[0]


def test_some_are_cancelled(api, organizer, sold, do):
    answer = do(api(organizer), "cancel-attendees", attendees=[first(sold).pk], reason="rain")
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/v1/orders/{sold.identifier}")
    assert answer.json()["data"]["attributes"]["amount"] == "20.00"
    assert answer.json()["meta"]["given-back"] == {"cash": "20.00", "total": "20.00"}
    guest = api(organizer).get(f"/v1/attendees/{first(sold).pk}").json()["data"]["attributes"]
    assert guest["cancelled-at"] is not None


def test_with_the_approval_of_an_organizer(api, cashier, organizer, sold, do):
    set_pin(organizer, PIN)
    client = api(cashier)
    terms = {"amount": "5.00", "reason": "noise"}
    assert error(do(client, "refund", **terms))["code"] == "approval-required"
    wrong = do(client, "refund", **terms, approval={"user": organizer.pk, "pin": "000000"})
    assert wrong.status_code == 403
    right = do(client, "refund", **terms, approval={"user": organizer.pk, "pin": PIN})
    assert right.status_code == 201
    assert sold.amendments.get().approved_by == organizer


def test_refund_with_a_key_goes_back_once(api, organizer, sold, do):
    client = api(organizer)
    answers = [do(client, "refund", key="a", amount="5.00", reason="noise") for _ in range(2)]
    assert [answer.json()["meta"]["given-back"]["total"] for answer in answers] == ["5.00", "5.00"]
    assert sold.balance == 35
    other = do(client, "refund", key="a", amount="6.00", reason="noise")
    assert (other.status_code, error(other)["code"]) == (422, "idempotency-key-reused")


def test_too_much(api, organizer, do):
    answer = do(api(organizer), "refund", amount="50.00", reason="noise")
    assert (answer.status_code, error(answer)["code"]) == (409, "refund-too-high")
    assert error(answer)["source"] == {"pointer": "/data/attributes/amount"}


def test_exchange_takes_the_difference(api, cashier, event, sold, do):
    vip = TicketFactory(event=event, price=35)
    terms = {
        "attendees": [first(sold).pk],
        "ticket": vip.pk,
        "payments": [{"tender": "card", "amount": "15"}],
    }
    answer = do(api(cashier), "exchange", amount="15.00", **terms)
    assert (answer.status_code, answer.json()["data"]["attributes"]["amount"]) == (201, "55.00")


def test_exchange_for_what_is_sold_out(api, cashier, event, sold, do):
    vip = TicketFactory(event=event, price=35, quantity=0)
    answer = do(api(cashier), "exchange", attendees=[first(sold).pk], ticket=vip.pk)
    assert (answer.status_code, error(answer)["code"]) == (409, "sold-out")
    assert error(answer)["source"] == {"pointer": "/data/attributes/ticket"}


def test_lost_and_passed_on(api, cashier, sold, do):
    client, guest = api(cashier), first(sold)
    codes = {guest.code}
    for act, names in (("swap-code", {}), ("transfer", {"firstname": "Bo", "email": "bo@example.com"})):
        assert do(client, act, attendee=guest.pk, **names).status_code == 201
        guest.refresh_from_db()
        codes.add(guest.code)
    assert (len(codes), guest.full_name) == (3, "Bo")


def test_restored(api, cashier, sell, do):
    order = cancel(sell(), desk=Desk(cashier))
    answer = do(api(cashier), "restore", order=order)
    assert answer.json()["data"]["attributes"]["status"] == "pending"
    again = do(api(cashier), "restore", order=order)
    assert (again.status_code, error(again)["code"]) == (409, "order-pending")


@pytest.mark.parametrize(
    "act", ["cancel-attendees", "refund", "exchange", "restore", "swap-code", "transfer"]
)
def test_a_registrar_may_not(api, registrar, do, act):
    assert do(api(registrar), act).status_code in (403, 404)


def test_story(api, organizer, cashier, sold, do):
    do(api(organizer), "refund", amount="5.00", reason="noise")
    (made, *rest) = (
        api(organizer).get(f"/v1/orders/{sold.identifier}/story").json()["data"]["attributes"]["happenings"]
    )
    assert (made["what"], made["by"]) == ("made", str(cashier))
    assert [one["what"] for one in rest] == ["paid", "refund", "given-back"]
    assert rest[2]["amount"] == "-5.00"


def test_story_tells_a_colleague_no_sums_before_the_count(api, sold, member):
    url = f"/v1/orders/{sold.identifier}/story"
    told = api(member("cashier")).get(url).json()["data"]["attributes"]["happenings"]
    assert [one["what"] for one in told] == ["made", "paid"]
    assert {one["amount"] for one in told} == {None}
