"""Many doors at once, on a real PostgreSQL, and the controls that show that each race can be lost."""

import random
import threading
from collections import Counter
from functools import partial
from uuid import uuid4

import pytest

from attendees.models import Attendee
from base.errors import Busy, Conflict
from door import admission, lookup
from door.admission import Scan, admit_group, check_in, check_out
from door.models import CheckIn, Guest, GuestAtStation
from door.tests.doors import assert_counted, guests_of
from door.undo import undo
from events import planning
from events.models import Event
from events.planning import change_event
from orders import lifecycle
from orders.lifecycle import cancel, complete
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from orders.tests.rush import at_once, deadlocks, flatten
from orders.tests.test_lifecycle_races import Meeting, unlocked

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
DOORS = 32


def answers(outcomes):
    """How many of each answer there are; anything else is shown."""
    unexpected = [outcome for outcome in outcomes if not isinstance(outcome, CheckIn)]
    assert not unexpected, unexpected
    return Counter(row.answer for row in outcomes)


@pytest.fixture(autouse=True)
def no_deadlocks(db):
    before = deadlocks()
    yield
    assert deadlocks() == before


def reading_without_a_lock(monkeypatch, readers, name="guests_by_code"):
    """All doors read the guest before one of them writes."""
    everybody_has_read = threading.Barrier(readers)
    build = getattr(lookup, name).__wrapped__

    into = GuestAtStation if name == "guests_at" else Guest

    def read(**values):
        queryset = build(**values)
        beside = queryset.query.annotation_select
        found = [into(row, **{name: getattr(row, name) for name in beside}) for row in queryset]
        everybody_has_read.wait(timeout=30)
        return found

    monkeypatch.setattr(lookup, name, read)


class TestOneCode:
    def test_admits_one(self, event, guest, registrar):
        outcomes = at_once(*[lambda: check_in(Scan(event, guest.code), by=registrar)] * DOORS)
        assert answers(outcomes) == {"ok": 1, "already-checked-in": DOORS - 1}
        (first,) = [row for row in outcomes if row.answer == "ok"]
        assert {row.previous for row in outcomes if row.answer != "ok"} == {first}
        assert CheckIn.objects.count() == DOORS
        assert assert_counted(event) == 1

    def test_control_without_the_lock_it_admits_all(self, event, guest, registrar, monkeypatch):
        reading_without_a_lock(monkeypatch, 8)
        outcomes = at_once(*[lambda: check_in(Scan(event, guest.code), by=registrar)] * 8)
        assert answers(outcomes) == {"ok": 8}
        with pytest.raises(AssertionError):
            assert_counted(event)

    def test_goes_out_once(self, event, guest, registrar):
        check_in(Scan(event, guest.code), by=registrar)
        outcomes = at_once(*[lambda: check_out(Scan(event, guest.code), by=registrar)] * DOORS)
        assert answers(outcomes) == {"ok": 1, "not-inside": DOORS - 1}

    def test_is_undone_once(self, event, guest, registrar):
        entered = check_in(Scan(event, guest.code), by=registrar)
        outcomes = at_once(*[partial(undo, entered, by=registrar)] * 8)
        assert answers(outcomes) == {"ok": 8}
        assert len({row.pk for row in outcomes}) == 1
        assert assert_counted(event) == 0


class TestStation:
    """Known by its id only, as in the API: it is read with the guest. Nobody has seen before whether its
    event counts.
    """

    @pytest.fixture
    def gate(self, event):
        return event.stations.create(name="North").pk

    def test_admits_one(self, event, guest, registrar, gate):
        outcomes = at_once(*[lambda: check_in(Scan(None, guest.code, station_id=gate), by=registrar)] * DOORS)
        assert answers(outcomes) == {"ok": 1, "already-checked-in": DOORS - 1}
        assert CheckIn.objects.filter(station=gate).count() == DOORS
        assert assert_counted(event) == 1

    def test_lets_in_as_many_as_there_are_places(self, event, ticket, registrar, gate):
        change_event(event, capacity=10)
        crowd = guests_of(event, ticket, DOORS)
        scans = (Scan(None, guest.code, station_id=gate) for guest in crowd)
        outcomes = at_once(*(partial(check_in, scan, by=registrar) for scan in scans))
        assert answers(outcomes) == {"ok": 10, "full": 22}
        assert assert_counted(event) == 10

    def test_control_without_the_lock_it_admits_all(self, event, guest, registrar, gate, monkeypatch):
        reading_without_a_lock(monkeypatch, 8, "guests_at")
        outcomes = at_once(*[lambda: check_in(Scan(None, guest.code, station_id=gate), by=registrar)] * 8)
        assert answers(outcomes) == {"ok": 8}


