"""Random evenings at the doors of a house, and what must hold after every step."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, multiple, rule, run_state_machine_as_test

from attendees.models import Attendee
from base.errors import Conflict
from base.tests.lives import CheckedLife, examples
from door.admission import OFFLINE, Scan, admit_group, check_in, check_out
from door.tests.doors import assert_counted
from door.undo import undo
from events.models import Event
from events.planning import change_event
from events.tests.factories import EventFactory, MemberFactory
from orders.lifecycle import cancel, complete
from orders.sale import Line
from orders.tests.books import assert_books_are_right
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

admitted = st.sampled_from([None, None, None, True, False])
capacities = st.sampled_from([None, 0, 2, 4])


class Evening(CheckedLife):
    """One house, a ticket and a programme, a door that decides for itself now and then, and a clock."""

    guests = Bundle("guests")
    scans = Bundle("scans")

    @initialize(reentry=st.sampled_from(Event.Reentry.values), capacity=capacities)
    def begin(self, reentry, capacity):
        self.now = datetime(2030, 1, 1, 20, tzinfo=UTC)
        self.event = EventFactory(reentry=reentry, capacity=capacity)
        self.ticket = TicketFactory(event=self.event, quantity=None)
        self.programme = TicketFactory(event=self.event, quantity=None, admits=False)
        self.registrar = MemberFactory(event=self.event, role="registrar").user

    def tick(self):
        self.now += timedelta(seconds=1)
        return self.now

    @rule(target=guests, quantity=st.integers(1, 3), is_paid=st.booleans(), admit=st.booleans())
    def sell(self, quantity, is_paid, admit):
        """Guests, each with its order; nobody, where they do not fit."""
        order = self.attempt(
            {"full"},
            sold_onsite,
            event=self.event,
            lines=[Line(self.ticket.pk, quantity), Line(self.programme.pk, 1)],
            payment_mode="onsite",
            status="completed" if is_paid else "pending",
            admit=admit,
        )
        if order is None:
            return multiple()
        if is_paid and admit:
            self.assert_within_capacity()
        return multiple(*order.attendees.all())

    def attempt(self, codes, act, *args, **terms):
        """What the act gives, or None where it refuses for one of these reasons."""
        try:
            return act(*args, at=self.tick(), **terms)
        except Conflict as refusal:
            if {problem.code for problem in refusal.problems} <= codes:
                return None
            raise

    @rule(target=scans, guest=guests, admitted=admitted, sent_twice=st.booleans())
    def come(self, guest, admitted, sent_twice):
        seen = Scan(self.event, guest.code.lower(), admitted=admitted, nonce=uuid4(), occurred_at=self.tick())
        self.now += OFFLINE
        row = check_in(seen, by=self.registrar, at=self.tick())
        if sent_twice:
            assert check_in(seen, by=self.registrar, at=self.tick()) == row
        self.judge([row])
        return row

    @rule(target=scans, guest=guests, admitted=admitted)
    def go(self, guest, admitted):
        row = check_out(Scan(self.event, guest.code, admitted=admitted), by=self.registrar, at=self.tick())
        self.judge([row])
        return row

    @rule(target=scans, together=st.lists(guests, min_size=1, max_size=4), admitted=admitted)
    def come_together(self, together, admitted):
        like = Scan(self.event, "x", admitted=admitted, occurred_at=self.tick())
        self.now += OFFLINE
        rows = admit_group(together, like, by=self.registrar, at=self.tick())
        self.judge(rows)
        return multiple(*rows)

    def judge(self, rows):
        """What an answer says of a guest is so."""
        for row in rows:
            guest = Attendee.objects.select_related("order").get(pk=row.attendee_id)
            assert guest.is_inside == row.attendee.is_inside
            if row.admitted is None:
                assert (row.answer == "ok") or not row.moved
            if row.moved == 1 and row.answer == "ok":
                assert guest.order.status == "completed"
            if row.admitted is False:
                assert not row.moved
            if row.answer == "already-checked-in":
                assert row.previous.attendee_id == guest.pk
        if all(row.answer == "ok" for row in rows) and any(row.moved == 1 for row in rows):
            self.assert_within_capacity()

    def assert_within_capacity(self):
        """Whoever was just let in has a place; others may be inside beyond it, whom a door has let in."""
        self.event.refresh_from_db()
        assert self.event.capacity is None or self.event.inside <= self.event.capacity

    @rule(check=scans)
    def take_back(self, check):
        refusals = {"nothing-to-undo", "not-the-last", "order-cancelled"}
        row = self.attempt(refusals, undo, check, by=self.registrar)
        if row is not None:
            assert row == undo(check, by=self.registrar, at=self.tick())

    @rule(guest=guests, admit=st.booleans())
    def pay(self, guest, admit):
        self.attempt({"order-completed", "order-cancelled", "full"}, complete, guest.order, admit=admit)

    @rule(guest=guests)
    def cancel(self, guest):
        order = self.attempt({"guest-inside"}, cancel, guest.order)
        if order is not None:
            assert order.status == "cancelled"
            inside = order.attendees.filter(is_inside=True)
            assert all(guest.check_ins.filter(admitted=True).exists() for guest in inside)

    @rule(capacity=capacities)
    def plan(self, capacity):
        change_event(self.event, capacity=capacity)

    def check(self):
        """Everybody is counted, no programme is inside, and the books are right."""
        assert_counted(self.event)
        assert not Attendee.objects.filter(ticket=self.programme, entered_at__isnull=False).exists()
        assert_books_are_right(self.event)


@pytest.mark.walk
@pytest.mark.django_db
def test_everybody_is_counted_whatever_happens():
    patience = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Evening,
        settings=settings(max_examples=examples(40), stateful_step_count=25, suppress_health_check=patience),
    )
