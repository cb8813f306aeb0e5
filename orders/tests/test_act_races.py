"""Acts on one order, or on the last ticket, by several at once on a real PostgreSQL; and the controls that
show that each race can be lost.
"""

import threading
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from attendees.models import Attendee
from base.errors import Busy, Conflict
from books.checking import differences
from books.checks import CHECKS
from door.admission import check_in
from door.models import CheckIn
from door.scan import Scan
from limits import stock
from orders import amending
from orders.amending import Ask
from orders.exchanges import exchange
from orders.lifecycle import cancel, expire_overdue
from orders.models import Order, Payment
from orders.partial import cancel_attendees
from orders.refunds import refund
from orders.restoring import restore
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.rush import at_once, deadlocks
from shifts.desk import Desk
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
MANY = 16
ROUNDS = 6


def kinds(outcomes):
    """How many of each; anything but an act done or refused is shown."""
    unexpected = [one for one in outcomes if not isinstance(one, Order | Conflict | CheckIn)]
    assert not unexpected, unexpected
    return Counter(type(one) for one in outcomes)


def read_together(number):
    """What reads an order without its lock, and goes on once `number` have read."""
    everybody_has_read = threading.Barrier(number)

    def read(order):
        found = Order.objects.select_related("event", "shift", "seller").get(pk=order.pk)
        found.event.is_heard = False
        everybody_has_read.wait(timeout=30)
        return found

    return read


def guests(order):
    return list(order.attendees.order_by("pk"))


@pytest.fixture
def ask(organizer, shift):
    return Ask(Desk(organizer, shift.till_id), "rain")


@pytest.fixture
def sold(sell):
    return sell(payments=[Paid("cash")])


class TestRefundAgainstRefund:
    def test_money_goes_out_once(self, sold, ask):
        outcomes = at_once(*[partial(refund, sold, amount=Decimal(40), ask=ask)] * MANY)
        assert kinds(outcomes) == {Order: 1, Conflict: MANY - 1}
        assert sold.balance == 0
        assert differences(CHECKS) == []

    def test_the_same_request_is_done_once_and_answered_each_time(self, sold, organizer, shift):
        ask = Ask(Desk(organizer, shift.till_id), "rain", key="a")
        outcomes = at_once(*[partial(refund, sold, amount=Decimal(5), ask=ask)] * MANY)
        assert kinds(outcomes) == {Order: MANY}
        assert sold.balance == 35

    def test_control_without_the_lock_it_goes_out_again(self, sold, ask, monkeypatch):
        monkeypatch.setattr(amending, "locked", read_together(4))
        at_once(*[partial(refund, sold, amount=Decimal(40), ask=ask)] * 4)
        assert sold.balance < 0
        assert {found.check for found in differences(CHECKS)} == {"refunds"}


