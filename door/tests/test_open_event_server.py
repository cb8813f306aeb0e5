"""Check-in by PATCH of the attendee, as the Open Event Server's clients do it."""

from datetime import UTC, datetime, timedelta, timezone

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
        ({"is_checked_in": "True"}, "is-checked-in"),
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


T1 = "2026-05-01T20:10:00Z"


def recent(minutes):
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat(timespec="milliseconds")


def read(client, guest):
    return client.get(f"/v1/attendees/{guest.pk}").json()["data"]["attributes"]


def moves(guest):
    return list(guest.check_ins.order_by("pk").values_list("direction", "answer"))


IN, OUT = ("in", "ok"), ("out", "ok")


class TestWhatChanged:
    """Clients send the whole attendee, as they have read it some time ago."""

    @pytest.fixture
    def door(self, api, registrar):
        return api(registrar)

    @pytest.mark.parametrize("role", ["registrar", "cashier", "organizer"])
    @pytest.mark.parametrize("history", [(), ("in",), ("in", "out"), ("in", "out", "in")])
    def test_as_it_was_served_changes_nothing(self, api, member, guest, role, history):
        client = api(member(role))
        for way in history:
            patch(client, guest, **{f"is-checked-{way}": True})
        before, shown = moves(guest), read(client, guest)
        for _twice in range(2):
            response = patch(client, guest, **shown)
            assert response.status_code == 200
            assert response.json()["data"]["attributes"] == shown
        assert moves(guest) == before

    @pytest.mark.parametrize("old", [(), ("in",), ("in", "out")])
    def test_old_state_moves_nobody(self, door, guest, old):
        """Read, then the guest has moved, then it is sent."""
        for way in old:
            patch(door, guest, **{f"is-checked-{way}": True})
        shown = read(door, guest)
        for way in ("in", "out", "in")[len(old) :]:
            patch(door, guest, **{f"is-checked-{way}": True})
        before = moves(guest)
        assert patch(door, guest, **shown).status_code == 200
        assert moves(guest) == before
        guest.refresh_from_db()
        assert guest.is_inside

    def test_old_is_checked_in_beside_a_new_time_checks_in(self, door, guest):
        shown = read(door, guest)
        response = patch(door, guest, **{**shown, "checkin-times": f"{shown['checkin-times']},{recent(1)}"})
        assert response.status_code == 200
        assert response.json()["data"]["attributes"]["is-checked-in"] is True

    def test_new_checkout_time_checks_out(self, door, guest):
        patch(door, guest, checkin_times=recent(9))
        shown = read(door, guest)
        response = patch(door, guest, **{**shown, "checkout-times": recent(1)})
        assert response.json()["data"]["attributes"]["is-checked-in"] is False
        assert moves(guest) == [IN, OUT]

    def test_same_times_again_are_no_news(self, door, guest):
        first, second = recent(9), recent(5)
        for sent in ({"checkin_times": first}, {"checkout_times": second}):
            for _twice in range(2):
                assert patch(door, guest, **sent).status_code == 200
        assert patch(door, guest, is_checked_in=True, checkin_times=first).status_code == 200
        assert moves(guest) == [IN, OUT]

    def test_time_that_cannot_be_is_no_news_either_when_it_comes_again(self, door, guest):
        for _twice in range(2):
            assert patch(door, guest, is_checked_in=True, checkin_times=T1).status_code == 200
        assert moves(guest) == [IN]

    def test_undone_check_is_not_made_again_by_its_old_time(self, door, guest):
        patch(door, guest, checkin_times=recent(3))
        shown = read(door, guest)
        patch(door, guest, is_checked_in=False)
        assert patch(door, guest, **shown).status_code == 200
        guest.refresh_from_db()
        assert not guest.is_inside

    def test_refused_time_is_judged_again(self, door, guest):
        at = recent(1)
        Order.objects.update(status="pending")
        assert patch(door, guest, checkin_times=at).status_code == 409
        Order.objects.update(status="completed")
        assert patch(door, guest, checkin_times=at).status_code == 200

    @pytest.mark.parametrize("told", [{}, {"is_checked_in": True}, {"is_checked_in": False, "before": ","}])
    def test_guest_who_is_inside_already_is_refused_at_a_new_time(self, door, guest, told):
        patch(door, guest, checkin_times=recent(9))
        told = {**told, "checkin_times": told.get("before", "") + recent(1)}
        told.pop("before", None)
        response = patch(door, guest, **told)
        assert (response.status_code, error(response)["code"]) == (409, "already-checked-in")
        guest.refresh_from_db()
        assert guest.is_inside

    def test_false_takes_back_alone_or_beside_the_servers_times_only(self, door, guest):
        patch(door, guest, checkin_times=recent(9))
        shown = read(door, guest)
        for beside in ({"checkin_times": ""}, {"checkin_times": T1}, {"firstname": "", "lastname": ""}):
            response = patch(door, guest, is_checked_in=False, **beside)
            assert response.status_code in (200, 409)
            guest.refresh_from_db()
            assert guest.is_inside, beside
        patch(door, guest, is_checked_in=False, checkin_times=shown["checkin-times"])
        guest.refresh_from_db()
        assert not guest.is_inside

    def test_whole_attendee_with_the_state_turned_over(self, door, guest):
        for state in (True, False, True):
            shown = patch(door, guest, **{**read(door, guest), "is-checked-in": state}).json()["data"]
            assert shown["attributes"]["is-checked-in"] is state

    def test_words_are_taken_for_states(self, door, guest):
        for word, inside in (("true", True), ("false", False)):
            assert patch(door, guest, is_checked_in=word).status_code == 200
            guest.refresh_from_db()
            assert guest.is_inside is inside

    def test_name_of_every_station_may_come_along(self, door, event, guest):
        event.stations.create(name="North" * 9)
        for _often in range(6):
            patch(door, guest, is_checked_in=True, **{"device-name-checkin": "North" * 9})
            patch(door, guest, is_checked_out=True)
        assert len(read(door, guest)["device-name-checkin"]) > 200
        assert patch(door, guest, **read(door, guest)).status_code == 200
