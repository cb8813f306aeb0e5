"""What nobody should send to an event's home, what two send at once, and what is corrected later."""

from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client

from accounts.tests.factories import UserFactory
from events.models import Event
from events.tests.factories import EventFactory, MemberFactory
from home import first_forms as first
from home.figures import figures_of
from home.tests.test_new_event import form, ticket
from limits.quotas import write_quota
from limits.tests.factories import hold_of, quota_of
from prices.tests.factories import discount_of
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
BEYOND_ANY_ID = "9" * 19


@pytest.fixture
def page(client, organizer):
    client.force_login(organizer)
    return client


def at(event, section):
    return f"/events/{event.identifier}/edit/{section}/"


def settings_of(event, **changed):
    return {
        "sheet": "event",
        "name": event.name,
        "identifier": event.identifier,
        "state": event.state,
        "starts_at": "2030-07-06T20:00",
        "ends_at": "2030-07-07T02:00",
        "timezone": event.timezone,
        "day_ends_at": "04:00",
        "reentry": event.reentry,
        **changed,
    }


class TestNewEvent:
    @pytest.mark.parametrize("starts_at", ["2030-01-01T10:00", "soon", ""])
    def test_more_rows_without_an_end_are_given(self, page, starts_at):
        response = page.post("/events/new/", form(more="tickets", starts_at=starts_at))
        assert response.status_code == 200
        assert f'value="{starts_at}"' in response.content.decode() or not starts_at

    @pytest.mark.parametrize("identifier", ["\x00", "", "é", "9" * 60])
    def test_odd_identifier_is_refused(self, page, identifier):
        response = page.post("/events/new/", form(identifier))
        assert response.status_code == 422
        assert Event.objects.count() == 1  # the one of the organizer who asks

    @pytest.mark.parametrize("starts_at", ["9999-12-31T23:00", "0001-01-01T00:00"])
    @pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
    def test_start_at_the_end_of_all_calendars_is_refused(self, page, starts_at, zone):
        response = page.post("/events/new/", form(starts_at=starts_at, timezone=zone))
        assert response.status_code == 422

    def test_page_that_is_sent_twice_and_refused_leads_to_what_it_made(self, page):
        page.post("/events/new/", form())
        again = page.post("/events/new/", form(**ticket(0, "Adult", "many")))
        assert again["Location"] == "/events/SATURDAY/"

    @pytest.mark.postgres
    @pytest.mark.django_db(transaction=True)
    def test_page_that_is_sent_twice_at_once_makes_one_event(self, monkeypatch):
        user, both_judged, codes = UserFactory(), Barrier(2), []
        judged = first.NewEventForm.is_valid

        def is_valid(new):
            valid = judged(new)
            both_judged.wait(10)  # neither has seen the other's
            return valid

        monkeypatch.setattr(first.NewEventForm, "is_valid", is_valid)

        def send():
            client = Client()
            client.force_login(user)
            codes.append(client.post("/events/new/", form())["Location"])
            connection.close()

        threads = [Thread(target=send) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert codes == ["/events/SATURDAY/"] * 2
        assert Event.objects.count() == 1


class TestTheEventItself:
    def test_zone_that_is_corrected_means_the_clock_of_the_place(self, page, event):
        page.post(at(event, "settings"), settings_of(event, timezone="UTC"))
        page.post(at(event, "settings"), settings_of(event, timezone="Europe/Berlin"))
        event.refresh_from_db()
        assert event.starts_at.isoformat() == "2030-07-06T18:00:00+00:00"
        assert 'value="2030-07-06T20:00"' in page.get(at(event, "settings")).content.decode()

    @pytest.mark.parametrize("zone", ["Mars/Phobos", "", "\x00", "../etc/passwd"])
    def test_zone_that_is_none_is_refused(self, page, event, zone):
        assert page.post(at(event, "settings"), settings_of(event, timezone=zone)).status_code == 422

    @pytest.mark.parametrize("currency", ["ABC", "BHD", "eur", "\x00"])
    def test_currency_that_is_none_is_refused(self, page, event, currency):
        TicketFactory(event=event, price="20.50")
        discount_of(event, name="Five off", amount="5.50")
        response = page.post(at(event, "money"), {"sheet": "event", "currency": currency})
        assert response.status_code == 422

    def test_what_was_refused_stands_in_the_form_alone(self, page, event):
        sent = settings_of(event, name="Never saved", identifier="12")
        text = page.post(at(event, "settings"), sent).content.decode()
        assert text.count("Never saved") == 1
        assert event.name in text


def test_id_beyond_any_is_refused(page, event):
    sent = {"sheet": "quotas", "row": "new", "do": "save", "name": "Seats", "size": "9"}
    response = page.post(at(event, "limits"), {**sent, "tickets": [BEYOND_ANY_ID]})
    assert response.status_code in (400, 422)


class TestLeft:
    def test_ticket_of_two_quotas_has_what_the_fuller_leaves(self, event):
        ticket = TicketFactory(event=event, quantity=None)
        quota_of(ticket, size=100, name="Seats")
        quota_of(ticket, size=5, name="Balcony")
        assert figures_of(event).left == 5

    def test_quota_without_a_ticket_adds_nothing(self, event):
        ticket = TicketFactory(event=event, quantity=7)
        write_quota(quota_of(ticket, size=100), [])
        assert figures_of(event).left == 7


class TestRefusedRow:
    def test_figures_are_those_of_what_is_stored(self, page, event):
        ticket = TicketFactory(event=event, quantity=10)
        hold_of(ticket, 2)
        quota = quota_of(ticket, size=100)
        sent = {"sheet": "quotas", "row": quota.pk, "do": "save", "name": "Seats", "tickets": [ticket.pk]}
        response = page.post(at(event, "limits"), {**sent, "size": "1"})
        assert response.status_code == 422
        row = next(row for row in response.context["tables"][0].rows if not row.is_new)
        assert [value for _label, value in row.figures] == [2, 98]


class TestWhoLeaves:
    @pytest.fixture
    def own(self, event, organizer):
        MemberFactory(event=event, role="organizer")
        return event.members.get(user=organizer)

    @pytest.mark.parametrize("sent", [{"do": "delete"}, {"do": "save", "role": "cashier"}])
    def test_is_led_to_where_they_may_be(self, page, event, own, sent):
        sent = {"sheet": "members", "row": own.pk, **sent}
        response = page.post(at(event, "people"), sent, follow=True)
        assert response.status_code == 200
        assert response.redirect_chain[-1][0] == "/admin/"


@pytest.mark.parametrize("typed", ["Gala  night", "gala night", "Gala night (TEST)"])
def test_test_is_deleted_by_its_name_however_it_is_spaced(page, organizer, typed):
    test = EventFactory(name="Gala  night", is_test=True)
    MemberFactory(event=test, user=organizer, role="organizer")
    assert page.post(f"/events/{test.identifier}/delete/", {"name": typed}).status_code == 302
    assert not Event.objects.filter(pk=test.pk).exists()


def test_event_of_the_last_year_that_there_is_can_be_copied(page, event):
    event.starts_at = event.ends_at = datetime(2999, 6, 1, tzinfo=UTC)
    event.save()
    assert page.get(f"/events/{event.identifier}/copy/").status_code == 200
