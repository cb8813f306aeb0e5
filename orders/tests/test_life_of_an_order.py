"""Random lives of many orders at once, and what must hold after every step."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, multiple, rule, run_state_machine_as_test

from attendees.tests.factories import DraftFactory
from base.errors import DomainError
from base.tests.lives import CheckedLife, examples
from events.models import Role
from events.tests.factories import EventFactory, MemberFactory
from orders.lifecycle import MoneyDue, cancel, complete, expire_overdue, give_back
from orders.models import Order, Payment
from orders.sale import Line
from orders.settlement import Paid
from orders.takings import GiveBack
from orders.tests.books import assert_books_are_right
from orders.tests.factories import ordered_online, sold_onsite
from shifts.desk import Desk
from shifts.drawer import close_shift, count, expected_card, expected_cash, open_shift
from shifts.models import Shift
from shifts.tests.factories import TillFactory
from tickets.tests.factories import TicketFactory

AMOUNTS = [None, Decimal("0.05"), Decimal(8), Decimal(20), Decimal("28.01")]
payments = st.lists(st.builds(Paid, st.sampled_from(["cash", "card"]), st.sampled_from(AMOUNTS)), max_size=2)
lines = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 3)), min_size=1, max_size=2)
people = st.sampled_from(["cashier", "colleague", "organizer", None])
waits = st.sampled_from([1, 30, 61, 5 * 60, 11 * 60, 31 * 60])


class Life(CheckedLife):
    """Two tickets, two tills, three who sell, and a clock."""

    orders = Bundle("orders")

    @initialize(rounding=st.sampled_from([None, Decimal("0.05")]), minutes=st.sampled_from([None, 20]))
    def begin(self, rounding, minutes):
        self.now = datetime(2030, 1, 1, 20, tzinfo=UTC)
        self.event = EventFactory(cash_rounding=rounding, pending_minutes=minutes)
        self.tickets = [
            TicketFactory(event=self.event, price=Decimal("20.01"), quantity=7),
            TicketFactory(event=self.event, price=8, quantity=5),
        ]
        self.tills = TillFactory.create_batch(2, event=self.event)
        self.people = {
            "cashier": MemberFactory(event=self.event).user,
            "colleague": MemberFactory(event=self.event).user,
            "organizer": MemberFactory(event=self.event, role=Role.ORGANIZER).user,
            None: None,
        }
        self.reports = {}

    @rule(seconds=waits)
    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule(
        target=orders,
        wanted=lines,
        paid=payments,
        who=people,
        status=st.sampled_from([None, "pending", "completed"]),
        awaits_card=st.booleans(),
        till=st.sampled_from([None, 0, 1]),
    )
    def sell(self, wanted, paid, who, status, awaits_card, till):
        order = self.attempt(
            sold_onsite,
            event=self.event,
            seller=self.people[who],
            lines=[Line(self.tickets[kind].pk, quantity) for kind, quantity in wanted],
            payments=paid,
            status=status,
            awaits_card=awaits_card,
            till_id=None if till is None else self.tills[till].pk,
            drawer_required=True,
        )
        return multiple() if order is None else order

    @rule(target=orders, kind=st.integers(0, 1), quantity=st.integers(1, 3))
    def place(self, kind, quantity):
        buyer = self.people["organizer"]
        drafts = DraftFactory.create_batch(quantity, ticket=self.tickets[kind], creator=buyer)
        order = self.attempt(ordered_online, event=self.event, buyer=buyer, attendees=drafts)
        return multiple() if order is None else order

    @rule(order=orders, paid=payments, who=people)
    def pay(self, order, paid, who):
        by = self.people[who]
        for _sent_twice in range(2):
            self.attempt(complete, order, payments=paid, desk=Desk(by, drawer_required=True))

    @rule(
        order=orders,
        who=people,
        reason=st.sampled_from(["", "ill"]),
        till=st.sampled_from([None, 0, 1]),
        money_back=st.sampled_from([GiveBack(), GiveBack(), GiveBack("card"), GiveBack("cash", True), None]),
    )
    def take_back(self, order, who, reason, till, money_back):
        till_id = None if till is None else self.tills[till].pk
        for _sent_twice in range(2):
            self.attempt(
                cancel,
                order,
                desk=Desk(self.people[who], till_id=till_id, drawer_required=True),
                reason=reason,
                money_back=money_back,
            )

    @rule(order=orders, who=people, till=st.sampled_from([None, 0, 1]))
    def hand_out(self, order, who, till):
        till_id = None if till is None else self.tills[till].pk
        for _sent_twice in range(2):
            self.attempt(give_back, order, desk=Desk(self.people[who], till_id, drawer_required=True))

    @rule()
    def expire(self):
        expire_overdue(self.event, self.now)

    @rule(who=st.sampled_from(["cashier", "colleague", "organizer"]), till=st.integers(0, 1))
    def open(self, who, till):
        self.attempt(open_shift, till=self.tills[till], cashier=self.people[who], opening_float=Decimal(50))

    @rule(till=st.integers(0, 1))
    def close(self, till):
        shift = Shift.objects.open().filter(till=self.tills[till]).first()
        if shift is not None:
            cash, card = expected_cash(shift), expected_card(shift)
            if self.attempt(
                count, shift=shift, cash=Decimal(max(cash, 0)), card=Decimal(max(card, 0)), by=shift.cashier
            ):
                closed = self.attempt(close_shift, shift=shift, by=shift.cashier, note="as it is")
                if closed:
                    self.reports[shift] = (cash, card)

    def attempt(self, act, *args, **terms):
        """What the act gives, or None where it refuses and leaves everything as it was."""
        before = self.everything()
        try:
            return act(*args, at=self.now, **terms)
        except MoneyDue:
            assert act is complete  # the one refusal that leaves something behind
            return None
        except DomainError:
            if act not in (
                sold_onsite,
                ordered_online,
                complete,
            ):  # a sale or a late card may let go of what is overdue first
                assert self.everything() == before
            return None

    def everything(self):
        orders = Order.objects.filter(event=self.event)
        return (
            list(orders.order_by("pk").values_list("pk", "status")),
            Payment.objects.filter(order__event=self.event).count(),
            list(self.event.tickets.order_by("pk").values_list("sold", flat=True)),
        )

    def check(self):
        """The books, and that what was counted at the close of a shift is what its payments say for ever."""
        assert_books_are_right(self.event)
        for shift, report in self.reports.items():
            assert (expected_cash(shift), expected_card(shift)) == report


@pytest.mark.walk
@pytest.mark.django_db
def test_books_are_right_whatever_happens():
    """Each life at an event of its own, so that nothing need be rolled back between them."""
    patience = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Life,
        settings=settings(max_examples=examples(40), stateful_step_count=25, suppress_health_check=patience),
    )