class TestCapacity:
    @pytest.fixture
    def crowd(self, event, ticket):
        change_event(event, capacity=10)
        return guests_of(event, ticket, DOORS)

    def rush(self, event, crowd):
        return at_once(*(partial(check_in, Scan(event, guest.code), by=None) for guest in crowd))

    def test_lets_in_as_many_as_there_are_places(self, event, crowd):
        outcomes = self.rush(event, crowd)
        assert answers(outcomes) == {"ok": 10, "full": 22}
        assert sorted(row.inside for row in outcomes if row.answer == "ok") == list(range(1, 11))
        assert CheckIn.objects.count() == DOORS
        assert assert_counted(event) == 10

    def test_control_without_the_lock_it_lets_in_all(self, event, crowd, monkeypatch):
        reading_without_a_lock(monkeypatch, DOORS)
        assert answers(self.rush(event, crowd)) == {"ok": DOORS}

    def test_holds_for_groups(self, event, ticket):
        change_event(event, capacity=10)
        groups = [guests_of(event, ticket, 3) for _ in range(6)]
        jobs = (partial(admit_group, group, Scan(event, "x"), by=None) for group in groups)
        assert answers(flatten(at_once(*jobs))) == {"ok": 10, "full": 8}
        assert assert_counted(event) == 10

    def test_holds_for_sales_that_let_in(self, event, ticket, crowd):
        def sale():
            return sold_onsite(event=event, lines=[Line(ticket.pk, 2)], status="completed", admit=True)

        scans = (partial(check_in, Scan(event, guest.code), by=None) for guest in crowd[:8])
        outcomes = at_once(*[sale] * 8, *scans)
        assert {type(outcome) for outcome in outcomes} == {Order, Conflict, CheckIn}
        assert assert_counted(event) >= 9
        assert event.inside <= 10

    def test_that_is_set_while_guests_come_and_go_counts_them_all(self, event, ticket):
        guests = guests_of(event, ticket, 24)
        sold = [
            sold_onsite(event=event, lines=[Line(ticket.pk, 1)], status="completed", admit=True)
            for _ in range(4)
        ]

        def door(number):
            draw = random.Random(number)
            for _ in range(12):
                act = draw.choice([check_in, check_in, check_out])
                act(Scan(event, draw.choice(guests).code), by=None)

        def till(order):
            for _ in range(4):
                sold_onsite(event=event, lines=[Line(ticket.pk, 1)], status="completed", admit=True)
            cancel(order)

        def plan():
            for capacity in [1000, None] * 6 + [1000]:
                change_event(Event.objects.get(pk=event.pk), capacity=capacity)

        jobs = [partial(door, number) for number in range(4)] + [partial(till, order) for order in sold]
        outcomes = at_once(plan, *jobs)
        assert outcomes == [None] * len(outcomes)
        assert assert_counted(event) == event.inside > 0

    def test_control_a_weaker_lock_misses_a_guest(self, event, guest, monkeypatch):
        """The scan has seen that nobody counts; the organizer counts before it is written."""
        build = planning.Event.objects.select_for_update
        meeting = Meeting(admission._with_a_place)
        monkeypatch.setattr(admission, "_with_a_place", meeting)
        monkeypatch.setattr(planning.Event.objects, "select_for_update", lambda: build(no_key=True))
        scan = partial(check_in, Scan(event, guest.code), by=None)
        at_once(scan, meeting.meanwhile(partial(change_event, event, capacity=10)))
        with pytest.raises(AssertionError):
            assert_counted(event)


class TestGroups:
    @pytest.mark.parametrize("capacity", [None, 1000])
    def test_against_single_scans_of_its_members(self, event, ticket, capacity):
        change_event(event, capacity=capacity)
        guests = guests_of(event, ticket, 6)
        groups = [
            partial(admit_group, order, Scan(event, "x"), by=None) for order in (guests, guests[::-1]) * 2
        ]
        singles = [partial(check_in, Scan(event, guest.code), by=None) for guest in guests]
        outcomes = flatten(at_once(*groups, *singles))
        assert answers(outcomes) == {"ok": 6, "already-checked-in": 24}
        assert {row.attendee_id for row in outcomes if row.answer == "ok"} == {guest.pk for guest in guests}
        assert assert_counted(event) == 6


