"""Several guests are let in with one request, each answered by itself."""

import pytest

from door.admission import admit_group, check_in
from door.models import CheckIn, Station
from door.tests.doors import assert_counted, guests_of
from events.planning import change_event
from events.tests.factories import EventFactory
from orders.lifecycle import cancel
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


def answers(rows):
    return [row.answer for row in rows]


def test_each_is_answered_by_itself(event, ticket, guests, scan, registrar):
    (stranger,) = guests_of(elsewhere := EventFactory(), TicketFactory(event=elsewhere))
    (gone,) = guests_of(event, ticket)
    cancel(gone.order)
    first = check_in(scan(guests[1].code), by=registrar)
    rows = admit_group([gone, *guests, stranger], scan(guests[0].code), by=registrar)
    assert answers(rows) == ["cancelled", "ok", "already-checked-in", "ok", "wrong-event"]
    assert [row.moved for row in rows] == [0, 1, 0, 1, 0]
    assert rows[2].previous == first
    assert assert_counted(event) == 3


def test_says_of_each_what_the_door_said(event, guests, scan, registrar, organizer, now):
    station = Station.objects.create(event=event, name="North")
    like = scan(
        guests[0].code,
        station=station,
        occurred_at=now,
        admitted=True,
        reason="the bus is late",
        approved_by=organizer,
    )
    admit_group(guests, like, by=registrar)
    for row in CheckIn.objects.all():
        assert (row.station, row.occurred_at, row.admitted, row.by) == (station, now, True, registrar)
        assert (row.reason, row.approved_by, row.code) == ("the bus is late", organizer, "")


def test_one_who_is_named_twice_comes_once(event, guests, scan, registrar):
    rows = admit_group([guests[0], guests[0], guests[1]], scan(guests[0].code), by=registrar)
    assert answers(rows) == ["ok", "ok"]
    assert assert_counted(event) == 2


def test_of_nobody_lets_nobody_in(guest, scan, registrar):
    assert admit_group([], scan(guest.code), by=registrar) == []


def test_comes_in_as_far_as_there_are_places(event, guests, scan, registrar):
    event.capacity = 2
    event.save()
    rows = admit_group(guests[::-1], scan(guests[0].code), by=registrar)
    assert answers(rows) == ["ok", "ok", "full"]
    assert {row.inside for row in rows} == {2}
    assert assert_counted(event) == 2


def test_finds_no_place_in_a_house_that_is_more_than_full(event, ticket, guests, scan, registrar):
    admit_group(guests, scan("x"), by=registrar)
    change_event(event, capacity=1)
    others = guests_of(event, ticket, 3)
    rows = admit_group(others, scan("x"), by=registrar)
    assert answers(rows) == ["full"] * 3
    assert {(row.moved, row.inside) for row in rows} == {(0, 3)}
    assert assert_counted(event) == 3


def test_costs_no_more_statements_for_more_guests(
    event, ticket, scan, registrar, django_assert_max_num_queries
):
    many = guests_of(event, ticket, 40)
    event.capacity = 100
    event.save()
    with django_assert_max_num_queries(7):
        rows = admit_group(many, scan("x"), by=registrar)
    assert answers(rows) == ["ok"] * 40
