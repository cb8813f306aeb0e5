"""Quotas and holds when many sell at once, on a real PostgreSQL, and the controls that show that each race
can be lost.
"""

import random
import threading
from collections import Counter
from functools import partial

import pytest
from django.db import IntegrityError

from base import places
from base.errors import Conflict
from base.tests.test_metrics import Holder
from books.checking import differences
from books.checks import CHECKS
from limits import quotas, shelf
from limits.holds import give_back
from limits.models import Hold, Quota
from limits.quotas import write_quota
from limits.tests.factories import hold_of, quota_of
from orders.lifecycle import cancel
from orders.models import Order
from orders.tests.rush import at_once, deadlocks, flatten
from orders.tests.test_lifecycle_races import Meeting
from shifts.desk import Desk
from tickets import stock
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS = 16


def kinds(outcomes):
    """How many there are of each; anything that is no answer is shown."""
    found = Counter(type(outcome) for outcome in outcomes)
    unexpected = [one for one in outcomes if not isinstance(one, Order | Hold | Quota | Conflict)]
    assert not unexpected, unexpected
    return found


def assert_all_adds_up():
    assert differences(CHECKS) == []


@pytest.fixture
def unlocked(monkeypatch):
    """`unlocked(module, name, number=THREADS)`: so many read there before anybody goes on, without a lock."""

    def patch(module, name, number=THREADS):
        everybody_has_read = threading.Barrier(number)
        locked = getattr(module, name)
        into = {"locked": lambda row: stock.Locked(row, row.event_state, row.event_currency, False, None)}
        into["locked_quotas"] = lambda row: shelf.Limited(row, row.ticket_id)

        def read(**values):
            queryset = locked.__wrapped__(**values)
            queryset.query.select_for_update = False
            found = [into.get(name, lambda row: row)(row) for row in queryset]
            everybody_has_read.wait(timeout=30)
            return found

        monkeypatch.setattr(module, name, read)

    return patch


class TestQuota:
    """Every till sells four of a ticket of its own: the quota alone holds 20 of them together."""

    @pytest.fixture
    def rush(self, event, sell):
        tickets = TicketFactory.create_batch(THREADS, event=event, quantity=100)
        quota_of(*tickets, size=20)
        return lambda: at_once(*(partial(sell, (ticket, 4)) for ticket in tickets))

    def test_is_never_oversold(self, rush):
        assert kinds(rush()) == {Order: 5, Conflict: 11}
        assert Quota.objects.get().used == 20
        assert_all_adds_up()

    def test_control_without_its_lock_the_check_fires(self, rush, unlocked):
        unlocked(shelf, "locked_quotas")
        found = Counter(type(outcome) for outcome in rush())
        assert found == {Order: 5, IntegrityError: 11}


class TestOppositeOrder:
    @pytest.fixture
    def tickets(self, event):
        """Two tickets without a limit of their own, both in two quotas."""
        tickets = TicketFactory.create_batch(2, event=event, quantity=None)
        quota_of(*tickets, size=150, name="One"), quota_of(*tickets, size=140, name="Two")
        return tickets

    def test_sales_and_cancellations_do_not_deadlock(self, tickets, sell, cashier):
        before = deadlocks()

        def evening(till):
            draw, outcomes = random.Random(till), []
            for _ in range(6):
                lines = [(ticket, draw.randint(1, 3)) for ticket in tickets][:: -1 if till % 2 else 1]
                try:
                    order = sell(*lines[: draw.randint(1, 2)])
                except Conflict as refusal:
                    order = refusal
                outcomes.append(order)
                if isinstance(order, Order) and draw.random() < 0.3:
                    outcomes.append(cancel(order, desk=Desk(cashier)))
            return outcomes

        found = kinds(flatten(at_once(*(partial(evening, till) for till in range(THREADS)))))
        assert found[Order] > 50
        assert max(quota.used - quota.size for quota in Quota.objects.all()) <= 0
        assert_all_adds_up()
        assert deadlocks() == before

    def test_control_quotas_locked_in_the_other_order_deadlock(self, tickets, sell, monkeypatch):
        before, meet = deadlocks(), threading.Barrier(2)
        first, second = tickets

        def locked(*, ticket_ids, at_once=False):
            there = list(Quota.objects.filter(tickets__in=ticket_ids).order_by("pk"))
            for place, quota in enumerate(there[:: -1 if ticket_ids == [second.pk] else 1]):
                Quota.objects.select_for_update().get(pk=quota.pk)
                if not place and not meet.broken:
                    try:
                        meet.wait(timeout=5)
                    except threading.BrokenBarrierError:
                        pass
                    meet.abort()  # the next try goes on alone
            return [shelf.Limited(quota, ticket_ids[0]) for quota in there]

        monkeypatch.setattr(shelf, "locked_quotas", locked)
        assert kinds(at_once(partial(sell, (first, 1)), partial(sell, (second, 1)))) == {Order: 2}
        assert deadlocks() == before + 1


