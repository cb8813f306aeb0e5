"""One account cannot fill the database: limits that nobody honest meets."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import User
from attendees.models import Attendee
from attendees.tests.factories import DraftFactory
from events.models import Event
from events.tests.factories import EventFactory
from orders.tests.factories import ordered_online
from tickets.tests.factories import FreeTicketFactory, TicketFactory

pytestmark = pytest.mark.django_db
EVENT = {"name": "Ball", "starts-at": "2027-01-01T20:00:00Z", "ends-at": "2027-01-01T23:00:00Z"}
LONG_AGO = datetime(2020, 5, 1, 20, tzinfo=UTC)


def document(kind, attributes, **relationships):
    to = {name: {"data": {"type": name, "id": str(row.pk)}} for name, row in relationships.items()}
    return {"data": {"type": kind, "attributes": attributes, "relationships": to}}


def problem(response):
    (error,) = response.json()["errors"]
    return error["status"], error["code"], error.get("meta")


class TestEvents:
    def create(self, api, user):
        return api(user).post("/v1/events", {"data": {"type": "event", "attributes": EVENT}})

    def test_of_one_account_and_day(self, api, stranger, settings, now):
        settings.EVENTS_A_DAY = 2
        for _created in range(2):
            assert self.create(api, stranger).status_code == 201
        refused = ("429", "too-many-events", {"made": 2, "limit": 2})
        assert problem(self.create(api, stranger)) == refused
        Event.objects.get(pk=Event.objects.first().pk).members.all().delete()
        assert problem(self.create(api, stranger)) == refused  # leaving it does not help
        Event.objects.update(created_at=now - timedelta(hours=25))
        assert self.create(api, stranger).status_code == 201

    def test_of_others_do_not_count(self, api, organizer, settings):
        settings.EVENTS_A_DAY = 1
        assert self.create(api, organizer).status_code == 201

    def test_in_the_admin_too(self, client, organizer, settings):
        settings.EVENTS_A_DAY = 0
        client.force_login(organizer)
        form = {"name": "Ball", "identifier": "ball", "state": "draft", "timezone": "UTC", "currency": "EUR"}
        form |= {"day_ends_at": "04:00", "reentry": "always"}
        for end in ("starts", "ends"):
            form |= {f"{end}_at_0": "2027-03-20", f"{end}_at_1": "18:00"}
        response = client.post(reverse("admin:events_event_add"), form)
        assert response.status_code == 429
        assert "at most 0 can be" in response.content.decode()
        assert not Event.objects.filter(name="Ball").exists()
        client.force_login(User.objects.create_superuser("boss@example.com"))
        assert client.post(reverse("admin:events_event_add"), form).status_code == 302


class TestDrafts:
    def test_of_one_account(self, api, stranger, settings, event):
        settings.DRAFTS = 2
        ticket = TicketFactory(event=event)
        draft = document("attendee", {"firstname": "Ana"}, ticket=ticket)
        for _entered in range(2):
            assert api(stranger).post("/v1/attendees", draft).status_code == 201
        refused = api(stranger).post("/v1/attendees", draft)
        assert problem(refused) == ("409", "too-many-drafts", {"held": 2, "limit": 2})
        assert Attendee.objects.count() == 2

    def test_that_were_dropped_or_ordered_are_not_held(self, api, stranger, settings, event):
        settings.DRAFTS = 1
        enter = document("attendee", {}, ticket=FreeTicketFactory(event=event))
        entered = api(stranger).post("/v1/attendees", enter).json()["data"]["id"]
        assert api(stranger).delete(f"/v1/attendees/{entered}").status_code == 204
        assert not Attendee.objects.exists()
        assert api(stranger).post("/v1/attendees", enter).status_code == 201
        ordered_online(event=event, attendees=[Attendee.objects.get()], buyer=stranger)
        assert api(stranger).post("/v1/attendees", enter).status_code == 201

    def test_of_an_event_that_is_over_are_held_no_more(self, api, stranger, settings, event):
        settings.DRAFTS = 1
        over = TicketFactory(event=EventFactory(starts_at=LONG_AGO, ends_at=LONG_AGO))
        enter = document("attendee", {}, ticket=over)
        for _entered in range(2):  # lest such an event be a way to hold them without end
            assert api(stranger).post("/v1/attendees", enter).status_code == 201
        assert Attendee.objects.count() == 1
        enter = document("attendee", {}, ticket=TicketFactory(event=event))
        assert api(stranger).post("/v1/attendees", enter).status_code == 201
        assert api(stranger).post("/v1/attendees", enter).status_code == 409

    def test_is_dropped_by_whoever_has_entered_it_until_it_is_ordered(self, api, stranger, organizer, event):
        draft = DraftFactory(ticket=FreeTicketFactory(event=event), creator=stranger)
        where = f"/v1/attendees/{draft.pk}"
        assert api(organizer).delete(where).status_code == 404
        ordered_online(event=event, attendees=[draft], buyer=stranger)
        assert api(organizer).delete(where).status_code == 403
        assert problem(api(stranger).delete(where))[:2] == ("409", "already-ordered")
        assert Attendee.objects.filter(pk=draft.pk).exists()


class TestDescriptions:
    def test_of_an_event_and_of_a_ticket(self, api, organizer, event, settings):
        settings.DESCRIPTION_LENGTH = 10
        ticket = TicketFactory(event=event)
        for row in (event, ticket):
            kind = row._meta.model_name
            body = document(kind, {"description": "x" * 11})
            body["data"]["id"] = str(row.pk)
            refused = api(organizer).patch(f"/v1/{kind}s/{row.pk}", body)
            assert problem(refused)[:2] == ("422", "too-long")
            assert "at most 10" in refused.json()["errors"][0]["detail"]

    def test_by_default_fits_a_long_one_and_no_longer(self, api, organizer, event):
        for letters, status in ((20_000, 200), (20_001, 422)):
            body = document("event", {"description": "x" * letters})
            body["data"]["id"] = str(event.pk)
            assert api(organizer).patch(f"/v1/events/{event.pk}", body).status_code == status


class TestRowsOfAnEvent:
    def test_tickets_through_the_api(self, api, organizer, event, settings):
        settings.ROWS_PER_EVENT = 1
        first, second = (document("ticket", {"name": name, "price": "1.00"}, event=event) for name in "ab")
        assert api(organizer).post("/v1/tickets", first).status_code == 201
        refused = api(organizer).post("/v1/tickets", second)
        assert problem(refused) == ("409", "too-many-rows", {"held": 1, "limit": 1})

    @pytest.mark.parametrize(
        ("model", "fields"),
        [
            ("tickets_ticket", {"type": "paid", "price": "1", "min_order": 1, "position": 0}),
            ("shifts_till", {}),
            ("door_station", {"direction": "both"}),
            ("devices_device", {"role": "cashier"}),
        ],
    )
    def test_of_every_kind_in_the_admin(self, client, organizer, event, settings, model, fields):
        settings.ROWS_PER_EVENT = 1
        client.force_login(organizer)
        add = reverse(f"admin:{model}_add")
        statuses = [
            client.post(add, {"event": event.pk, "name": name, **fields}).status_code for name in "ab"
        ]
        assert statuses == [302, 409]

    def test_of_other_events_do_not_count(self, api, organizer, event, settings):
        settings.ROWS_PER_EVENT = 1
        TicketFactory(event=EventFactory())
        ticket = document("ticket", {"name": "a", "price": "1.00"}, event=event)
        assert api(organizer).post("/v1/tickets", ticket).status_code == 201
