"""No more are let in than there are places, unless the door has decided so itself."""

import pytest

from base.tests.client import document
from door.admission import admit_group, check_in, check_out
from door.models import CheckIn
from door.tests.doors import assert_counted, guests_of
from events.planning import change_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(event):
    event.capacity = 2
    event.save()
    return event


def test_full_house_lets_nobody_in(event, guests, scan):
    rows = [check_in(scan(guest.code), by=None) for guest in guests]
    assert [row.answer for row in rows] == ["ok", "ok", "full"]
    assert [row.inside for row in rows] == [1, 2, 2]
    assert (rows[2].moved, rows[2].attendee.is_inside, rows[2].attendee.entered_at) == (0, False, None)
    guests[2].refresh_from_db()
    assert (guests[2].is_inside, guests[2].entered_at) == (False, None)
    assert assert_counted(event) == 2


def test_guest_who_goes_frees_a_place(event, guests, scan):
    admit_group(guests[:2], scan("x"), by=None)
    assert check_out(scan(guests[0].code), by=None).inside == 1
    assert check_in(scan(guests[2].code), by=None).answer == "ok"
    again = check_in(scan(guests[0].code), by=None)
    assert again.answer == "full"
    guests[0].refresh_from_db()
    assert guests[0].entered_at < guests[0].left_at  # as before
    assert assert_counted(event) == 2


def test_answers_that_let_nobody_in_tell_the_number_too(event, guests, scan):
    check_in(scan(guests[0].code), by=None)
    assert check_in(scan(guests[0].code), by=None).inside == 1
    assert check_out(scan(guests[1].code), by=None).inside == 1
    assert check_in(scan("BCDF"), by=None).inside is None


def test_without_a_capacity_nobody_counts(event, guests, scan):
    change_event(event, capacity=None)
    assert check_in(scan(guests[0].code), by=None).inside is None
    assert assert_counted(event) == 1


class TestDoorDecided:
    def test_guest_is_let_in_beyond_it(self, event, guests, scan):
        admit_group(guests[:2], scan("x"), by=None)
        row = check_in(scan(guests[2].code, admitted=True), by=None)
        assert (row.answer, row.moved, row.inside) == ("full", 1, 3)
        assert list(CheckIn.objects.conflicts()) == [row]
        assert assert_counted(event) == 3
        check_out(scan(guests[0].code), by=None)
        assert check_in(scan(guests[0].code), by=None).answer == "full"  # one must go first

    def test_group_is_let_in_beyond_it(self, event, guests, scan):
        rows = admit_group(guests, scan("x", admitted=True), by=None)
        assert [(row.answer, row.moved) for row in rows] == [("ok", 1), ("ok", 1), ("full", 1)]
        assert assert_counted(event) == 3

    def test_guest_is_rightly_sent_away(self, event, guests, scan):
        admit_group(guests[:2], scan("x"), by=None)
        assert check_in(scan(guests[2].code, admitted=False), by=None).answer == "full"
        assert not CheckIn.objects.conflicts().exists()

    def test_refusal_that_comes_first_stays_the_answer(self, event, ticket, guests, scan):
        admit_group(guests[:2], scan("x"), by=None)
        (unpaid,) = guests_of(event, ticket, status="pending", payment_mode="onsite")
        row = check_in(scan(unpaid.code, admitted=True), by=None)
        assert (row.answer, row.moved) == ("unpaid", 1)
        assert assert_counted(event) == 3


class TestChanged:
    def test_it_is_counted_who_is_inside(self, event, guests, scan):
        change_event(event, capacity=None)
        admit_group(guests, scan("x"), by=None)
        change_event(event, capacity=5)
        assert (event.inside, assert_counted(event)) == (3, 3)
        change_event(event, capacity=None)
        assert event.inside == 0

    def test_it_may_be_below_who_is_inside(self, event, guests, scan):
        admit_group(guests[:2], scan("x"), by=None)
        change_event(event, capacity=1)
        assert check_in(scan(guests[2].code), by=None).answer == "full"
        assert check_out(scan(guests[0].code), by=None).inside == 1
        assert check_in(scan(guests[2].code), by=None).answer == "full"

    def test_by_the_api(self, api, organizer, event, guests, scan):
        change_event(event, capacity=None)
        admit_group(guests, scan("x"), by=None)
        body = document("event", event.pk, capacity=3)
        assert api(organizer).patch(f"/v1/events/{event.pk}", body).status_code == 200
        assert assert_counted(event) == 3

    def test_in_the_admin(self, client, organizer, event, guests, scan):
        change_event(event, capacity=None)
        admit_group(guests, scan("x"), by=None)
        client.force_login(organizer)
        url = f"/admin/events/event/{event.pk}/change/"
        form = client.get(url).context["adminform"].form
        typed = {"capacity": "4", "starts_at_0": "2030-01-01", "starts_at_1": "20:00:00"}
        typed |= {"ends_at_0": "2030-01-02", "ends_at_1": "02:00:00", "day_ends_at": "04:00:00"}
        shown = {name: form[name].value() for name in form.fields if form[name].value() is not None}
        management = {
            f"{rows}-{name}": count
            for rows in ("members", "invitations")
            for name, count in {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0}.items()
        }
        shown.pop("admit_now")
        response = client.post(url, {**shown, **typed, **management})
        assert response.status_code == 302, response.context["errors"]
        assert assert_counted(event) == 3
        event.refresh_from_db()
        assert event.capacity == 4

    def test_stale_event_that_is_saved_undoes_no_minute_at_the_door(self, event, guests, scan):
        stale = type(event).objects.get(pk=event.pk)
        check_in(scan(guests[0].code), by=None)
        stale.name = "Autumn Ball"
        stale.save()
        assert assert_counted(event) == 1
