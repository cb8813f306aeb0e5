"""Random lives of orders with every act there is, sales and scans, quotas and holds between them: the books
are clean after each step.
"""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, multiple, rule, run_state_machine_as_test

from base.errors import DomainError
from base.tests.lives import examples
from books.checking import differences
from books.checks import CHECKS
from door.admission import check_in, check_out
from door.scan import Scan
from limits.holds import give_back, release_ended, write_hold
from limits.models import Hold, Quota
from limits.quotas import write_quota
from orders.amending import Ask
from orders.exchanges import exchange
from orders.guest_list import Entry, Way, put_on_list
from orders.partial import cancel_attendees
from orders.refunds import refund
from orders.reissue import swap_code, transfer
from orders.restoring import restore
from orders.sale import Line
from orders.takings import GiveBack
from orders.tests.factories import sold_onsite
from orders.tests.test_life_of_an_order import Life, payments, people
from prices.claims import Claim
from prices.discounts import write_discount
from prices.models import Discount
from shifts.desk import Desk

KINDS = ["percent", "each", "once"]
reasons = st.sampled_from(["", "ill", "ill"])
ways = st.sampled_from([GiveBack(), GiveBack(), GiveBack("card"), GiveBack("cash", True), None])
sums = st.sampled_from([None, Decimal(0), Decimal("0.01"), Decimal("7.33"), Decimal("20.01"), Decimal(30)])


