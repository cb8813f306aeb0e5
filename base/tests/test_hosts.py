"""A database of several hosts, of which one takes changes."""

import socket
from contextlib import closing

import pytest
from django.db import OperationalError, connection

from base import given
from base.given import Unfit
from base.postgresql import hosts
from base.postgresql.base import DatabaseWrapper
from base.postgresql.hosts import by_preference

NOBODY = ("127.0.0.1", 1)
PATIENCE = 6  # seconds for two: so a busy machine has half of them to answer


@pytest.fixture(autouse=True)
def unknown(monkeypatch):
    monkeypatch.setattr(hosts, "HOSTS", {})


@pytest.fixture
def silent():
    """Where a machine takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()


def real():
    """Host and port of the tests' own server."""
    known = connection.settings_dict
    return known["OPTIONS"].get("host", known["HOST"]), known["PORT"] or 5432


def listed(*places):
    """Places as libpq takes them."""
    names, ports = zip(*places, strict=True)
    return ",".join(names), ",".join(map(str, ports))


def at(*places, **options):
    """The tests' own server, by these places."""
    known = connection.settings_dict
    host, port = listed(*places)
    kept = {name: value for name, value in known["OPTIONS"].items() if name != "host"}
    # Not the tests' own, which could not be dropped while one of its sessions sleeps.
    more = {
        "NAME": "postgres",
        "HOST": host,
        "PORT": port,
        "OPTIONS": {**kept, "sslmode": "disable", **options},
    }
    return DatabaseWrapper({**known, **more, "OPTIONS": options}, alias="several")


def asked(database):
    with closing(database), database.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone()


def order(*places):
    """In which order the places would be asked."""
    host, port = listed(*places)
    return [(named["host"], named["port"]) for _host, named in by_preference({"host": host, "port": port})]


@pytest.mark.postgres
@pytest.mark.django_db
class TestReached:
    def test_past_one_that_refuses(self):
        assert asked(at(NOBODY, real())) == (1,)

    def test_past_one_that_is_silent(self, silent, settings):
        settings.CONNECT_TIMEOUT = PATIENCE
        assert asked(at(silent, real())) == (1,)

    def test_not_where_none_takes_changes(self):
        for_reading = {"options": "-c default_transaction_read_only=on"}
        with pytest.raises(OperationalError, match="read-only"):
            asked(at(NOBODY, real(), **for_reading, target_session_attrs="read-write"))

    def test_one_that_falls_silent_later_is_asked_last(self, settings):
        host, port = real()
        database = at((host, port), NOBODY)
        database.ensure_connection()
        settings.DATABASE_PATIENCE = 0.1
        with pytest.raises(OperationalError, match="in time"), database.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")
        assert order((host, port), NOBODY) == [("127.0.0.1", "1"), (host, str(port))]


@pytest.mark.django_db
def test_a_silent_one_is_asked_last_and_not_waited_for_again(silent, settings):
    settings.CONNECT_TIMEOUT = 0.4
    assert order(silent, NOBODY)[0] == (silent[0], str(silent[1]))
    with pytest.raises(OperationalError, match=r"in time(.|\n)*refused"):
        at(silent, NOBODY).ensure_connection()
    assert order(silent, NOBODY)[-1] == (silent[0], str(silent[1]))
    with pytest.raises(OperationalError, match=r"refused(.|\n)*a moment ago"):
        at(silent, NOBODY).ensure_connection()


def test_one_port_is_for_all():
    found = by_preference({"host": "one,other", "port": "6000", "user": "onsite"})
    assert [parameters for _host, parameters in found] == [
        {"host": "one", "port": "6000", "user": "onsite"},
        {"host": "other", "port": "6000", "user": "onsite"},
    ]


def test_none_named_is_what_libpq_takes():
    ((_host, parameters),) = by_preference({"dbname": "onsite"})
    assert parameters == {"dbname": "onsite"}


class TestGiven:
    def test_the_one_that_takes_changes_is_meant(self):
        known = given.database("postgresql://onsite:p@[::1]:5432,db2:5433/onsite")
        assert (known["HOST"], known["PORT"]) == ("::1,db2", "5432,5433")
        assert known["OPTIONS"] == {"target_session_attrs": "read-write"}

    def test_unless_another_is_asked_for(self):
        known = given.database("postgresql://onsite@db1,db2/onsite?target_session_attrs=any")
        assert known["OPTIONS"] == {"target_session_attrs": "any"}

    @pytest.mark.parametrize("named", ["db1:5433,db2", "db1,db2:5433", "db1,,db2", "db1,"])
    def test_a_port_for_one_of_them_is_refused(self, named):
        with pytest.raises(Unfit, match="each host with its port"):
            given.database(f"postgresql://onsite@{named}/onsite")
