"""What becomes of an order when several decide at once, on a real PostgreSQL, and the controls that
show that each race can be lost.
"""

import random
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError
from django.db.models import F, Sum

from base.errors import Conflict, Forbidden
from limits import stock as limited
from orders import lifecycle, takings
from orders.lifecycle import MoneyDue, cancel, complete, give_back
from orders.models import Order, Payment
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.books import assert_books_are_right
from orders.tests.rush import at_once, deadlocks, flatten
from orders.tests.test_locks import wait_until_somebody_waits_for_us
from shifts import drawer
from shifts.desk import Desk
from shifts.drawer import close_shift, count
from shifts.models import Shift
from tickets import stock
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 8


def kinds(outcomes):
    """How many orders and refusals there are; anything else is shown."""
    found = Counter(type(outcome) for outcome in outcomes)
    known = Order | Conflict | Forbidden | int | Shift
    unexpected = [outcome for outcome in outcomes if not isinstance(outcome, known)]
    assert not unexpected, unexpected
    return found


class Meeting:
    """Lets `act` read without a lock, says so, and holds the first up until somebody else is done."""

    def __init__(self, act):
        self.act, self.has_read, self.may_go_on = act, threading.Event(), threading.Event()

    def __call__(self, *args, **values):
        found = self.act(*args, **values)
        if not self.has_read.is_set():
            self.has_read.set()
            assert self.may_go_on.wait(timeout=30)
        return found

    def meanwhile(self, act):
        """`act`, run between the reading and the rest."""

        def run():
            assert self.has_read.wait(timeout=30)
            try:
                return act()
            finally:
                self.may_go_on.set()

        return run


def unlocked(order):
    return Order.objects.select_related("event", "shift").get(pk=order.pk)


class TestUndoAgainstUndo:
    @pytest.fixture
    def sold(self, sell):
        return sell(payments=[Paid("card", Decimal(15)), Paid("cash")])

    def test_is_done_once(self, sold, cashier, adult):
        outcomes = at_once(*[partial(cancel, sold, desk=Desk(cashier))] * 16)
        assert {order.status for order in outcomes} == {"cancelled"}
        assert len({order.cancelled_at for order in outcomes}) == 1
        assert sorted(Payment.objects.values_list("amount", flat=True)) == [-25, -15, 15, 25]
        adult.refresh_from_db()
        assert adult.sold == 0
        assert_books_are_right()

    def test_control_without_the_lock_the_constraint_fires(self, sold, cashier, monkeypatch):
        everybody_has_read = threading.Barrier(4)

        def read(order):
            found = unlocked(order)
            everybody_has_read.wait(timeout=30)
            return found

        monkeypatch.setattr(lifecycle, "locked", read)
        outcomes = at_once(*[partial(cancel, sold, desk=Desk(cashier))] * 4)
        assert Counter(type(outcome) for outcome in outcomes) == {Order: 1, IntegrityError: 3}
        assert_books_are_right()


class TestApprovalAgainstExpiry:
    """The card is approved just when the tickets, held too long, are wanted by the next guest."""

    @pytest.fixture
    def last(self, event):
        return TicketFactory(event=event, price=20, quantity=1)

    @pytest.fixture
    def jobs(self, sell, last, cashier, now):
        def hold():
            held = sell(lines=[Line(last.pk, 1)], awaits_card=True, at=now - timedelta(hours=1), till_id=None)
            approve = partial(complete, held, payments=[Paid("card")], desk=Desk(cashier))
            sale = partial(sell, lines=[Line(last.pk, 1)], payments=[Paid("cash")])
            return held, approve, sale

        return hold

    def test_one_wins(self, jobs, last):
        winners = Counter()
        for _ in range(ROUNDS):
            held, approve, sale = jobs()
            assert kinds(at_once(approve, sale)) in ({Order: 1, Conflict: 1}, {Order: 1, MoneyDue: 1})
            assert_books_are_right()
            held.refresh_from_db()
            winners[held.status] += 1
            assert held.payments.count() == 1
            last.refresh_from_db()
            assert last.sold == 1
            for order in Order.objects.filter(status="completed"):
                cancel(order)
        assert set(winners) <= {"completed", "expired"}

    def test_several_guests_want_what_one_order_held(self, sell, event, now):
        """Who comes while another till is letting it go must not hear "sold out"."""
        ticket = TicketFactory(event=event, quantity=4)
        for _ in range(ROUNDS):
            lines = [Line(ticket.pk, 4)]
            held = sell(lines=lines, awaits_card=True, at=now - timedelta(hours=1))
            outcomes = at_once(*[partial(sell, lines=[Line(ticket.pk, 1)])] * 4)
            assert kinds(outcomes) == {Order: 4}
            assert_books_are_right()
            held.refresh_from_db()
            assert held.status == "expired"
            for order in outcomes:
                cancel(order)

    def test_control_without_the_lock_the_ticket_is_sold_twice(self, jobs, last, monkeypatch):
        _held, approve, sale = jobs()
        meeting = Meeting(unlocked)
        monkeypatch.setattr(lifecycle, "locked", meeting)
        assert kinds(at_once(approve, meeting.meanwhile(sale))) == {Order: 2}
        last.refresh_from_db()
        assert last.attendees.filter(order__status="completed").count() == 2 > last.sold


