"""How long somebody waited for others is counted, and who was not let wait."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from base import metrics, places
from base.errors import Busy
from limits.shelf import Place
from limits.stock import give_back
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


def value(name, **labels):
    return metrics.REGISTRY.get_sample_value(name, labels) or 0


def waits(what):
    return value("onsite_lock_wait_seconds_count", what=what), value(
        "onsite_lock_wait_seconds_sum", what=what
    )


class Holder(threading.Thread):
    """Holds a lock in a transaction of its own, until it is let go."""

    def __init__(self, lock):
        super().__init__()
        self.lock, self.has_it, self.lets_go = lock, threading.Event(), threading.Event()

    def run(self):
        with transaction.atomic():
            self.lock()
            self.has_it.set()
            self.lets_go.wait(10)
        connection.close()

    def __enter__(self):
        self.start()
        assert self.has_it.wait(10)
        return self

    def __exit__(self, *_raised):
        self.lets_go.set()
        self.join()


@pytest.fixture
def limited():
    places.limit(1)
    yield
    places.limit(None)


def give_back_one(ticket):
    with transaction.atomic():
        give_back(event=ticket.event, counts={Place(ticket.pk): 1}, at=datetime.now(UTC))


@pytest.mark.postgres
def test_wait_for_a_ticket_is_timed(limited):
    ticket = TicketFactory(sold=5, quantity=9)
    (times, seconds), lock = waits("tickets"), type(ticket).objects.select_for_update()
    with Holder(lambda: lock.get(pk=ticket.pk)) as holder:
        threading.Timer(0.2, holder.lets_go.set).start()
        give_back_one(ticket)
    assert waits("tickets")[0] == times + 1
    assert waits("tickets")[1] >= seconds + 0.1
    assert value("onsite_lock_waiting") == 0


@pytest.mark.postgres
def test_ticket_that_nobody_holds_is_no_wait(limited):
    ticket, before = TicketFactory(sold=5, quantity=9), waits("tickets")
    give_back_one(ticket)
    assert waits("tickets") == before


@pytest.mark.postgres
def test_who_may_not_wait_is_counted():
    ticket, busy = TicketFactory(sold=5, quantity=9), value("onsite_places_busy_total")
    places.limit(0)
    try:
        lock = type(ticket).objects.select_for_update()
        with Holder(lambda: lock.get(pk=ticket.pk)), pytest.raises(Busy):
            give_back_one(ticket)
    finally:
        places.limit(None)
    assert value("onsite_places_busy_total") == busy + 1


def test_wait_for_sqlites_writer_is_timed(on_postgres):
    if on_postgres:
        pytest.skip("PostgreSQL has many writers")
    times, seconds = waits("writer")
    places.limit(1)
    try:
        with Holder(lambda: None) as holder:
            threading.Timer(0.3, holder.lets_go.set).start()
            with transaction.atomic():
                pass
    finally:
        places.limit(None)
    assert waits("writer")[0] == times + 1
    assert waits("writer")[1] >= seconds + 0.1
