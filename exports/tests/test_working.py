"""The worker writes: once, whoever was killed before; holds nobody up; and clears away after a day."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from base.errors import Conflict, NotFound, TooMany
from books.dialects import COMMA
from exports import asking
from exports import working as worker
from exports.catalogue import TABLES
from exports.models import Export, Part
from exports.tests.factories import asked_for, file_of, message_of, written
from exports.tests.test_files import sold_to
from onsite_project.tests.waiting import soon
from outbox import queue
from outbox.kinds import HANDLERS
from outbox.models import Message
from outbox.queue import LEASE
from outbox.tests.factories import MessageFactory, without
from outbox.tests.targets import target
from outbox.worker import handle

pytestmark = pytest.mark.django_db(transaction=True)


def again(message):
    """The same message, as the next worker takes it."""
    message.tries += 1
    return message


class TestWriting:
    @pytest.mark.parametrize("format", ["csv", "xlsx"])
    def test_what_is_asked_for_is_written_by_the_worker(self, event, organizer, working, format):
        sold_to(event, "Ana")
        export = asked_for(event, organizer, format=format)
        assert (export.state, export.rows_total) == ("waiting", 1)
        with working():
            soon(lambda: Export.objects.get().state == "done")
        export.refresh_from_db()
        assert (export.rows_done, export.problem) == (1, "")
        assert len(file_of(export)) == export.size > 0
        assert export.expires_at - export.ended_at == timedelta(hours=24)
        assert Message.objects.get().state == "done"

    def test_file_is_what_a_stream_is(self, event, organizer):
        sold_to(event, "Ana", "Bo")
        table = TABLES["attendees"]
        at_once = b"".join(asking.streamed(event=event, table=table, dialect=COMMA, by=organizer))
        assert file_of(written(event, organizer, "attendees", "csv", COMMA)) == at_once

    def test_large_file_lies_in_parts(self, event, organizer, monkeypatch):
        monkeypatch.setattr(worker, "PART", 100)
        sold_to(event, "Ana")
        export = written(event, organizer, format="csv")
        assert export.parts.count() == -(-export.size // 100) > 2
        assert len(file_of(export)) == export.size

    def test_a_part_that_is_missing_is_no_whole_file(self, event, organizer, monkeypatch):
        monkeypatch.setattr(worker, "PART", 100)
        sold_to(event, "Ana")
        export = written(event, organizer, format="csv")
        export.parts.filter(number=1).delete()
        with pytest.raises(Part.DoesNotExist):
            file_of(export)


class TestSecondRun:
    def test_after_one_that_broke_off_the_file_is_the_same(self, event, organizer, monkeypatch):
        """The first worker dies while it keeps the parts."""
        sold_to(event, *"ABCDEFG")
        monkeypatch.setattr(worker, "PART", 200)
        whole = file_of(written(event, organizer, "attendees", "csv"))
        export = asked_for(event, organizer, "attendees", "csv")
        message = message_of(export)
        fails_at_the_second_part(monkeypatch)
        with pytest.raises(KeyboardInterrupt):
            worker.write(message)
        monkeypatch.undo()
        monkeypatch.setattr(worker, "PART", 200)
        export.refresh_from_db()
        assert (export.state, export.parts.count()) == ("running", 1)
        worker.write(again(message))
        export.refresh_from_db()
        assert (export.state, export.attempt) == ("done", 2)
        assert file_of(export) == whole
        assert {*export.parts.values_list("attempt", flat=True)} == {2}

    def test_of_what_is_done_does_nothing(self, event, organizer):
        sold_to(event, "Ana")
        export = written(event, organizer)
        before = file_of(export)
        worker.write(again(message_of(export)))
        assert file_of(Export.objects.get()) == before
        assert Part.objects.count() == 1

    def test_a_worker_that_was_given_up_keeps_nothing(self, event, organizer, monkeypatch):
        """It goes on although its lease has ended, and another worker has written the file meanwhile."""
        sold_to(event, "Ana")
        export = asked_for(event, organizer)
        first = message_of(export)
        second = Message.objects.get(pk=first.pk)
        second.tries = 2
        tell = worker._tell

        def overtaken(message, pk, rows):
            if message is first:
                worker.write(second)
            tell(message, pk, rows)

        monkeypatch.setattr(worker, "_tell", overtaken)
        assert "taken over" in worker.write(first)
        export.refresh_from_db()
        assert (export.state, export.attempt) == ("done", 2)
        assert {*Part.objects.values_list("attempt", flat=True)} == {2}

    def test_what_fails_each_time_is_failed_and_may_be_asked_for_again(self, event, organizer):
        sold_to(event, "Ana")
        export = asked_for(event, organizer)
        message = message_of(export)
        for state in ("waiting", "waiting", "failed"):
            with without("exports_part"), pytest.raises(Exception, match="exports_part"):
                worker.write(message)
            export.refresh_from_db()
            assert export.state == state
            message = again(message)
        assert export.problem
        assert "ended" in worker.write(message)
        asked_for(event, organizer)

    def test_a_worker_that_is_told_to_stop_leaves_it_to_the_next(self, event, organizer):
        sold_to(event, "Ana")
        export = asked_for(event, organizer)
        message = message_of(export)
        message.stopping = threading.Event()
        message.stopping.set()
        outcome = handle(message)
        assert (outcome.done, outcome.answer) == (False, "the worker was told to stop")
        export.refresh_from_db()
        assert (export.state, export.problem) == ("waiting", "")
        message = again(message)
        message.stopping = None
        assert handle(message).done
        assert file_of(Export.objects.get())

    def test_what_kills_every_worker_ends(self, event, organizer):
        export = asked_for(event, organizer)
        message = message_of(export)
        message.tries = worker.MOST_TRIES + 1
        worker.write(message)
        export.refresh_from_db()
        assert export.state == "failed"


def fails_at_the_second_part(monkeypatch):
    create = Part.objects.create

    def once(**fields):
        if fields["number"] == 1:
            raise KeyboardInterrupt
        return create(**fields)

    monkeypatch.setattr(Part.objects, "create", once)


class TestQueue:
    def test_a_worker_has_one_export_in_hand(self, event, organizer):
        for table in TABLES:
            asked_for(event, organizer, table)
        now = datetime.now(UTC)
        assert len(queue.take(8, now)) == 1
        assert queue.take(8, now, busy={asking.EXPORT}) == []

    def test_webhooks_do_not_wait_for_exports(self, event, organizer, working, monkeypatch):
        """Exports that take as long as the test: all but one wait, and the webhook leaves."""
        ends = threading.Event()
        monkeypatch.setitem(HANDLERS, asking.EXPORT, lambda message: str(ends.wait(60)))
        for table in TABLES:
            asked_for(event, organizer, table)
        with target() as server, working(threads=2):
            try:
                soon(lambda: Message.objects.filter(leased_until__isnull=False).exists())
                message = MessageFactory(hook__url=server.url)
                soon(lambda: Message.objects.get(pk=message.pk).state == "done")
                assert Message.objects.filter(kind=asking.EXPORT, leased_until__isnull=False).count() == 1
            finally:
                ends.set()

    def test_lease_of_a_long_one_is_prolonged(self, event, organizer):
        asked_for(event, organizer)
        begun = datetime.now(UTC)
        taken = queue.take(8, begun)
        for minutes in range(1, 10):
            at = begun + timedelta(seconds=40 * minutes)
            queue.renew(taken, at)
            assert queue.take(8, at) == []
        assert len(queue.take(8, at + LEASE + timedelta(seconds=1))) == 1


class TestAsking:
    def test_the_same_file_is_asked_for_once(self, event, organizer):
        asked_for(event, organizer)
        with pytest.raises(Conflict):
            asked_for(event, organizer)
        asked_for(event, organizer, format="csv")
        assert Message.objects.count() == Export.objects.count() == 2

    def test_an_event_has_so_many_files(self, event, organizer, settings):
        settings.EXPORTS = 2
        written(event, organizer)
        written(event, organizer)
        with pytest.raises(TooMany):
            asked_for(event, organizer)
        worker.clear(timezone.now() + timedelta(days=2))
        Export.objects.update(expires_at=timezone.now())
        asked_for(event, organizer)


class TestExpiry:
    def test_after_a_day_the_file_is_gone_and_the_row_stays(self, event, organizer):
        sold_to(event, "Ana")
        old, new = written(event, organizer), written(event, organizer)
        Export.objects.filter(pk=old.pk).update(expires_at=timezone.now())
        old.refresh_from_db()
        with pytest.raises(NotFound):
            asking.fetched(old)
        worker.clear(timezone.now())
        assert not old.parts.exists()
        assert file_of(new)
        assert Export.objects.count() == 2

    def test_the_worker_clears_by_itself(self, event, organizer, working):
        written(event, organizer)
        Export.objects.update(expires_at=timezone.now())
        with working():
            soon(lambda: not Part.objects.exists())
