"""The worker checks the books each night, and whenever an organizer asks; what it found is kept for them."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from books import nightly
from books.models import BooksCheck
from events.tests.factories import EventFactory
from outbox import queue
from outbox.models import Message
from outbox.worker import handle
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

NIGHT = datetime(2030, 5, 2, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def damaged(event):
    ticket = TicketFactory(event=event)
    Ticket.objects.filter(pk=ticket.pk).update(sold=2)
    return ticket


def nights(at):
    queue.begin_night(at)
    return Message.objects.filter(kind=nightly.CHECK_BOOKS).count()


@pytest.mark.django_db
class TestWhen:
    def test_once_each_night(self):
        assert nights(NIGHT) == 1
        assert nights(NIGHT + timedelta(hours=23)) == 1
        assert nights(NIGHT + timedelta(hours=24)) == 2

    def test_before_the_hour_it_is_the_night_before(self):
        assert nights(NIGHT - MINUTE) == 1
        assert nights(NIGHT + MINUTE) == 2

    def test_never_where_it_is_switched_off(self, settings):
        settings.NIGHTLY_AT = ""
        assert nights(NIGHT) == 0

    def test_by_the_clock_of_the_installation(self, settings):
        settings.TIME_ZONE = "America/New_York"  # where it is one o'clock
        assert nights(NIGHT - timedelta(hours=20)) == 1
        assert nights(NIGHT) == 1
        assert nights(NIGHT + timedelta(hours=4)) == 2


@pytest.mark.django_db(transaction=True)
class TestWhatIsKept:
    def test_every_event_has_what_was_found(self, damaged, caplog):
        well = EventFactory()
        with caplog.at_level(logging.ERROR):
            outcome = handle(Message.objects.create(kind=nightly.CHECK_BOOKS, payload={}))
        assert (outcome.done, outcome.answer) == (True, "1 differences")
        assert "manage.py check_books" in caplog.text
        assert BooksCheck.objects.get(event=well).number == 0
        check = BooksCheck.objects.get(event=damaged.event)
        assert check.number == 1
        assert check.differences == [
            {
                "check": "sold",
                "thing": "ticket",
                "id": damaged.pk,
                "written": "2",
                "counted": "0",
                "event": damaged.event_id,
            }
        ]

    def test_next_check_takes_its_place(self, damaged):
        nightly.check_books(Message(kind=nightly.CHECK_BOOKS))
        Ticket.objects.update(sold=0)
        nightly.check_books(Message(kind=nightly.CHECK_BOOKS, event=damaged.event))
        assert [check.number for check in BooksCheck.objects.all()] == [0]

    def test_long_check_is_nobody_elses(self):
        Message.objects.create(kind=nightly.CHECK_BOOKS, payload={})
        at = Message.objects.get().next_try_at
        (taken,) = queue.take(1, at)
        for seconds in (50, 100, 150):
            later = at + timedelta(seconds=seconds)
            queue.renew([taken], later)
            assert queue.take(1, later) == []
        assert queue.take(1, later + queue.LEASE) != []


@pytest.mark.django_db
class TestAdmin:
    def test_organizer_reads_what_differs(self, client, damaged, member):
        nightly.check_books(Message(kind=nightly.CHECK_BOOKS))
        client.force_login(member("organizer"))
        check = BooksCheck.objects.get(event=damaged.event)
        page = client.get(reverse("admin:books_bookscheck_change", args=[check.pk])).content.decode()
        assert f"ticket {damaged.pk}: 2 is written, 0 is counted" in page

    @pytest.mark.parametrize("page", ["books_bookscheck", "events_event"])
    def test_organizer_has_the_worker_look_again(self, client, damaged, member, page):
        nightly.check_books(Message(kind=nightly.CHECK_BOOKS))
        client.force_login(member("organizer"))
        pk = damaged.event.books_check.pk if page == "books_bookscheck" else damaged.event_id
        action = "check_again" if page == "books_bookscheck" else "check_books"
        for _time in range(2):
            client.post(reverse(f"admin:{page}_changelist"), {"action": action, "_selected_action": [pk]})
        (asked,) = Message.objects.all()
        assert asked.event == damaged.event
        assert handle(asked).done
