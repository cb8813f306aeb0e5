"""Exports that nobody fetches, that are stopped each time, or that stand in the way of what is short."""

import io
import threading
from decimal import Decimal

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from books.dialects import PROGRAMS
from events.tests.factories import EventFactory
from exports import asking
from exports.catalogue import TABLES
from exports.models import Export
from exports.tests.factories import asked_for, file_of, written
from exports.tests.test_files import sold_to
from orders.sale import Line
from orders.tests.factories import sold_onsite
from outbox import queue
from outbox.models import Message
from outbox.tests.factories import MessageFactory, without
from outbox.worker import handle
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


def streamed(event, by, table="attendees"):
    return asking.streamed(event=event, table=TABLES[table], dialect=PROGRAMS, by=by)


def test_whoever_goes_away_before_the_first_line_leaves_no_stream_behind(event, organizer):
    streamed(event, organizer).close()
    assert Export.objects.get().state == "failed"
    assert b"".join(streamed(event, organizer))


def test_whoever_goes_away_at_the_last_line_leaves_no_stream_behind(event, organizer):
    sold_to(event, "Ana")
    response = streamed(event, organizer)
    lines = (line for line in response if line)
    next(lines)
    with without("attendees_attendee"):
        assert b"BROKEN OFF" in next(lines)
        response.close()
    assert Export.objects.get().state == "failed"


def test_what_is_stopped_each_time_may_be_asked_for_again(event, organizer):
    sold_to(event, "Ana")
    export = asked_for(event, organizer)
    while Message.objects.get().state == "waiting":
        Message.objects.update(next_try_at=timezone.now())
        (message,) = queue.take(1, timezone.now())
        message.stopping = threading.Event()
        message.stopping.set()
        queue.settle(message, handle(message))
    export.refresh_from_db()
    assert (Message.objects.get().state, export.state, export.problem) == ("given-up", "failed", "gave up")
    asked_for(event, organizer)


def test_where_one_can_be_taken_a_webhook_is_taken_before_an_export(event, organizer):
    asked_for(event, organizer)
    hooked = MessageFactory()
    (taken,) = queue.take(1, timezone.now())
    assert taken == hooked


def test_rate_of_tax_has_its_decimals_where_money_has_none(organizer):
    event = EventFactory(currency="JPY")
    ticket = TicketFactory(event=event, price=2000, tax_rate=Decimal("7.70"))
    sold_onsite(event=event, lines=[Line(ticket.pk, 1)], status="completed")
    sheet = load_workbook(io.BytesIO(file_of(written(event, organizer, "attendees")))).active
    names, cells = sheet.iter_rows()
    shown = {name.value: (cell.value, cell.number_format) for name, cell in zip(names, cells, strict=True)}
    assert shown["price paid"] == (2000, "0")
    assert shown["tax rate"] == (7.7, "General")