class TestLateCard:
    """The hold is over; the card is approved."""

    @pytest.fixture
    def last(self, event):
        return TicketFactory(event=event, price=20, quantity=1)

    @pytest.fixture
    def approval(self, sell, last, cashier, now):
        def expired():
            held = sell(lines=[Line(last.pk, 1)], awaits_card=True, at=now - timedelta(hours=1))
            lifecycle.expire_overdue(held.event, now)
            return held, partial(complete, held, payments=[Paid("card")], desk=Desk(cashier))

        return expired

    def test_against_the_sale_of_the_last_ticket_one_wins(self, sell, last, approval):
        for _ in range(ROUNDS):
            held, approve = approval()
            sale = partial(sell, lines=[Line(last.pk, 1)], payments=[Paid("cash")])
            assert kinds(at_once(approve, sale)) in ({Order: 1, Conflict: 1}, {Order: 1, MoneyDue: 1})
            assert_books_are_right()
            held.refresh_from_db()
            last.refresh_from_db()
            assert (last.sold, held.payments.count()) == (1, 1)
            assert held.money_due == (held.status == "expired")
            for order in Order.objects.filter(status="completed"):
                cancel(order)

    def test_control_without_the_lock_on_the_tickets_the_constraint_fires(
        self, sell, last, approval, monkeypatch
    ):
        build = stock.locked.__wrapped__

        def read(**values):
            queryset = build(**values)
            queryset.query.select_for_update = False
            return [
                stock.Locked(
                    ticket,
                    ticket.event_state,
                    ticket.event_currency,
                    ticket.event_is_heard,
                    ticket.event_capacity,
                )
                for ticket in queryset
            ]

        _held, approve = approval()
        meeting = Meeting(read)
        sale = meeting.meanwhile(partial(sell, lines=[Line(last.pk, 1)], payments=[Paid("cash")]))
        monkeypatch.setattr(stock, "locked", meeting)
        outcomes = at_once(approve, sale)
        assert Counter(type(outcome) for outcome in outcomes) == {Order: 1, IntegrityError: 1}

    @pytest.mark.parametrize("is_gone", [False, True])
    def test_approved_twice_is_booked_once(self, sell, last, approval, is_gone):
        held, approve = approval()
        if is_gone:
            sell(lines=[Line(last.pk, 1)])
        assert kinds(at_once(*[approve] * 8)) == {MoneyDue if is_gone else Order: 8}
        assert held.payments.count() == 1
        last.refresh_from_db()
        assert last.sold == 1
        assert_books_are_right()

    def test_control_without_the_lock_on_the_order_it_is_booked_twice(
        self, sell, last, approval, monkeypatch
    ):
        held, approve = approval()
        sell(lines=[Line(last.pk, 1)])
        everybody_has_read = threading.Barrier(4)
        built = lifecycle._comes_too_late

        def read(*args):
            late = built(*args)
            everybody_has_read.wait(timeout=30)
            return late

        monkeypatch.setattr(lifecycle, "locked", unlocked)
        monkeypatch.setattr(lifecycle, "_comes_too_late", read)
        at_once(*[approve] * 4)
        assert held.payments.count() > 1

    def test_against_the_expiry_of_its_own_order(self, sell, last, cashier, now):
        for _ in range(ROUNDS):
            held = sell(lines=[Line(last.pk, 1)], awaits_card=True, at=now - timedelta(hours=1))
            approve = partial(complete, held, payments=[Paid("card")], desk=Desk(cashier))
            expire = partial(lifecycle.expire_overdue, held.event, now)
            assert kinds(at_once(approve, expire)) == {Order: 1, int: 1}
            held.refresh_from_db()
            assert held.status == "completed"
            assert_books_are_right()
            cancel(held)

    def test_given_back_twice_goes_back_once(self, sell, last, approval, cashier, organizer):
        held, approve = approval()
        sell(lines=[Line(last.pk, 1)])
        with pytest.raises(MoneyDue):
            approve()
        jobs = [partial(give_back, held, desk=Desk(by)) for by in (cashier, organizer) * 4]
        assert kinds(at_once(*jobs)) == {Order: 8}
        assert sorted(held.payments.values_list("amount", flat=True)) == [-20, 20]
        assert_books_are_right()

    def test_control_without_the_lock_it_goes_back_again(self, sell, last, approval, cashier, monkeypatch):
        held, approve = approval()
        sell(lines=[Line(last.pk, 1)])
        with pytest.raises(MoneyDue):
            approve()
        everybody_has_read, written = threading.Barrier(4), takings._written

        def write(payments):
            everybody_has_read.wait(timeout=30)
            return written(payments)

        monkeypatch.setattr(lifecycle, "locked", unlocked)
        monkeypatch.setattr(takings, "_written", write)
        at_once(*[partial(give_back, held, desk=Desk(cashier))] * 4)
        assert sum(held.payments.values_list("amount", flat=True)) == -60

    def test_approval_against_the_close_is_in_the_report_or_after_it(self, sell, last, approval, shift):
        """What a card pays too late blocks the close, or belongs to no shift that is closed."""
        for _ in range(ROUNDS):
            held, approve = approval()
            blocker = sell(lines=[Line(last.pk, 1)])
            now = Shift.objects.open().get(till=shift.till)
            count(shift=now, by=now.cashier, cash=drawer.expected_cash(now), card=drawer.expected_card(now))
            at_once(approve, partial(close_shift, shift=now, by=now.cashier))
            held.refresh_from_db()
            taken_in = held.payments.get().shift
            assert held.money_due
            assert taken_in is None or taken_in.is_open
            give_back(held)
            cancel(blocker)
            if not Shift.objects.get(pk=now.pk).is_open:
                stayed = drawer.suggested_float(now.till)
                drawer.open_shift(till=now.till, cashier=now.cashier, opening_float=stayed)


