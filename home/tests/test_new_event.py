"""From an account without any event to a working one, on one page."""

import pytest

from accounts.tests.factories import UserFactory
from audit.models import Change
from door.models import Station
from events.models import Event, Invitation, Member
from shifts.models import Till
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, stranger):
    client.force_login(stranger)
    return client


def form(identifier="SATURDAY", **more):
    fields = {
        "name": "Summer night",
        "identifier": identifier,
        "timezone": "Europe/Berlin",
        "currency": "EUR",
    }
    return {**fields, **more}


def ticket(number, name, price="", **more):
    return {
        f"tickets-{number}-{field}": value for field, value in {"name": name, "price": price, **more}.items()
    }


def guest(number):
    return {f"people-{number}-email": "a@example.com", f"people-{number}-role": "cashier"}


def test_account_without_an_event_is_led_to_make_one(page):
    assert page.get("/events/", follow=True).redirect_chain[-1][0] == "/admin/"
    assert 'href="/events/new/"' in page.get("/admin/").content.decode()


def test_name_alone_makes_an_event(page, stranger):
    response = page.post("/events/new/", form())
    assert response["Location"] == "/events/SATURDAY/"
    event = Event.objects.get()
    assert (event.name, event.state, event.creator) == ("Summer night", "draft", stranger)
    assert Member.objects.get().role == "organizer"
    assert event.starts_at < event.ends_at
    assert not Ticket.objects.exists()


def test_evening_is_eight_by_the_clock_of_the_place(page):
    page.post("/events/new/", form(starts_at="2030-07-06T20:00", ends_at="2030-07-07T02:00"))
    event = Event.objects.get()
    assert event.starts_at.isoformat() == "2030-07-06T18:00:00+00:00"
    assert event.ends_at.isoformat() == "2030-07-07T00:00:00+00:00"


def test_time_that_the_clock_skips_is_refused(page):
    response = page.post("/events/new/", form(starts_at="2030-03-31T02:30"))
    assert response.status_code == 422
    assert "clocks are put forward" in response.content.decode()
    assert not Event.objects.exists()


def test_everything_on_the_page_is_made(page):
    rows = {
        **ticket(0, "Adult", "20,50", quantity="100", tax_rate="7", group="Full", color="#1d4ed8"),
        **ticket(2, "Child"),
        "tills-0-name": "Bar",
        "gates-1-name": "North",
        "gates-1-direction": "in",
        "people-0-email": "ana@example.com",
        "people-0-role": "cashier",
    }
    response = page.post("/events/new/", form(**rows))
    adult, child = Ticket.objects.order_by("pk")
    assert (adult.type, str(adult.price), adult.quantity, adult.group) == ("paid", "20.50", 100, "Full")
    assert (child.type, child.price, child.quantity) == ("free", 0, None)
    assert Till.objects.get().name == "Bar"
    assert (Station.objects.get().name, Station.objects.get().direction) == ("North", "in")
    assert Invitation.objects.get().email == "ana@example.com"
    assert "/join/" in response.content.decode()
    assert Change.objects.filter(event=Event.objects.get()).exists()


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (ticket(0, "Adult", "2O"), "number"),
        (ticket(0, "Adult", "1.234"), "1.234"),
        (ticket(0, "Adult", "-5"), "0"),
        ({**ticket(0, "Adult", "5"), **ticket(1, "Adult", "6")}, "ticket of this name already"),
        (ticket(0, "", "5"), "required"),
        (ticket(0, "Adult", "5", quantity="1,5"), "whole number"),
        ({"tills-0-name": "Bar", "tills-1-name": "Bar"}, "name"),
        ({"people-0-email": "nobody"}, "valid email"),
        ({**guest(0), **guest(1)}, "invited already"),
    ],
)
def test_row_that_is_refused_leaves_nothing_behind(page, rows, told):
    response = page.post("/events/new/", form(**rows))
    assert response.status_code == 422
    assert told in response.content.decode()
    for model in (Event, Ticket, Till, Invitation, Member):
        assert not model.objects.exists(), model


def test_price_that_the_currency_cannot_pay_is_refused(page):
    response = page.post("/events/new/", form(currency="JPY", **ticket(0, "Adult", "20.50")))
    assert response.status_code == 422
    assert not Event.objects.exists()


def test_page_that_is_sent_twice_makes_one_event(page):
    for _once_more in range(2):
        assert page.post("/events/new/", form())["Location"] == "/events/SATURDAY/"
    assert Event.objects.count() == 1


def test_who_goes_back_and_adds_a_ticket_is_told_that_it_is_not_kept(page):
    page.post("/events/new/", form())
    home = page.post("/events/new/", {**form(), **ticket(0, "Child", "5.00")}, follow=True).content.decode()
    assert "made already" in home
    assert not Event.objects.get().tickets.filter(name="Child").exists()
    assert "made already" not in page.get("/events/SATURDAY/").content.decode()


def test_identifier_of_somebody_elses_event_is_refused(page, event):
    assert page.post("/events/new/", form(event.identifier)).status_code == 422
    assert Event.objects.count() == 1


def test_more_rows_keep_what_was_typed_and_judge_nothing(page):
    sent = {**form(), **ticket(2, "Child", "many"), "tickets-rows": "3", "more": "tickets"}
    text = page.post("/events/new/", sent).content.decode()
    assert 'name="tickets-5-name"' in text
    assert 'value="Child"' in text
    assert "errorlist" not in text
    assert not Event.objects.exists()


def test_number_of_rows_is_bounded(page):
    text = page.post(
        "/events/new/", {**form(), "tickets-rows": "99999999", "more": "tickets"}
    ).content.decode()
    assert 'name="tickets-50-name"' not in text


def test_day_of_too_many_events_is_told(page, settings):
    settings.EVENTS_A_DAY = 0
    response = page.post("/events/new/", form(**ticket(0, "Adult", "20")))
    assert response.status_code == 429
    assert "at most 0" in response.content.decode()
    assert 'value="Adult"' in response.content.decode()
    assert not Event.objects.exists()


def test_device_makes_no_event(client):
    client.force_login(UserFactory(is_device=True))
    assert client.post("/events/new/", form()).status_code in (403, 422)
    assert not Event.objects.exists()
