"""The pages on which an event is copied and rehearsed, and a test is deleted."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from base.tests.client import ApiClient, document, relation
from door.admission import check_in
from door.models import CheckIn
from door.scan import Scan
from events.models import Event, Role
from events.tests.factories import MemberFactory
from home.copying import rehearse
from home.tests.factories import event_set_up, organizer_of
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite

pytestmark = pytest.mark.django_db
PAGES = ["event-copy", "event-rehearse", "event-delete"]


@pytest.fixture
def source(db):
    return event_set_up()


@pytest.fixture
def organizer(source):
    return organizer_of(source)


@pytest.fixture
def page(client, organizer):
    client.force_login(organizer)
    return client


@pytest.fixture
def rehearsal(source, organizer):
    return rehearse(source, by=organizer)


def address(name, event):
    return reverse(name, args=[event.identifier])


def typed(page, name, event):
    """What stands in the form that is opened, as a browser would send it."""
    content = page.get(address(name, event)).content.decode()
    fields = re.findall(r"<input[^>]*>", content)
    named = [(re.search(r'name="([^"]+)"', f), re.search(r'value="([^"]*)"', f)) for f in fields]
    return {key[1]: value[1] if value else "" for key, value in named if key}


class TestCopy:
    def test_form_offers_the_same_weekday_of_the_next_year(self, page, source):
        form = typed(page, "event-copy", source)
        assert (form["name"], form["starts_at"]) == ("Summer fair", "2027-10-16T18:00")

    def test_leads_to_the_copy(self, page, source):
        form = {**typed(page, "event-copy", source), "name": "Next", "starts_at": "2027-10-16T19:30"}
        answer = page.post(address("event-copy", source), form)
        copy = Event.objects.get(name="Next")
        assert answer["Location"] == f"/events/{copy.identifier}/"
        assert copy.starts_at.isoformat() == "2027-10-16T17:30:00+00:00"
        assert (copy.state, copy.is_test) == ("draft", False)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": ""},
            {"name": "x" * 201},
            {"starts_at": ""},
            {"starts_at": "2027-03-28T02:30"},  # the clock skips it
            {"starts_at": "0001-01-01T18:00"},
            {"starts_at": "9999-12-31T23:59"},
            {"identifier": "1"},
        ],
    )
    def test_says_what_is_wrong_beside_what_was_typed(self, page, source, wrong):
        answer = page.post(address("event-copy", source), {**typed(page, "event-copy", source), **wrong})
        assert answer.status_code == 422
        assert not Event.objects.exclude(pk=source.pk).exists()

    def test_times_too_far_away_are_refused(self, page, source):
        source.tickets.update(valid_until="2999-12-01T00:00Z")
        answer = page.post(address("event-copy", source), typed(page, "event-copy", source))
        assert answer.status_code == 422
        assert "1900 to 2999" in answer.content.decode()

    def test_name_of_somebody_elses_event_is_not_taken(self, page, source):
        taken = MemberFactory().event
        form = {**typed(page, "event-copy", source), "identifier": taken.identifier}
        assert page.post(address("event-copy", source), form).status_code == 409

    def test_events_of_the_day_are_counted(self, page, source, settings):
        settings.EVENTS_A_DAY = 0
        answer = page.post(address("event-copy", source), typed(page, "event-copy", source))
        assert answer.status_code == 429


@pytest.mark.parametrize("name", ["event-copy", "event-rehearse"])
def test_tapped_twice_makes_one(page, source, name):
    form = typed(page, name, source)
    first, second = (page.post(address(name, source), form) for _tap in range(2))
    assert first["Location"] == second["Location"]
    assert Event.objects.exclude(pk=source.pk).count() == 1
    assert "made already" in page.get(second["Location"]).content.decode()


class TestRehearsal:
    def test_is_on_sale_at_once(self, page, source):
        page.post(address("event-rehearse", source), typed(page, "event-rehearse", source))
        event = Event.objects.get(is_test=True)
        assert (event.state, event.name) == ("published", "Rehearsal: Summer fair")
        assert abs(event.starts_at - timezone.now()) < timedelta(minutes=5)
        till = page.get(f"/till/{event.identifier}/").content.decode()
        assert "Adult" in till
        assert 'class="test-mark"' in till

    def test_guest_of_the_rehearsal_comes_in_there_and_is_stopped_at_the_real_door(
        self, source, rehearsal, organizer
    ):
        line = [Line(rehearsal.tickets.get(name="Adult").pk, 1)]
        order = sold_onsite(event=rehearsal, lines=line, seller=organizer, payments=[Paid("cash")])
        code = order.attendees.get().code
        real = check_in(Scan(event=source, code=code), by=organizer)
        assert (real.answer, real.moved) in [("wrong-event", 0), ("unknown", 0)]
        assert not real.is_let_through
        assert check_in(Scan(event=rehearsal, code=code), by=organizer).answer == "ok"

    def test_guest_of_the_real_event_is_stopped_at_the_rehearsal(self, source, rehearsal, organizer):
        line = [Line(source.tickets.get(name="Child").pk, 1)]
        order = sold_onsite(event=source, lines=line, seller=organizer, payments=[Paid("cash")])
        seen = check_in(Scan(event=rehearsal, code=order.attendees.get().code), by=organizer)
        assert not seen.is_let_through
        assert CheckIn.objects.get().event == rehearsal


class TestDelete:
    def test_asks_for_the_name(self, page, rehearsal):
        answer = page.post(address("event-delete", rehearsal), {"name": "Rehearsal"})
        assert answer.status_code == 422
        assert Event.objects.filter(pk=rehearsal.pk).exists()

    def test_deletes_it_and_says_so(self, page, rehearsal):
        answer = page.post(
            address("event-delete", rehearsal), {"name": "rehearsal: summer fair "}, follow=True
        )
        assert "Rehearsal: Summer fair (TEST) is deleted" in answer.content.decode()
        assert not Event.objects.filter(pk=rehearsal.pk).exists()
        assert page.get(address("event-delete", rehearsal)).status_code == 404

    def test_real_event_has_no_such_page(self, page, source):
        assert page.get(address("event-delete", source)).status_code == 404
        assert page.post(address("event-delete", source), {"name": source.name}).status_code == 404
        assert Event.objects.filter(pk=source.pk).exists()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", [Role.CASHIER, Role.REGISTRAR])
def test_staff_is_refused(client, rehearsal, name, role):
    client.force_login(rehearsal.members.filter(role=role, user__is_device=False).get().user)
    assert client.get(address(name, rehearsal)).status_code == 403
    assert client.post(address(name, rehearsal), {"name": rehearsal.name}).status_code == 403
    assert Event.objects.filter(pk=rehearsal.pk).exists()


@pytest.mark.parametrize("name", PAGES)
def test_stranger_learns_nothing(client, rehearsal, name):
    client.force_login(MemberFactory(role=Role.ORGANIZER).user)
    assert client.post(address(name, rehearsal), {"name": rehearsal.name}).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_led_to_the_log_in(client, rehearsal, name):
    assert client.get(address(name, rehearsal)).status_code == 302


def test_stranger_sees_no_rehearsal_and_orders_nothing_there(rehearsal):
    ticket = rehearsal.tickets.get(name="Adult")
    api = ApiClient()
    assert rehearsal.identifier not in api.get("/v1/events").content.decode()
    assert api.get(f"/v1/events/{rehearsal.identifier}").status_code == 404
    assert api.get(f"/v1/tickets/{ticket.pk}").status_code == 404
    draft = document(
        "attendee", None, {"ticket": relation("ticket", ticket.pk), "event": relation("event", rehearsal.pk)}
    )
    stranger = ApiClient(MemberFactory(role=Role.ORGANIZER).user)
    assert stranger.post("/v1/attendees", draft).status_code in (404, 422)
    assert stranger.sell(rehearsal, (ticket, 1)).status_code in (404, 422)


def test_client_is_told_of_a_test_and_cannot_change_it(source, rehearsal, organizer):
    api = ApiClient(organizer)
    for event in (source, rehearsal):
        sent = document("event", event.pk, **{"is-test": not event.is_test, "location-name": "Hall"})
        answer = api.patch(f"/v1/events/{event.identifier}", sent)
        assert answer.status_code == 200
        told = api.get(f"/v1/events/{event.identifier}").json()["data"]["attributes"]
        assert (told["is-test"], told["location-name"]) == (event.is_test, "Hall")
    times = {"starts-at": "2030-05-01T20:00:00Z", "ends-at": "2030-05-02T02:00:00Z"}
    made = api.post("/v1/events", document("event", None, name="New", **{"is-test": True, **times}))
    assert made.json()["data"]["attributes"]["is-test"] is False
