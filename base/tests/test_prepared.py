"""Statements that PostgreSQL keeps; and where a session has lost one, nobody notices but the log."""

from contextlib import closing

import psycopg2
import pytest
from django.db import OperationalError, connection, transaction

from base.database import Transient
from base.sql.prepared import Statement, send
from events.models import Event
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

NAME = Statement("name", "SELECT name, %s FROM events_event WHERE id = %s", [(False, 7), (True, 0)])


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else None


def prepared_here():
    return {name for (name,) in execute("SELECT name FROM pg_prepared_statements")}


@pytest.fixture(autouse=True)
def _kept(monkeypatch):
    monkeypatch.setattr(Statement, "kept", True)
    connection.close()


def test_is_prepared_once_in_each_session(event):
    for _ in range(3):
        assert NAME.rows([event.pk]) == [(event.name, 7)]
    assert prepared_here() == {NAME.name}
    connection.close()
    assert prepared_here() == set()
    assert NAME.rows([event.pk]) == [(event.name, 7)]
    assert prepared_here() == {NAME.name}


def test_is_still_known_after_a_transaction_that_failed(event):
    with transaction.atomic():
        NAME.rows([event.pk])
        transaction.set_rollback(True)
    assert NAME.rows([event.pk]) == [(event.name, 7)]
    assert Statement.kept


class TestConnectionThatDied:
    """Kept from an earlier request, while the database was restarted."""

    @pytest.fixture(autouse=True)
    def _dead(self, event):
        NAME.rows([event.pk])
        connection.health_check_enabled, connection.health_check_done = True, False
        other = psycopg2.connect(**connection.get_connection_params())
        with closing(other), other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])

    def test_is_noticed_by_the_first_look_up_of_a_request(self, event):
        assert NAME.rows([event.pk]) == [(event.name, 7)]

    def test_fails_later_in_a_request_which_may_have_lost_something(self, event):
        connection.health_check_done = True
        with pytest.raises(OperationalError):
            NAME.rows([event.pk])
        connection.close()


def test_database_that_is_gone_since_the_last_request_is_no_bug_of_ours(event, monkeypatch):
    connection.ensure_connection()
    connection.close()  # as old as it may get
    connection.health_check_enabled, connection.health_check_done = True, False
    monkeypatch.setitem(connection.settings_dict, "NAME", "gone")
    with pytest.raises(OperationalError):
        NAME.rows([event.pk])


def test_is_sent_as_it_is_where_that_is_switched_off(event, monkeypatch):
    monkeypatch.setattr(Statement, "kept", False)
    assert NAME.rows([event.pk]) == [(event.name, 7)]
    assert prepared_here() == set()


def test_that_a_session_has_lost_is_sent_as_it_is(event):
    NAME.rows([event.pk])
    execute("DEALLOCATE ALL")
    assert NAME.rows([event.pk]) == [(event.name, 7)]
    assert not Statement.kept


def test_that_another_client_of_the_session_has_prepared_is_sent_as_it_is(event):
    NAME.rows([event.pk])
    Statement._known.clear()
    assert NAME.rows([event.pk]) == [(event.name, 7)]
    assert not Statement.kept


def test_whose_columns_have_changed_is_sent_as_it_is(db):
    execute("CREATE TEMPORARY TABLE changing (one int); INSERT INTO changing VALUES (1)")
    everything = Statement("everything", "SELECT * FROM changing WHERE one = %s")
    assert everything.rows([1]) == [(1,)]
    execute("ALTER TABLE changing ADD COLUMN two int DEFAULT 2")
    assert everything.rows([1]) == [(1, 2)]
    assert not Statement.kept


def test_lost_in_a_transaction_asks_to_begin_anew(event):
    NAME.rows([event.pk])
    execute("DEALLOCATE ALL")
    with pytest.raises(Transient), transaction.atomic():
        NAME.rows([event.pk])
    assert NAME.rows([event.pk]) == [(event.name, 7)]


def test_sale_whose_session_has_lost_them_is_made_once(event, cashier):
    ticket = TicketFactory(event=event, quantity=5)

    def sell():
        return sold_onsite(event=event, lines=[Line(ticket.pk, 2)], seller=cashier, status="completed")

    sell()
    execute("DEALLOCATE ALL")
    assert sell().attendees.count() == 2
    ticket.refresh_from_db()
    assert (ticket.sold, Order.objects.count()) == (4, 2)


def test_sent_together_each_sees_what_the_one_before_did(event):
    rename = ("UPDATE events_event SET name = %s WHERE id = %s", ["Renamed", event.pk])
    assert send(rename, NAME.part([event.pk])) == [("Renamed", 7)]
    assert Event.objects.get().name == "Renamed"


def test_a_statement_without_values_is_run_again_and_again(db):
    statement = Statement("one", "SELECT 1")
    assert [statement.rows([]) for _time in range(2)] == [[(1,)], [(1,)]]
