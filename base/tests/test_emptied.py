"""After a test everything is gone, though a page of it that is still open writes meanwhile."""

from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connection, connections, transaction

from attendees.models import Attendee
from conftest import empty_tables
from events.models import Event
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_a_writer_that_locks_in_another_order_is_waited_out(event):
    ticket = TicketFactory(event=event)
    guest = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], status="completed").attendees.get()
    holds, met = Signal(), []

    def write():
        """The event first, then the guest: they are deleted the other way round."""
        try:
            with transaction.atomic():
                Event.objects.filter(pk=event.pk).update(name="Later")
                holds.set()
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL deadlock_timeout = '10s'")  # the other one finds it
                    _until_somebody_waits(cursor)
                met.append(Attendee.objects.filter(pk=guest.pk).update(firstname="Ada"))
        finally:
            connections.close_all()

    writer = Thread(target=write)
    writer.start()
    assert holds.wait(20)
    empty_tables(None)
    writer.join(20)
    assert met == [1]
    assert not Event.objects.exists()
    assert not Attendee.objects.exists()


def _until_somebody_waits(cursor):
    for _look in range(2000):
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted), pg_sleep(0.01)")
        if cursor.fetchone()[0]:
            return
    raise AssertionError("Nobody waits for the event.")
