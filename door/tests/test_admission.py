"""The answers of the door, and what is kept of every scan."""

from datetime import timedelta

import pytest
from django.db import connection

from attendees.tests.factories import DraftFactory
from base.errors import Invalid
from door.admission import Scan, check_in, check_out
from door.models import CheckIn, Station
from door.tests.doors import assert_counted, guests_of
from events.models import Event
from events.tests.factories import EventFactory
from orders.lifecycle import cancel, expire_overdue
from orders.models import Order
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


def state(guest):
    guest.refresh_from_db()
    return guest.is_inside, guest.entered_at, guest.left_at


def test_in_and_out_are_answered_and_kept(event, guest, scan, registrar, now):
    station = Station.objects.create(event=event, name="North")
    entered = check_in(scan(guest.code, station=station), by=registrar, at=now)
    assert (entered.answer, entered.moved, entered.attendee) == ("ok", 1, guest)
    assert state(guest) == (True, now, None)
    later = now + timedelta(minutes=5)
    left = check_out(scan(guest.code), by=registrar, at=later)
    assert (left.answer, left.moved) == ("ok", -1)
    assert state(guest) == (False, now, later)
    kept = CheckIn.objects.get(pk=entered.pk)
    assert (kept.event, kept.attendee, kept.station, kept.by) == (event, guest, station, registrar)
    assert (kept.direction, kept.answer, kept.moved, kept.code) == ("in", "ok", 1, "")
    assert (kept.occurred_at, kept.received_at, kept.clock_is_off) == (now, now, False)
    assert (kept.admitted, kept.reason, kept.approved_by, kept.undoes) == (None, "", None, None)
    assert assert_counted(event) == 0


def test_attendee_is_at_hand_as_it_now_is(event, guest, scan):
    check = check_in(scan(attendee_id=guest.pk), by=None)
    assert check.attendee.is_inside
    seen = check.guest
    assert (seen.ticket_name, seen.door_note, seen.order_status) == ("Adult", "", "completed")


class TestAlreadyIn:
    def test_answers_when_where_and_by_whom(self, event, guest, scan, registrar, cashier, now):
        north = Station.objects.create(event=event, name="North")
        first = check_in(scan(guest.code, station=north), by=registrar, at=now)
        second = check_in(scan(guest.code), by=cashier, at=now + timedelta(minutes=1))
        assert (second.answer, second.moved, second.previous) == ("already-checked-in", 0, first)
        previous = second.previous
        assert (previous.happened_at, previous.station, previous.by) == (now, north, registrar)
        assert state(guest) == (True, now, None)
        assert assert_counted(event) == 1

    def test_previous_is_the_last_that_let_the_guest_in(self, event, guest, scan):
        check_in(scan(guest.code), by=None)
        check_out(scan(guest.code), by=None)
        again = check_in(scan(guest.code), by=None)
        check_in(scan(guest.code), by=None)
        assert check_in(scan(guest.code), by=None).previous == again

    def test_previous_is_none_for_another_answer(self, guest, scan):
        assert check_in(scan(guest.code), by=None).previous is None


def test_guest_who_is_not_inside_does_not_go_out(event, guest, scan):
    row = check_out(scan(guest.code), by=None)
    assert (row.answer, row.moved) == ("not-inside", 0)
    assert state(guest) == (False, None, None)


@pytest.mark.parametrize("status", ["initializing", "pending", "placed"])
def test_unpaid_order_admits_nobody(guest, scan, status):
    Order.objects.update(status=status)
    assert check_in(scan(guest.code), by=None).answer == "unpaid"
    assert state(guest) == (False, None, None)


def test_cancelled_order_admits_nobody(guest, scan):
    cancel(guest.order)
    assert check_in(scan(guest.code), by=None).answer == "cancelled"


def test_expired_order_admits_nobody(event, ticket, scan, now):
    (guest,) = guests_of(event, ticket, status="pending", awaits_card=True, at=now - timedelta(hours=1))
    expire_overdue(event, now)
    assert check_in(scan(guest.code), by=None).answer == "expired"


class TestUnknown:
    @pytest.mark.parametrize("code", ["BCDF", "B" * 200, "Größe 42", "'; --", "%"])
    def test_code_is_kept_as_it_was_seen(self, event, scan, code):
        row = check_in(scan(code), by=None)
        assert (row.answer, row.moved, row.attendee, row.code) == ("unknown", 0, None, code)
        assert CheckIn.objects.get().code == code
        assert check_out(scan(code), by=None).answer == "unknown"

    def test_draft_is_nobodys_ticket_yet(self, ticket, scan):
        draft = DraftFactory(ticket=ticket)
        row = check_in(scan(draft.code), by=None)
        assert (row.answer, row.attendee) == ("unknown", None)
        assert check_in(scan(attendee_id=draft.pk, admitted=True), by=None).answer == "unknown"
        assert state(draft) == (False, None, None)

    def test_id_that_is_not_there(self, scan):
        assert check_in(scan(attendee_id=10**17), by=None).answer == "unknown"


