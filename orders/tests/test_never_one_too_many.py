"""Races on a real PostgreSQL, and the control that shows that they can be lost."""

import json
import random
import threading
import urllib.error
import urllib.request
from collections import Counter
from functools import partial

import pytest
from django.db import IntegrityError, connection

from attendees.models import Attendee
from base.errors import Conflict
from base.tests.client import ApiClient, order_document
from events.tests.factories import EventFactory, MemberFactory
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from orders.tests.rush import at_once, deadlocks, flatten
from tickets import stock
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TILLS = 16
STOCK = 50


@pytest.fixture
def house():
    """An event with two kinds of ticket, 50 of each, and a cashier."""
    event = EventFactory()
    first, second = TicketFactory.create_batch(2, event=event, quantity=STOCK)
    return event, first, second, MemberFactory(event=event).user


def assert_books_are_right(*tickets):
    for ticket in tickets:
        ticket.refresh_from_db()
        assert ticket.sold == ticket.attendees.count() <= ticket.quantity
    assert Attendee.objects.filter(order=None).count() == 0
    for order in Order.objects.all():
        assert order.amount == sum(attendee.price_paid for attendee in order.attendees.all())


def sell_many(event, seller, first, second, till):
    """One till's evening: ten sales of both tickets, every other till in opposite order."""
    draw = random.Random(till)
    outcomes = []
    for _ in range(10):
        lines = [Line(first.pk, draw.randint(1, 4)), Line(second.pk, draw.randint(1, 4))]
        try:
            outcomes.append(sold_onsite(event=event, seller=seller, lines=lines[:: -1 if till % 2 else 1]))
        except Conflict as refusal:
            outcomes.append(refusal)
    return outcomes


def test_sixteen_tills_never_sell_one_too_many(house):
    event, first, second, cashier = house
    before = deadlocks()
    outcomes = flatten(
        at_once(*(partial(sell_many, event, cashier, first, second, till) for till in range(TILLS)))
    )
    kinds = Counter(type(outcome) for outcome in outcomes)
    assert set(kinds) == {Order, Conflict}, [o for o in outcomes if not isinstance(o, Order | Conflict)]
    assert kinds[Order] == Order.objects.count()
    assert_books_are_right(first, second)
    assert min(first.available, second.available) < 4
    assert deadlocks() == before


def post(url, body, token):
    """The status of a POST over the network."""
    headers = {"Authorization": token, "Content-Type": "application/vnd.api+json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_sixteen_clients_never_sell_one_too_many(house, live_server):
    event, first, second, cashier = house
    token = ApiClient(cashier).headers["Authorization"]

    def sell(client):
        draw = random.Random(client)
        statuses = []
        for _ in range(4):
            lines = [(first, draw.randint(1, 4)), (second, draw.randint(1, 4))]
            body = order_document(event, *lines[:: -1 if client % 2 else 1])
            statuses.append(post(f"{live_server.url}/v1/orders?onsite=true", body, token))
        return statuses

    statuses = Counter(flatten(at_once(*(partial(sell, client) for client in range(TILLS)))))
    assert set(statuses) == {201, 409}
    assert statuses[201] == Order.objects.count()
    assert_books_are_right(first, second)


def sell_four(event, seller, ticket):
    return sold_onsite(event=event, seller=seller, lines=[Line(ticket.pk, 4)])


def rush_for_one_ticket(house):
    """Sixteen tills sell four each: 64 wanted, 50 there."""
    event, ticket, _other, cashier = house
    outcomes = at_once(*(partial(sell_four, event, cashier, ticket) for _ in range(TILLS)))
    return Counter(type(outcome) for outcome in outcomes)


def test_rush_for_one_ticket_sells_what_there_is(house):
    assert rush_for_one_ticket(house) == {Order: 12, Conflict: 4}
    assert_books_are_right(house[1])
    assert house[1].sold == 48


@pytest.fixture
def without_the_lock(monkeypatch):
    """Everybody reads the stock before anybody writes it, and nobody locks it."""
    everybody_has_read = threading.Barrier(TILLS)
    build = stock.locked.__wrapped__

    def read(**values):
        queryset = build(**values)
        queryset.query.select_for_update = False
        found = [
            stock.Locked(row, row.event_state, row.event_currency, row.event_is_heard, row.event_capacity)
            for row in queryset
        ]
        everybody_has_read.wait(timeout=30)
        return found

    monkeypatch.setattr(stock, "locked", read)


@pytest.fixture
def without_the_check():
    table, name = Ticket._meta.db_table, "ticket_sold_within_quantity"
    constraint = next(c for c in Ticket._meta.constraints if c.name == name)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    Attendee.objects.all().delete()
    Ticket.objects.update(sold=0)
    with connection.schema_editor() as editor:
        editor.add_constraint(Ticket, constraint)


def test_control_without_the_lock_the_check_fires(house, without_the_lock):
    assert rush_for_one_ticket(house) == {Order: 12, IntegrityError: 4}
    assert_books_are_right(house[1])


def test_control_without_lock_and_check_the_house_is_oversold(house, without_the_lock, without_the_check):
    assert rush_for_one_ticket(house) == {Order: 16}
    assert house[1].attendees.count() == 64 > STOCK