class TestAgainstCancel:
    def test_nobody_is_in_on_a_cancelled_order(self, event, ticket):
        change_event(event, capacity=1000)
        for _ in range(10):
            (guest,) = guests_of(event, ticket)
            seen, cancelled = at_once(
                partial(check_in, Scan(event, guest.code), by=None), partial(cancel, guest.order)
            )
            guest.refresh_from_db()
            guest.order.refresh_from_db()
            if isinstance(cancelled, Conflict):
                assert cancelled.problems[0].code == "guest-inside"
                found = (seen.answer, guest.is_inside, guest.order.status)
                assert found == ("ok", True, "completed")
            else:
                found = (seen.answer, guest.is_inside, cancelled.status)
                assert found == ("cancelled", False, "cancelled")
        assert_counted(event)

    def test_control_a_weaker_lock_leaves_one_in(self, event, guest, monkeypatch):
        """The scan has seen a paid order; it is cancelled before the guest is written."""

        def weakly(order):
            Order.objects.select_for_update(of=("self",), no_key=True).get(pk=order.pk)
            return unlocked(order)

        meeting = Meeting(admission._with_a_place)
        monkeypatch.setattr(admission, "_with_a_place", meeting)
        monkeypatch.setattr(lifecycle, "locked", weakly)
        cancelling = meeting.meanwhile(partial(cancel, guest.order))
        seen, _cancelled = at_once(partial(check_in, Scan(event, guest.code), by=None), cancelling)
        guest = Attendee.objects.select_related("order").get()
        assert (seen.answer, guest.is_inside, guest.order.status) == ("ok", True, "cancelled")

    def test_undo_of_a_check_out_brings_nobody_back(self, event, ticket):
        for _ in range(6):
            (guest,) = guests_of(event, ticket)
            check_in(Scan(event, guest.code), by=None)
            left = check_out(Scan(event, guest.code), by=None)
            at_once(partial(undo, left, by=None), partial(cancel, guest.order))
            guest.refresh_from_db()
            guest.order.refresh_from_db()
            assert guest.is_inside == (guest.order.status == "completed")

    def test_sales_and_cancels_that_move_guests_do_not_wait_for_each_other(self, event, ticket):
        change_event(event, capacity=1000)

        def evening():
            for _ in range(8):
                sale = partial(
                    sold_onsite, event=event, lines=[Line(ticket.pk, 2)], status="completed", admit=True
                )
                cancel(sale())
                pending = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], payment_mode="onsite")
                complete(pending, admit=True)

        assert at_once(*[evening] * 6) == [None] * 6
        assert assert_counted(event) == 48


class TestNonce:
    @pytest.mark.parametrize("code", [None, "BCDF"], ids=["known", "unknown"])
    def test_sent_eight_times_at_once_is_one_row(self, event, guest, registrar, code):
        seen = Scan(event, code or guest.code, nonce=uuid4())
        outcomes = at_once(*[partial(check_in, seen, by=registrar)] * 8)
        assert answers(outcomes) == {"unknown" if code else "ok": 8}
        assert len({row.pk for row in outcomes}) == CheckIn.objects.count() == 1

    def test_of_a_group_is_one_row_for_each(self, event, guests, registrar):
        seen = Scan(event, "x", nonce=uuid4())
        outcomes = at_once(*[partial(admit_group, guests, seen, by=registrar)] * 8)
        assert answers(flatten(outcomes)) == {"ok": 24}
        assert CheckIn.objects.count() == assert_counted(event) == 3

    def test_control_without_a_second_look_the_constraint_fires(self, event, guest, registrar, monkeypatch):
        monkeypatch.setattr(admission, "_replay", lambda *_seen: None)
        seen = Scan(event, guest.code, nonce=uuid4())
        outcomes = at_once(*[partial(check_in, seen, by=registrar)] * 4)
        assert Counter(type(outcome) for outcome in outcomes) == {CheckIn: 1, Busy: 3}
