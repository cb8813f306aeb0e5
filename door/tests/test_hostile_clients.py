"""The door's API asked by those who mean harm, or whose tablets are out of order."""

from datetime import timedelta

import pytest

from accounts.pins import set_pin
from attendees.models import is_code
from attendees.tests.factories import DraftFactory
from base.tests.client import document, error, relation
from door.models import CheckIn
from door.tests.doors import guests_of
from events.tests.factories import EventFactory, MemberFactory
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def door(api, registrar):
    return api(registrar)


def scan(door, event, **attributes):
    where = {"event": relation("event", event.pk)}
    return door.post(
        "/v1/check-ins", document("check-in", relationships=where, **{"direction": "in", **attributes})
    )


def group(door, reference, **attributes):
    return door.post(f"/v1/orders/{reference}/check-ins", document("check-in", **attributes))


def listed(door, event, **filters):
    query = "&".join(f"filter[{name}]={value}" for name, value in filters.items())
    return door.get(f"/v1/events/{event.pk}/check-ins?{query}")


def pointer(response):
    return error(response)["source"]["pointer"]


class TestCodes:
    def test_of_a_draft_is_not_told_whole(self, door, event, ticket):
        """It admits as soon as it is ordered."""
        draft = DraftFactory(ticket=ticket)
        for typed in (draft.code, " ".join(draft.code_groups).lower()):
            assert scan(door, event, code=typed).json()["data"]["attributes"]["answer"] == "unknown"
        codes = {row["attributes"]["code"] for row in listed(door, event).json()["data"]}
        assert codes == {f"{draft.code[:4]}…", f"{draft.code[:4].lower()}…"}

    def test_that_are_no_tickets_are_told_whole(self, door, event):
        for code in ("NONESUCH", "https://example.com/t/BCDFGHJKLNPRSTVXBCDF"):
            scan(door, event, code=code)
        codes = {row["attributes"]["code"] for row in listed(door, event).json()["data"]}
        assert codes == {"NONESUCH", "https://example.com/t/BCDFGHJKLNPRSTVXBCDF"}

    def test_cannot_be_guessed_letter_by_letter(self, client, door, event, organizer):
        elsewhere = TicketFactory(event=EventFactory())
        code = guests_of(elsewhere.event, elsewhere)[0].code
        scan(door, event, code=code)
        client.force_login(organizer)
        for part, found in ((code[:5], False), (code[1:], False), (code, True), (code.lower(), True)):
            page = client.get("/admin/door/checkin/", {"q": part}).content.decode()
            assert ("1 check-in" in page) is found, part

    @pytest.mark.parametrize(
        ("text", "answer"),
        [("BCDF GHJK lnpr stvx bcdf", True), ("BCDFGHJKLNPRSTVXBCD", False), ("ACDFGHJKLNPRSTVXBCDF", False)],
    )
    def test_are_told_from_other_texts(self, text, answer):
        assert is_code(text) is answer


class TestGroups:
    @pytest.mark.parametrize(
        ("attendees", "where"),
        [
            (7, ""),
            ("1", ""),
            ({}, ""),
            (list(range(501)), ""),
            (["x"], "/0"),
            ([None], "/0"),
            ([1, 10**30], "/1"),
            ([1, 2, True], "/2"),
        ],
    )
    def test_of_odd_attendees_are_refused_where_they_stand(self, door, guest, attendees, where):
        response = group(door, guest.order.identifier, attendees=attendees)
        assert response.status_code == 422
        assert pointer(response) == f"/data/attributes/attendees{where}"
        assert not CheckIn.objects.exists()

    @pytest.mark.parametrize("reference", ["x", "-1", "9" * 19, "%00", "1_0", "%F0%9F%98%80"])
    def test_of_what_is_no_order_do_not_exist(self, door, ticket, reference):
        DraftFactory(ticket=ticket)
        assert group(door, reference).status_code == 404
        assert not CheckIn.objects.exists()

    def test_at_an_exit_are_refused_because_of_it(self, door, event, guest):
        way_out = event.stations.create(name="Exit", direction="out")
        at_it = {"station": relation("station", way_out.pk)}
        response = group(door, guest.order.identifier, relationships=at_it)
        assert (response.status_code, pointer(response)) == (422, "/data/relationships/station")


class TestTimes:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("2026-11-22T20:00:00+23:59", "2026-11-21T20:01:00Z"),
            ("2026-11-22T20:00:00-16:00", "2026-11-23T12:00:00Z"),
            ("2026-11-22T20:00:00+02:00", "2026-11-22T18:00:00Z"),
        ],
    )
    def test_with_any_offset_are_answered_in_utc(self, door, event, sent, kept):
        response = scan(door, event, code="NONESUCH", occurred_at=sent)
        assert response.status_code == 201
        assert response.json()["data"]["attributes"]["occurred-at"] == kept

    def test_with_seconds_in_their_offset_are_none(self, door, event):
        response = scan(door, event, code="NONESUCH", occurred_at="2026-11-22T20:00:00+00:00:01")
        assert (response.status_code, pointer(response)) == (422, "/data/attributes/occurred-at")


class TestTruth:
    @pytest.mark.parametrize("said", ["true", "on", "t", 1, 0, "", "null"])
    def test_is_no_text_and_no_number(self, door, event, said):
        response = scan(door, event, code="NONESUCH", admitted=said)
        assert (response.status_code, pointer(response)) == (422, "/data/attributes/admitted")


class TestLists:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("conflict", "x"),
            ("conflict", "1"),
            ("station", "1.5"),
            ("station", "1e5"),
            ("station", "-1"),
            ("station", "9" * 30),
            ("attendee", "%00"),
            ("answer", "maybe"),
        ],
    )
    def test_are_not_filtered_by_what_makes_no_sense(self, door, event, name, value):
        response = listed(door, event, **{name: value})
        assert response.status_code == 400
        assert error(response)["source"] == {"parameter": f"filter[{name}]"}

    def test_are_filtered_by_station_and_conflict(self, door, event, guest, now):
        a_minute_ago = (now - timedelta(minutes=1)).isoformat()
        scan(door, event, code=guest.code)
        scan(door, event, code=guest.code, admitted=True, occurred_at=a_minute_ago)
        assert len(listed(door, event, conflict="true").json()["data"]) == 1
        assert len(listed(door, event, conflict="false").json()["data"]) == 1
        assert listed(door, event, station=0).json()["data"] == []
        assert len(listed(door, event, attendee=guest.pk).json()["data"]) == 2


def test_leave_to_admit_is_refused_in_words_that_fit_the_door(door, event, guest, organizer):
    set_pin(organizer, "482913")
    response = scan(door, event, code=guest.code, reason="Friend of the band")
    assert (response.status_code, error(response)["code"]) == (403, "approval-required")
    assert "price" not in error(response)["detail"]


def test_registrars_of_other_events_find_nothing(api, event, guest):
    elsewhere = api(MemberFactory(event=EventFactory(), role="registrar").user)
    made = CheckIn.objects.count()
    assert group(elsewhere, guest.order.identifier).status_code == 404
    assert scan(elsewhere, event, code=guest.code).status_code == 403
    for name in ("check-ins", "occupancy", "stations"):
        assert elsewhere.get(f"/v1/events/{event.pk}/{name}").status_code == 403
    assert CheckIn.objects.count() == made
