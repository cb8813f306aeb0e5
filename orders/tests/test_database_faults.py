"""Whatever the database answers is told truly: that nothing was done, or, where something was sent, that this
is not known.
"""

import logging
import re
import sqlite3
import time
from contextlib import closing, contextmanager

import psycopg2
import pytest
from django.db import connection, transaction

from base.database import retry_transient
from base.errors import Busy
from base.tests.client import error
from base.tests.proxy import Line, by
from orders.models import Order
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.django_db(transaction=True)]
on_postgres_only = pytest.mark.postgres


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event)


@contextmanager
def elsewhere():
    """A session of somebody else's."""
    with closing(psycopg2.connect(**_without_factory(connection.get_connection_params()))) as session:
        session.autocommit = True
        yield session.cursor()


def _without_factory(parameters):
    return {name: value for name, value in parameters.items() if name != "connection_factory"}


def refused(response, code):
    assert response.status_code == 503, response.content
    assert response["Retry-After"]
    told = error(response)
    assert told["code"] == code
    assert ("Nothing was done" in told["detail"]) == (code != "outcome-unknown")


def page_refused(response, code):
    assert response.status_code == 503, response.content
    assert response["Retry-After"]
    assert ("Nothing was done" in response.content.decode()) == (code != "outcome-unknown")


def sell_at_till(client, event, ticket, key="key"):
    form = {f"quantity_{ticket.pk}": 1, "tender": "cash", "idempotency_key": key}
    return client.post(f"/till/{event.identifier}/", form)


@contextmanager
def read_only():
    with elsewhere() as session:
        name = connection.settings_dict["NAME"]
        session.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        connection.close()
        try:
            yield
        finally:
            session.execute("SET default_transaction_read_only = off")
            session.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')


@contextmanager
def raising(sqlstate, *, when="IMMEDIATE"):
    """The database fails so at whatever is sold: at once, or (`DEFERRED`) as it commits."""
    what = (
        "PERFORM pg_terminate_backend(pg_backend_pid())"
        if sqlstate == "57P01"
        else f"RAISE EXCEPTION USING ERRCODE = '{sqlstate}'"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp_fault() RETURNS trigger LANGUAGE plpgsql"
            f" AS $$ BEGIN {what}; RETURN NULL; END $$;"
            " CREATE CONSTRAINT TRIGGER fault AFTER INSERT ON orders_order"
            f" DEFERRABLE INITIALLY {when} FOR EACH ROW EXECUTE FUNCTION pg_temp_fault()"
        )
    try:
        yield
    finally:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION pg_temp_fault CASCADE")


ROLLED_BACK = {
    "53100": "disk-full",
    "53200": "database-unavailable",
    "53300": "too-many-connections",
    "25006": "read-only",
    "57014": "busy",
    "55P03": "busy",
    "25P04": "busy",
}


class TestServerThatSays:
    pytestmark = on_postgres_only

    @pytest.mark.parametrize("when", ["IMMEDIATE", "DEFERRED"])
    @pytest.mark.parametrize(("sqlstate", "code"), ROLLED_BACK.items())
    def test_what_it_lacks_has_done_nothing(self, api, cashier, event, ticket, sqlstate, code, when):
        client = api(cashier)
        with raising(sqlstate, when=when):
            refused(client.sell(event, (ticket, 1)), code)
        assert not Order.objects.exists()
        assert client.sell(event, (ticket, 1)).status_code == 201

    def test_that_it_goes_down_has_done_nothing_before_the_commit(self, api, cashier, event, ticket):
        client = api(cashier)
        with raising("57P01"):
            refused(client.sell(event, (ticket, 1)), "database-unavailable")
        assert not Order.objects.exists()

    def test_that_it_goes_down_while_it_commits_says_that_nobody_knows(self, api, cashier, event, ticket):
        client = api(cashier)
        with raising("57P01", when="DEFERRED"):
            refused(client.sell(event, (ticket, 1)), "outcome-unknown")

    def test_what_it_lacks_is_told_at_the_till(self, client, cashier, event, ticket):
        client.force_login(cashier)
        with raising("53100"):
            page_refused(sell_at_till(client, event, ticket), "disk-full")

    def test_what_is_our_own_fault_is_none_of_its(self, api, cashier, event, ticket):
        client = api(cashier)
        with raising("22012"):
            assert client.sell(event, (ticket, 1)).status_code == 500


