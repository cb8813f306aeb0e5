"""Check-in by PATCH of the attendee, as the Open Event Server's clients do it."""

from datetime import datetime, timedelta, timezone

import pytest

from base.tests.client import document, error
from door.models import CheckIn
from door.undo import undo
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def guest(event):
    ticket = TicketFactory(event=event)
    return sold_onsite(event=event, lines=[Line(ticket.pk, 1)], status="completed").attendees.get()


def patch(client, guest, **attributes):
    return client.patch(f"/v1/attendees/{guest.pk}", document("attendee", guest.pk, **attributes))


def test_check_in_and_out_with_the_open_event_servers_attributes(api, registrar, event, guest):
    event.stations.create(name="North")
    door = api(registrar)
    response = patch(
        door,
        guest,
        **{
            "is-checked-in": True,
            "checkin-times": "2026-11-22T10:00:00Z,2026-11-22T20:14:00Z",
            "device-name-checkin": "North",
        },
    )
    assert response.status_code == 200
    shown = response.json()["data"]["attributes"]
    assert (shown["is-checked-in"], shown["is-checked-out"]) == (True, False)
    assert (shown["device-name-checkin"], shown["checkout-times"]) == ("North", "")
    assert len(shown["checkin-times"].split(",")) == 1
    shown = patch(door, guest, is_checked_out=True).json()["data"]["attributes"]
    assert (shown["is-checked-in"], shown["is-checked-out"]) == (False, True)
    assert [check.direction for check in CheckIn.objects.order_by("pk")] == ["in", "out"]


def test_refusal_is_409_with_the_answer_and_is_kept(api, registrar, guest):
    Order.objects.update(status="cancelled")
    response = patch(api(registrar), guest, is_checked_in=True)
    assert (response.status_code, error(response)["code"]) == (409, "cancelled")
    assert CheckIn.objects.get().answer == "cancelled"


def test_check_in_can_be_taken_back(api, registrar, guest):
    door = api(registrar)
    patch(door, guest, is_checked_in=True)
    shown = patch(door, guest, is_checked_in=False).json()["data"]["attributes"]
    assert shown["is-checked-in"] is False


def test_check_in_can_be_taken_back_after_a_check_out_was(api, registrar, guest):
    door = api(registrar)
    patch(door, guest, is_checked_in=True)
    patch(door, guest, is_checked_out=True)
    undo(CheckIn.objects.get(direction="out"), by=registrar)
    response = patch(door, guest, is_checked_in=False)
    assert response.status_code == 200
    assert response.json()["data"]["attributes"]["is-checked-in"] is False


@pytest.mark.parametrize("offset", ["+23:59", "-16:00"])
def test_time_with_any_offset_is_taken(api, registrar, guest, offset):
    at = datetime.now(timezone(timedelta(hours=1))).replace(tzinfo=None).isoformat()
    assert patch(api(registrar), guest, is_checked_in=True, checkin_times=at + offset).status_code == 200


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({}, "is-checked-in"),
        ({"is_checked_in": True, "checkin_times": "2026-05-01T20:14:00+00:00:01"}, "checkin-times"),
        ({"is_checked_in": True, "checkin_times": "1900-01-01T00:00:00+14:00"}, "checkin-times"),
        ({"is_checked_in": True, "checkin_times": "0001-01-01T00:00:00+14:00"}, "checkin-times"),
        ({"is_checked_in": True, "checkin_times": "٢٠٢٦-11-22T20:00:00Z"}, "checkin-times"),
        ({"is_checked_in": True, "device_name_checkin": "Exit"}, "device-name-checkin"),
        ({"is_checked_in": "perhaps"}, "is-checked-in"),
        ({"is_checked_in": "true"}, "is-checked-in"),
        ({"is_checked_in": 1}, "is-checked-in"),
        ({"is_checked_out": ""}, "is-checked-out"),
        ({"is_checked_in": True, "checkin_times": "tonight"}, "checkin-times"),
    ],
)
def test_what_makes_no_sense_is_422_and_leaves_no_row(api, registrar, event, guest, attributes, pointer):
    event.stations.create(name="Exit", direction="out")
    response = patch(api(registrar), guest, **attributes)
    assert response.status_code == 422
    assert error(response)["source"]["pointer"] == f"/data/attributes/{pointer}"
    assert not CheckIn.objects.exists()


def test_buyer_reads_and_may_not_check_in(api, stranger, event):
    from attendees.tests.factories import DraftFactory
    from orders.tests.factories import ordered_online

    draft = DraftFactory(ticket=TicketFactory(event=event), creator=stranger)
    ordered_online(event=event, attendees=[draft], buyer=stranger)
    assert patch(api(stranger), draft, is_checked_in=True).status_code == 403


def test_stranger_sees_nobody(api, stranger, guest):
    assert patch(api(stranger), guest, is_checked_in=True).status_code == 404
