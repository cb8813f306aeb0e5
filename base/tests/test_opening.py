"""A transaction that begins with its first statement, in one message, is one as any other."""

from contextlib import closing

import psycopg2
import pytest
from django.db import Error, IntegrityError, OperationalError, ProgrammingError, connection, transaction
from psycopg2.extensions import ISOLATION_LEVEL_SERIALIZABLE, TRANSACTION_STATUS_IDLE

from base.postgresql import base
from base.sql.prepared import Statement, send
from base.sql.together import together, write
from base.tests.messages import messages_counted
from events.models import Event
from events.tests.factories import EventFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

NAME = Statement("name_of", "SELECT name FROM events_event WHERE id = %s")
RENAME = Statement("rename", "UPDATE events_event SET name = %s WHERE id = %s")


@pytest.fixture(autouse=True)
def _prepared(event):
    """What is prepared in a transaction is a message of its own, before it."""
    NAME.rows([event.pk])
    RENAME.rows(["Before", event.pk])


@pytest.fixture(autouse=True)
def _at_rest():
    yield
    assert connection.connection.autocommit
    assert connection.connection.get_transaction_status() == TRANSACTION_STATUS_IDLE


def name():
    return Event.objects.get().name


def is_seen_by_others(text):
    with closing(psycopg2.connect(**connection.get_connection_params())) as other, other.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM events_event WHERE name = %s)", [text])
        return cursor.fetchone()[0]


def test_begins_in_the_message_of_its_first_statement_and_commits(event):
    with messages_counted() as messages, transaction.atomic():
        assert NAME.rows([event.pk]) == [("Before",)]
        RENAME.rows(["After", event.pk])
        assert not is_seen_by_others("After")
    assert len(messages) == 3
    assert is_seen_by_others("After")


def test_control_a_begin_by_itself_is_counted(event, monkeypatch):
    monkeypatch.setattr(base.Ours, "opening", lambda _session: "")
    with messages_counted() as messages, transaction.atomic():
        NAME.rows([event.pk])
        RENAME.rows(["After", event.pk])
    assert len(messages) == 4


def test_what_is_kept_back_does_not_go_out_before_it(event):
    with transaction.atomic():
        with together({}):
            write(RENAME.part(["After", event.pk]))
            send(("SELECT 1", []))
            assert not is_seen_by_others("After")
        transaction.set_rollback(True)
    assert name() == "Before"


def test_of_which_nothing_was_sent_sends_nothing():
    with messages_counted() as messages, transaction.atomic():
        pass
    assert not messages


@pytest.mark.parametrize("refused", [True, False])
def test_is_taken_back_as_a_whole(event, refused):
    def change():
        with transaction.atomic():
            RENAME.rows(["After", event.pk])
            Event.objects.update(name="Again")
            if refused:
                raise ZeroDivisionError
            transaction.set_rollback(True)

    if refused:
        with pytest.raises(ZeroDivisionError):
            change()
    else:
        change()
    assert name() == "Before"


def test_within_it_a_savepoint_is_taken_back_alone(event):
    @transaction.atomic
    def rename_and_fail():
        RENAME.rows(["Second", event.pk])
        Event.objects.create(pk=event.pk)

    with transaction.atomic():
        RENAME.rows(["First", event.pk])
        with pytest.raises(IntegrityError):
            rename_and_fail()
    assert name() == "First"


def test_begun_in_a_savepoint_holds_what_comes_after_it(event):
    with transaction.atomic():
        with transaction.atomic():
            RENAME.rows(["First", event.pk])
        Event.objects.update(name="Again")
        transaction.set_rollback(True)
    assert name() == "Before"


def test_of_a_script_that_commits_by_itself_is_followed_by_another(event):
    transaction.set_autocommit(False)
    try:
        RENAME.rows(["First", event.pk])
        assert not is_seen_by_others("First")
        transaction.commit()
        assert is_seen_by_others("First")
        for act in (Event.objects.filter(pk=event.pk).update, lambda name: RENAME.rows([name, event.pk])):
            act(name="Second")
            assert not is_seen_by_others("Second")
            transaction.rollback()
            assert name() == "First"
        transaction.rollback()
    finally:
        transaction.set_autocommit(True)


def test_begun_by_hand_is_left_to_whoever_began_it(event):
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        RENAME.rows(["First", event.pk])
        connection.commit()  # of which psycopg2 knows nothing
        assert not is_seen_by_others("First")
        cursor.execute("ROLLBACK")
    assert name() == "Before"


NEVER_SENT = ("SELECT %s", [object()])
NOT_UNDERSTOOD = ("SELEKT %s", [1])
REFUSED = ("SELECT 1 / %s", [0])


@pytest.mark.parametrize("first", [NEVER_SENT, NOT_UNDERSTOOD])
def test_whose_first_statement_was_none_begins_with_the_next(event, first):
    """Else that would be kept, whatever became of the rest."""
    with transaction.atomic():
        with pytest.raises((Error, psycopg2.Error)):
            send(first)
        Event.objects.update(name="After")
        assert not is_seen_by_others("After")
        transaction.set_rollback(True)
    assert name() == "Before"


def test_whose_first_statement_is_refused_takes_no_other(event):
    with transaction.atomic():
        with pytest.raises(Error):
            send(REFUSED)
        with pytest.raises(Error, match="aborted"):
            NAME.rows([event.pk])
        transaction.set_rollback(True)
    assert name() == "Before"


def test_refused_by_its_commit_has_done_nothing(event):
    of_nobody = ("INSERT INTO events_member (event_id, user_id, role) VALUES (%s, 0, 'cashier')", [event.pk])
    with pytest.raises(IntegrityError), transaction.atomic():  # noqa: PT012 - the COMMIT refuses
        RENAME.rows(["After", event.pk])
        send(of_nobody)
    assert name() == "Before"


def test_reads_in_pieces_as_ever(event):
    EventFactory()
    with transaction.atomic():
        RENAME.rows(["After", event.pk])
        assert {row.name for row in Event.objects.iterator(chunk_size=1)} >= {"After"}


def test_that_loses_its_connection_says_so_and_the_next_works(event):
    def change():
        with transaction.atomic():
            RENAME.rows(["After", event.pk])
            pid = connection.connection.info.backend_pid
            other = psycopg2.connect(**connection.get_connection_params())
            with closing(other), other.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            NAME.rows([event.pk])

    with pytest.raises(OperationalError):
        change()
    assert name() == "Before"


def test_that_is_to_be_isolated_otherwise_is_begun_by_psycopg(event):
    connection.ensure_connection()
    connection.connection.isolation_level = ISOLATION_LEVEL_SERIALIZABLE
    try:
        with transaction.atomic():
            assert send(("SHOW transaction_isolation", [])) == [("serializable",)]
    finally:
        connection.close()
        connection.ensure_connection()


def test_unknown_statement_is_no_fault_of_the_session(event):
    with pytest.raises(ProgrammingError), transaction.atomic():
        send(NOT_UNDERSTOOD)
    with transaction.atomic():
        RENAME.rows(["After", event.pk])
    assert name() == "After"
