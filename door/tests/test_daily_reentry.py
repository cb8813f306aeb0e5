"""Guests who may come once a day, as with a pass for several days; nobody need scan them when they leave."""

from datetime import UTC, datetime, timedelta

import pytest

from door.admission import admit_group, check_in, check_out
from door.models import CheckIn
from door.tests.doors import assert_counted
from door.undo import undo
from events.models import Event

pytestmark = pytest.mark.django_db
FRIDAY = datetime(2026, 7, 3, 18, 0, tzinfo=UTC)  # 20:00 in Berlin
DAY = timedelta(days=1)
LATE = timedelta(hours=7)  # 03:00, an hour before the business day ends


@pytest.fixture(params=[None, 1], ids=["uncounted", "counted"], autouse=True)
def daily(request, event):
    event.capacity, event.reentry = request.param, Event.Reentry.DAILY
    event.save()


def test_guest_comes_once_each_day_without_leaving_by_a_scan(event, guest, scan):
    for day in range(3):
        at = FRIDAY + DAY * day
        first = check_in(scan(guest.code), by=None, at=at)
        assert (first.answer, first.moved, first.was_out_since) == ("ok", 1, None)
        again = check_in(scan(guest.code), by=None, at=at + LATE)
        assert (again.answer, again.previous) == ("already-checked-in", first)
        assert assert_counted(event) == 1


def test_guest_who_left_comes_again_on_the_next_day_only(guest, scan):
    check_in(scan(guest.code), by=None, at=FRIDAY)
    check_out(scan(guest.code), by=None, at=FRIDAY + LATE)
    assert check_in(scan(guest.code), by=None, at=FRIDAY + LATE).answer == "already-checked-in"
    assert check_in(scan(guest.code), by=None, at=FRIDAY + DAY).answer == "ok"


def test_guest_who_comes_anew_needs_no_place_in_a_full_house(event, guests, scan):
    guest, other, _third = guests
    check_in(scan(guest.code), by=None, at=FRIDAY)
    assert check_in(scan(guest.code), by=None, at=FRIDAY + DAY).answer == "ok"
    if event.capacity:
        assert check_in(scan(other.code), by=None, at=FRIDAY + DAY).answer == "full"
    assert_counted(event)


def test_undone_the_guest_may_come_that_day(event, guest, scan):
    check_in(scan(guest.code), by=None, at=FRIDAY)
    undo(check_in(scan(guest.code), by=None, at=FRIDAY + DAY), by=None, at=FRIDAY + DAY)
    assert assert_counted(event) == 0
    assert check_in(scan(guest.code), by=None, at=FRIDAY + DAY + LATE).answer == "ok"
    assert assert_counted(event) == 1


def test_sent_again_it_is_the_same_answer(event, guest, scan):
    check_in(scan(guest.code), by=None, at=FRIDAY)
    seen = scan(guest.code)
    first = check_in(seen, by=None, at=FRIDAY + DAY)
    again = check_in(seen, by=None, at=FRIDAY + DAY)
    assert (again, again.was_out_since) == (first, None)
    assert CheckIn.objects.filter(moved=1).count() == 2
    assert_counted(event)


def test_group_comes_anew(event, guests, scan):
    Event.objects.filter(pk=event.pk).update(capacity=None)
    admit_group(guests[:2], scan("x"), by=None, at=FRIDAY)
    rows = admit_group(guests, scan("x"), by=None, at=FRIDAY + DAY)
    assert [(row.answer, row.moved) for row in rows] == [("ok", 1)] * 3
    event.refresh_from_db()
    assert assert_counted(event) == 3


def test_turned_away_nobody_moves(event, guest, scan):
    check_in(scan(guest.code), by=None, at=FRIDAY)
    check = check_in(scan(guest.code, admitted=False), by=None, at=FRIDAY + DAY)
    assert check.moved == 0
    assert assert_counted(event) == 1