def test_guest_of_another_event_stays_unnamed(event, guest, registrar):
    elsewhere = EventFactory()
    row = check_in(Scan(elsewhere, guest.code, admitted=True), by=registrar)
    assert (row.answer, row.moved, row.attendee, row.code) == ("wrong-event", 0, None, guest.code)
    assert (row.previous, row.inside, row.event) == (None, None, elsewhere)
    assert check_out(Scan(elsewhere, guest.code), by=registrar).answer == "wrong-event"
    assert state(guest) == (False, None, None)


class TestStation:
    @pytest.fixture
    def stage_door(self, event):
        station = Station.objects.create(event=event, name="Stage door")
        station.tickets.add(TicketFactory(event=event, name="Crew"))
        return station

    def test_lets_its_own_tickets_pass(self, guest, scan, stage_door):
        assert check_in(scan(guest.code, station=stage_door), by=None).answer == "wrong-station"
        stage_door.tickets.add(guest.ticket)
        assert check_in(scan(guest.code, station=stage_door), by=None).answer == "ok"

    def test_lets_everybody_out(self, guest, scan, stage_door):
        check_in(scan(guest.code), by=None)
        assert check_out(scan(guest.code, station=stage_door), by=None).answer == "ok"

    @pytest.mark.parametrize(("direction", "passed"), [("in", check_out), ("out", check_in)])
    def test_of_the_other_direction_is_refused(self, event, guest, scan, direction, passed):
        station = Station.objects.create(event=event, name="One way", direction=direction)
        with pytest.raises(Invalid) as refusal:
            passed(scan(guest.code, station=station), by=None)
        assert refusal.value.problems[0].code == "wrong-direction"
        assert not CheckIn.objects.exists()

    def test_of_another_event_is_refused(self, guest, scan):
        station = Station.objects.create(event=EventFactory(), name="North")
        with pytest.raises(Invalid, match="another event"):
            scan(guest.code, station=station)


class TestValidity:
    @pytest.fixture
    def evening(self, guest, now):
        """A ticket for the two hours from now on."""
        guest.ticket.valid_from, guest.ticket.valid_until = now, now + timedelta(hours=2)
        guest.ticket.save()
        return now

    @pytest.mark.parametrize(
        ("minutes", "answer"), [(-1, "not-yet-valid"), (0, "ok"), (120, "ok"), (121, "expired")]
    )
    def test_is_judged_by_the_time_of_the_scan(self, guest, scan, evening, minutes, answer):
        assert check_in(scan(guest.code), by=None, at=evening + timedelta(minutes=minutes)).answer == answer

    def test_is_judged_by_when_it_happened(self, guest, scan, evening):
        early = scan(guest.code, occurred_at=evening - timedelta(minutes=1))
        assert check_in(early, by=None, at=evening + timedelta(hours=1)).answer == "not-yet-valid"
        in_time = scan(guest.code, occurred_at=evening + timedelta(hours=1))
        assert check_in(in_time, by=None, at=evening + timedelta(hours=3)).answer == "ok"
        assert state(guest) == (True, evening + timedelta(hours=1), None)

    def test_does_not_keep_anybody_in(self, guest, scan, evening):
        check_in(scan(guest.code), by=None, at=evening)
        assert check_out(scan(guest.code), by=None, at=evening + timedelta(hours=9)).answer == "ok"


class TestClock:
    @pytest.mark.parametrize(
        ("shift", "is_off"),
        [
            (timedelta(minutes=2), False),
            (timedelta(minutes=2, microseconds=1), True),
            (timedelta(days=9000), True),
            (timedelta(hours=-24), False),
            (timedelta(hours=-24, microseconds=-1), True),
        ],
    )
    def test_that_cannot_be_true_is_kept_and_flagged(self, guest, scan, now, shift, is_off):
        row = check_in(scan(guest.code, occurred_at=now + shift), by=None, at=now)
        kept = CheckIn.objects.get(pk=row.pk)
        assert (kept.answer, kept.clock_is_off) == ("ok", is_off)
        assert (kept.occurred_at, kept.received_at) == (now + shift, now)
        assert state(guest) == (True, now if is_off else now + shift, None)

    def test_that_cannot_be_true_is_judged_by_arrival(self, guest, scan, now):
        guest.ticket.valid_from = now - timedelta(hours=1)
        guest.ticket.save()
        assert check_in(scan(guest.code, occurred_at=now - timedelta(days=2)), by=None, at=now).answer == "ok"


