"""How many SQL statements things cost: the same for one row and for many."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendees.tests.factories import DraftFactory
from base.tests.client import document, relation
from events.models import Event
from events.tests.factories import EventFactory
from orders.sale import Line
from orders.tests.factories import ordered_online, sold_onsite
from outbox.tests.factories import HookFactory
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

MOST_FOR_A_SALE = 12  # the lock on the key goes out together with the look at it


def statements(act):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = act()
    assert response.status_code in (200, 201), response.content
    # What goes out together is counted apart, but for the BEGIN, which Django counts by itself.
    messages = [query["sql"].removeprefix("BEGIN;\n") for query in captured.captured_queries]
    return [sql for message in messages for sql in message.split(";\n")]


@pytest.mark.django_db(transaction=True)
class TestSale:
    """BEGIN and COMMIT, the token, the permission and the idempotency key included."""

    def sell(self, client, event, lines, key):
        return statements(
            lambda: client.sell(
                event, *lines, status="completed", headers={"Idempotency-Key": key}, query="?onsite=true"
            )
        )

    def test_costs_the_same_for_1_and_for_100_attendees(self, api, cashier, event, on_postgres):
        client, ticket = api(cashier), TicketFactory(event=event, quantity=1000)
        one = self.sell(client, event, [(ticket, 1)], "one")
        hundred = self.sell(client, event, [(ticket, 100)], "hundred")
        assert "BEGIN" not in one[0]
        assert any(sql.startswith("BEGIN") for sql in one)
        assert one[-1] == "COMMIT"
        assert len(one) <= MOST_FOR_A_SALE, "\n".join(one)
        # SQLite takes 999 parameters in one statement; an attendee has twenty-one.
        more_inserts = 0 if on_postgres else 100 * 21 // 999
        assert len(hundred) - len(one) <= more_inserts, "\n".join(hundred)

    def test_costs_the_same_for_two_kinds_of_ticket(self, api, cashier, event):
        client = api(cashier)
        first, second = TicketFactory.create_batch(2, event=event)
        one = self.sell(client, event, [(first, 1)], "one")
        two = self.sell(client, event, [(first, 1), (second, 3)], "two")
        assert len(two) == len(one)

    @pytest.mark.parametrize("attendees", [1, 100])
    def test_costs_one_more_where_somebody_is_to_be_told(self, api, cashier, event, attendees):
        client, ticket = api(cashier), TicketFactory(event=event, quantity=2 * attendees)
        Event.objects.update(admit_now=True)
        untold = self.sell(client, event, [(ticket, attendees)], "one")
        HookFactory(event=event)
        told = self.sell(client, event, [(ticket, attendees)], "two")
        assert len(told) == len(untold) + 1
        assert not [sql for sql in untold if "insert_outbox" in sql or 'INTO "outbox' in sql]

    def test_includes_cost_one_more_for_the_check_ins(self, api, cashier, event):
        client, ticket = api(cashier), TicketFactory(event=event)
        plain = statements(lambda: client.sell(event, (ticket, 3)))
        query = "?onsite=true&include=attendees,tickets,event"
        full = statements(lambda: client.sell(event, (ticket, 3), query=query))
        assert len(full) == len(plain) + 1


def make_order(event, cashier):
    lines = [Line(ticket.pk, 2) for ticket in Ticket.objects.filter(event=event)]
    return sold_onsite(
        event=event, lines=lines, seller=cashier, payment_mode="onsite", status="completed", admit=True
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    [
        "/v1/events",
        "/v1/tickets",
        "/v1/tickets?include=event",
        "/v1/orders",
        "/v1/orders?include=attendees,tickets,event",
        "/v1/events/{event}/tickets",
        "/v1/events/{event}/orders",
        "/v1/events/{event}/orders?include=attendees,tickets,event",
        "/v1/events/{event}/attendees",
        "/v1/events/{event}/attendees?include=ticket",
        "/v1/orders/{order}/attendees",
        "/v1/orders/{order}/tickets",
        "/v1/orders/{order}/relationships/attendees",
        "/v1/orders/{order}/check-ins",
        "/v1/events/{event}/relationships/tickets",
        "/v1/events/{event}/payments",
        "/v1/events/{event}/check-ins",
    ],
)
def test_list_costs_the_same_for_one_and_for_three_rows(api, cashier, event, url):
    client = api(cashier)
    TicketFactory(event=event)
    order = make_order(event, cashier)
    url = url.format(event=event.pk, order=order.identifier)
    one = statements(lambda: client.get(url))
    TicketFactory.create_batch(2, event=event)
    for _ in range(2):
        make_order(event, cashier)
        EventFactory()
    three = statements(lambda: client.get(url))
    assert len(three) == len(one), "\n".join(three)


@pytest.mark.django_db
def test_own_orders_cost_the_same_for_one_and_for_three(api, stranger, event):
    client, ticket = api(stranger), TicketFactory(event=event)

    def order():
        ordered_online(event=event, buyer=stranger, attendees=[DraftFactory(ticket=ticket, creator=stranger)])

    order()
    one = statements(lambda: client.get("/v1/orders"))
    order(), order()
    three = statements(lambda: client.get("/v1/orders"))
    assert len(three) == len(one)


@pytest.mark.django_db(transaction=True)
class TestScan:
    """BEGIN and COMMIT and the token included."""

    def scan(self, client, station, code):
        relationships = {"station": relation("station", station.pk)}
        body = document("check-in", relationships=relationships, code=code, direction="in")
        return statements(lambda: client.post("/v1/check-ins", body))

    @pytest.mark.parametrize("capacity", [None, 100])
    def test_costs_little_whatever_the_answer(self, api, registrar, event, capacity):
        Event.objects.update(capacity=capacity)
        ticket = TicketFactory(event=event)
        order = sold_onsite(event=event, lines=[Line(ticket.pk, 3)], status="completed")
        codes = [*order.attendees.values_list("code", flat=True), "UNKNOWN"]
        client, station = api(registrar), event.stations.create(name="North")
        # The first scan at a station may not know yet whether its event counts who is inside.
        for code, most in ((codes[0], 10), (codes[0], 8), (codes[1], 8), (codes[3], 8)):
            made = self.scan(client, station, code)
            assert len(made) <= most, "\n".join(made)

    def test_costs_one_more_where_somebody_is_to_be_told(self, api, registrar, event):
        order = sold_onsite(event=event, lines=[Line(TicketFactory(event=event).pk, 2)], status="completed")
        codes = order.attendees.values_list("code", flat=True)
        client, station = api(registrar), event.stations.create(name="North")
        self.scan(client, station, "UNKNOWN")
        untold = self.scan(client, station, codes[0])
        HookFactory(event=event)
        assert len(self.scan(client, station, codes[1])) == len(untold) + 1

    def test_station_for_some_tickets_costs_one_more(self, api, registrar, event):
        ticket = TicketFactory(event=event)
        order = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], status="completed")
        station = event.stations.create(name="Balcony")
        station.tickets.add(ticket)
        made = self.scan(api(registrar), station, order.attendees.get().code)
        assert len(made) <= 9, "\n".join(made)
