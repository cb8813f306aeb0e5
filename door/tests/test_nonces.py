"""A scan that is sent again is answered as the first time."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from base.errors import Invalid
from door.admission import OFFLINE, admit_group, check_in, check_out
from door.models import CheckIn, Station
from door.tests.doors import assert_counted
from events.planning import change_event
from events.tests.factories import EventFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def nonce():
    return uuid4()


def assert_reused(act, *args, **terms):
    with pytest.raises(Invalid) as refusal:
        act(*args, **terms)
    assert [problem.code for problem in refusal.value.problems] == ["nonce-reused"]


def test_same_scan_again_is_answered_the_same(event, guest, scan, registrar, now, nonce):
    first = check_in(scan(guest.code, nonce=nonce), by=registrar, at=now)
    again = check_in(scan(guest.code, nonce=nonce), by=registrar, at=now + timedelta(hours=1))
    assert (again, again.answer, again.attendee) == (first, "ok", guest)
    assert again.guest.ticket_name == "Adult"
    assert CheckIn.objects.count() == 1
    assert assert_counted(event) == 1


def test_same_scan_again_long_after_is_answered_the_same(event, guest, scan, registrar, nonce):
    first = check_in(scan(guest.code), by=registrar)
    refused = check_in(scan(guest.code, nonce=nonce), by=registrar)
    left = check_out(scan(guest.code), by=registrar)
    back = uuid4()
    came_back = check_in(scan(guest.code, nonce=back), by=registrar)
    again = check_in(scan(guest.code, nonce=nonce), by=registrar)
    assert (again, again.answer, again.previous) == (refused, "already-checked-in", first)
    check_out(scan(guest.code), by=registrar)
    again = check_in(scan(guest.code, nonce=back), by=registrar)
    assert (again, again.was_out_since) == (came_back, left.happened_at)
    assert assert_counted(event) == 0


def test_unknown_code_again(scan, registrar, nonce):
    first = check_in(scan("BCDF", nonce=nonce), by=registrar)
    again = check_in(scan("BCDF", nonce=nonce), by=registrar)
    assert (again, again.attendee, again.previous) == (first, None, None)


def test_nonce_of_another_scan_is_refused(event, guest, guests, scan, registrar, organizer, now, nonce):
    check_in(scan(guest.code, nonce=nonce), by=registrar)
    others = [
        scan(guests[0].code, nonce=nonce),
        scan(attendee_id=guest.pk, nonce=nonce),
        scan(guest.code, nonce=nonce, reason="x"),
        scan(guest.code, nonce=nonce, approved_by=organizer),
        scan(guest.code, nonce=nonce, occurred_at=now),
        scan(guest.code, nonce=nonce, station=Station.objects.create(event=event, name="North")),
    ]
    for other in others:
        assert_reused(check_in, other, by=registrar)
    assert_reused(check_out, scan(guest.code, nonce=nonce), by=registrar)
    assert_reused(admit_group, guests, scan(guest.code, nonce=nonce), by=registrar)
    assert CheckIn.objects.count() == 1


def test_same_scan_sent_by_another_is_answered_the_same(event, guest, scan, registrar, cashier, nonce):
    """What one has scanned without the network, another may send, not knowing whether it has arrived."""
    first = check_in(scan(guest.code, nonce=nonce), by=registrar)
    assert check_in(scan(guest.code, nonce=nonce), by=cashier) == first
    assert check_in(scan(guest.code, nonce=nonce), by=None) == first
    assert CheckIn.objects.get().by == registrar
    assert assert_counted(event) == 1


def test_nonce_says_nothing_at_another_event(event, guest, scan, registrar, nonce):
    check_in(scan(guest.code, nonce=nonce), by=registrar)
    elsewhere = check_in(replace(scan(guest.code, nonce=nonce), event=EventFactory()), by=registrar)
    assert (elsewhere.answer, CheckIn.objects.count()) == ("wrong-event", 2)


class TestAsDecided:
    """A door that had no answer decides by itself, and sends its scan again with what it did."""

    def test_as_answered_it_is_the_same_scan(self, event, guest, scan, registrar, nonce):
        first = check_in(scan(guest.code, nonce=nonce), by=registrar)
        for _ in range(2):
            assert check_in(scan(guest.code, nonce=nonce, admitted=True), by=registrar) == first
        assert CheckIn.objects.count() == assert_counted(event) == 1

    def test_first_try_was_live_and_so_had_no_time(self, event, guest, scan, registrar, nonce, now):
        first = check_in(scan(guest.code, nonce=nonce), by=registrar, at=now)
        decided = scan(guest.code, nonce=nonce, admitted=True, occurred_at=now + timedelta(seconds=1))
        for _ in range(2):
            assert check_in(decided, by=registrar, at=now + OFFLINE) == first
        assert CheckIn.objects.count() == assert_counted(event) == 1

    def test_let_in_against_the_answer_to_a_live_try(self, event, guest, scan, registrar, nonce, now):
        change_event(event, capacity=0)
        assert check_in(scan(guest.code, nonce=nonce), by=registrar, at=now).answer == "full"
        decided = scan(guest.code, nonce=nonce, admitted=True, occurred_at=now)
        rows = [check_in(decided, by=registrar, at=now + OFFLINE) for _ in range(2)]
        assert [(row.answer, row.moved) for row in rows] == [("full", 1)] * 2
        assert rows[0] == rows[1]

    def test_let_in_against_the_answer(self, event, guest, scan, registrar, nonce, now):
        change_event(event, capacity=0)
        seen = scan(guest.code, nonce=nonce, occurred_at=now)
        assert check_in(seen, by=registrar, at=now).answer == "full"
        later = now + OFFLINE
        rows = [check_in(replace(seen, admitted=True), by=registrar, at=later) for _ in range(2)]
        assert [(row.answer, row.moved, row.admitted) for row in rows] == [("full", 1, True)] * 2
        assert rows[0] == rows[1]
        assert [row.moved for row in CheckIn.objects.order_by("pk")] == [0, 1]
        assert assert_counted(event) == 1

    def test_sent_away_against_the_answer(self, event, guest, scan, registrar, nonce, now):
        first = check_in(scan(guest.code, nonce=nonce), by=registrar, at=now)
        rows = [
            check_in(scan(guest.code, nonce=nonce, admitted=False), by=registrar, at=now) for _ in range(2)
        ]
        assert [(row.answer, row.moved, row.admitted) for row in rows] == [("ok", 0, False)] * 2
        assert rows[0] == rows[1]
        undone = CheckIn.objects.get(undoes=first)
        assert (undone.moved, undone.by, undone.happened_at) == (-1, registrar, now)
        assert CheckIn.objects.count() == 3
        guest.refresh_from_db()
        assert (guest.is_inside, guest.entered_at) == (False, None)
        assert assert_counted(event) == 0

    def test_sent_away_and_passed_again_since(self, event, guest, scan, registrar, nonce):
        check_in(scan(guest.code, nonce=nonce), by=registrar)
        check_out(scan(guest.code), by=registrar)
        row = check_in(scan(guest.code, nonce=nonce, admitted=False), by=registrar)
        assert (row.answer, row.moved) == ("ok", 0)
        assert [row.moved for row in CheckIn.objects.order_by("pk")] == [1, -1, 0]
        assert assert_counted(event) == 0

    def test_let_out_against_the_answer(self, event, guest, scan, registrar, nonce):
        assert check_out(scan(guest.code, nonce=nonce), by=registrar).answer == "not-inside"
        check_in(scan(guest.code), by=registrar)
        row = check_out(scan(guest.code, nonce=nonce, admitted=True), by=registrar)
        assert (row.direction, row.moved) == ("out", -1)
        assert assert_counted(event) == 0

    @pytest.mark.parametrize("admitted", [True, False])
    def test_another_guest_or_a_reason_is_another_scan(
        self, event, guest, guests, scan, registrar, nonce, admitted
    ):
        check_in(scan(guest.code, nonce=nonce), by=registrar)
        for other in (
            scan(guests[0].code, nonce=nonce, admitted=admitted),
            scan(guest.code, nonce=nonce, admitted=admitted, reason="x"),
        ):
            assert_reused(check_in, other, by=registrar)
        assert CheckIn.objects.count() == assert_counted(event) == 1


class TestGroup:
    def test_again_is_answered_the_same(self, event, guests, scan, registrar, nonce):
        like = scan(guests[0].code, nonce=nonce)
        first = admit_group(guests, like, by=registrar)
        assert admit_group(guests, like, by=registrar) == first
        assert CheckIn.objects.count() == assert_counted(event) == 3

    def test_of_others_is_refused(self, guests, scan, registrar, nonce):
        like = scan(guests[0].code, nonce=nonce)
        admit_group(guests[:2], like, by=registrar)
        assert_reused(admit_group, guests, like, by=registrar)
        assert_reused(admit_group, guests[2:], like, by=registrar)
        assert_reused(check_in, like, by=registrar)


def test_leave_to_admit_under_the_nonce_of_a_refused_scan_is_another_scan(
    event, guest, scan, registrar, organizer, nonce
):
    """Only what a door has decided without an answer is told again under the first nonce."""
    check_in(scan(guest.code), by=registrar)
    refused = check_in(scan(guest.code, nonce=nonce), by=registrar)
    leave = scan(
        guest.code, nonce=nonce, admitted=True, reason="their child is inside", approved_by=organizer
    )
    assert_reused(check_in, leave, by=registrar)
    assert CheckIn.objects.latest("pk") == refused
    assert assert_counted(event) == 1
