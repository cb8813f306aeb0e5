"""Odd query parameters on every route of the API: refused, never a fault of ours."""

import re

import pytest

from attendees.models import Attendee
from base.tests.client import error
from base.tests.contract import published
from exports.tests.factories import written
from limits.tests.factories import hold_of, quota_of
from orders.sale import Line
from orders.tests.factories import sold_onsite
from prices.tests.factories import discount_of
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db

PATHS = ["ticket", "event", "attendees", "tickets", "attendees.ticket", "ticket.event"]
SORTS = ["", ",", "-", "--name", "name,name", "name,-name", "pk", "id,id", "order__pk", "?"]
FILTERS = ["ticket", "identifier", "status", "event", "firstname", "answer", "idempotency-key"]
ODD = [
    *(f"include={path},{path}" for path in PATHS),
    *(f"include={path}" for path in PATHS),
    "include=ticket,ticket.event",
    "include=attendees,attendees.ticket,tickets.event",
    *(f"include={path}" for path in ["", ",", ".", "ticket.", "pk", "__all__", "ti-cket,ti_cket"]),
    "fields[order]=",
    "fields[order]=amount,amount",
    "fields[attendee]=ticket,ticket",
    "fields[attendee]=,",
    "fields[ticket]=id,type",
    "fields[nothing]=x",
    "fields[]=x",
    "fields=x",
    *(f"sort={names}" for names in SORTS),
    "sort=created-at,created_at",
    *(f"filter[{name}]=%00" for name in FILTERS),
    *(f"filter[{name}]={10**30}" for name in FILTERS),
    *(f"filter[{name}]=" for name in FILTERS),
    "filter[ticket]=-1",
    "filter[ticket]=1&filter[ticket]=2",
    "filter[]=1",
    "filter[event__members__role]=organizer",
    "filter[identifier.regex]=x",
    *(f"page[number]={number}" for number in ["0", "999999999", "last", ""]),
    *(f"page[size]={size}" for size in ["0", "999999999", "1e3"]),
    *(
        f"page[after]={place}"
        for place in ["0", "WyIxIl0", "WyJ4Il0", "W1tdXQ", "WyIxIl0&page[number]=1", "%00"]
    ),
    "page[]=1",
    "onsite=%00",
    "%00=1",
    "a%5B=1",
    "search=x",
    "format=json",
]


@pytest.fixture
def paths(event, organizer):
    """Every path of the schema that takes GET, of things that are there."""
    ticket = TicketFactory(event=event, price=10)
    lines = [Line(ticket.pk, 2)]
    order = sold_onsite(event=event, lines=lines, seller=organizer, admit=True, status="completed")
    things = {
        "attendees": Attendee.objects.first(),
        "check-ins": event.check_ins.first(),
        "events": event,
        "discounts": discount_of(event, percent=10),
        "exports": written(event, organizer),
        "holds": hold_of(ticket, 1),
        "orders": order,
        "payments": order.payments.get(),
        "quotas": quota_of(ticket, size=9),
        "stations": event.stations.create(name="Gate"),
        "tickets": ticket,
        "tills": event.tills.create(name="Till"),
    }
    found = []
    for path, operations in published()["paths"].items():
        if "get" in operations:
            home = things.get(path.split("/")[2])
            values = {
                "event": event.pk,
                "order": order.pk,
                "table": "orders",
                "reference": home and home.pk,
            }
            found.append(re.sub(r"{(\w+)}", lambda name, values=values: str(values[name[1]]), path))
    return found


def answered(response):
    """The status of what was read to its end: one table at a time is sent of an event."""
    if response.streaming:
        response.getvalue()
    return response.status_code


@pytest.mark.walk
def test_odd_parameters_are_answered_or_refused(api, organizer, paths):
    client = api(organizer)
    asked = [f"{path}?{query}" for path in paths for query in ODD]
    statuses = {url: answered(client.get(url)) for url in asked}
    assert {url: status for url, status in statuses.items() if status not in (200, 400, 404)} == {}
    assert {200, 400, 404} == set(statuses.values())


@pytest.mark.parametrize("query", ["include=ticket,ticket", "sort=firstname,-firstname", "sort=id,id"])
def test_what_is_named_twice_is_refused(api, organizer, event, query):
    response = api(organizer).get(f"/v1/events/{event.pk}/attendees?{query}")
    assert (response.status_code, "twice" in error(response)["detail"]) == (400, True)


def test_included_things_are_there_once(api, organizer, event, paths):
    document = api(organizer).get("/v1/orders?include=attendees.ticket.event,tickets,event").json()
    kinds = sorted(resource["type"] for resource in document["included"])
    assert kinds == ["attendee", "attendee", "event", "ticket"]
