"""CSV while somebody waits: one at a time of an event, never so long that the worker is killed, and what
breaks off does not look whole.
"""

import http.client
import os
import socket
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.sync import SyncWorker

from base import languages
from base.errors import Busy, TooMuch
from books.dialects import COMMA, PROGRAMS
from events.tests.factories import EventFactory
from exports import asking, tables
from exports.catalogue import TABLES
from exports.models import Export
from exports.tests.test_files import sold_to
from exports.tests.test_tables import many
from outbox.tests.factories import without

pytestmark = pytest.mark.django_db(transaction=True)


def streamed(event, by, table="attendees"):
    return asking.streamed(event=event, table=TABLES[table], dialect=PROGRAMS, by=by)


def test_leaves_a_row_of_who_took_what_when(event, organizer):
    sold_to(event, "Ana", "Bo")
    file = b"".join(streamed(event, organizer))
    export = Export.objects.get()
    assert (export.table, export.asked_by, export.state) == ("attendees", organizer, "done")
    assert (export.rows_done, export.rows_total, export.size) == (2, 2, len(file))
    assert export.is_streamed
    assert not export.has_file_at(timezone.now())


@pytest.mark.parametrize(("dialect", "heading"), [(PROGRAMS, b"ticket,"), (COMMA, b"Ticket;")])
def test_words_are_the_askers_also_where_it_is_read_later_and_for_programs_the_same(
    event, organizer, dialect, heading
):
    sold_to(event, "Ana")
    with languages.spoken("de"):
        lines = asking.streamed(event=event, table=TABLES["attendees"], dialect=dialect, by=organizer)
    with languages.spoken("fr"):
        file = b"".join(lines)
        assert languages.active() == "fr"
    assert heading in file.splitlines()[0]


def test_second_one_of_the_event_is_told_to_wait(event, organizer):
    first = iter(streamed(event, organizer))
    next(first)
    with pytest.raises(Busy) as refusal:
        streamed(event, organizer, "orders")
    assert refusal.value.problems[0].code == "export-running"
    assert b"".join(streamed(EventFactory(), organizer)), "another event's"
    list(first)
    assert b"".join(streamed(event, organizer, "orders"))


@pytest.mark.postgres
def test_of_two_at_the_same_moment_one_is_streamed(event, organizer):
    """The database holds it, not a look before: both ask, and neither has ended."""
    ready, answers = threading.Barrier(2), []

    def ask():
        try:
            ready.wait(30)
            answers.append(streamed(event, organizer).status_code)
        except Busy:
            answers.append(503)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == [200, 503]


def test_of_one_whose_worker_was_killed_nobody_is_kept_waiting_for_long(event, organizer, settings):
    next(iter(streamed(event, organizer)))
    Export.objects.update(
        state="running",
        ended_at=None,
        asked_at=timezone.now() - timedelta(seconds=settings.WORKER_TIMEOUT + 1),
    )
    assert b"".join(streamed(event, organizer))
    assert [*Export.objects.order_by("pk").values_list("state", flat=True)] == ["failed", "done"]


def test_longer_one_is_the_workers(event, organizer, settings):
    settings.STREAMED_ROWS = 1
    sold_to(event, "Ana", "Bo")
    with pytest.raises(TooMuch):
        streamed(event, organizer)
    assert not Export.objects.exists()


class TestBrokenOff:
    def test_says_so_in_its_last_line_and_raises(self, event, organizer):
        many(event, tables.CHUNK + 1)
        response = iter(streamed(event, organizer))
        lines = [next(response), next(response)]
        with without("attendees_attendee"):
            lines.append(next(response))
            with pytest.raises(Exception, match="attendees_attendee"):
                next(response)
        assert lines[-1].decode().strip().startswith("BROKEN OFF")
        export = Export.objects.get()
        assert (export.state, export.rows_done) == ("failed", tables.CHUNK)

    def test_too_slow_a_one_ends_before_the_worker_is_killed(self, event, organizer, settings):
        many(event, 2 * tables.CHUNK)
        settings.WORKER_TIMEOUT = 0
        response = iter(streamed(event, organizer))
        next(response)
        assert next(response).decode().strip().startswith("BROKEN OFF")
        with pytest.raises(TimeoutError):
            next(response)

    def test_whoever_goes_away_leaves_no_stream_behind(self, event, organizer):
        many(event, 2 * tables.CHUNK)
        response = streamed(event, organizer)
        next(iter(response))
        response.close()
        assert Export.objects.get().state == "failed"
        assert b"".join(streamed(event, organizer))

    def test_why_it_ended_is_the_same_for_programs_in_every_language(self, event, organizer):
        many(event, 2 * tables.CHUNK)
        with languages.spoken("de"):
            response = streamed(event, organizer)
            next(iter(response))
            response.close()
        assert Export.objects.get().problem == "broken off"

    def test_gunicorn_cuts_the_connection(self, event, organizer):
        """The end that HTTP has for a whole answer in chunks, an empty one, is not sent: curl and browsers
        say that the file is not complete.
        """
        many(event, tables.CHUNK + 1)
        with served(breaking(streamed(event, organizer))) as port:
            answer = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            answer.request("GET", "/")
            response = answer.getresponse()
            assert response.headers["Transfer-Encoding"] == "chunked"
            with pytest.raises(http.client.IncompleteRead) as broken:
                response.read()
        assert b"BROKEN OFF" in broken.value.partial

    def test_control_gunicorn_ends_a_whole_one(self, event, organizer):
        many(event, 2)
        with served(streamed(event, organizer)) as port:
            answer = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            answer.request("GET", "/")
            assert b"BROKEN OFF" not in answer.getresponse().read()


def breaking(response):
    """The same, of which the second chunk cannot be read."""

    parts = response.streaming_content

    def chunks():
        yield next(parts)
        yield next(parts)
        with without("attendees_attendee"):
            yield from parts

    response.streaming_content = chunks()
    return response


@contextmanager
def served(response):
    """One answer of Django's, sent as gunicorn's sync worker sends it; its port."""
    config = Config()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        worker = SyncWorker(0, os.getpid(), [listener], None, 30, config, Logger(config))

        def answer(_environ, start):
            start("200 OK", [(name, value) for name, value in response.items()])
            return response

        def serve():
            client, address = listener.accept()
            try:
                worker.handle(listener, client, address)
            except StopIteration:
                pass  # so it goes on to the next
            finally:
                connection.close()

        worker.wsgi = answer
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(30)
        worker.tmp.close()
