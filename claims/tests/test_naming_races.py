"""A guest's telephone against the door and the till, on a real PostgreSQL, and the controls that show that
each race can be lost.
"""

from functools import partial

import pytest

from attendees.models import Attendee
from base.errors import Conflict, NotFound
from claims import naming
from claims.tokens import token_of
from door.admission import check_in
from door.scan import Scan
from orders.amending import Ask
from orders.models import Order
from orders.reissue import transfer
from orders.sale import Line
from orders.tests.factories import sold_onsite
from orders.tests.rush import at_once, deadlocks
from orders.tests.test_lifecycle_races import Meeting, unlocked
from tickets.tests.factories import FreeTicketFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 12


@pytest.fixture(autouse=True)
def no_deadlocks(db):
    before = deadlocks()
    yield
    assert deadlocks() == before


@pytest.fixture
def sell(event):
    ticket = FreeTicketFactory(event=event, quantity=1000)
    return lambda: sold_onsite(event=event, lines=[Line(ticket.pk, 1)])


def naming_of(order, now, firstname="Holder"):
    guest = order.attendees.get()
    names = {"attendee": guest.pk, "firstname": firstname, "lastname": ""}
    return partial(naming.name_guest, order, token_of(order), at=now, **names)


def scan_of(order):
    return partial(check_in, Scan(order.event, order.attendees.get().code), by=None)


def passing_on(order):
    names = {"firstname": "Friend"}
    return partial(transfer, order, attendee=order.attendees.get().pk, names=names, ask=Ask(reason="x"))


def name_of(order):
    return Attendee.objects.get(order=order).full_name


def without_the_lock(monkeypatch):
    """The order is read without its lock, and somebody else comes between the judgement and the name."""
    meeting = Meeting(naming.why_fixed)
    monkeypatch.setattr(naming, "locked", unlocked)
    monkeypatch.setattr(naming, "why_fixed", meeting)
    return meeting.meanwhile


def test_name_that_the_door_was_told_stays(sell, now):
    told = []
    for order in [sell() for _each in range(ROUNDS)]:
        named, scanned = at_once(naming_of(order, now), scan_of(order))
        assert named is None or isinstance(named, Conflict), named
        assert scanned.guest.attendee.full_name == name_of(order)
        told.append(name_of(order))
    assert set(told) <= {"", "Holder"}


def test_control_without_the_lock_the_door_was_told_another_name(sell, now, monkeypatch):
    order, meanwhile = sell(), without_the_lock(monkeypatch)
    named, scanned = at_once(naming_of(order, now), meanwhile(scan_of(order)))
    assert named is None
    assert (scanned.answer, scanned.guest.attendee.full_name, name_of(order)) == ("ok", "", "Holder")


def test_ticket_that_is_passed_on_is_named_by_no_former_holder(sell, now):
    for order in [sell() for _each in range(ROUNDS)]:
        named, passed = at_once(naming_of(order, now), passing_on(order))
        assert named is None or isinstance(named, NotFound), named
        assert isinstance(passed, Order), passed
        assert name_of(order) == "Friend"


def test_control_without_the_lock_the_former_holder_names_it(sell, now, monkeypatch):
    order, meanwhile = sell(), without_the_lock(monkeypatch)
    at_once(naming_of(order, now), meanwhile(passing_on(order)))
    assert name_of(order) == "Holder"
