"""Half of the workers wait for a locked ticket at most; whoever finds it free needs no place."""

import multiprocessing
import os
import signal
import threading
import time
from contextlib import closing, contextmanager

import psycopg2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from base import places
from base.errors import NotFound
from base.tests.client import error
from orders.lifecycle import cancel
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.models import Ticket
from tickets.stock import change_ticket, delete_ticket
from tickets.tests.factories import TicketFactory


def plain_parameters():
    parameters = connection.get_connection_params()
    return {name: value for name, value in parameters.items() if name != "connection_factory"}


PROCESSES = multiprocessing.get_context("fork")


def hold_a_place(of, has, ends):
    has.put(of.take())
    has.close()
    has.join_thread()
    os.read(ends, 1)
    os._exit(0)


@pytest.fixture
def other_workers():
    """Starts others with a place each, or without if there is none; ends them."""
    workers, (ends, end) = [], os.pipe()

    def start(of, many):
        has = PROCESSES.Queue()
        for _worker in range(many):
            workers.append(PROCESSES.Process(target=hold_a_place, args=[of, has, ends], daemon=True))
            workers[-1].start()
        held = sorted(has.get(timeout=20) for _worker in range(many))
        has.close()
        has.join_thread()
        return held, workers

    yield start
    os.write(end, b"." * len(workers))
    for worker in workers:
        worker.join(timeout=20)
    os.close(end)
    os.close(ends)


def test_as_many_have_a_place_as_there_are(other_workers):
    held, _workers = other_workers(places.Places(2), 4)
    assert held == [False, False, True, True]


def test_place_of_a_worker_that_was_killed_is_free(other_workers):
    of = places.Places(1)
    _held, (worker,) = other_workers(of, 1)
    assert not of.take()
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    assert of.take()
    assert of.is_mine


def test_place_that_was_left_is_free(other_workers):
    of = places.Places(1)
    assert of.take()
    of.leave()
    assert not of.is_mine
    assert other_workers(of, 1)[0] == [True]


@pytest.fixture
def tickets(event):
    return TicketFactory.create_batch(3, event=event)


@pytest.fixture
def limited():
    places.limit(1)
    yield
    places.limit(None)


@pytest.fixture
def all_taken(limited, other_workers):
    assert other_workers(places._places, 1)[0] == [True]


@pytest.fixture
def locked(db):
    """Locks a ticket in a session of somebody else's, until it is told to end."""
    sessions = []

    def lock(ticket):
        sessions.append(psycopg2.connect(**plain_parameters()))
        sessions[-1].cursor().execute("SELECT 1 FROM tickets_ticket WHERE id = %s FOR UPDATE", [ticket.pk])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '300ms'")
        return sessions[-1]

    yield lock
    for session in sessions:
        session.close()
    connection.close()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestLockedTicket:
    def test_refuses_at_once_where_enough_wait_and_others_are_sold(
        self, api, cashier, event, tickets, locked, all_taken
    ):
        client = api(cashier)
        locked(tickets[1])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '30s'")  # who waits is noticed
        for lines in (
            [(tickets[1], 1)],
            [(tickets[0], 1), (tickets[1], 1)],
            [(tickets[1], 1), (tickets[2], 1)],
        ):
            response = client.sell(event, *lines)
            assert (response.status_code, error(response)["code"]) == (503, "busy")
            assert response["Retry-After"]
        assert client.sell(event, (tickets[0], 1), (tickets[2], 1)).status_code == 201
        assert Order.objects.count() == 1

    @pytest.mark.parametrize("order", [(0, 1), (1, 2), (0, 1, 2)])
    def test_is_waited_for_with_a_place(self, event, tickets, locked, limited, order):
        """What was had beside it is let go of first: who waits may hold none."""
        session = locked(tickets[1])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '20s'")
        lines = [Line(tickets[index].pk, 1) for index in order]
        with _let_go_when_somebody_waits(session):
            sold_onsite(event=event, lines=lines)
        assert sum(Ticket.objects.values_list("sold", flat=True)) == len(order)
        assert not places._places.is_mine

    def test_is_waited_for_no_longer_than_without(self, api, cashier, event, tickets, locked, limited):
        client = api(cashier)
        locked(tickets[1])
        for _try in range(2):
            assert client.sell(event, (tickets[0], 1), (tickets[1], 1)).status_code == 503
            assert not places._places.is_mine

    @pytest.mark.parametrize("act", ["cancel", "change", "delete"])
    def test_refuses_whoever_else_would_wait(self, event, tickets, locked, all_taken, act):
        order = sold_onsite(event=event, lines=[Line(tickets[0].pk, 1), Line(tickets[1].pk, 1)])
        locked(tickets[1])
        acts = {
            "cancel": lambda: cancel(order),
            "change": lambda: change_ticket(tickets[1], quantity=7),
            "delete": lambda: delete_ticket(tickets[1]),
        }
        with pytest.raises(Exception, match="busy"):
            acts[act]()
        assert list(Ticket.objects.order_by("pk").values_list("sold", flat=True)) == [1, 1, 0]

    def test_is_in_nobodys_way_at_the_door(self, api, registrar, event, tickets, locked, all_taken):
        order = sold_onsite(event=event, lines=[Line(tickets[1].pk, 1)], status="completed")
        locked(tickets[1])
        station = event.stations.create(name="North")
        body = {
            "data": {
                "type": "check-in",
                "attributes": {"code": order.attendees.get().code, "direction": "in"},
                "relationships": {"station": {"data": {"type": "station", "id": str(station.pk)}}},
            }
        }
        response = api(registrar).post("/v1/check-ins", body)
        assert response.json()["data"]["attributes"]["answer"] == "ok"

    def test_that_is_unknown_is_told_so(self, event, tickets, limited):
        with pytest.raises(NotFound):
            sold_onsite(event=event, lines=[Line(tickets[0].pk, 1), Line(10**9, 1)])
        assert not places._places.is_mine


@pytest.mark.django_db(transaction=True)
def test_sale_that_waits_for_nobody_costs_no_statement_more(api, cashier, event, tickets):
    client = api(cashier)

    def statements():
        with CaptureQueriesContext(connection) as captured:
            assert client.sell(event, (tickets[0], 1), (tickets[1], 1)).status_code == 201
        return len(captured)

    statements()
    without = statements()
    places.limit(1)
    try:
        assert statements() == without
    finally:
        places.limit(None)


@contextmanager
def _let_go_when_somebody_waits(session):
    def watch():
        with closing(psycopg2.connect(**plain_parameters())) as other:
            other.autocommit = True
            cursor, deadline, waits = other.cursor(), time.monotonic() + 15, False
            while not waits and time.monotonic() < deadline:
                cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
                (waits,) = cursor.fetchone()
        session.rollback()

    thread = threading.Thread(target=watch)
    thread.start()
    yield
    thread.join()
