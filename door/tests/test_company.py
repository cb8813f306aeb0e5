"""Of a guest's order those are offered who would be let in here and now, and the others are named."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from base.tests.client import document, error, relation
from door.admission import admit_group, check_in, check_out
from door.models import CheckIn, Station
from door.tests.doors import guests_of
from events.models import Event
from orders.models import Order
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
NAMES = ["Ana", "Bo", "Cy"]


@pytest.fixture
def other(event):
    return TicketFactory(event=event, name="Sunday")


@pytest.fixture
def guests(event, ticket, other):
    """Ana and Bo with the usual ticket, and Cy with another, on one order."""
    people = [Guest(firstname=name) for name in NAMES]
    lines = [Line(ticket.pk, 2, guests=tuple(people[:2])), Line(other.pk, 1, guests=tuple(people[2:]))]
    order = sold_onsite(event=event, lines=lines, status="completed")
    return list(order.attendees.order_by("pk"))


def told(row):
    """Who may come too, and why the rest may not."""
    coming = [guest.attendee.firstname for guest in row.company.coming]
    return coming, {guest.attendee.firstname: str(answer) for guest, answer in row.company.staying}


def test_all_who_may_come_are_offered(guests, scan):
    assert told(check_in(scan(guests[0].code), by=None)) == (["Bo", "Cy"], {})


def test_guest_alone_has_none(event, ticket, scan):
    (guest,) = guests_of(event, ticket)
    assert told(check_in(scan(guest.code), by=None)) == ([], {})


@pytest.mark.parametrize(
    ("times", "answer"),
    [
        ({"valid_from": datetime(2126, 1, 1, tzinfo=UTC)}, "not-yet-valid"),
        ({"valid_until": datetime(2020, 1, 1, tzinfo=UTC)}, "expired"),
    ],
)
def test_guest_of_another_day_is_named(guests, scan, other, times, answer):
    Ticket.objects.filter(pk=other.pk).update(**times)
    assert told(check_in(scan(guests[0].code), by=None)) == (["Bo"], {"Cy": answer})


def test_guest_of_another_gate_is_named(event, ticket, guests, scan):
    north = Station.objects.create(event=event, name="North")
    north.tickets.set([ticket])
    assert told(check_in(scan(guests[0].code, station=north), by=None)) == (["Bo"], {"Cy": "wrong-station"})


def test_guest_who_is_inside_is_named(guests, scan):
    check_in(scan(guests[1].code), by=None)
    assert told(check_in(scan(guests[0].code), by=None)) == (["Cy"], {"Bo": "already-checked-in"})


@pytest.mark.parametrize(
    ("reentry", "coming"),
    [("with-check-out", ["Bo", "Cy"]), ("always", ["Bo", "Cy"]), ("none", ["Cy"]), ("daily", ["Cy"])],
)
def test_guest_who_went_out_comes_by_the_rule_of_the_event(event, guests, scan, reentry, coming):
    Event.objects.filter(pk=event.pk).update(reentry=reentry)
    check_in(scan(guests[1].code), by=None)
    check_out(scan(guests[1].code), by=None)
    assert told(check_in(scan(guests[0].code), by=None))[0] == coming


def test_guest_who_is_inside_does_not_come_though_all_may_come_again(event, guests, scan):
    Event.objects.filter(pk=event.pk).update(reentry="always")
    check_in(scan(guests[1].code), by=None)
    assert told(check_in(scan(guests[0].code), by=None)) == (["Cy"], {"Bo": "already-checked-in"})


def test_guest_who_came_on_the_day_before_comes_again_with_a_daily_pass(event, guests, scan, now):
    Event.objects.filter(pk=event.pk).update(reentry="daily", capacity=3)
    check_in(scan(guests[1].code), by=None, at=now - timedelta(days=1))
    assert told(check_in(scan(guests[0].code), by=None, at=now)) == (["Bo", "Cy"], {})


def test_guests_for_whom_there_is_no_place_are_named(event, guests, scan):
    Event.objects.filter(pk=event.pk).update(capacity=2)
    assert told(check_in(scan(guests[0].code), by=None)) == (["Bo"], {"Cy": "full"})


def test_nobody_comes_with_an_order_that_is_gone(guests, scan):
    Order.objects.update(status="cancelled")
    row = check_in(scan(guests[0].code), by=None)
    assert told(row) == ([], {"Bo": "cancelled", "Cy": "cancelled"})


def test_group_that_was_let_in_leaves_those_who_may_still_come(guests, scan):
    rows = admit_group(guests[:2], scan(guests[0].code), by=None)
    assert [told(row) for row in rows] == [(["Cy"], {})] * 2


def test_whoever_goes_out_has_none(guests, scan):
    check_in(scan(guests[0].code), by=None)
    assert told(check_out(scan(guests[0].code), by=None)) == ([], {})


class TestApi:
    @pytest.fixture
    def door(self, api, registrar):
        return api(registrar)

    @pytest.fixture
    def north(self, event, ticket):
        """A gate that lets the usual tickets pass."""
        station = Station.objects.create(event=event, name="North")
        station.tickets.set([ticket])
        return station

    def group(self, door, guests, station, **attributes):
        relationships = {"station": relation("station", station.pk)}
        body = document("check-in", relationships=relationships, **attributes)
        return door.post(f"/v1/orders/{guests[0].order_id}/check-ins", body)

    def scan(self, door, guest, station):
        relationships = {"station": relation("station", station.pk)}
        body = document("check-in", relationships=relationships, code=guest.code, direction="in")
        return door.post("/v1/check-ins", body).json()["data"]["meta"]

    def test_says_how_many_may_come_and_names_the_others(self, door, guests, north):
        beside = self.scan(door, guests[0], north)
        assert beside["others-outside"] == 1
        (cy,) = beside["others-refused"]
        assert (cy["name"], cy["ticket"], cy["answer"]) == ("Cy", "Sunday", "wrong-station")

    def test_at_most_counts_those_who_may_come(self, door, guests, north, other):
        Ticket.objects.filter(pk=guests[0].ticket_id).update(position=5)
        made = self.group(door, guests[::-1], north, at_most=3).json()["data"]
        assert [check["attributes"]["answer"] for check in made] == ["ok", "ok"]
        assert not CheckIn.objects.filter(attendee=guests[2]).exists()

    def test_at_most_of_nobody_is_a_conflict_that_says_why(self, door, guests, north):
        self.group(door, guests, north, at_most=2)
        refused = self.group(door, guests, north, at_most=2)
        assert (refused.status_code, error(refused)["code"]) == (409, "already-checked-in")
        named = self.group(door, guests, north, at_most=2, attendees=[guests[2].pk])
        assert (named.status_code, error(named)["code"]) == (409, "wrong-station")

    def test_guest_who_is_named_is_answered(self, door, guests, north):
        (made,) = self.group(door, guests, north, attendees=[guests[2].pk]).json()["data"]
        assert made["attributes"]["answer"] == "wrong-station"

    def test_costs_one_statement_for_however_many(self, door, event, ticket, north):
        counts = []
        for quantity in (1, 2, 9):
            guest = guests_of(event, ticket, quantity)[0]
            self.scan(door, guests_of(event, ticket)[0], north)
            with CaptureQueriesContext(connection) as made:
                self.scan(door, guest, north)
            counts.append(len(made))
        assert counts[1] == counts[2]
        assert counts[1] <= counts[0] + 2  # and which tickets the gate admits
