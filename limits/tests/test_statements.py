"""What quotas and holds cost: nothing where there are none, a lock and an update where there are."""

import pytest

from base.tests.client import order_document
from limits.tests.factories import hold_of, quota_of
from orders.lifecycle import cancel
from orders.models import Order
from orders.tests.test_statements import statements
from shifts.desk import Desk
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sale(api, cashier, event):
    """What a sale of lines costs, each a ticket or what is sent; twice before, so that all is prepared."""
    client = api(cashier)

    def sale(*lines):
        for _warm in range(2):
            client.sell(event, *lines)
        return statements(lambda: client.post("/v1/orders?onsite=true", order_document(event, *lines)))

    return sale


def test_sale_without_quotas_asks_for_none(sale, event):
    adult, child, other = TicketFactory.create_batch(3, event=event)
    plain = sale((adult, 1), (child, 1))
    quota_of(other, size=50)
    hold_of(other, 5)
    assert len(sale((adult, 1), (child, 1))) == len(plain)
    assert not [sql for sql in plain if "limits_" in sql or "locked_quotas" in sql or "locked_holds" in sql]


@pytest.mark.parametrize("quotas", [1, 3])
def test_sale_with_quotas_costs_two_more(sale, event, quotas):
    adult, child = TicketFactory.create_batch(2, event=event)
    plain = sale((adult, 1), (child, 1))
    for n in range(quotas):
        quota_of(adult, child, size=50, name=f"Quota {n}")
    assert len(sale((adult, 1), (child, 1))) == len(plain) + 2


def test_sale_from_a_hold_costs_two_more(sale, event):
    adult = TicketFactory(event=event)
    plain = sale((adult, 1))
    guests = hold_of(adult, 20)
    assert len(sale({"id": adult.pk, "quantity": 1, "hold": guests.pk})) == len(plain) + 2
    assert len(sale((adult, 1))) == len(plain)


def test_cancellation_costs_two_more_with_quotas(event, cashier, django_assert_num_queries, sell):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    adult, child = TicketFactory.create_batch(2, event=event)

    def cost():
        order = Order.objects.get(pk=sell((adult, 2), (child, 2)).pk)
        with CaptureQueriesContext(connection) as captured:
            cancel(order, desk=Desk(cashier))
        return len(captured)

    cost()
    plain = cost()
    quota_of(adult, child, size=50), quota_of(child, size=50, name="Dinners")
    cost()
    assert cost() == plain + 2


@pytest.mark.parametrize(
    "url",
    [
        "/v1/tickets",
        "/v1/events/{}/tickets",
        "/v1/events/{}/orders?include=tickets",
        "/v1/events/{}/quotas",
        "/v1/events/{}/holds",
        "/till/{}/state/",
        "/admin/tickets/ticket/",
        "/admin/limits/quota/",
        "/admin/limits/hold/",
    ],
)
def test_list_of_what_is_limited_costs_the_same_for_one_and_for_three(
    api, client, organizer, event, sell, url
):
    def limited(number):
        for _ in range(number):
            tickets = TicketFactory.create_batch(2, event=event)
            quota_of(*tickets, size=50, name=f"Quota of {tickets[0].pk}")
            hold_of(tickets[0], 5, ends_at=None)
            sell((tickets[0], 1), (tickets[1], 1))

    def cost():
        asker = api(organizer) if url.startswith("/v1") else client
        return statements(lambda: asker.get(url.format(event.identifier)))

    client.force_login(organizer)
    limited(1)
    cost()
    one = cost()
    limited(2)
    three = cost()
    assert len(three) == len(one), "\n".join(three)
