"""A scan that was a mistake is taken back by another row."""

from datetime import timedelta

import pytest

from base.errors import Conflict
from door.admission import check_in, check_out
from door.models import CheckIn
from door.tests.doors import assert_counted
from door.undo import undo
from orders.lifecycle import cancel

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[None, 5], ids=["uncounted", "counted"], autouse=True)
def capacity(request, event):
    event.capacity = request.param
    event.save()


def state(guest):
    guest.refresh_from_db()
    return guest.is_inside, guest.entered_at, guest.left_at


def refusal(act, *args, **terms):
    with pytest.raises(Conflict) as refusal:
        act(*args, **terms)
    return refusal.value.problems[0].code


def test_restores_the_guest(event, guest, scan, registrar, now):
    clock = [now + timedelta(minutes=minutes) for minutes in range(4)]
    entered = check_in(scan(guest.code), by=None, at=clock[0])
    left = check_out(scan(guest.code), by=None, at=clock[1])
    again = check_in(scan(guest.code), by=None, at=clock[2])
    row = undo(again, by=registrar, at=clock[3])
    assert (row.direction, row.answer, row.moved, row.undoes) == ("out", "ok", -1, again)
    assert (row.by, row.occurred_at, row.received_at) == (registrar, clock[3], clock[3])
    assert state(guest) == (False, clock[0], clock[1])
    assert assert_counted(event) == 0
    row = undo(left, by=registrar)
    assert (row.direction, row.moved, row.undoes) == ("in", 1, left)
    assert state(guest) == (True, clock[0], None)
    assert check_in(scan(guest.code), by=None).previous == entered
    assert assert_counted(event) == 1
    undo(entered, by=registrar)
    assert state(guest) == (False, None, None)
    assert assert_counted(event) == 0


def test_guest_may_come_as_if_it_had_not_been(event, guest, scan):
    event.reentry = "none"
    event.save()
    undo(check_in(scan(guest.code), by=None), by=None)
    assert check_in(scan(guest.code), by=None).answer == "ok"


def test_twice_is_once(event, guest, scan, registrar):
    entered = check_in(scan(guest.code), by=None)
    first = undo(entered, by=registrar)
    assert undo(entered, by=None) == first
    check_in(scan(guest.code), by=None)
    assert undo(entered, by=None) == first
    assert CheckIn.objects.count() == 3
    assert assert_counted(event) == 1


def test_of_an_earlier_scan_is_refused(event, guest, scan):
    entered = check_in(scan(guest.code), by=None)
    check_out(scan(guest.code), by=None)
    assert refusal(undo, entered, by=None) == "not-the-last"
    assert CheckIn.objects.count() == 2


def test_of_a_scan_that_moved_nobody_is_refused(guest, scan):
    check_in(scan(guest.code), by=None)
    for row in (check_in(scan(guest.code), by=None), check_in(scan("BCDF"), by=None)):
        assert refusal(undo, row, by=None) == "nothing-to-undo"


def test_of_an_undo_is_refused(guest, scan):
    row = undo(check_in(scan(guest.code), by=None), by=None)
    assert refusal(undo, row, by=None) == "nothing-to-undo"


def test_of_a_check_out_is_refused_when_the_order_is_gone(event, guest, scan):
    check_in(scan(guest.code), by=None)
    left = check_out(scan(guest.code), by=None)
    cancel(guest.order)
    assert refusal(undo, left, by=None) == "order-cancelled"
    assert assert_counted(event) == 0


def test_of_a_check_out_needs_no_place(event, guests, scan):
    """The guest never left."""
    if event.capacity is None:
        return
    event.capacity = 1
    event.save()
    check_in(scan(guests[0].code), by=None)
    left = check_out(scan(guests[0].code), by=None)
    check_in(scan(guests[1].code), by=None)
    undo(left, by=None)
    assert assert_counted(event) == 2
    assert check_in(scan(guests[2].code), by=None).answer == "full"
