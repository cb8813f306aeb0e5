"""What is written down leaves: at least once, under one id, whoever is slow, killed or out of order."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from onsite_project.tests.waiting import soon
from orders.sale import Line
from orders.tests.factories import sold_onsite
from outbox import queue
from outbox.kinds import HANDLERS
from outbox.models import Hook, Message
from outbox.queue import GAPS, LEASE, LONGEST_REST, Outcome
from outbox.tests import targets
from outbox.tests.factories import HookFactory, MessageFactory, without
from outbox.tests.targets import answering, target
from outbox.webhooks import fan_out
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)

DONE, FAILED = Outcome(True, "204", 3), Outcome(False, "500", 3)
SECOND = timedelta(seconds=1)


def state(message):
    return Message.objects.values_list("state", flat=True).get(pk=message.pk)


def is_done(message):
    return state(message) == "done"


def taken_by(most=10, at=None):
    return queue.take(most, at or datetime.now(UTC))


class TestDelivery:
    def test_sale_is_told_signed(self, event, working):
        with target() as server:
            HookFactory(event=event, url=server.url)
            sold_onsite(event=event, lines=[Line(TicketFactory(event=event).pk, 1)], status="completed")
            with working():
                soon(lambda: len(server.requests) == 2)
                soon(lambda: Message.objects.filter(state="done").count() == 2)
        told = Message.objects.order_by("pk")
        assert [message.topic for message in told] == ["order.placed", "order.completed"]
        assert [headers["webhook-id"] for headers, _body in server.requests] == [m.message_id for m in told]
        (tried,) = told[0].log
        assert tried["answer"] == "204"
        hook = Hook.objects.get()
        assert (hook.delivered, hook.failed, hook.failures) == (2, 0, 0)

    @pytest.mark.parametrize("status", [301, 404, 500])
    def test_who_answers_otherwise_is_told_again(self, working, status):
        answer = f"HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1/\r\n\r\n".encode()
        with target(answering(answer)) as server:
            message = MessageFactory(hook__url=server.url)
            with working():
                soon(lambda: Hook.objects.get().failed == 1)
                server.temper = answering(targets.OK)
                Message.objects.update(next_try_at=datetime.now(UTC))
                Hook.objects.update(rests_until=None)
                soon(lambda: is_done(message))
        (first, before), (second, after) = server.requests
        assert first["webhook-id"] == second["webhook-id"]
        assert before == after
        message.refresh_from_db()
        assert str(status) in message.log[0]["answer"]
        assert message.log[1]["answer"] == "204"
        assert message.tries == 2

    def test_message_of_a_kind_that_nobody_knows_waits(self, working):
        message = MessageFactory(kind="of tomorrow")
        with working():
            soon(lambda: Message.objects.get().log)
        assert state(message) == "waiting"

    def test_handler_that_throws_is_tried_again(self, working, monkeypatch):
        monkeypatch.setitem(HANDLERS, "odd", lambda message: 1 / 0)
        message = MessageFactory(kind="odd")
        with working():
            soon(lambda: Message.objects.get().log)
        assert state(message) == "waiting"
        assert Message.objects.get().log[0]["answer"] == "ZeroDivisionError"

    def test_what_a_server_says_is_kept_plain(self, working):
        with target(targets.garbage) as server:
            message = MessageFactory(hook__url=server.url)
            with working():
                soon(lambda: Message.objects.get(pk=message.pk).log)
        answer = Message.objects.get().answer
        assert "nonsense" in answer
        assert answer.isprintable()

    def test_several_workers_tell_each_once(self, working):
        with target() as first, target() as second:
            for server in (first, second):
                hook = HookFactory(url=server.url)
                MessageFactory.create_batch(10, hook=hook)
            with working(workers=3):
                soon(lambda: Message.objects.filter(state="done").count() == 20)
        for server in (first, second):
            ids = Counter(headers["webhook-id"] for headers, _body in server.requests)
            assert len(ids) == 10
            assert set(ids.values()) == {1}

    def test_a_hook_is_told_one_thing_at_a_time(self, working):
        def slow(server, _target):
            time.sleep(0.1)
            server.sendall(targets.OK)

        with target(slow) as server:
            MessageFactory.create_batch(5, hook=HookFactory(url=server.url))
            with working(workers=2):
                soon(lambda: len(server.requests) == 5)
        assert server.most_at_once == 1

    def test_hook_that_is_off_is_told_nothing(self, working):
        with target() as server:
            off = MessageFactory(hook__url=server.url, hook__is_active=False)
            on = MessageFactory(hook__url=server.url)
            with working():
                soon(lambda: is_done(on))
            assert state(off) == "waiting"


class TestTaking:
    def test_what_is_taken_is_taken_by_nobody_else_until_its_lease_ends(self):
        message, now = MessageFactory(), datetime.now(UTC)
        assert taken_by(at=now) == [message]
        assert taken_by(at=now + LEASE - SECOND) == []
        assert taken_by(at=now + LEASE + SECOND) == [message]
        message.refresh_from_db()
        assert message.tries == 2

    def test_who_was_dead_for_long_settles_nothing(self):
        now = datetime.now(UTC)
        MessageFactory()
        (late,) = taken_by(at=now)
        (anew,) = taken_by(at=now + LEASE + SECOND)
        queue.settle(late, FAILED)
        assert Message.objects.get().leased_until is not None
        queue.settle(anew, DONE)
        queue.settle(late, FAILED)
        assert state(late) == "done"

    def test_the_next_of_each_hook(self):
        busy = HookFactory()
        first, *_others = MessageFactory.create_batch(30, hook=busy)
        other = MessageFactory()
        assert taken_by() == [first, other]

    def test_those_that_answer_come_first(self):
        failing = MessageFactory(hook__failures=3)
        good = MessageFactory()
        assert taken_by(1) == [good]
        assert taken_by(1) == [failing]

    def test_in_the_order_in_which_it_happened(self, event):
        HookFactory(event=event)
        ticket = TicketFactory(event=event)
        for _ in range(2):
            sold_onsite(event=event, lines=[Line(ticket.pk, 1)])
        first, second = Message.objects.order_by("pk")
        for row in (second, first):  # as two threads may
            fan_out(row)
        for told in (first, second):
            (message,) = taken_by()
            assert message.message_id == told.payload[0]["id"]
            queue.settle(message, DONE)

    def test_no_more_than_asked_for(self):
        for _ in range(3):
            MessageFactory()
        assert len(taken_by(2)) == 2

    def test_none_before_its_time(self):
        MessageFactory(next_try_at=datetime.now(UTC) + SECOND * 60)
        assert taken_by() == []

    def test_an_empty_look_writes_nothing(self, django_assert_num_queries):
        MessageFactory(state="done", ended_at=datetime.now(UTC))
        with django_assert_num_queries(3):
            assert taken_by() == []


class TestTryingAgain:
    def test_about_a_day_and_then_no_more(self):
        message, at, begun = MessageFactory(), datetime.now(UTC), datetime.now(UTC)
        while state(message) == "waiting":
            Hook.objects.update(rests_until=None)
            at = max(at, Message.objects.get().next_try_at)
            (taken,) = taken_by(at=at)
            queue.settle(taken, FAILED, at)
        assert timedelta(hours=20) < at - begun < timedelta(hours=28)
        message.refresh_from_db()
        assert message.state == "given-up"
        assert message.tries == len(message.log) == len(GAPS) + 1
        assert message.ended_at == at

    def test_not_all_at_the_same_moment(self):
        at = datetime.now(UTC)
        for _ in range(5):
            MessageFactory()
        for taken in taken_by(at=at):
            queue.settle(taken, FAILED, at)
        gaps = {row.next_try_at - at for row in Message.objects.all()}
        assert len(gaps) > 1
        assert all(GAPS[0] * 0.9 <= gap <= GAPS[0] * 1.1 for gap in gaps)

    def test_hook_that_fails_rests_the_longer_the_longer_it_does(self):
        hook, at = HookFactory(), datetime.now(UTC)
        MessageFactory.create_batch(12, hook=hook)
        rests = []
        for _ in range(12):
            (taken,) = taken_by(at=at)
            queue.settle(taken, FAILED, at)
            hook.refresh_from_db()
            assert taken_by(at=at) == []
            rests.append(hook.rests_until - at)
            at = hook.rests_until
        assert rests == sorted(rests)
        assert rests[-1] == LONGEST_REST
        (taken,) = taken_by(at=at)
        queue.settle(taken, DONE, at)
        hook.refresh_from_db()
        assert (hook.failures, hook.rests_until) == (0, None)

    def test_what_is_forgotten_is_given_up_and_what_is_old_goes(self, settings):
        now = datetime.now(UTC)
        long_ago = now - timedelta(days=4)
        of_no_use = MessageFactory(hook__is_active=False, next_try_at=long_ago)
        unanswered = MessageFactory(hook__failures=9, next_try_at=long_ago)
        late = MessageFactory(next_try_at=long_ago)  # while no worker ran
        old = MessageFactory(state="done", ended_at=now - timedelta(days=settings.OUTBOX_DAYS, seconds=1))
        young = MessageFactory(state="given-up", ended_at=now - timedelta(days=1))
        waiting = MessageFactory()
        queue.tidy(now)
        assert (state(of_no_use), state(unanswered)) == ("given-up", "given-up")
        assert (state(late), state(waiting)) == ("waiting", "waiting")
        assert {*Message.objects.all()} == {of_no_use, unanswered, late, young, waiting}
        assert not Message.objects.filter(pk=old.pk).exists()


class TestWhileItSends:
    def test_no_transaction_is_open(self, event, working, on_postgres):
        with target(targets.silent) as server:
            message = MessageFactory(hook__url=server.url)
            with working():
                soon(lambda: server.requests)
                sold_onsite(event=event, lines=[Line(TicketFactory(event=event).pk, 1)])
                message.refresh_from_db()
                assert message.log == []  # the sale has not waited for its end
                if on_postgres:
                    with connection.cursor() as cursor:
                        cursor.execute(
                            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                            " AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
                        )
                        assert cursor.fetchone() == (0,)
                server.closing.set()

    def test_who_is_told_to_stop_ends_what_it_has(self, working):
        go = threading.Event()

        def slow(server, _target):
            go.wait(10)
            server.sendall(targets.OK)

        with target(slow) as server:
            hook = HookFactory(url=server.url)
            first, second = MessageFactory.create_batch(2, hook=hook)
            with working() as (worker,):
                soon(lambda: server.requests)
                worker.stop()
                time.sleep(0.2)
                go.set()
        assert is_done(first)
        assert state(second) == "waiting"


def test_database_that_fails_ends_no_worker(working, caplog):
    with target() as server, working():
        with without("outbox_hook"):
            soon(lambda: "does not answer" in caplog.text)
        message = MessageFactory(hook__url=server.url)
        soon(lambda: is_done(message))


def test_connection_that_is_lost_ends_no_worker(working, on_postgres):
    if not on_postgres:
        pytest.skip("a file has no connection to lose")
    with target() as server, working():
        for _ in range(3):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            time.sleep(0.4)
        message = MessageFactory(hook__url=server.url)
        soon(lambda: is_done(message))


def test_what_was_sent_while_the_database_failed_is_written_down_later(working):
    """The answer is kept, not asked for a second time."""
    go = threading.Event()

    def slow(server, _target):
        go.wait(10)
        server.sendall(targets.OK)

    with target(slow) as server:
        message = MessageFactory(hook__url=server.url)
        with working():
            soon(lambda: server.requests)
            with without("outbox_message"):
                go.set()
                time.sleep(1.5)
            soon(lambda: is_done(message))
        assert len(server.requests) == 1


# --- the process ----------------------------------------------------------------------------------


def environment():
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{at['NAME']}"
    else:
        host = quote(at["OPTIONS"].get("host", at["HOST"]), safe="")
        url = f"postgresql://{at['USER']}:{at['PASSWORD']}@/{at['NAME']}?host={host}"
    more = {"DATABASE_URL": url, "WEBHOOKS_TO_PRIVATE_ADDRESSES": "1", "SECRET_KEY": settings.SECRET_KEY}
    return {**os.environ, **more}


def start():
    return subprocess.Popen(
        [sys.executable, "manage.py", "worker"],
        cwd=settings.BASE_DIR,
        env=environment(),
        stderr=subprocess.PIPE,
    )


@pytest.mark.walk
class TestProcess:
    def test_killed_between_sending_and_writing_it_down_it_is_sent_again(self):
        go = threading.Event()

        def slow(server, _target):
            go.wait(30)
            server.sendall(targets.OK)

        with target(slow) as server:
            message = MessageFactory(hook__url=server.url)
            worker = start()
            try:
                soon(lambda: server.requests)
                worker.kill()
                worker.communicate()
                go.set()
                assert state(message) == "waiting"
                worker = start()
                time.sleep(3)
                assert len(server.requests) == 1  # nobody's yet
                Message.objects.update(leased_until=datetime.now(UTC))
                soon(lambda: is_done(message))
            finally:
                worker.kill()
                worker.communicate()
        (first, before), (second, after) = server.requests
        assert first["webhook-id"] == second["webhook-id"]
        assert before == after

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_told_to_stop_it_ends_what_it_has(self, number):
        go = threading.Event()

        def slow(server, _target):
            go.wait(30)
            server.sendall(targets.OK)

        with target(slow) as server:
            message = MessageFactory(hook__url=server.url)
            worker = start()
            try:
                soon(lambda: server.requests)
                worker.send_signal(number)
                time.sleep(0.3)
                assert worker.poll() is None
                go.set()
                _out, errors = worker.communicate(timeout=20)
            finally:
                worker.kill()
        assert worker.returncode == 0, errors
        assert is_done(message)
