"""The list by which a tablet decides without the network."""

import pytest
from django.db import connection

from door.admission import Scan, check_in, check_out
from door.offline_list import code_hash, offline_list
from orders.lifecycle import cancel
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def tickets(event):
    return TicketFactory.create_batch(3, event=event, price=0)


def sell(event, ticket, status="completed"):
    order = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], status=status)
    return order, order.attendees.get()


def told(event):
    """By hash of the code: the ticket's id, how the order stands, and where the guest is."""
    head, *lines = offline_list(event).splitlines()
    name, *tickets = head.split(" ")
    assert name == "guests"
    assert lines == sorted(lines)
    return {line[:20]: (int(tickets[int(line[20:25])]), line[25], int(line[26:])) for line in lines}


def test_names_each_guest_by_a_hash_and_nothing_else(event, tickets):
    guests = [sell(event, ticket)[1] for ticket in tickets for _ in range(4)]
    assert told(event) == {code_hash(guest.code): (guest.ticket_id, "-", 0) for guest in guests}


def test_says_how_the_order_stands(event, tickets):
    paid = TicketFactory(event=event, price=20)
    cancelled, absent = sell(event, tickets[0])
    _pending, owing = sell(event, paid, status="pending")
    cancel(cancelled)
    found = told(event)
    assert found[code_hash(absent.code)] == (tickets[0].pk, "c", 0)
    assert found[code_hash(owing.code)] == (paid.pk, "u", 0)


def test_ticket_that_is_sold_for_the_first_time_meanwhile_is_listed_or_not(event, tickets):
    _order, guest = sell(event, tickets[0])
    statements = []

    def sell_another(execute, sql, *rest):
        statements.append(sql)
        answer = execute(sql, *rest)
        if len(statements) == 1:
            sell(event, TicketFactory(event=event, price=0))
        return answer

    with connection.execute_wrapper(sell_another):
        assert code_hash(guest.code) in told(event)


@pytest.mark.django_db(transaction=True)
def test_says_who_is_inside_and_who_was(event, tickets, registrar):
    stays, leaves = (sell(event, tickets[0])[1] for _ in range(2))
    for guest in (stays, leaves):
        check_in(Scan(event=event, code=guest.code), by=registrar)
    check_out(Scan(event=event, code=leaves.code), by=registrar)
    found = told(event)
    assert found[code_hash(stays.code)][2] == 3
    assert found[code_hash(leaves.code)][2] == 2


def test_has_no_guest_of_another_event(event, tickets):
    other = TicketFactory(price=0)
    sell(other.event, other)
    assert told(event) == {}


def test_comes_again_only_if_it_has_changed(client, event, tickets, registrar):
    client.force_login(registrar)
    sell(event, tickets[0])
    url = f"/door/{event.identifier}/list/"
    first = client.get(url)
    assert first.content.decode() == offline_list(event)
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    sell(event, tickets[0])
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200
