"""What a sale does when it has to wait for somebody else's lock."""

import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from attendees.models import Attendee
from base.errors import Busy, Conflict
from base.tests.client import error
from events.models import Event
from events.planning import change_event, check_currency
from limits import stock
from orders.lifecycle import cancel
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from shifts.models import Shift
from shifts.tests.factories import ShiftFactory
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@contextmanager
def elsewhere(act):
    """Run `act(ready, done)` in a transaction of another connection, from `ready` until the block ends."""
    ready, done = threading.Event(), threading.Event()

    def run():
        try:
            with transaction.atomic():
                act(ready, done)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(timeout=10)
    try:
        yield done
    finally:
        done.set()
        thread.join(timeout=30)


def lock(ticket):
    Ticket.objects.select_for_update().get(pk=ticket.pk)


def wait_until_somebody_waits_for_us():
    deadline = time.monotonic() + 20
    with connection.cursor() as cursor:
        waiting = 0
        while not waiting:
            assert time.monotonic() < deadline, "nobody waits for this transaction"
            cursor.execute(
                # Not pg_stat_activity, of which a transaction sees what it saw first.
                "SELECT count(*) FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            waiting = cursor.fetchone()[0]
        cursor.execute("SELECT pg_sleep(0.3)")


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event)


@pytest.fixture
def short_patience(db):
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    yield
    connection.close()


@pytest.fixture
def held(ticket):
    """The ticket's row is locked by somebody else."""

    def hold(ready, done):
        lock(ticket)
        ready.set()
        done.wait(timeout=30)

    with elsewhere(hold) as done:
        yield done


def test_lock_that_is_not_had_in_time_is_busy(event, ticket, short_patience, held):
    with pytest.raises(Busy):
        sold_onsite(event=event, lines=[Line(ticket.pk, 1)])
    assert not Order.objects.exists()


def test_busy_answers_503_with_retry_after(api, cashier, event, ticket, short_patience, held):
    client = api(cashier)
    response = client.sell(event, (ticket, 1))
    assert response.status_code == 503
    assert response["Retry-After"] == "1"
    assert error(response)["code"] == "busy"
    held.set()
    while client.sell(event, (ticket, 1)).status_code == 503:
        pass
    assert Order.objects.count() == 1


def test_deadlock_that_others_cause_is_tried_again(event):
    """Somebody locks the second ticket, then wants the first, which the sale holds meanwhile.

    The sale begins to wait first, so its deadlock check comes first, and it is the one to give way.
    """
    first, second = TicketFactory.create_batch(2, event=event)

    def cross(ready, done):
        lock(second)
        ready.set()
        wait_until_somebody_waits_for_us()
        lock(first)

    with elsewhere(cross):
        order = sold_onsite(event=event, lines=[Line(first.pk, 1), Line(second.pk, 1)])
    assert order.attendees.count() == 2
    assert list(Ticket.objects.values_list("sold", flat=True)) == [1, 1]


def test_till_page_says_that_it_is_busy(client, cashier, event, ticket, short_patience, held):
    client.force_login(cashier)
    form = {f"quantity_{ticket.pk}": 1, "tender": "cash", "idempotency_key": "k"}
    response = client.post(f"/till/{event.identifier}/", form)
    assert response.status_code == 503
    assert "The box office is busy" in response.content.decode()


def test_currency_that_changes_while_the_sale_waits_is_the_orders(event, ticket):
    """The sale waits for the ticket, and what it read beside it is from before the change."""
    stale = Event.objects.get(pk=event.pk)

    def change(ready, done):
        check_currency(event, "USD")
        ready.set()
        wait_until_somebody_waits_for_us()
        Event.objects.filter(pk=event.pk).update(currency="USD")

    with elsewhere(change):
        order = sold_onsite(event=stale, lines=[Line(ticket.pk, 1)])
    assert order.currency == "USD"


def test_currency_cannot_change_under_a_sale_that_is_under_way(event, ticket):
    def sell(ready, done):
        tickets = stock.take(event=event, lines=[Line(ticket.pk, 1)], at=timezone.now()).tickets
        ready.set()
        wait_until_somebody_waits_for_us()
        order = Order.objects.create(
            event=event,
            channel="onsite",
            status="pending",
            amount=20,
            currency="EUR",
            created_at=timezone.now(),
        )
        Attendee.objects.create(ticket=tickets[ticket.pk], order=order)

    with elsewhere(sell), pytest.raises(Conflict, match="cannot change any more"):
        change_event(event, currency="USD")


def test_shift_that_sold_cannot_be_closed_while_its_money_is_kept(event, ticket, organizer):
    """Its report says so: whoever closes it meanwhile is waited for."""
    shift = ShiftFactory(till__event=event)
    paid = {"lines": [Line(ticket.pk, 1)], "status": "completed"}
    order = sold_onsite(event=event, seller=shift.cashier, till_id=shift.till_id, **paid)

    def close(ready, done):
        Shift.objects.select_for_update().get(pk=shift.pk)
        ready.set()
        done.wait(timeout=30)

    later = timezone.now() + timedelta(minutes=5)  # when it is no undo any more
    keep = {"desk": Desk(organizer), "reason": "too late", "money_back": None, "at": later}
    with elsewhere(close), pytest.raises(Busy):
        cancel(order, **keep)
    assert cancel(order, **keep).money_kept
