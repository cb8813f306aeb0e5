"""SQLite has one writer: some wait to be it, the others say at once that it is busy, and everybody reads."""

import sqlite3
import threading
import time
from contextlib import closing

import pytest
from django.db import connection, transaction

from accounts.tests.factories import UserFactory
from base import places
from base.errors import Busy
from base.tests.client import document, error

TIMES = {"starts-at": "2030-05-01T20:00:00Z", "ends-at": "2030-05-02T02:00:00Z"}
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has many writers"),
]


@pytest.fixture
def asks(api, cashier):
    return api(cashier)


@pytest.fixture
def writer():
    """Somebody else, who writes until told to commit."""
    connection.ensure_connection()
    name = connection.settings_dict["NAME"]
    with closing(sqlite3.connect(name, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


@pytest.fixture(params=[0, 1], ids=["no place", "a place"])
def many(request):
    places.limit(request.param)
    yield request.param
    places.limit(None)


def patience():
    with connection.cursor() as cursor:
        return cursor.execute("PRAGMA busy_timeout").fetchone()[0]


@pytest.mark.parametrize("many", [0], indirect=True)
def test_who_has_no_place_is_refused_at_once_and_reads_on(asks, event, many, writer):
    before = patience()
    with pytest.raises(Busy), transaction.atomic():
        pytest.fail("began beside another writer")
    assert asks.get(f"/v1/events/{event.pk}").status_code == 200
    response = asks.post("/v1/events", document("event", name="New", **TIMES))
    assert (response.status_code, error(response)["code"]) == (503, "busy")
    writer.execute("COMMIT")
    UserFactory()
    assert patience() == before


@pytest.mark.parametrize("many", [1], indirect=True)
def test_who_has_a_place_writes_next(many, writer):
    begun = time.monotonic()
    timer = threading.Timer(0.3, lambda: writer.execute("COMMIT"))
    timer.start()
    with transaction.atomic():
        assert time.monotonic() - begun >= 0.3
    timer.join()
    assert not places._places.is_mine


def test_who_finds_nobody_writing_needs_no_place(many):
    with transaction.atomic():
        UserFactory()
    assert not places._places.is_mine
