"""The table of `docs/open-event-server.md`: what is there answers, and nothing else does."""

import re

import pytest
from django.conf import settings

from accounts.tests.factories import PASSWORD
from attendees.tests.factories import DraftFactory
from base.tests.client import ApiClient, document, relation
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import FreeTicketFactory, TicketFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.walk]
PAGE = settings.BASE_DIR / "docs" / "open-event-server.md"
ROW = re.compile(r"^\| ([A-Z ]+) \| `(/[^`]+)` \| (the same|different on purpose|not there) \|", re.MULTILINE)
PLAIN = {"content_type": "application/json"}
ROWS = [
    (method, path, told)
    for methods, path, told in ROW.findall(PAGE.read_text())
    for method in methods.split()
]


@pytest.fixture
def things(event, organizer, cashier):
    """What stands in the addresses, by what the blueprint calls it, and by its first word."""
    ticket = TicketFactory(event=event)
    order = sold_onsite(event=event, seller=cashier, lines=[Line(ticket.pk, 1)])
    ids = {
        "events": event.identifier,
        "orders": order.identifier,
        "attendees": order.attendees.get().pk,
        "tickets": ticket.pk,
        "stations": event.stations.create(name="Gate").pk,
        "users": organizer.pk,
    }
    return {"event": event, "ticket": ticket, "order": order, "ids": ids, "organizer": organizer}


def placed(path, ids):
    """The address of something that is there, if it can be."""
    return (
        re.sub(r"(?<=/)([\w-]+)/{\w+}", lambda found: f"{found[1]}/{ids.get(found[1], 1)}", path)
        .replace("{", "")
        .replace("}", "")
    )


def sent(method, path, things):
    """What is sent where something is written, and where, if not at the things themselves."""
    event, ticket = things["event"], FreeTicketFactory(event=things["event"])
    draft = DraftFactory(ticket=ticket, creator=things["organizer"])
    of_event = {"event": relation("event", event.pk)}
    times = {"starts-at": "2030-05-01T20:00:00Z", "ends-at": "2030-05-02T02:00:00Z"}
    guest, order = things["order"].attendees.get(), things["order"]
    bodies = {
        "POST /v1/events": document("event", None, name="New", **times),
        "POST /v1/tickets": document("ticket", None, of_event, name="New", type="free", price=0),
        "POST /v1/attendees": document(
            "attendee", None, {**of_event, "ticket": relation("ticket", ticket.pk)}
        ),
        "POST /v1/orders": document(
            "order", None, {**of_event, "attendees": relation("attendee", [draft.pk])}
        ),
        "PATCH /v1/events": document("event", event.pk, name="Other"),
        "PATCH /v1/tickets": document("ticket", things["ticket"].pk, name="Other"),
        "PATCH /v1/attendees": document("attendee", guest.pk, lastname="Other"),
        "PATCH /v1/orders": document("order", order.identifier, company="ACME"),
    }
    places = {"DELETE /v1/tickets": FreeTicketFactory(event=event).pk, "DELETE /v1/attendees": draft.pk}
    name = f"{method} {path.partition('/{')[0]}"
    return bodies.get(name), places.get(name)


def logged_in(client, path, organizer):
    told = {"email": organizer.email, "password": PASSWORD}
    if not path.endswith("refresh"):
        return client.post(path, told, **PLAIN)
    kept = {"remember-me": True, "include-in-response": True}
    refresher = ApiClient().post("/auth/session", {**told, **kept}, **PLAIN).json()["refresh_token"]
    return ApiClient(token=refresher).post(path, {}, **PLAIN)


def answer(method, path, things):
    client, ids = ApiClient(things["organizer"]), things["ids"]
    if "/auth/" in path and method == "POST":
        return logged_in(client, path, things["organizer"])
    body, other = sent(method, path, things)
    if other is not None:
        ids = {**ids, path.split("/")[2]: other}
    return client.request(method, placed(path, ids), body)


@pytest.mark.parametrize(("method", "path", "told"), [row for row in ROWS if row[2] != "not there"])
def test_what_is_there_answers(things, method, path, told):
    response = answer(method, path, things)
    assert 200 <= response.status_code < 300, response.content


def test_what_is_not_there_is_not_found(things):
    client = ApiClient(things["organizer"]).client
    token = ApiClient(things["organizer"]).headers
    for method, path, told in ROWS:
        if told == "not there":
            body = {"content_type": "application/vnd.api+json", "data": "{}"}
            response = client.generic(method, placed(path, things["ids"]), headers=token, **body)
            assert response.status_code in (404, 405), (method, path)


def test_the_table_is_long():
    assert len(ROWS) > 350
    assert len(set(ROWS)) == len(ROWS)