class LifeOfActs(Life):
    """The same two tickets, with tax, in quotas and holds, and all that can be done to what was sold."""

    holds, quotas, discounts = Bundle("holds"), Bundle("quotas"), Bundle("discounts")

    @initialize(rounding=st.sampled_from([None, Decimal("0.05")]), minutes=st.sampled_from([None, 20]))
    def begin(self, rounding, minutes):
        super().begin(rounding, minutes)
        for ticket, rate in zip(self.tickets, (19, 7), strict=True):
            ticket.tax_rate = rate
            ticket.save()

    @rule(target=holds, kind=st.integers(0, 1), number=st.integers(1, 4), minutes=st.sampled_from([None, 5]))
    def set_aside(self, kind, number, minutes):
        ends_at = self.now + timedelta(minutes=minutes) if minutes else None
        name = f"H{Hold.objects.count()}"
        hold = Hold(event=self.event, ticket=self.tickets[kind], name=name, quantity=number, ends_at=ends_at)
        return multiple() if self.attempt(write_hold, hold) is None else hold

    @rule(
        target=Life.orders,
        hold=holds,
        number=st.integers(1, 3),
        who=people,
        paid=payments,
        status=st.sampled_from([None, "pending"]),
    )
    def sell_from_hold(self, hold, number, who, paid, status):
        order = self.attempt(
            sold_onsite,
            event=self.event,
            seller=self.people[who],
            lines=[Line(hold.ticket_id, number, hold_id=hold.pk)],
            payments=paid,
            status=status,
            drawer_required=True,
        )
        return multiple() if order is None else order

    @rule(
        target=discounts,
        kind=st.sampled_from(KINDS),
        limit=st.sampled_from([None, 1, 2]),
    )
    def reduce(self, kind, limit):
        numbers = {"percent": Decimal("12.5")} if kind == "percent" else {"amount": Decimal("7.77")}
        name = f"D{Discount.objects.count()}"
        new = Discount(event=self.event, name=name, limit=limit, once_per_sale=kind == "once", **numbers)
        return write_discount(new, [self.tickets[0]] if limit == 2 else [])

    @rule(
        target=Life.orders,
        discount=discounts,
        number=st.integers(1, 3),
        who=people,
        paid=payments,
        status=st.sampled_from([None, "pending"]),
    )
    def sell_with_discount(self, discount, number, who, paid, status):
        order = self.attempt(
            sold_onsite,
            event=self.event,
            seller=self.people[who],
            lines=[Line(ticket.pk, number) for ticket in self.tickets],
            discount=Claim(discount.pk),
            payments=paid,
            status=status,
            drawer_required=True,
        )
        return multiple() if order is None else order

    @rule(target=Life.orders, kind=st.integers(0, 1), way=st.sampled_from(Way), key=st.sampled_from("ab"))
    def put_on_list(self, kind, way, key):
        entry = Entry(self.tickets[kind].pk, "Ana", way=way, key=key)
        try:
            listed = put_on_list(self.event, [entry], by=self.people["organizer"], at=self.now)
        except DomainError:
            return multiple()
        orders = [*listed.already, *(guest.order for guest in listed.guests)]
        assert len(orders) == 1
        return orders[0]

    @rule(hold=holds, number=st.sampled_from([None, 1]))
    def give_hold_back(self, hold, number):
        with suppress(DomainError):
            give_back(hold, number)

    @rule()
    def release(self):
        release_ended(self.event, self.now)

    @rule(target=quotas, kinds=st.sets(st.integers(0, 1)), size=st.integers(3, 12))
    def limit(self, kinds, size):
        quota = Quota(event=self.event, name=f"Q{Quota.objects.count()}", size=size)
        with suppress(DomainError):
            return write_quota(quota, [self.tickets[kind] for kind in kinds])
        return multiple()

    @rule(quota=quotas, size=st.integers(0, 12))
    def limit_otherwise(self, quota, size):
        quota = Quota.objects.get(pk=quota.pk)
        quota.size = size
        with suppress(DomainError):
            write_quota(quota)

    @rule(order=Life.orders, which=st.sets(st.integers(0, 4), min_size=1), who=people, reason=reasons)
    def cancel_some(self, order, which, who, reason):
        self.act(cancel_attendees, order, who, reason, attendees=self.some(order, which))

    @rule(order=Life.orders, which=st.integers(0, 4), who=people, money_back=ways, amount=sums)
    def cancel_one(self, order, which, who, money_back, amount):
        chosen = self.some(order, [which])
        self.act(cancel_attendees, order, who, "ill", attendees=chosen, money_back=money_back, amount=amount)

    @rule(order=Life.orders, amount=sums, who=people, reason=reasons, tender=st.sampled_from([None, "cash"]))
    def give_some_back(self, order, amount, who, reason, tender):
        self.act(
            refund, order, who, reason, amount=amount or Decimal(1), money_back=GiveBack(tender), keyed=True
        )

    @rule(
        order=Life.orders,
        which=st.sets(st.integers(0, 4), min_size=1, max_size=2),
        kind=st.integers(0, 1),
        paid=payments,
        who=people,
        money_back=ways,
    )
    def exchange_some(self, order, which, kind, paid, who, money_back):
        terms = {"ticket": self.tickets[kind].pk, "payments": paid, "money_back": money_back}
        self.act(exchange, order, who, "ill", attendees=self.some(order, which), **terms)

    @rule(order=Life.orders, who=people, reason=reasons)
    def restore_it(self, order, who, reason):
        self.act(restore, order, who, reason)

    @rule(order=Life.orders, which=st.integers(0, 4), who=people)
    def lose(self, order, which, who):
        self.act(swap_code, order, who, "", attendee=self.some(order, [which])[0])

    @rule(order=Life.orders, which=st.integers(0, 4), who=people)
    def pass_on(self, order, which, who):
        self.act(transfer, order, who, "", attendee=self.some(order, [which])[0], names={"firstname": "Bo"})

    @rule(order=Life.orders, which=st.integers(0, 4), door=st.sampled_from([check_in, check_out]))
    def scan(self, order, which, door):
        guest = order.attendees.get(pk=self.some(order, [which])[0])
        answer = door(Scan(event=self.event, code=guest.code), by=None, at=self.now).answer
        if door is check_in and not guest.is_live:
            assert answer == "cancelled"

    def some(self, order, which):
        ids = list(order.attendees.order_by("pk").values_list("pk", flat=True))
        return [ids[place % len(ids)] for place in which]

    def act(self, act, order, who, reason, *, keyed=False, **terms):
        """Sent twice, as a till does that got no answer."""
        self.sent = getattr(self, "sent", 0) + 1
        key = f"{self.event.pk}-{self.sent}" if keyed else None
        ask = Ask(Desk(self.people[who], drawer_required=True), reason, key=key, at=self.now)
        for _sent_twice in range(2):
            before = self.everything()
            try:
                act(order, ask=ask, **terms)
            except DomainError:
                if act not in (restore, exchange):  # which may let go of what is overdue first
                    assert self.everything() == before

    def check(self):
        super().check()
        assert differences(CHECKS, self.event.pk) == []


@pytest.mark.django_db
def test_books_are_clean_whatever_is_done():
    patience = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        LifeOfActs,
        settings=settings(
            max_examples=examples(20), stateful_step_count=25, suppress_health_check=patience, deadline=None
        ),
    )