class TestServerThatOnlyReads:
    pytestmark = on_postgres_only

    def test_is_told_by_every_door_and_left(self, api, client, cashier, event, ticket):
        api_client = api(cashier)
        client.force_login(cashier)
        with read_only():
            refused(api_client.sell(event, (ticket, 1)), "read-only")
            assert connection.connection is None
            page_refused(sell_at_till(client, event, ticket), "read-only")
            assert api_client.get("/v1/orders").status_code == 200
            assert client.get("/healthz").status_code == 200
            assert client.get("/readyz").json() == {"status": "read-only"}
            assert connection.connection is None
        assert api_client.sell(event, (ticket, 1)).status_code == 201


class TestServerThatIsNotThere:
    pytestmark = on_postgres_only

    @pytest.fixture(params=["nobody listens", "no place"])
    def gone(self, request, event, ticket, monkeypatch):
        def go():
            connection.close()
            if request.param == "nobody listens":
                monkeypatch.setitem(connection.settings_dict, "PORT", "1")
                return "database-unavailable"
            with elsewhere() as session:
                session.execute("DROP ROLE IF EXISTS onsite_nobody")
                session.execute("CREATE ROLE onsite_nobody LOGIN CONNECTION LIMIT 0")
            monkeypatch.setitem(connection.settings_dict, "USER", "onsite_nobody")
            return "too-many-connections"

        yield go
        connection.close()

    def test_is_told_whatever_is_asked(self, api, client, cashier, event, ticket, gone):
        api_client = api(cashier)
        client.force_login(cashier)
        client.raise_request_exception = False
        code = gone()
        refused(api_client.sell(event, (ticket, 1)), code)
        refused(api_client.get("/v1/orders"), code)
        for page in (f"/till/{event.identifier}/", "/admin/", f"/door/{event.identifier}/", "/pin/"):
            page_refused(client.get(page), code)
        page_refused(sell_at_till(client, event, ticket), code)
        login = {"email": cashier.email, "password": "wrong"}
        refused(client.post("/auth/session", login, content_type="application/json"), code)
        assert client.get("/healthz").status_code == 503
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"status": code})


class TestLineThatBreaks:
    """The database is not reached any more, in the middle of a sale."""

    pytestmark = on_postgres_only

    @pytest.fixture(autouse=True)
    def _impatient(self, settings):
        settings.DATABASE_PATIENCE = 0.5
        settings.CONNECT_TIMEOUT = 0.5

    @pytest.mark.parametrize("how", ["silent", "cut"])
    @pytest.mark.parametrize("word", [b"accounts_apitoken", b"tickets_ticket SET", b'INTO "orders_order'])
    def test_before_the_commit_has_done_nothing(self, api, cashier, event, ticket, monkeypatch, how, word):
        monkeypatch.setattr("base.sql.prepared.Statement.kept", False)
        client = api(cashier)
        with by(line := Line(word, how), monkeypatch):
            refused(client.sell(event, (ticket, 1)), "database-unavailable")
            assert line.broken.is_set()
        assert not Order.objects.exists()

    @pytest.mark.parametrize("how", ["silent", "cut"])
    @pytest.mark.parametrize("after", [False, True])
    def test_at_the_commit_says_that_nobody_knows(self, api, cashier, event, ticket, monkeypatch, how, after):
        client = api(cashier)
        with by(line := Line(b"COMMIT", how, after=after), monkeypatch):
            # What is included is read after the commit.
            response = client.sell(event, (ticket, 1), query="?onsite=true&include=attendees")
            refused(response, "outcome-unknown")
            assert line.broken.is_set()
        assert Order.objects.count() == after

    @pytest.mark.parametrize("how", ["silent", "cut"])
    def test_after_the_commit_of_a_page_says_that_nobody_knows(
        self, client, cashier, event, ticket, monkeypatch, how
    ):
        client.force_login(cashier)
        client.raise_request_exception = False
        assert sell_at_till(client, event, ticket, "first").status_code == 302
        monkeypatch.setattr("till.pages.redirect", _look_again, raising=True)
        with by(line := Line(b"COMMIT", how, after=True), monkeypatch):
            page_refused(sell_at_till(client, event, ticket), "outcome-unknown")
            assert line.broken.is_set()

    def test_twice_is_a_refusal_within_the_patience_for_both(self, api, cashier, event, ticket, monkeypatch):
        """A connection that was kept is silent, and so is the next."""
        client = api(cashier)
        with by(line := Line(b"accounts_apitoken", "silent"), monkeypatch):
            connection.ensure_connection()
            connection.health_check_enabled, connection.health_check_done = True, False
            refused(client.get("/v1/orders"), "database-unavailable")
            assert line.broken.is_set()


