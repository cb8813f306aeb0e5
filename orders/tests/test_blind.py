"""The count is blind: what the API and the admin tell a cashier of cash in an open shift."""

from decimal import Decimal

import pytest

from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts import drawer
from shifts.tests.factories import ReliefFactory
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shift(cashier):
    return cashier.shifts.get()


@pytest.fixture
def colleague(shift, member):
    """Who helps out at the cashier's drawer."""
    return ReliefFactory(shift=shift, user=member("cashier")).user


@pytest.fixture
def orders(event, cashier, colleague, shift):
    """One of the cashier and one of the colleague, both paid in cash into one drawer."""
    adult = TicketFactory(event=event, price=20)
    return [
        sold_onsite(
            event=event,
            lines=[Line(adult.pk, 1)],
            payments=[Paid("cash")],
            seller=seller,
            till_id=shift.till_id,
            idempotency_key="k",
        )
        for seller in (cashier, colleague)
    ]


def close(shift):
    drawer.count(shift=shift, cash=Decimal(140), card=Decimal(0), by=shift.cashier)
    drawer.close_shift(shift=shift, by=shift.cashier)


def payments(client, url):
    data = client.get(url).json()["data"]
    return ["payments" in order["attributes"] for order in (data if isinstance(data, list) else [data])]


LISTS = [
    "/v1/orders",
    "/v1/events/{event}/orders",
    "/v1/orders?include=attendees&sort=-amount&filter[status]=completed",
]


@pytest.mark.parametrize("url", LISTS)
def test_lists_of_orders_tell_a_cashier_no_payments_before_the_count(
    api, event, cashier, organizer, orders, shift, url
):
    url = url.format(event=event.pk)
    assert payments(api(cashier), url) == [False, False]
    assert payments(api(organizer), url) == [True, True]
    close(shift)
    assert payments(api(cashier), url) == [True, True]


def test_own_orders_tell_their_payments_one_by_one(api, cashier, orders):
    own, others = (f"/v1/orders/{order.pk}" for order in orders)
    client = api(cashier)
    assert (payments(client, own), payments(client, others)) == ([True], [False])
    assert payments(client, "/v1/orders?filter[idempotency-key]=k") == [True]


@pytest.mark.parametrize(
    "query", ["filter[shift]=1", "filter[payments.tender]=cash", "filter[seller]=1", "sort=shift"]
)
def test_lists_are_filtered_and_sorted_by_nothing_that_tells_a_drawer(api, cashier, orders, query):
    assert api(cashier).get(f"/v1/orders?{query}").status_code == 400


def test_totals_of_a_page_are_numbers_of_rows(api, cashier, orders):
    meta = api(cashier).get("/v1/orders").json()["meta"]
    assert meta == {"count": 2, "pagination": {"page": 1, "pages": 1, "count": 2}}


def test_admin_lists_payments_to_organizers(client, cashier, organizer, orders):
    for user, status in ((cashier, 403), (organizer, 200)):
        client.force_login(user)
        for query in ("", "?tender__exact=cash"):
            assert client.get(f"/admin/orders/payment/{query}").status_code == status


def test_admin_shows_the_payments_of_own_orders_one_by_one(
    client, cashier, colleague, organizer, orders, shift
):
    def shown(user):
        client.force_login(user)
        pages = [client.get(f"/admin/orders/order/{order.pk}/change/").content.decode() for order in orders]
        return ["field-tender" in page and "cash" in page.split("payments-group")[1] for page in pages]

    assert shown(cashier) == [True, False]
    assert shown(colleague) == [False, True]
    assert shown(organizer) == [True, True]
    close(shift)
    assert shown(cashier) == [True, True]


def test_last_orders_of_a_till_tell_a_cashier_no_totals(client, event, cashier, organizer, orders, shift):
    for user, tells in ((cashier, False), (organizer, True)):
        client.force_login(user)
        for query in ("", "&q=" + orders[0].identifier[:6]):
            page = client.get(
                f"/till/{event.identifier}/recent/?till={shift.till_id}{query}"
            ).content.decode()
            assert orders[0].identifier in page
            assert ("20.00" in page) == tells
    client.force_login(cashier)
    assert "20.00" in client.get(f"/till/{event.identifier}/orders/{orders[1].identifier}/").content.decode()


def test_admin_lists_orders_by_seller_to_organizers_only(client, cashier, colleague, organizer, orders):
    type(colleague).objects.filter(pk=colleague.pk).update(name="Jo at the drawer")
    for user, tells in ((cashier, False), (organizer, True)):
        client.force_login(user)
        for query in ("", "?o=7", "?q=" + orders[1].identifier):
            page = client.get(f"/admin/orders/order/{query}").content.decode()
            assert ("Jo at the drawer" in page) == tells
