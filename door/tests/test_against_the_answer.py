"""Who lets a guest in against the answer: by leave, or without the network, and not otherwise."""

from datetime import timedelta
from uuid import uuid4

import pytest

from base.tests.client import document, error, relation
from door.admission import OFFLINE, NeedsLeave, admit_group, check_in, check_out
from door.models import CheckIn
from door.scan import Scan
from events.planning import change_event
from orders.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["cancelled", "expired", "pending", "full", "already-checked-in"])
def refused_guest(request, event, guest, scan):
    """A guest whom the server would not let in."""
    if request.param == "full":
        change_event(event, capacity=0)
    elif request.param == "already-checked-in":
        check_in(scan(guest.code), by=None)
    else:
        Order.objects.update(status=request.param)
    return guest


@pytest.mark.parametrize("ago", [None, timedelta(0), OFFLINE - timedelta(microseconds=1), -OFFLINE])
def test_at_once_needs_leave(scan, refused_guest, registrar, now, ago):
    before = CheckIn.objects.count()
    seen = scan(refused_guest.code, admitted=True, occurred_at=None if ago is None else now - ago)
    with pytest.raises(NeedsLeave):
        check_in(seen, by=registrar, at=now)
    assert CheckIn.objects.count() == before


def test_time_of_a_scan_that_cannot_be_is_not_believed(scan, refused_guest, registrar, now):
    seen = scan(refused_guest.code, admitted=True, occurred_at=now - timedelta(hours=25))
    with pytest.raises(NeedsLeave):
        check_in(seen, by=registrar, at=now)


def test_of_a_group_too(event, guest, registrar, now):
    Order.objects.update(status="cancelled")
    with pytest.raises(NeedsLeave):
        admit_group([guest], Scan(event, "x", admitted=True), by=registrar, at=now)


@pytest.mark.parametrize("ago", [OFFLINE, timedelta(hours=23)])
def test_without_the_network_a_door_says_what_it_did(scan, refused_guest, registrar, now, ago):
    check = check_in(scan(refused_guest.code, admitted=True, occurred_at=now - ago), by=registrar, at=now)
    assert (check.is_let_through, check.answer == "ok") == (True, False)


def test_what_was_believed_once_is_answered_again_whenever_it_comes(scan, guest, registrar, now):
    Order.objects.update(status="cancelled")
    seen = scan(guest.code, admitted=True, occurred_at=now - OFFLINE, nonce=uuid4())
    first = check_in(seen, by=registrar, at=now)
    assert check_in(seen, by=registrar, at=now - OFFLINE) == first


def test_organizers_need_no_leave(scan, refused_guest, organizer, now):
    assert check_in(scan(refused_guest.code, admitted=True), by=organizer, at=now).is_let_through


def test_leave_of_an_organizer_suffices(scan, refused_guest, registrar, organizer, now):
    seen = scan(refused_guest.code, admitted=True, reason="of the band", approved_by=organizer)
    assert check_in(seen, by=registrar, at=now).is_let_through


def test_nothing_else_needs_leave(scan, guest, registrar, now):
    assert check_in(scan(guest.code, admitted=True), by=registrar, at=now).answer == "ok"
    assert check_in(scan(guest.code, admitted=False), by=registrar, at=now).moved == 0
    assert check_out(scan(guest.code, admitted=True), by=registrar, at=now).moved == -1
    assert check_out(scan(guest.code, admitted=True), by=registrar, at=now).answer == "not-inside"
    assert check_in(scan("NONESUCH", admitted=True), by=registrar, at=now).answer == "unknown"


def test_api_lets_no_cancelled_guest_in_without_a_pin(api, event, guest, registrar):
    Order.objects.update(status="cancelled")
    body = document(
        "check-in",
        relationships={"event": relation("event", event.pk)},
        direction="in",
        code=guest.code,
        admitted=True,
    )
    response = api(registrar).post("/v1/check-ins", body)
    assert (response.status_code, error(response)["code"]) == (403, "approval-required")
    guest.refresh_from_db()
    assert not guest.is_inside
