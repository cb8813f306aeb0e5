"""The API of the door."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendees.tests.factories import DraftFactory
from base.tests.client import document, error, relation
from door.models import CheckIn
from events.tests.factories import EventFactory, MemberFactory
from orders.lifecycle import cancel
from orders.models import Order
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/v1/check-ins"


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, name="Adult", door_note="check student card")


@pytest.fixture
def order(event, ticket):
    guests = (Guest("Ana", "Silva", "ana@example.com"),)
    return sold_onsite(event=event, lines=[Line(ticket.pk, 3, guests=guests)], status="completed")


@pytest.fixture
def guest(order):
    return order.attendees.order_by("pk").first()


@pytest.fixture
def door(api, registrar):
    return api(registrar)


def scan(door, event, direction="in", relationships=None, **attributes):
    where = {"event": relation("event", event.pk)} | (relationships or {})
    return door.post(URL, document("check-in", relationships=where, direction=direction, **attributes))


def a_minute_ago():
    return (datetime.now(UTC) - timedelta(minutes=1)).isoformat()


def answer(response):
    assert response.status_code == 201, response.content
    return response.json()["data"]["attributes"]["answer"]


class TestScan:
    def test_lets_a_guest_in_and_says_who(self, door, event, guest):
        response = scan(door, event, code=guest.code.lower())
        data = response.json()["data"]
        assert answer(response) == "ok"
        assert data["relationships"]["attendee"]["data"] == {"type": "attendee", "id": str(guest.pk)}
        beside = data["meta"]
        assert (beside["name"], beside["ticket"], beside["door-note"]) == (
            "Ana Silva",
            "Adult",
            "check student card",
        )
        assert beside["others-outside"] == 2
        guest.refresh_from_db()
        assert guest.is_inside

    def test_twice_says_when_where_and_by_whom(self, door, event, guest, registrar):
        station = event.stations.create(name="North")
        at_north = {"station": relation("station", station.pk)}
        scan(door, event, code=guest.code, relationships=at_north)
        response = scan(door, event, code=guest.code)
        assert answer(response) == "already-checked-in"
        previous = response.json()["data"]["meta"]["previous"]
        assert (previous["station"], previous["by"]) == ("North", str(registrar))

    def test_out_and_in_again(self, door, event, guest):
        scan(door, event, code=guest.code)
        assert answer(scan(door, event, "out", code=guest.code)) == "ok"
        response = scan(door, event, code=guest.code)
        assert answer(response) == "ok"
        assert response.json()["data"]["meta"]["out-since"]

    def test_unknown_and_foreign_codes_are_answers_without_guest_data(self, door, event):
        foreign = TicketFactory()
        other = sold_onsite(event=foreign.event, lines=[Line(foreign.pk, 1)]).attendees.get()
        for code, expected in (("NONESUCH", "unknown"), (other.code, "wrong-event")):
            response = scan(door, event, code=code)
            data = response.json()["data"]
            assert answer(response) == expected
            assert data["meta"] == {}
            assert data["relationships"]["attendee"]["data"] is None
        assert CheckIn.objects.count() == 2

    def test_cancelled_order(self, door, event, order, guest):
        cancel(order)
        assert answer(scan(door, event, code=guest.code)) == "cancelled"

    def test_station_with_one_direction_needs_none(self, door, event, guest):
        station = event.stations.create(name="Exit", direction="out")
        body = document(
            "check-in", relationships={"station": relation("station", station.pk)}, code=guest.code
        )
        assert answer(door.post(URL, body)) == "not-inside"

    def test_station_for_other_tickets(self, door, event, guest):
        station = event.stations.create(name="Balcony")
        station.tickets.add(TicketFactory(event=event))
        at_it = {"station": relation("station", station.pk)}
        assert answer(scan(door, event, code=guest.code, relationships=at_it)) == "wrong-station"


class TestAgain:
    def test_same_nonce_is_one_row_and_the_same_answer(self, door, event, guest):
        nonce = str(uuid.uuid4())
        first = scan(door, event, code=guest.code, nonce=nonce)
        again = scan(door, event, code=guest.code, nonce=nonce)
        assert again.json()["data"]["id"] == first.json()["data"]["id"]
        assert answer(again) == "ok"
        assert CheckIn.objects.count() == 1

    def test_same_nonce_with_another_body_is_refused(self, door, event, guest):
        nonce = str(uuid.uuid4())
        scan(door, event, code=guest.code, nonce=nonce)
        response = scan(door, event, "out", code=guest.code, nonce=nonce)
        assert (response.status_code, error(response)["code"]) == (422, "nonce-reused")

    def test_what_a_door_did_without_an_answer_is_kept(self, door, event, guest, order):
        """The first try arrived, its answer did not: the same scan comes again with what was done."""
        nonce = str(uuid.uuid4())
        first = scan(door, event, code=guest.code, nonce=nonce).json()["data"]
        again = scan(door, event, code=guest.code, nonce=nonce, admitted=True).json()["data"]
        assert again["id"] == first["id"]

    def test_guest_let_in_against_an_unheard_refusal_is_inside(self, door, event, guest):
        event.capacity = 0
        event.save(update_fields=["capacity"])
        said = {"code": guest.code, "nonce": str(uuid.uuid4()), "occurred-at": a_minute_ago()}
        assert answer(scan(door, event, **said)) == "full"
        for _ in range(2):
            assert answer(scan(door, event, **said, admitted=True)) == "full"
        assert [check.moved for check in CheckIn.objects.order_by("pk")] == [0, 1]

    def test_guest_sent_away_against_an_unheard_answer_is_outside(self, door, event, guest):
        nonce = str(uuid.uuid4())
        scan(door, event, code=guest.code, nonce=nonce)
        for _ in range(2):
            assert answer(scan(door, event, code=guest.code, nonce=nonce, admitted=False)) == "ok"
        guest.refresh_from_db()
        assert not guest.is_inside
        assert [check.moved for check in CheckIn.objects.order_by("pk")] == [1, -1, 0]

    def test_whole_queue_replayed_twice_changes_nothing(self, door, api, cashier, event, order):
        """In its order, by whoever is logged in then; the occupancy and every row stay as they were."""
        one, two, three = order.attendees.values_list("code", flat=True)
        way = [
            (one, "in", True),
            (two, "in", True),
            (one, "in", True),
            (one, "out", True),
            ("BCDF", "in", True),
        ]
        way += [(one, "in", False), (three, "in", False), (two, "out", True), (two, "in", True)]
        queue = [
            (direction, {"code": c, "admitted": a, "nonce": str(uuid.uuid4()), "occurred-at": a_minute_ago()})
            for c, direction, a in way
        ]

        def replay(door):
            ids = [scan(door, event, way, **said).json()["data"]["id"] for way, said in queue]
            house = door.get(f"/v1/events/{event.pk}/occupancy").json()["data"]["attributes"]
            return ids, house, list(CheckIn.objects.order_by("pk").values())

        first = replay(door)
        assert len(set(first[0])) == len(queue)
        assert first[1]["inside"] == 1
        assert replay(door) == replay(api(cashier)) == first

    def test_group_again_is_the_same_guests(self, door, order):
        body = document("check-in", at_most=2, nonce=str(uuid.uuid4()))
        url = f"/v1/orders/{order.identifier}/check-ins"
        first, again = (door.post(url, body) for _ in range(2))
        assert [row["id"] for row in again.json()["data"]] == [row["id"] for row in first.json()["data"]]
        assert order.attendees.filter(is_inside=True).count() == 2

    def test_undo_is_a_row_of_its_own(self, door, event, guest):
        made = scan(door, event, code=guest.code).json()["data"]["id"]
        response = door.post(f"{URL}/{made}/undo", document("check-in"))
        assert response.status_code == 201
        guest.refresh_from_db()
        assert not guest.is_inside
        assert CheckIn.objects.count() == 2


class TestGroup:
    def test_is_let_in_by_one_request_that_says_who_was_in(self, door, event, order, guest):
        scan(door, event, code=guest.code)
        response = door.post(f"/v1/orders/{order.identifier}/check-ins", document("check-in"))
        answers = [row["attributes"]["answer"] for row in response.json()["data"]]
        assert answers == ["already-checked-in", "ok", "ok"]

    def test_part_of_a_group(self, door, order, guest):
        body = document("check-in", attendees=[str(guest.pk)])
        response = door.post(f"/v1/orders/{order.identifier}/check-ins", body)
        assert [row["attributes"]["answer"] for row in response.json()["data"]] == ["ok"]

    def test_of_nobody_is_refused(self, door, order):
        response = door.post(f"/v1/orders/{order.identifier}/check-ins", document("check-in", attendees=[]))
        assert response.status_code == 422
        assert error(response)["source"]["pointer"] == "/data/attributes/attendees"

    def test_guest_of_another_order_is_not_in_it(self, door, event, order, ticket):
        stranger = sold_onsite(event=event, lines=[Line(ticket.pk, 1)]).attendees.get()
        body = document("check-in", attendees=[stranger.pk])
        assert door.post(f"/v1/orders/{order.identifier}/check-ins", body).status_code == 404


BAD = [
    ({"code": "x" * 201}, "code"),
    ({"code": "A\x07B"}, "code"),
    ({"code": ""}, "code"),
    ({"code": 7, "nonce": "abc"}, "nonce"),
    ({"code": "X", "nonce": 7}, "nonce"),
    ({"code": "X", "direction": "up"}, "direction"),
    ({"code": "X", "direction": None}, "direction"),
    ({"code": "X", "occurred-at": "yesterday"}, "occurred-at"),
    ({"code": "X", "occurred-at": "2026-11-22T20:00:00"}, "occurred-at"),
    ({"code": "X", "occurred-at": 5}, "occurred-at"),
    ({"code": "X", "admitted": "maybe"}, "admitted"),
    ({}, "code"),
]


@pytest.mark.parametrize(("attributes", "where"), BAD)
def test_bad_input_leaves_no_row(door, event, attributes, where):
    response = scan(door, event, **{"direction": "in", **attributes})
    assert response.status_code == 422, response.content
    assert error(response)["source"]["pointer"].endswith(where)
    assert not CheckIn.objects.exists()


def test_scan_of_a_code_and_an_attendee_is_refused(door, event, guest):
    named = {"attendee": relation("attendee", guest.pk), "event": relation("event", event.pk)}
    response = door.post(URL, document("check-in", relationships=named, code="X", direction="in"))
    assert response.status_code == 422
    assert error(response)["source"]["pointer"] == "/data/attributes/code"
    assert not CheckIn.objects.exists()


def test_scan_at_a_station_of_another_event_than_is_named_is_refused(door, registrar, event, guest):
    elsewhere = MemberFactory(user=registrar, role="registrar").event
    named = {
        "station": relation("station", event.stations.create(name="North").pk),
        "event": relation("event", elsewhere.pk),
    }
    response = door.post(URL, document("check-in", relationships=named, code=guest.code, direction="in"))
    assert (response.status_code, error(response)["code"]) == (422, "wrong-station")
    assert not CheckIn.objects.exists()


def test_scan_without_a_place_is_refused(door):
    response = door.post(URL, document("check-in", code="X", direction="in"))
    assert response.status_code == 422
    assert error(response)["source"]["pointer"] == "/data/relationships/station"


class TestWho:
    @pytest.mark.parametrize(
        ("role", "status"), [("organizer", 201), ("cashier", 201), ("registrar", 201), (None, 403)]
    )
    def test_by_role(self, api, member, stranger, event, guest, role, status):
        user = member(role) if role else stranger
        assert scan(api(user), event, code=guest.code).status_code == status

    def test_strangers_see_nothing(self, api, stranger, event, order):
        client = api(stranger)
        for url in ("check-ins", "stations", "occupancy"):
            assert client.get(f"/v1/events/{event.pk}/{url}").status_code == 403
        station = event.stations.create(name="North")
        body = document(
            "check-in", relationships={"station": relation("station", station.pk)}, code="X", direction="in"
        )
        assert client.post(URL, body).status_code == 404
        assert (
            client.post(f"/v1/orders/{order.identifier}/check-ins", document("check-in")).status_code == 404
        )

    def test_station_of_others_is_not_there(self, api, stranger, event, guest):
        """Nor is the guest moved, although the code is right."""
        gate = {"station": relation("station", event.stations.create(name="North").pk)}
        elsewhere = MemberFactory(role="registrar").user
        for user in (stranger, elsewhere):
            body = document("check-in", relationships=gate, direction="in", code=guest.code)
            response = api(user).post(URL, body)
            assert (response.status_code, error(response)["code"]) == (404, "not-found")
        guest.refresh_from_db()
        assert not guest.is_inside
        assert not CheckIn.objects.exists()

    def test_superuser_at_any_station(self, api, stranger, event, guest):
        stranger.is_superuser = True
        stranger.save()
        gate = {"station": relation("station", event.stations.create(name="North").pk)}
        body = document("check-in", relationships=gate, direction="in", code=guest.code)
        assert answer(api(stranger).post(URL, body)) == "ok"

    def test_nobody(self, api, event):
        assert scan(api(), event, code="X").status_code == 401

    def test_draft_event_of_others_is_not_there(self, api, stranger):
        draft = EventFactory(state="draft")
        assert scan(api(stranger), draft, code="X").status_code == 404

    def test_drafts_are_unknown(self, door, event, ticket):
        assert answer(scan(door, event, code=DraftFactory(ticket=ticket).code)) == "unknown"


class TestAdmitAnyway:
    def test_needs_an_organizer(self, door, event, order, guest):
        Order.objects.update(status="cancelled")
        response = scan(door, event, code=guest.code, reason="Friend of the band")
        assert (response.status_code, error(response)["code"]) == (403, "approval-required")
        assert not CheckIn.objects.exists()

    def test_with_an_organizers_pin_is_recorded(self, door, event, guest, organizer):
        from accounts.pins import set_pin

        set_pin(organizer, "482913")
        Order.objects.update(status="cancelled")
        approval = {"user": organizer.pk, "pin": "482913"}
        response = scan(door, event, code=guest.code, reason="Paid at the band's desk", approval=approval)
        data = response.json()["data"]["attributes"]
        assert (data["answer"], data["admitted"]) == ("cancelled", True)
        check = CheckIn.objects.get()
        assert (check.approved_by, check.moved) == (organizer, 1)


class TestReading:
    def test_list_is_filtered_by_conflict(self, door, event, order, guest):
        scan(door, event, code=guest.code)
        Order.objects.update(status="cancelled")
        other = order.attendees.last()
        scan(door, event, code=other.code, admitted=True, **{"occurred-at": a_minute_ago()})
        listed = door.get(f"/v1/events/{event.pk}/check-ins?filter[conflict]=true").json()["data"]
        assert [row["attributes"]["answer"] for row in listed] == ["cancelled"]
        assert len(door.get(f"/v1/events/{event.pk}/check-ins").json()["data"]) == 2

    def test_occupancy_counts_by_station_and_ticket(self, door, event, order, ticket):
        station = event.stations.create(name="North")
        at_north = {"station": relation("station", station.pk)}
        for attendee in order.attendees.all():
            scan(door, event, code=attendee.code, relationships=at_north)
        scan(door, event, "out", code=order.attendees.first().code, relationships=at_north)
        counted = door.get(f"/v1/events/{event.pk}/occupancy").json()["data"]["attributes"]
        assert (counted["inside"], counted["entered"], counted["left"]) == (2, 3, 1)
        assert counted["stations"] == [{"id": str(station.pk), "name": "North", "entered": 3, "left": 1}]
        assert counted["tickets"] == [{"id": str(ticket.pk), "name": "Adult", "inside": 2}]
        assert counted["capacity"] is None

    def test_code_of_another_event_is_not_told_whole(self, door, event):
        elsewhere = EventFactory()
        lines = [Line(TicketFactory(event=elsewhere).pk, 1)]
        code = sold_onsite(event=elsewhere, lines=lines, status="completed").attendees.get().code
        assert answer(scan(door, event, code=code)) == "wrong-event"
        (row,) = door.get(f"/v1/events/{event.pk}/check-ins").json()["data"]
        assert row["attributes"]["code"] == f"{code[:4]}…"

    def test_lists_cost_the_same_for_one_and_for_three(self, door, event, order):
        def statements(name):
            with CaptureQueriesContext(connection) as queries:
                assert door.get(f"/v1/events/{event.pk}/{name}").status_code == 200
            return len(queries)

        guests, counts = list(order.attendees.all()), []
        for number, guest in enumerate(guests):
            station = event.stations.create(name=f"Gate {number}")
            scan(door, event, code=guest.code, relationships={"station": relation("station", station.pk)})
            counts.append([statements(name) for name in ("check-ins", "stations", "occupancy")])
        assert counts[0] == counts[-1]

    def test_stations(self, door, event):
        event.stations.create(name="North", direction="in")
        (row,) = door.get(f"/v1/events/{event.pk}/stations").json()["data"]
        assert row["attributes"] == {"name": "North", "direction": "in"}