def _look_again(*_args, **_kwargs):
    Order.objects.count()


class TestTransactionThatIsForgotten:
    """By a machine that lost its network, while it had locked a ticket."""

    pytestmark = on_postgres_only

    def test_is_ended_and_the_ticket_sold(self, api, cashier, event, ticket):
        client = api(cashier)
        with elsewhere() as session:
            session.execute("SET idle_in_transaction_session_timeout = '300ms'")
            session.execute("BEGIN; SELECT 1 FROM tickets_ticket FOR UPDATE")
            while client.sell(event, (ticket, 1)).status_code == 503:
                pass
        assert Order.objects.count() == 1

    def test_of_ours_has_done_nothing(self, event):
        @retry_transient
        def forget():
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '1ms'; SELECT 1")
                time.sleep(0.3)
                cursor.execute("UPDATE events_event SET name = name")

        with pytest.raises(Busy) as refusal:
            forget()
        assert refusal.value.problems[0].code in ("busy", "database-unavailable")


class TestSQLite:
    @pytest.fixture(autouse=True)
    def _on_sqlite(self, on_postgres):
        if on_postgres:
            pytest.skip("of SQLite")
        yield
        connection.close()

    @staticmethod
    def pragma(statement):
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA {statement}")
            return cursor.fetchone()

    def test_full_disk_is_told(self, api, client, cashier, event, ticket):
        api_client = api(cashier)
        client.force_login(cashier)
        ticket = TicketFactory(event=event, quantity=2000)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")  # or the sales would fit in pages that other tests left free
        (pages,) = self.pragma("page_count")
        self.pragma(f"max_page_count = {pages}")
        responses = [api_client.sell(event, (ticket, 400)) for _try in range(3)]
        refused(responses[-1], "disk-full")
        connection.close()
        assert api_client.sell(event, (ticket, 1)).status_code == 201

    def test_file_that_only_reads_is_told_and_left(self, api, client, cashier, event, ticket):
        api_client = api(cashier)
        self.pragma("query_only = ON")
        refused(api_client.sell(event, (ticket, 1)), "read-only")
        assert api_client.sell(event, (ticket, 1)).status_code == 201

    def test_writer_that_keeps_everybody_waiting_is_told(self, api, client, cashier, event, ticket):
        api_client = api(cashier)
        client.force_login(cashier)
        self.pragma("busy_timeout = 100")
        with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            refused(api_client.sell(event, (ticket, 1)), "busy")
            page_refused(sell_at_till(client, event, ticket), "busy")
            assert api_client.get("/v1/orders").status_code == 200
            assert client.get("/readyz").json() == {"status": "busy"}
        assert api_client.sell(event, (ticket, 1)).status_code == 201


class TestLog:
    def test_has_one_line_of_a_fault_with_all_that_finds_it(
        self, api, cashier, event, ticket, caplog, on_postgres
    ):
        if not on_postgres:
            pytest.skip("of PostgreSQL")
        client = api(cashier)
        with raising("53100"):
            caplog.clear()
            response = client.sell(event, (ticket, 1), headers={"X-Request-ID": "till-3.0001"})
        assert response["X-Request-ID"] == "till-3.0001"
        (line,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
        assert line.startswith("503 disk-full: SQLSTATE 53100, statement EXECUTE onsite_insert_orders_order_")
        assert f"user {cashier.pk}, request till-3.0001" in line
        assert "\n" not in line

    def test_has_no_warning_of_what_is_sold_out(self, api, cashier, event, caplog):
        client, ticket = api(cashier), TicketFactory(event=event, quantity=1)
        caplog.clear()
        assert client.sell(event, (ticket, 2)).status_code == 409
        assert client.sell(event, (ticket, "x")).status_code == 422
        assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []

    @pytest.mark.parametrize("told", ["short", "x" * 65, "with space", "new\nline", "é" * 10, ""])
    def test_request_id_that_is_none_is_replaced(self, client, told):
        made = client.get("/healthz", headers={"X-Request-ID": told})["X-Request-ID"]
        assert re.fullmatch("[0-9a-f]{16}", made)
