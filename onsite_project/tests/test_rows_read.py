"""What a list of the admin reads of the long tables has an end, however long they are: the rows that
PostgreSQL reads for it among 2,000 guests and among 20,000. By the best that its indexes allow: of tables as
small as these its planner reads all of some, because that is as fast.

And what the API reads for a list of one event has nothing to do with what others have sold before or since,
however it is sorted.
"""

import json
import re
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from attendees.models import Attendee
from attendees.views import AttendeeViewSet
from audit.models import Change
from base import admin_lists
from base.api import nearest
from benchmarks.million import fill, lists
from door.models import CheckIn
from door.views import CheckInViewSet
from events.models import Event
from events.staff_views import ChangeViewSet
from orders.models import Order, Payment
from orders.views import OrderViewSet, PaymentViewSet
from outbox.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.postgres, pytest.mark.walk]
LONG = [Attendee, Order, Payment, CheckIn, Message, Change]
FEW, MANY = 2, 20  # thousands of guests
# What no index is for, because each would cost every sale: choices that may be no row's, which are looked for
# among all of the events; two words that many guests have, of whom few have both; the payments of one event,
# which are told from others by their orders; and a ticket of one event among those that sold meanwhile.
READ_THROUGH = {
    "orders, by status: initializing",
    "orders, by status: expired",
    "orders, by channel: online",
    "orders, by payment mode: free",
    "orders, by payment mode: invoice",
    "payments, by tender: rounding",
    "payments, by event: Night 1",
    "payments, days",
    "payments, a month",
    "payments, a day",
    "check-ins, by station: -",
    "check-ins, by ticket: -",
    "changes, by kind: API token",
    "changes, by act: added",
    "changes, by act: removed",
    "deliveries, by state: waiting",
    "deliveries, by state: given up",
    "attendees, search: first5 last12",
    "attendees, by ticket: Ticket 4",
    "orders, search: first5 last12",
    "check-ins, search: first5 last12",
}
BEST = ("seqscan", "hashjoin", "mergejoin")
# Of the API each list of an event that grows with every sale or scan, by what its address ends with.
GROWING = {
    "attendees": AttendeeViewSet,
    "orders": OrderViewSet,
    "payments": PaymentViewSet,
    "check-ins": CheckInViewSet,
    "changes": ChangeViewSet,
}
OLDEST, OF_MANY = "night-1", "night-20"
# Behind a place among the times of an event's payments, which their orders tell from others: this says to the
# planner less than it is.
TOLD_LATE = re.compile(r"/payments\?.*page%5Bafter%5D=.*sort=-?created-at")


def rows_read(plan):
    """By a node of a plan and those below it, from tables."""
    read = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) if "Relation Name" in plan else 0
    return read * plan["Actual Loops"] + sum(rows_read(below) for below in plan.get("Plans", []))


def read_for(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    read = 0
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            if query["sql"].startswith("SELECT"):
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query['sql']}".replace("%", "%%"), [])
                told = cursor.fetchone()[0]
                read += rows_read((json.loads(told) if isinstance(told, str) else told)[0]["Plan"])
    return read


@contextmanager
def filled(thousands):
    """A database with so many guests, which goes by its indexes, and is empty again then."""
    with transaction.atomic():
        fill.insert(thousands)
        fill.analyze()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
            for way in BEST:
                cursor.execute(f"SET LOCAL enable_{way} = off")
        yield
        transaction.set_rollback(True)


def measured(client, model, thousands):
    """What is read for each address of the model's list."""
    with filled(thousands):
        client.force_login(User.objects.get(email=fill.ORGANIZER))
        asked = lists.of(client, [model])
        return {re.sub(r"page \d+", "page", name): read_for(client, url) for name, url in asked}


def sorts(view):
    """None, and each field both ways, as one asks for it."""
    names = [name.replace("__", ".").replace("_", "-") for name in view.ordering_fields]
    return ["", *(f"sort={way}{name}" for name in names for way in ("", "-"))]


def addresses(event, kind):
    """The first page of the list, one that has a number, and one that goes on at a place."""
    url = f"/v1/events/{event}/{kind}"
    for sort in sorts(GROWING[kind]):
        yield f"{url}?{sort}" if sort else url
        yield f"{url}?{sort}&page[number]=3"


def goes_on(client, url):
    return client.get(url).json()["links"]["next"].removeprefix("http://testserver")


def too_many(client, event, kind):
    """The addresses of the list for which more is read than a few times what the event has of it, and of
    what stands beside it.
    """
    pk = Event.objects.get(identifier=event).pk
    guests = Attendee.objects.filter(ticket__event=pk).count()
    found = {}
    for url in addresses(event, kind):
        for asked in (url, goes_on(client, url)):
            read = read_for(client, asked)
            if read > 4 * guests + 1_000 and not TOLD_LATE.search(asked):
                found[asked] = read
    return found


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Pages, and what is counted, in proportion to so few rows."""
    monkeypatch.setattr(admin_lists, "MOST_COUNTED", 50)
    monkeypatch.setattr(admin_lists, "MOST_FOUND", 20)
    monkeypatch.setattr(admin_lists.OffersFilters, "list_per_page", 20, raising=False)
    monkeypatch.setattr(nearest, "NEAR", 200)


@pytest.mark.parametrize("model", LONG)
def test_what_a_list_reads_has_an_end(client, model):
    few, many = measured(client, model, FEW), measured(client, model, MANY)
    grown = {name: (few[name], many[name]) for name in few if many[name] > 5 * few[name] + 500}
    assert {name: read for name, read in grown.items() if name not in READ_THROUGH} == {}


@pytest.mark.parametrize("event", [OLDEST, OF_MANY])
@pytest.mark.parametrize("kind", GROWING)
def test_what_others_sold_is_not_read_for_a_list_of_an_event(api, kind, event):
    with filled(MANY):
        assert too_many(api(User.objects.get(email=fill.ORGANIZER)), event, kind) == {}


@pytest.mark.parametrize("kind", ["attendees", "payments"])
def test_a_walk_past_what_others_sold_is_found(api, monkeypatch, kind):
    monkeypatch.setattr(GROWING[kind], "is_told_elsewhere", False)
    with filled(MANY):
        found = too_many(api(User.objects.get(email=fill.ORGANIZER)), OLDEST, kind)
    assert f"/v1/events/{OLDEST}/{kind}?sort=-id" in found


def test_what_reads_all_is_found(client, monkeypatch):
    monkeypatch.setattr(admin_lists, "MOST_COUNTED", 10**6)
    few, many = measured(client, Attendee, FEW), measured(client, Attendee, MANY)
    assert many["attendees"] > 5 * few["attendees"] + 500