class TestCancelAgainstComplete:
    @pytest.mark.parametrize("deposit", [[], [Paid("cash", Decimal(5))]], ids=["unpaid", "deposit"])
    def test_ends_cancelled_with_all_money_back(self, sell, cashier, deposit):
        for _ in range(ROUNDS):
            order = sell(payments=deposit)
            pay = partial(complete, order, payments=[Paid("card")], desk=Desk(cashier))
            outcomes = at_once(pay, partial(cancel, order, desk=Desk(cashier)))
            assert kinds(outcomes)[Order] >= 1
            order.refresh_from_db()
            assert order.status == "cancelled"
            assert_books_are_right()

    def test_control_without_the_lock_money_is_left(self, sell, cashier, monkeypatch):
        order = sell()
        meeting = Meeting(unlocked)
        undo = meeting.meanwhile(partial(cancel, order, desk=Desk(cashier)))
        monkeypatch.setattr(
            lifecycle, "locked", lambda o: meeting(o) if not meeting.has_read.is_set() else unlocked(o)
        )
        at_once(partial(complete, order, payments=[Paid("card")], desk=Desk(cashier)), undo)
        order.refresh_from_db()
        assert order.status == "completed"
        assert Ticket.objects.get().sold == 0


class TestLockOrder:
    @pytest.fixture
    def tickets(self, event):
        return TicketFactory.create_batch(2, event=event, quantity=None)

    def test_cancels_and_sales_in_opposite_order_do_not_deadlock(self, sell, tickets, cashier):
        first, second = tickets
        before = deadlocks()

        def evening(till):
            draw = random.Random(till)
            outcomes = []
            for _ in range(8):
                lines = [Line(first.pk, draw.randint(1, 4)), Line(second.pk, draw.randint(1, 4))]
                order = sell(lines=lines[:: -1 if till % 2 else 1], payments=[Paid("cash")])
                outcomes.append(order)
                if draw.random() < 0.6:
                    outcomes.append(cancel(order, desk=Desk(cashier)))
            return outcomes

        outcomes = flatten(at_once(*(partial(evening, till) for till in range(8))))
        assert set(kinds(outcomes)) == {Order}
        assert_books_are_right()
        assert deadlocks() == before

    def test_control_giving_back_in_the_other_order_deadlocks(self, sell, tickets, cashier, monkeypatch):
        first, second = tickets
        lines = [Line(first.pk, 1), Line(second.pk, 1)]
        order = sell(lines=lines)
        before = deadlocks()
        took_the_second = threading.Event()

        def give_back(*, event, counts, at):
            for place in sorted(counts, reverse=True):
                Ticket.objects.filter(pk=place.ticket_id).update(sold=F("sold") - counts[place])
                if not took_the_second.is_set():
                    took_the_second.set()
                    wait_until_somebody_waits_for_us()

        def sale():
            assert took_the_second.wait(timeout=30)
            return sell(lines=lines)

        monkeypatch.setattr(limited, "give_back", give_back)
        assert kinds(at_once(partial(cancel, order, desk=Desk(cashier)), sale)) == {Order: 2}  # tried again
        assert deadlocks() == before + 1