class TestHoldAgainstSale:
    """Half of them set four aside, half sell four; there are 22."""

    @pytest.fixture
    def rush(self, event, sell):
        ticket = TicketFactory(event=event, quantity=22)
        aside = (partial(hold_of, ticket, 4, name=f"Hold {n}") for n in range(THREADS // 2))
        sales = (partial(sell, (ticket, 4)) for _ in range(THREADS // 2))
        return lambda: at_once(*aside, *sales)

    def test_last_tickets_go_one_way(self, rush):
        found = kinds(rush())
        assert found[Order] + found[Hold] == 5
        ticket = Ticket.objects.get()
        assert (ticket.sold, ticket.held) == (4 * found[Order], 4 * found[Hold])
        assert_all_adds_up()

    def test_control_without_the_lock_the_check_fires(self, rush, unlocked):
        unlocked(stock, "locked")
        found = Counter(type(outcome) for outcome in rush())
        assert found[Order] + found[Hold] == 5
        assert found[IntegrityError] == 11


class TestSaleFromAHoldAgainstGivingItBack:
    @pytest.fixture
    def rush(self, event, sell):
        ticket = TicketFactory(event=event, quantity=40)
        guests = hold_of(ticket, 20)
        sales = (partial(sell, (ticket, 3, guests)) for _ in range(THREADS // 2))
        backs = (partial(give_back, Hold.objects.get(), 3) for _ in range(THREADS // 2))
        return lambda: at_once(*sales, *backs)

    def test_nothing_is_sold_that_was_given_back(self, rush):
        found = kinds(rush())
        assert found[Order] + found[Hold] == 6
        hold = Hold.objects.get()
        assert (hold.sold, hold.quantity) == (3 * found[Order], 20 - 3 * found[Hold])
        assert_all_adds_up()

    def test_control_without_the_locks_a_check_fires(self, rush, unlocked):
        unlocked(stock, "locked", 1)
        unlocked(shelf, "locked_holds")
        assert Counter(type(outcome) for outcome in rush())[IntegrityError] > 0


class TestMembershipAgainstSale:
    @pytest.fixture
    def tickets(self, event):
        return TicketFactory.create_batch(2, event=event, quantity=None)

    def test_quota_counts_what_its_tickets_have_sold(self, tickets, sell, cashier):
        one, other = tickets
        seats = quota_of(one, other, size=1000)
        before = deadlocks()

        def sells(till):
            orders = [sell((one, 1), (other, 2)) for _ in range(5)]
            return [*orders, cancel(orders[till % 5], desk=Desk(cashier))]

        def changes(turn):
            quota = Quota.objects.get(pk=seats.pk)
            return [write_quota(quota, some) for some in ([one], [other], [], [one, other])[turn % 4 :]]

        work = [partial(sells, n) for n in range(THREADS - 4)] + [partial(changes, n) for n in range(4)]
        kinds(flatten(at_once(*work)))
        assert_all_adds_up()
        assert deadlocks() == before

    def test_control_without_the_lock_sales_are_not_counted(self, tickets, sell, monkeypatch):
        one, other = tickets
        seats = quota_of(other, size=1000)
        meeting = Meeting(lambda event: {ticket.pk: ticket for ticket in event.tickets.all()})
        monkeypatch.setattr(quotas, "_locked_tickets", meeting)
        at_once(partial(write_quota, seats, [one, other]), meeting.meanwhile(partial(sell, (one, 3))))
        assert {difference.check for difference in differences(CHECKS)} == {"quota"}


def test_ended_hold_is_released_once(event, now, sell):
    """Everybody would be refused without it, and lets it go."""
    from datetime import timedelta

    ticket = TicketFactory(event=event, quantity=20)
    hold_of(ticket, 20, ends_at=now + timedelta(hours=1))
    Hold.objects.update(ends_at=now)
    before = deadlocks()
    found = kinds(at_once(*(partial(sell, (ticket, 1)) for _ in range(THREADS))))
    assert found == {Order: THREADS}
    assert_all_adds_up()
    assert deadlocks() == before


def test_sale_waits_its_turn_for_a_quota_that_somebody_has(event, sell):
    """The ticket is free, its quota is not: with a place to wait in, the sale begins anew, and waits."""
    ticket = TicketFactory(event=event)
    quota_of(ticket, size=20)
    places.limit(1)
    try:
        with Holder(lambda: Quota.objects.select_for_update().get()) as holder:
            threading.Timer(0.3, holder.lets_go.set).start()
            assert isinstance(sell((ticket, 2)), Order)
    finally:
        places.limit(None)
    assert_all_adds_up()
