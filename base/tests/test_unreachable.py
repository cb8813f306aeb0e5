"""A database that takes connections and says nothing: only one in a worker waits for it at a time."""

import socket
import threading

import pytest
from django.db import OperationalError

from base.postgresql import hosts
from base.postgresql.base import DatabaseWrapper

pytestmark = [pytest.mark.django_db, pytest.mark.walk]  # without a database nothing connects
PATIENCE = 0.2


@pytest.fixture
def silent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        # Whoever waits longer than to connect hears another error.
        late = threading.Timer(20, arrived, [listener])
        late.start()
        yield listener
        late.cancel()


@pytest.fixture
def database(silent, settings, monkeypatch):
    settings.CONNECT_TIMEOUT, settings.DATABASE_PATIENCE = PATIENCE, 600
    monkeypatch.setattr(hosts, "HOSTS", {})
    host, port = silent.getsockname()
    return at(host, port)


def at(host, port):
    named = {"NAME": "onsite", "USER": "onsite", "PASSWORD": "", "HOST": host, "PORT": str(port)}
    usual = {"OPTIONS": {}, "TIME_ZONE": None, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False}
    return DatabaseWrapper({"AUTOCOMMIT": True, **usual, **named}, alias="silent")


def arrived(listener):
    """How many have connected since the last time."""
    count = 0
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def forgotten():
    """As if the time had passed for which nobody tries again."""
    for host in hosts.HOSTS.values():
        host.unreachable_until = 0


def test_whoever_asks_next_hears_at_once_that_it_did_not_answer(database, silent):
    with pytest.raises(OperationalError, match="in time"):
        database.ensure_connection()
    assert arrived(silent) == 1
    for _ in range(3):
        with pytest.raises(OperationalError, match="a moment ago"):
            database.ensure_connection()
    assert arrived(silent) == 0


def test_it_is_tried_again_after_that(database, silent, settings):
    for _ in range(2):
        with pytest.raises(OperationalError, match="in time"):
            database.ensure_connection()
        assert arrived(silent) == 1
        forgotten()


def test_one_that_refuses_at_once_is_tried_each_time(database, silent):
    silent.close()
    for _ in range(2):
        with pytest.raises(OperationalError, match="refused"):
            database.ensure_connection()
