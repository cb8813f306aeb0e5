"""A scan that a door without network sends later than it happened, when the guest has passed again since."""

from datetime import timedelta

import pytest

from door.admission import check_in, check_out
from door.models import CheckIn
from door.tests.doors import assert_counted
from door.undo import undo
from events.models import Event

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(params=[None, 5], ids=["uncounted", "counted"], autouse=True)
def capacity(request, event):
    event.capacity = request.param
    event.save()


@pytest.fixture
def pass_(scan, guest, now):
    """`pass_("in", 20)`: scanned and heard of at that hour; `pass_("in", 20, heard=22)`: by a door without
    network, which decided itself.
    """

    def act(way, hour, heard=None, admitted=True):
        told = {} if heard is None else {"admitted": admitted, "occurred_at": now + HOUR * hour}
        check = check_in if way == "in" else check_out
        return check(scan(guest.code, **told), by=None, at=now + HOUR * (heard or hour))

    return act


def state(guest):
    guest.refresh_from_db()
    return guest.is_inside


@pytest.mark.parametrize("way_out", ["seen by a gate that knew", "seen by a gate that did not know"])
def test_late_in_before_a_later_out_puts_nobody_back_inside(event, guest, pass_, way_out):
    if way_out == "seen by a gate that knew":
        pass_("in", 19)
    pass_("out", 21)
    late = pass_("in", 20, heard=22)
    assert late.moved == 0
    assert not state(guest)
    assert assert_counted(event) == 0


def test_guest_of_a_late_in_has_come(event, guest, pass_, now):
    Event.objects.filter(pk=event.pk).update(reentry="none")
    pass_("out", 21)
    pass_("in", 20, heard=22)
    guest.refresh_from_db()
    assert guest.entered_at == now + 20 * HOUR
    assert pass_("in", 23).answer == "already-checked-in"


def test_late_out_before_a_later_in_takes_nobody_out(event, guest, pass_):
    Event.objects.filter(pk=event.pk).update(reentry="always")
    pass_("in", 19)
    pass_("in", 21)
    late = pass_("out", 20, heard=22)
    assert (late.answer, late.moved) == ("ok", 0)
    assert state(guest)
    assert assert_counted(event) == 1


def test_late_out_after_an_in_that_was_refused_takes_the_guest_out(event, guest, pass_):
    pass_("in", 19)
    assert pass_("in", 21).answer == "already-checked-in"
    assert pass_("out", 20, heard=22).moved == -1
    assert not state(guest)


def test_late_in_before_an_out_that_was_undone_lets_in(event, guest, pass_, now):
    pass_("in", 18)
    left = pass_("out", 21)
    undo(left, by=None, at=now + 21 * HOUR)
    undo(CheckIn.objects.get(moved=1, undoes=None), by=None, at=now + 21 * HOUR)
    assert pass_("in", 20, heard=22).moved == 1
    assert state(guest)


def test_late_in_with_nothing_since_lets_in(event, guest, pass_):
    pass_("out", 19)
    assert pass_("in", 20, heard=22).moved == 1
    assert state(guest)


@pytest.mark.parametrize("first", ["in", "out"])
def test_queues_of_two_gates_end_alike_in_either_order(event, guest, pass_, first):
    """In at one gate at 20, out at the other at 21, both without network."""
    arrive = [lambda: pass_("in", 20, heard=22), lambda: pass_("out", 21, heard=22.5)]
    for scan in arrive if first == "in" else reversed(arrive):
        scan()
    assert not state(guest)
    assert assert_counted(event) == 0


def test_passages_that_were_taken_back_are_in_no_list_of_times(guest, pass_):
    undo(pass_("in", 19), by=None)
    pass_("in", 20)
    undo(pass_("out", 21), by=None)
    assert guest.checkin_times.count(",") == 0
    assert guest.checkin_times
    assert guest.checkout_times == ""
    assert guest.device_name_checkin == ""
