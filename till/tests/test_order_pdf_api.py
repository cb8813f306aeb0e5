"""An order's paper by token."""

import pytest

from attendees.tests.factories import DraftFactory
from orders.sale import Line
from orders.tests.factories import ordered_online, sold_onsite
from tickets.tests.factories import FreeTicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(event, cashier):
    return sold_onsite(event=event, lines=[Line(FreeTicketFactory(event=event).pk, 2)], seller=cashier)


def test_the_first_paper_is_the_original(api, order, cashier):
    url = f"/v1/orders/{order.identifier}/order.pdf"
    first, second = (api(cashier).get(url) for _time in range(2))
    assert first.headers["Content-Type"] == "application/pdf"
    assert first.content.startswith(b"%PDF")
    assert first.content != second.content  # which says that it is a copy
    order.refresh_from_db()
    assert order.printed_at


def test_a_copy_takes_nothing_from_the_original(api, order, cashier):
    assert api(cashier).get(f"/v1/orders/{order.pk}/order.pdf?copy=1").status_code == 200
    order.refresh_from_db()
    assert order.printed_at is None


def test_only_who_sells_there_prints(api, event, registrar, stranger, order):
    draft = DraftFactory(ticket=FreeTicketFactory(event=event), creator=stranger)
    bought = ordered_online(event=event, attendees=[draft], buyer=stranger)
    assert api(stranger).get(f"/v1/orders/{bought.identifier}/order.pdf").status_code == 403
    assert api(registrar).get(f"/v1/orders/{order.identifier}/order.pdf").status_code == 404
