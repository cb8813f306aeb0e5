"""The first paper of an order is the original; every other is marked as a copy, wherever it comes from."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from orders.lifecycle import cancel, complete
from orders.models import Order
from orders.printing import print_paper
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
PAPERS = [
    "print/",
    "print/?auto=1",
    "print/?paper=a4",
    "print/?only=receipt",
    "print/?only=tickets",
    "order.pdf",
]


@pytest.fixture
def sell(event):
    ticket = TicketFactory(event=event)
    return lambda **terms: sold_onsite(event=event, lines=[Line(ticket.pk, 2)], **terms)


@pytest.fixture
def order(sell):
    return sell(status="completed")


@pytest.fixture
def get(client, cashier):
    client.force_login(cashier)

    def get(order, paper):
        response = client.get(f"/till/{order.event.identifier}/orders/{order.identifier}/{paper}")
        assert response.status_code == 200
        return response.content

    return get


def sheets(page):
    """How many sheets a page has, and how many of them are marked as copies."""
    return page.count(b'<article class="sheet'), page.count(b">Copy<")


@pytest.mark.parametrize("first", PAPERS)
@pytest.mark.parametrize("again", PAPERS)
def test_original_is_the_first_whatever_it_was(get, order, first, again):
    original = get(order, first)
    copy = get(order, again)
    if "print" in first:
        assert sheets(original)[1] == 0
    if "print" in again:
        all_sheets, marked = sheets(copy)
        assert all_sheets == marked > 0
    if first == again == "order.pdf":
        assert copy != original
        assert get(order, again) == copy


def test_page_that_is_only_looked_at_is_no_paper(get, order):
    for page in ("", "codes/"):
        get(order, page)
    assert print_paper(order) is False


def test_links_on_the_order_page_lead_to_copies_once_it_was_printed(get, order):
    Order.objects.update(completed_at=timezone.now() - timedelta(days=1))
    printed, pdf = (
        re.search(rf'orders/\w+/({name}[^"]*)"', get(order, "").decode())[1]
        for name in ("print/", "order.pdf")
    )
    original = get(order, pdf)
    assert get(order, pdf) != original
    assert sheets(get(order, printed)) == (3, 3)


def test_copy_that_is_asked_for_leaves_the_original(get, order):
    assert sheets(get(order, "print/?copy=1")) == (3, 3)
    get(order, "order.pdf?copy=1")
    assert sheets(get(order, "print/")) == (3, 0)


def test_other_paper_is_the_original_instead_for_a_minute(get, order):
    def other(page):
        return "print/" + re.search(r'href="(\?[^"]*)"', page.decode())[1].replace("&amp;", "&")

    a4 = get(order, other(get(order, "print/")))
    assert b'class="paper a4"' in a4
    assert sheets(a4) == (3, 0)
    assert sheets(get(order, "print/")) == (3, 3)
    Order.objects.update(printed_at=timezone.now() - timedelta(minutes=2))
    order.refresh_from_db()
    assert sheets(get(order, f"print/?first={order.printed_at.isoformat().replace('+00:00', 'Z')}")) == (3, 3)


@pytest.mark.parametrize("when", ["", "x", "2027-05-01T20:00:00Z", "9" * 30, "%00"])
def test_other_time_makes_no_original(get, order, when):
    get(order, "print/")
    assert sheets(get(order, f"print/?first={when}")) == (3, 3)


def test_original_of_an_order_that_is_paid_later_is_its_receipt(get, sell, cashier):
    order = sell(status="pending")
    for _ in range(2):
        assert sheets(get(order, "print/"))[1] == 0
    complete(order, payments=[Paid("card")], desk=Desk(cashier))
    assert [sheets(get(order, "print/"))[1] for _ in range(2)] == [0, 3]


def test_paper_of_a_cancelled_order_is_a_copy_if_there_was_one(get, sell):
    printed, unprinted = sell(status="completed"), sell(status="completed")
    get(printed, "print/")
    for order, marked in ((printed, 3), (unprinted, 0)):
        cancel(order)
        assert [sheets(get(order, "print/"))[1] for _ in range(2)] == [marked, marked]