class TestCancelAgainstCheckIn:
    def race(self, event, sold, ask, cashier):
        first = guests(sold)[0]
        stop = partial(cancel_attendees, sold, attendees=[first.pk], ask=ask)
        scan = Scan(event=event, code=first.code)
        outcomes = at_once(*[stop] * (MANY // 2), *[partial(check_in, scan, by=cashier)] * (MANY // 2))
        first.refresh_from_db()
        return first, outcomes

    def test_who_is_cancelled_comes_in_no_more(self, event, sell, shift, cashier):
        for _ in range(ROUNDS):
            order = sell(payments=[Paid("cash")], lines=[Line(guests_ticket(event).pk, 2)])
            before = deadlocks()
            first, outcomes = self.race(event, order, Ask(Desk(cashier, shift.till_id)), cashier)
            kinds(outcomes)
            answers = {one.answer for one in outcomes if isinstance(one, CheckIn)}
            assert answers == ({"ok"} if first.is_inside else {"cancelled"})
            assert first.is_live == first.is_inside
            assert deadlocks() == before
            assert differences(CHECKS) == []

    def test_control_without_the_lock_both_happen(self, event, sold, shift, cashier, monkeypatch):
        first = guests(sold)[0]
        has_looked, came = threading.Event(), threading.Event()
        plain = amending.chosen

        def look(order, ids):
            found = plain(order, ids)
            has_looked.set()
            return found

        def let_in(*args, **terms):
            has_looked.wait(timeout=30)
            try:
                return check_in(*args, **terms)
            finally:
                came.set()

        def unlocked(order):
            found = Order.objects.select_related("event", "shift", "seller").get(pk=order.pk)
            found.event.is_heard = False
            return found

        def nobody(*args, **terms):
            assert came.wait(timeout=30)
            return []

        monkeypatch.setattr(amending, "locked", unlocked)
        monkeypatch.setattr("orders.partial.chosen", look)
        monkeypatch.setattr("orders.partial.take_back", nobody)  # looked just before the guest came
        stop = partial(cancel_attendees, sold, attendees=[first.pk], ask=Ask(Desk(cashier, shift.till_id)))
        at_once(stop, partial(let_in, Scan(event=event, code=first.code), by=cashier))
        first.refresh_from_db()
        assert (first.is_live, first.is_inside) == (False, True)


def guests_ticket(event):
    return TicketFactory(event=event, price=1, quantity=None)


class TestRestoreAgainstSale:
    """Of one ticket, both want the last."""

    @pytest.fixture
    def last(self, event):
        return TicketFactory(event=event, price=20, quantity=1)

    @pytest.fixture
    def expired(self, event, sell, last, now):
        order = sell(lines=[Line(last.pk, 1)], awaits_card=True, at=now - timedelta(hours=1))
        expire_overdue(event, now)
        return order

    def test_one_of_them_has_it(self, event, sell, expired, last, ask):
        sale = partial(sell, lines=[Line(last.pk, 1)], payments=[Paid("cash")])
        outcomes = at_once(*[partial(restore, expired, ask=ask)] * 8, *[sale] * 8)
        assert kinds(outcomes) == {Order: 1, Conflict: MANY - 1}
        last.refresh_from_db()
        assert last.sold == 1
        assert differences(CHECKS) == []

    def test_control_without_looking_under_the_lock_there_are_too_many(
        self, sell, expired, last, ask, monkeypatch
    ):
        sell(lines=[Line(last.pk, 1)], payments=[Paid("cash")])

        def take_again(*, event, counts, at):
            return stock.Taken({})

        monkeypatch.setattr(stock, "take_again", take_again)
        restore(expired, ask=ask)
        assert "sold" in {found.check for found in differences(CHECKS)}


class TestExchangeAgainstExchange:
    @pytest.fixture
    def tickets(self, event):
        return [TicketFactory(event=event, price=20, quantity=20) for _ in range(2)]

    @pytest.fixture
    def crossing(self, sell, tickets, ask):
        """Orders of either ticket, each to become the other."""
        first, second = tickets

        def one(have, want):
            order = sell(lines=[Line(have.pk, 1)], payments=[Paid("cash")])
            return partial(exchange, order, attendees=[guests(order)[0].pk], ticket=want.pk, ask=ask)

        return [one(*pair) for _ in range(MANY // 2) for pair in ((first, second), (second, first))]

    def test_crosswise_nobody_waits_for_ever(self, crossing, tickets):
        before = deadlocks()
        assert kinds(at_once(*crossing)) == {Order: MANY}
        assert [Ticket.objects.get(pk=ticket.pk).sold for ticket in tickets] == [8, 8]
        assert deadlocks() == before
        assert differences(CHECKS) == []

    def test_of_one_guest_happens_once(self, sold, tickets, ask):
        jobs = [
            partial(exchange, sold, attendees=[guests(sold)[0].pk], ticket=ticket.pk, ask=ask)
            for ticket in tickets
        ]
        assert kinds(at_once(*jobs * (MANY // 2))) == {Order: MANY}
        assert Attendee.objects.filter(replaces__isnull=False).count() == 1
        assert sum(Ticket.objects.get(pk=ticket.pk).sold for ticket in tickets) == 1
        assert differences(CHECKS) == []

    def test_control_locking_what_is_taken_first_they_wait_for_each_other(self, crossing, monkeypatch):
        both_have_one = threading.Barrier(2)
        plain = stock.exchange

        def exchange_in_turn(*, event, line, freed, at):
            list(Ticket.objects.select_for_update(no_key=True).filter(pk=line.ticket_id))
            with suppress(threading.BrokenBarrierError):  # whoever tries again is alone
                both_have_one.wait(timeout=2)
            return plain(event=event, line=line, freed=freed, at=at)

        monkeypatch.setattr(stock, "exchange", exchange_in_turn)
        before = deadlocks()
        outcomes = at_once(*crossing[:2])
        assert deadlocks() > before or any(isinstance(one, Busy) for one in outcomes)


def test_cancelling_a_part_frees_it_once(sell, adult, ask):
    order = sell(payments=[Paid("cash")])
    stop = partial(cancel_attendees, order, attendees=[guests(order)[0].pk], ask=ask)
    whole = partial(cancel, order, desk=ask.desk, reason="rain")
    kinds(at_once(*[stop] * 8, *[whole] * 8))
    adult.refresh_from_db()
    assert adult.sold == 0
    assert sum(Payment.objects.values_list("amount", flat=True)) == 0
    assert differences(CHECKS) == []
