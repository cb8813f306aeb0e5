"""An event with a margin lets in from so long before its start until so long after its end."""

from datetime import timedelta

import pytest

from door.admission import check_in, check_out
from events.models import Event
from events.tests.factories import EventFactory
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def margin(event):
    Event.objects.filter(pk=event.pk).update(margin_hours=12)
    event.refresh_from_db()


@pytest.mark.parametrize(
    ("when", "answer"),
    [(-13, "not-yet-valid"), (-12, "ok"), (0, "ok"), (8, "ok"), (20, "ok"), (21, "expired")],
)
def test_hours_after_the_start(event, guest, scan, when, answer):
    assert check_in(scan(guest.code), by=None, at=event.starts_at + when * HOUR).answer == answer


def test_times_of_the_ticket_go_first(event, guest, scan):
    Ticket.objects.filter(pk=guest.ticket_id).update(
        valid_from=event.starts_at - 24 * HOUR, valid_until=event.starts_at
    )
    assert check_in(scan(guest.code), by=None, at=event.starts_at - 24 * HOUR).answer == "ok"
    assert check_out(scan(guest.code), by=None, at=event.starts_at - 23 * HOUR).answer == "ok"
    assert check_in(scan(guest.code), by=None, at=event.starts_at + HOUR).answer == "expired"


def test_everybody_gets_out(event, guest, scan):
    check_in(scan(guest.code), by=None, at=event.starts_at)
    assert check_out(scan(guest.code), by=None, at=event.ends_at + 48 * HOUR).answer == "ok"


def test_a_sale_outside_lets_nobody_in(event, ticket):
    order = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], admit=True, at=event.ends_at + 13 * HOUR)
    assert not order.attendees.get().is_inside


def test_an_event_that_is_made_has_one_of_twelve_hours(api, stranger):
    body = {
        "type": "event",
        "attributes": {
            "name": "Spring",
            "starts-at": "2026-05-01T18:00:00Z",
            "ends-at": "2026-05-01T23:00:00Z",
        },
    }
    made = api(stranger).post("/v1/events", {"data": body}).json()["data"]
    assert made["attributes"]["margin-hours"] == 12
    assert EventFactory().margin_hours is None


@pytest.mark.parametrize("hours", [-1, 24 * 366 + 1, "many", 1.5])
def test_margins_that_are_none_are_refused(api, organizer, event, hours):
    body = {"type": "event", "id": str(event.pk), "attributes": {"margin-hours": hours}}
    answer = api(organizer).patch(f"/v1/events/{event.pk}", {"data": body})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["source"]["pointer"] == "/data/attributes/margin-hours"