class TestReentry:
    @pytest.fixture
    def rule(self, event):
        def set_rule(rule):
            event.reentry = rule
            event.save()

        return set_rule

    def answers(self, guest, scan):
        acts = [check_in, check_in, check_out, check_out, check_in]
        return [act(scan(guest.code), by=None) for act in acts]

    @pytest.mark.parametrize(
        ("reentry", "answers", "moved"),
        [
            ("none", "ok already-checked-in ok not-inside already-checked-in", [1, 0, -1, 0, 0]),
            ("with-check-out", "ok already-checked-in ok not-inside ok", [1, 0, -1, 0, 1]),
            ("always", "ok ok ok not-inside ok", [1, 0, -1, 0, 1]),
        ],
    )
    @pytest.mark.parametrize("capacity", [None, 1])
    def test_follows_the_rule(self, event, guest, scan, rule, reentry, answers, moved, capacity):
        event.capacity = capacity
        rule(reentry)
        rows = self.answers(guest, scan)
        assert [row.answer for row in rows] == answers.split()
        assert [row.moved for row in rows] == moved
        assert_counted(event)

    def test_under_none_the_first_is_the_previous(self, guest, scan, rule):
        rule(Event.Reentry.NONE)
        first, *_between, last = self.answers(guest, scan)
        assert last.previous == first

    def test_says_since_when_the_guest_was_out(self, guest, scan, now):
        assert check_in(scan(guest.code), by=None, at=now).was_out_since is None
        left = now + timedelta(hours=1)
        check_out(scan(guest.code), by=None, at=left)
        again = check_in(scan(guest.code), by=None, at=now + timedelta(hours=2))
        assert again.was_out_since == left


class TestDoorDecided:
    """Offline, or by an organizer's leave: the guest has passed, or was sent away, already."""

    def test_guest_who_was_let_in_is_inside_whatever_the_answer(self, event, guest, scan, organizer):
        cancel(guest.order)
        seen = scan(guest.code, admitted=True, reason="a friend of the band", approved_by=organizer)
        row = check_in(seen, by=None)
        assert (row.answer, row.moved, row.attendee.is_inside) == ("cancelled", 1, True)
        kept = CheckIn.objects.get()
        assert (kept.reason, kept.approved_by) == ("a friend of the band", organizer)
        assert list(CheckIn.objects.conflicts()) == [kept]
        assert assert_counted(event) == 1

    def test_two_doors_that_let_the_same_guest_in_conflict(self, event, guest, scan):
        first = check_in(scan(guest.code, admitted=True), by=None)
        second = check_in(scan(guest.code, admitted=True), by=None)
        assert (first.answer, first.moved) == ("ok", 1)
        assert (second.answer, second.moved, second.previous) == ("already-checked-in", 0, first)
        assert list(CheckIn.objects.conflicts()) == [second]
        assert assert_counted(event) == 1

    def test_guest_who_may_not_come_again_conflicts(self, event, guest, scan):
        event.reentry = Event.Reentry.NONE
        event.save()
        check_in(scan(guest.code), by=None)
        check_out(scan(guest.code), by=None)
        row = check_in(scan(guest.code, admitted=True), by=None)
        assert (row.answer, row.moved) == ("already-checked-in", 1)
        assert assert_counted(event) == 1

    def test_guest_who_was_sent_away_does_not_move(self, event, guest, scan):
        row = check_in(scan(guest.code, admitted=False), by=None)
        assert (row.answer, row.moved) == ("ok", 0)
        assert list(CheckIn.objects.conflicts()) == [row]
        assert state(guest) == (False, None, None)

    def test_guest_who_was_rightly_sent_away_is_no_conflict(self, guest, scan):
        check_in(scan(guest.code), by=None)
        row = check_in(scan(guest.code, admitted=False), by=None)
        assert (row.answer, row.moved) == ("already-checked-in", 0)
        assert not CheckIn.objects.conflicts().exists()

    def test_guest_who_was_let_out_is_out(self, event, guest, scan):
        assert check_out(scan(guest.code, admitted=True), by=None).answer == "not-inside"
        check_in(scan(guest.code), by=None)
        assert check_out(scan(guest.code, admitted=False), by=None).moved == 0
        assert check_out(scan(guest.code, admitted=True), by=None).moved == -1
        assert assert_counted(event) == 0


class TestCode:
    @pytest.mark.parametrize(
        "typed",
        [str.lower, str.title, lambda code: f" {code} ", lambda code: f"{code[:4]} {code[4:8]} {code[8:]}"],
    )
    def test_is_known_however_it_is_typed(self, guest, scan, typed):
        assert check_in(scan(typed(guest.code)), by=None).answer == "ok"

    @pytest.mark.parametrize("code", ["B" * 201, "BC\n", "\x00", "\x1b[A", "\ud800", "\u202eCB"])
    def test_that_is_none_is_refused(self, event, code):
        with pytest.raises(Invalid) as refusal:
            Scan(event, code)
        assert [p.code for p in refusal.value.problems] == ["invalid-code"]
        assert refusal.value.problems[0].path == ("code",)

    @pytest.mark.parametrize("code", ["", "  "])
    def test_that_is_blank_is_required(self, event, code):
        with pytest.raises(Invalid) as refusal:
            Scan(event, code)
        assert [p.code for p in refusal.value.problems] == ["required"]


@pytest.mark.postgres
def test_guest_who_moves_is_written_into_no_index(db):
    """Or PostgreSQL would write the new version of the row into every index of the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'attendees_attendee'")
        indexes = [definition for (definition,) in cursor.fetchall()]
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'attendees_attendee'")
        assert cursor.fetchone() == (["fillfactor=90"],)
    assert indexes
    for definition in indexes:
        assert not any(column in definition for column in ("is_inside", "entered_at", "left_at")), definition