class TestCloseAgainstSales:
    def close(self, shift):
        """Counts until no sale comes between the count and the close."""
        while True:
            declared = {"cash": drawer.expected_cash(shift), "card": drawer.expected_card(shift)}
            counted = count(shift=shift, by=shift.cashier, **declared)
            note = "" if not (counted.difference or counted.card_difference) else "counted during a sale"
            with suppress(Conflict):  # a sale came between
                return close_shift(shift=shift, by=shift.cashier, note=note)

    @staticmethod
    def assert_report_is_right(shift):
        """What the count expected is what lies in the drawer by the payments of the shift."""
        shift = Shift.objects.get(pk=shift.pk)
        assert not shift.is_open
        counted = shift.last_count
        cash = shift.payments.filter(tender="cash").aggregate(sum=Sum("amount"))["sum"] or 0
        card = shift.payments.filter(tender="card").aggregate(sum=Sum("amount"))["sum"] or 0
        assert (counted.expected_cash, counted.expected_card) == (shift.opening_float + cash, card)
        assert not shift.payments.filter(created_at__gt=shift.closed_at).exists()

    def test_no_payment_that_the_count_did_not_expect(self, sell, event, shift, cashier):
        ticket = TicketFactory(event=event, price=3, quantity=None)
        closed = threading.Event()

        def sell_one(draw):
            order = sell(
                lines=[Line(ticket.pk, draw.randint(1, 3))],
                payments=[Paid(draw.choice(["cash", "card"]))],
                till_id=shift.till_id,
                drawer_required=True,
            )
            return cancel(order, desk=Desk(cashier, drawer_required=True)) if draw.random() < 0.3 else order

        def till(number):
            draw = random.Random(number)
            outcomes = []
            while not closed.is_set() and len(outcomes) < 100:
                time.sleep(draw.uniform(0, 0.03))
                try:
                    outcomes.append(sell_one(draw))
                except (Conflict, Forbidden) as refusal:
                    outcomes.append(refusal)
            return outcomes

        def close():
            try:
                while Order.objects.count() < 20:
                    time.sleep(0.01)
                return self.close(shift)
            finally:
                closed.set()

        outcomes = flatten(at_once(close, *(partial(till, number) for number in range(4))))
        assert kinds(outcomes)[Order] >= 20
        refusals = {o.problems[0].code for o in outcomes if isinstance(o, Conflict | Forbidden)}
        assert refusals <= {"no-open-shift", "not-at-this-till", "shift-closed"}
        self.assert_report_is_right(shift)
        assert_books_are_right()

    def test_control_without_the_lock_a_payment_slips_in(self, sell, shift, monkeypatch):
        build = drawer._open_at_till.__wrapped__

        def read(**values):
            queryset = build(**values)
            queryset.query.select_for_update = False
            return list(queryset)

        meeting = Meeting(read)
        monkeypatch.setattr(drawer, "_open_at_till", meeting)
        sale = partial(sell, payments=[Paid("cash")], till_id=shift.till_id, drawer_required=True)
        outcomes = at_once(sale, meeting.meanwhile(partial(self.close, shift)))
        assert kinds(outcomes) == {Order: 1, Shift: 1}
        with pytest.raises(AssertionError):
            self.assert_report_is_right(shift)
