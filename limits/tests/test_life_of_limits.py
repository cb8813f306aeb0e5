"""Random lives of quotas and holds beside sales: after every step the books add up, nothing is oversold."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, multiple, rule, run_state_machine_as_test

from base.errors import DomainError
from base.tests.lives import CheckedLife, examples
from books.checking import differences
from books.checks import CHECKS
from events.tests.factories import EventFactory, MemberFactory
from limits.holds import delete_hold, give_back, release_ended, write_hold
from limits.models import Hold, Quota
from limits.quotas import delete_quota, write_quota
from orders.lifecycle import cancel, complete, expire_overdue
from orders.models import Order
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from tickets.models import Ticket
from tickets.stock import change_ticket
from tickets.tests.factories import TicketFactory

KINDS = st.integers(0, 2)
NUMBERS = st.integers(0, 9)
some_tickets = st.sets(KINDS)


class Life(CheckedLife):
    """Three tickets, one of them without a limit of its own, and a clock."""

    orders, holds, quotas = Bundle("orders"), Bundle("holds"), Bundle("quotas")

    @initialize()
    def begin(self):
        self.now = datetime(2030, 1, 1, 20, tzinfo=UTC)
        self.event = EventFactory(pending_minutes=20)
        self.tickets = [TicketFactory(event=self.event, price=8, quantity=n) for n in (9, 5, None)]
        self.seller = MemberFactory(event=self.event).user
        self.named = 0

    @rule(minutes=st.sampled_from([5, 31, 61]))
    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule(
        target=orders,
        wanted=st.lists(st.tuples(KINDS, st.integers(1, 4)), min_size=1, max_size=3),
        status=st.sampled_from(["pending", "completed"]),
    )
    def sell(self, wanted, status):
        return self.sold([Line(self.tickets[kind].pk, number) for kind, number in wanted], status)

    @rule(
        target=orders,
        hold=holds,
        number=st.integers(1, 4),
        beside=st.integers(0, 2),
        status=st.sampled_from(["pending", "completed"]),
    )
    def sell_from_hold(self, hold, number, beside, status):
        lines = [Line(hold.ticket_id, number, hold_id=hold.pk)]
        return self.sold([*lines, *([Line(hold.ticket_id, beside)] if beside else [])], status)

    def sold(self, lines, status):
        order = self.attempt(
            sold_onsite,
            event=self.event,
            seller=self.seller,
            lines=lines,
            status=status,
            awaits_card=status == "pending",
            at=self.now,
        )
        return multiple() if order is None else order

    @rule(order=orders)
    def cancel(self, order):
        for _sent_twice in range(2):
            self.attempt(cancel, order, desk=Desk(self.seller), reason="ill", at=self.now)

    @rule(order=orders)
    def pay_by_card(self, order):
        self.attempt(complete, order, payments=[Paid("card")], desk=Desk(self.seller), at=self.now)

    @rule()
    def expire(self):
        expire_overdue(self.event, self.now)

    @rule()
    def release(self):
        release_ended(self.event, self.now)

    @rule(target=holds, kind=KINDS, number=NUMBERS, minutes=st.sampled_from([None, 30, 60]))
    def set_aside(self, kind, number, minutes):
        ends_at = self.now + timedelta(minutes=minutes) if minutes else None
        hold = Hold(
            event=self.event,
            ticket=self.tickets[kind],
            name=self.name(),
            quantity=number,
            ends_at=ends_at,
        )
        return multiple() if self.attempt(write_hold, hold, at=self.now) is None else hold

    @rule(hold=holds, number=NUMBERS)
    def change_hold(self, hold, number):
        hold = Hold.objects.filter(pk=hold.pk).first()
        if hold is not None:
            hold.quantity = number
            self.attempt(write_hold, hold, at=self.now)

    @rule(hold=holds, number=st.sampled_from([None, 1, 2]))
    def give_back(self, hold, number):
        self.attempt(give_back, hold, number)

    @rule(hold=holds)
    def delete_hold(self, hold):
        if Hold.objects.filter(pk=hold.pk).exists():
            self.attempt(delete_hold, Hold.objects.get(pk=hold.pk))

    @rule(target=quotas, kinds=some_tickets, size=st.integers(0, 14))
    def make_quota(self, kinds, size):
        quota = Quota(event=self.event, name=self.name(), size=size)
        made = self.attempt(write_quota, quota, [self.tickets[kind] for kind in kinds])
        return multiple() if made is None else made

    @rule(quota=quotas, kinds=st.one_of(st.none(), some_tickets), size=st.integers(0, 14))
    def change_quota(self, quota, kinds, size):
        quota = Quota.objects.filter(pk=quota.pk).first()
        if quota is not None:
            quota.size = size
            tickets = None if kinds is None else [self.tickets[kind] for kind in kinds]
            self.attempt(write_quota, quota, tickets)

    @rule(quota=quotas)
    def delete_quota(self, quota):
        if Quota.objects.filter(pk=quota.pk).exists():
            delete_quota(Quota.objects.get(pk=quota.pk))

    @rule(kind=KINDS, quantity=st.one_of(st.none(), NUMBERS))
    def change_ticket(self, kind, quantity):
        self.attempt(change_ticket, Ticket.objects.get(pk=self.tickets[kind].pk), quantity=quantity)

    def name(self):
        self.named += 1
        return f"N{self.named}"

    def attempt(self, act, *args, **terms):
        """What the act gives, or None where it refuses."""
        try:
            return act(*args, **terms)
        except DomainError:
            return None

    def check(self):
        self.books_add_up()
        self.nothing_is_oversold()
        self.orders_keep_their_places()

    def books_add_up(self):
        found = differences(CHECKS, self.event.pk)
        # Money of cards that came too late included.
        assert found == [], list(map(str, found))

    def nothing_is_oversold(self):
        for ticket in self.event.tickets.with_quotas():
            assert min(ticket.sold, ticket.held) >= 0
            assert ticket.available is None or ticket.available >= 0
        for quota in Quota.objects.filter(event=self.event):
            assert 0 <= quota.used <= quota.size

    def orders_keep_their_places(self):
        """Who was sold from a hold is counted there as long as the order lives."""
        for hold in Hold.objects.filter(event=self.event):
            live = hold.attendees.live().exclude(order__status__in=["cancelled", "expired"])
            assert hold.sold == live.count()
        assert not Order.objects.filter(event=self.event, attendees=None).exists()


@pytest.mark.django_db
def test_nothing_is_oversold_whatever_happens():
    """Each life at an event of its own, so that nothing need be rolled back between them."""
    patience = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Life,
        settings=settings(max_examples=examples(15), stateful_step_count=25, suppress_health_check=patience),
    )
