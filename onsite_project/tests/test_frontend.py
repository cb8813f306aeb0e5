"""The Open Event Server's web frontend: what it sends, and what it reads of the answers.

Written from its public sources, github.com/fossasia/open-event-frontend: its authenticator, the attributes of
its models, and what its pages do with them.
"""

import base64
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from accounts.tests.factories import PASSWORD
from base.tests.client import ApiClient
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import FreeTicketFactory, TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)
JSON = "application/json"
# What its models have beside ours, as it stands in a record that knows nothing of it.
MORE_OF_ATTENDEES = {
    "same-as-buyer": False,
    "city": None,
    "pdf-url": None,
    "job-title": None,
    "accept-receive-emails": True,
    "complex-field-values": {},
    "birth-date": None,
    "is-consent-form-field": False,
    "tag-id": None,
}
MORE_OF_ORDERS = {"exp-month": None, "brand": None, "paid-via": None, "is-billing-enabled": False}
OF_ATTENDEES = ("firstname", "lastname", "email", "is-checked-in", "checkin-times", "checkout-times")
OF_ORDERS = ("company", "tax-business-info", "address", "city", "state", "country", "zipcode", "payment-mode")


class Frontend:
    def __init__(self, user, *, remember=False):
        body = {
            "username": user.email,
            "password": PASSWORD,
            "remember-me": remember,
            "include-in-response": remember,
        }
        # Not held against the schema, which calls the address `email`.
        answer = ApiClient().client.post("/auth/session", json.dumps(body), content_type=JSON)
        assert answer.status_code == 200
        self.session = answer.json()
        self.use(self.session["access_token"])

    def use(self, token):
        self.token, self.api = token, ApiClient()
        self.api.headers = {"Authorization": f"JWT {token}"}

    @property
    def claims(self):
        segment = self.token.split(".")[1]
        return json.loads(base64.b64decode(segment + "=" * (-len(segment) % 4)))

    def refresh(self):
        """The refresh token in the header, and in the body too."""
        api = ApiClient()
        api.headers = {"Authorization": f"JWT {self.session['refresh_token']}"}
        answer = api.post(
            "/v1/auth/token/refresh",
            {"refresh_token": self.session["refresh_token"]},
            content_type=JSON,
            **{"X-CSRF-Token": "undefined"},
        )
        assert answer.status_code == 200
        self.use(answer.json()["access_token"])

    def toggle(self, attendee, *, checked_in, at):
        """Its list of attendees writes one time more behind those it knows, and saves the whole record."""
        known = {name: attendee["attributes"][name] for name in OF_ATTENDEES}
        field = "checkout-times" if checked_in else "checkin-times"
        known[field] = f"{known[field]},{at}"
        return self.save("attendee", attendee, {**MORE_OF_ATTENDEES, **known})

    def save(self, kind, record, attributes):
        relationships = {
            name: {"data": link["data"]}
            for name, link in record["relationships"].items()
            if isinstance(link.get("data"), dict)
        }
        data = {"type": kind, "id": record["id"], "attributes": attributes, "relationships": relationships}
        return self.api.patch(f"/v1/{kind}s/{record['id']}", {"data": data})


def ago(minutes):
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture
def frontend(organizer):
    return Frontend(organizer)


class TestLogIn:
    def test_learns_who_it_is_and_until_when(self, frontend, organizer):
        assert frontend.claims["identity"] == organizer.pk
        assert frontend.claims["exp"] > datetime.now(UTC).timestamp()

    def test_refreshes_what_it_was_given_to_remember(self, organizer, event):
        frontend = Frontend(organizer, remember=True)
        for _often in range(3):
            frontend.refresh()
            assert frontend.api.get(f"/v1/events/{event.pk}/orders").status_code == 200

    def test_shows_what_was_wrong(self, organizer):
        body = {"username": organizer.email, "password": "wrong"}
        answer = ApiClient().client.post("/auth/session", json.dumps(body), content_type=JSON)
        assert answer.status_code == 401
        assert isinstance(answer.json()["error"], str)


class TestCheckIn:
    @pytest.fixture
    def order(self, event, cashier):
        ticket = TicketFactory(event=event)
        return sold_onsite(event=event, seller=cashier, lines=[Line(ticket.pk, 1)], status="completed")

    def listed(self, frontend, event):
        (attendee,) = frontend.api.get(f"/v1/events/{event.pk}/attendees").json()["data"]
        return attendee

    def test_in_out_and_in_again(self, frontend, event, order):
        type(event).objects.update(reentry="free")
        for minutes, was_inside in ((9, False), (6, True), (3, False)):
            attendee = self.listed(frontend, event)
            assert attendee["attributes"]["is-checked-in"] is was_inside
            assert frontend.toggle(attendee, checked_in=was_inside, at=ago(minutes)).status_code == 200
        guest = order.attendees.get()
        assert [check.direction for check in guest.check_ins.order_by("pk")] == ["in", "out", "in"]

    def test_record_that_it_has_read_before_takes_nobody_out(self, frontend, event, order):
        before = self.listed(frontend, event)
        frontend.toggle(before, checked_in=False, at=ago(2))
        known = {name: before["attributes"][name] for name in OF_ATTENDEES}
        response = frontend.save("attendee", before, {**MORE_OF_ATTENDEES, **known})
        assert response.status_code == 200
        assert response.json()["data"]["attributes"]["is-checked-in"] is True


class TestOrders:
    def test_attendees_are_entered_and_ordered(self, stranger, event):
        frontend, ticket = Frontend(stranger), FreeTicketFactory(event=event)
        links = {
            "event": {"data": {"type": "event", "id": str(event.pk)}},
            "ticket": {"data": {"type": "ticket", "id": str(ticket.pk)}},
        }
        names = {"firstname": "Ana", "lastname": "Silva", "email": "ana@example.com"}
        attendee = {"type": "attendee", "attributes": {**MORE_OF_ATTENDEES, **names}, "relationships": links}
        entered = frontend.api.post("/v1/attendees", {"data": attendee})
        assert entered.status_code == 201
        order = {
            "type": "order",
            "attributes": {**MORE_OF_ORDERS, "amount": 0, "payment-mode": "free", "status": "initializing"},
            "relationships": {
                "event": links["event"],
                "attendees": {"data": [{"type": "attendee", "id": entered.json()["data"]["id"]}]},
            },
        }
        answer = frontend.api.post("/v1/orders", {"data": order})
        assert answer.status_code == 201
        assert answer.json()["data"]["attributes"]["status"] == "completed"

    def test_saved_order_changes_what_was_typed_and_nothing_else(self, frontend, event, cashier):
        ticket = TicketFactory(event=event)
        order = sold_onsite(event=event, seller=cashier, lines=[Line(ticket.pk, 2)])
        record = frontend.api.get(f"/v1/orders/{order.identifier}").json()["data"]
        known = {name: record["attributes"][name] for name in OF_ORDERS}
        known |= {"amount": 40, "status": "pending", **MORE_OF_ORDERS}
        before = Order.objects.filter(pk=order.pk).values().get()
        for told in ({}, {"company": "ACME", "city": "Porto"}):
            assert frontend.save("order", record, {**known, **told}).status_code == 200
            after = Order.objects.filter(pk=order.pk).values().get()
            assert after == {**before, **told, "updated_at": after["updated_at"]}
            assert bool(told) is (after["updated_at"] != before["updated_at"])

    def test_pending_order_is_marked_as_paid(self, frontend, event, cashier):
        ticket = TicketFactory(event=event)
        order = sold_onsite(event=event, seller=cashier, lines=[Line(ticket.pk, 2)])
        record = frontend.api.get(f"/v1/orders/{order.identifier}").json()["data"]
        known = {name: record["attributes"][name] for name in OF_ORDERS}
        answer = frontend.save("order", record, {**known, "amount": 40, "status": "completed"})
        assert answer.status_code == 200
        order.refresh_from_db()
        assert (order.status, order.balance) == ("completed", 40)

    def test_buyer_lets_go_of_an_order(self, stranger, event):
        from attendees.tests.factories import DraftFactory
        from orders.tests.factories import ordered_online

        draft = DraftFactory(ticket=TicketFactory(event=event), creator=stranger)
        order = ordered_online(event=event, attendees=[draft], buyer=stranger)
        frontend = Frontend(stranger)
        record = frontend.api.get(f"/v1/orders/{order.identifier}").json()["data"]
        answer = frontend.save("order", record, {"amount": 20, "status": "cancelled"})
        assert answer.json()["data"]["attributes"]["status"] == "cancelled"


EVENT_INCLUDES = (
    "event-topic,event-sub-topic,event-type,event-copyright,tax,owner,organizers,coorganizers,track-organizers,"
    "registrars,moderators,stripe-authorization"
)
PUBLIC_INCLUDES = (
    "social-links,event-copyright,speakers-call,tax,owner,organizers,video-stream,custom-forms,group,"
    "group.followers,group.followers.user"
)
NOW = "2026-01-01T00:00:00.000Z"


def leaf(name, op, value):
    return {"name": name, "op": op, "val": value}


STARTS = leaf("event", "has", leaf("starts-at", "ge", NOW))
NOT_GONE = leaf("event", "has", leaf("deleted-at", "eq", None))
LIVE = [
    leaf("state", "eq", "published"),
    {
        "or": [
            leaf("starts-at", "ge", NOW),
            {"and": [leaf("starts-at", "le", NOW), leaf("ends-at", "gt", NOW)]},
        ]
    },
]
OF_DAYS = [
    leaf("order", "has", leaf("created-at", "ge", NOW)),
    leaf("order", "has", leaf("status", "eq", "completed")),
    {"or": []},
]


class TestPages:
    """What each page asks for, as the page writes it."""

    @pytest.fixture
    def order(self, event, cashier):
        ticket = TicketFactory(event=event)
        return sold_onsite(event=event, seller=cashier, lines=[Line(ticket.pk, 2)], status="completed")

    def query(self, frontend, link, conditions=None, **asked):
        told = {name.replace("__", "[").replace("ZZ", "]"): value for name, value in asked.items()}
        if conditions is not None:
            told["filter"] = json.dumps(conditions)
        answer = frontend.api.get(f"{link.removeprefix('http://testserver')}?{urlencode(told)}")
        assert answer.status_code == 200, (link, answer.content)
        return answer.json()

    def link(self, record, name):
        return record["relationships"][name]["links"]["related"]

    def test_its_events(self, frontend, organizer, event, order):
        user = self.query(frontend, f"/v1/users/{frontend.claims['identity']}")["data"]
        assert user["attributes"]["email"] == organizer.email
        asked = {"include": "general-statistics,roles.role,roles.user,tickets", "page__sizeZZ": 10}
        told = self.query(frontend, self.link(user, "events"), LIVE, sort="-name", page__numberZZ=1, **asked)
        assert [row["id"] for row in told["data"]] == [str(event.pk)]
        assert {row["type"] for row in told["included"]} == {"ticket"}
        for conditions in ([leaf("state", "eq", "draft")], [leaf("ends-at", "lt", NOW)]):
            told = self.query(frontend, self.link(user, "events"), conditions, **asked)
            assert told["meta"]["count"] == 0

    def test_an_event_and_what_its_page_shows(self, frontend, event, order):
        record = self.query(frontend, f"/v1/events/{event.identifier}", include=EVENT_INCLUDES)["data"]
        for name in ("general-statistics", "order-statistics", "tickets"):
            self.query(frontend, self.link(record, name), page__sizeZZ=0)
        public = self.query(frontend, f"/v1/events/{event.identifier}", include=PUBLIC_INCLUDES)
        assert public["data"]["id"] == record["id"]
        on_sale = [{"and": [leaf("sales-starts-at", "le", NOW), leaf("sales-ends-at", "ge", NOW)]}]
        kept = {"cache": "true", "public": "true", "page__sizeZZ": 0}
        assert self.query(frontend, self.link(record, "tickets"), on_sale, **kept)["meta"]["count"] == 0

    def test_orders_of_an_event(self, frontend, event, order):
        record = self.query(frontend, f"/v1/events/{event.identifier}")["data"]
        days = [{"and": [leaf("created-at", "ge", NOW), leaf("created-at", "le", "2099-01-01T00:00:00Z")]}]
        for conditions in ([], [leaf("status", "eq", "completed")], days):
            for sort in ("completed-at", "-amount"):
                asked = {"include": "tickets,user,attendees", "sort": sort, "page__sizeZZ": 10}
                told = self.query(frontend, self.link(record, "orders"), conditions, **asked)
                assert [row["id"] for row in told["data"]] == [str(order.pk)]
                assert told["meta"]["count"] == 1

    def test_attendees_of_an_event(self, frontend, event, order):
        record = self.query(frontend, f"/v1/events/{event.identifier}")["data"]
        inside = [leaf("is-checked-in", "eq", True)]
        for conditions, many in ((OF_DAYS, 2), (inside, 0), ([leaf("is-checked-in", "eq", False)], 2)):
            for sort in ("ticket.name", "-ticket.price", "order.completed-at"):
                asked = {"include": "user,ticket", "sort": sort, "page__sizeZZ": 10}
                told = self.query(frontend, self.link(record, "attendees"), conditions, **asked)
                assert told["meta"]["count"] == many

    def test_an_order_with_what_belongs_to_it(self, frontend, order):
        included = {"include": "attendees,tickets,event"}
        record = self.query(frontend, f"/v1/orders/{order.identifier}", **included)["data"]
        self.query(frontend, self.link(record, "event"), include="tax")
        (ticket,) = self.query(frontend, self.link(record, "tickets"))["data"]
        of_it = [leaf("order", "has", leaf("id", "eq", record["id"]))]
        told = self.query(frontend, self.link(ticket, "attendees"), of_it)
        assert told["meta"]["count"] == 2

    def test_ones_own_tickets(self, stranger, event):
        from attendees.tests.factories import DraftFactory
        from orders.tests.factories import ordered_online

        draft = DraftFactory(ticket=FreeTicketFactory(event=event), creator=stranger)
        order = ordered_online(event=event, attendees=[draft], buyer=stranger)
        either = {"or": [leaf("status", "eq", "completed"), leaf("status", "eq", "placed")]}
        asked = {"include": "event,attendees.ticket,user", "sort": "event.starts-at", "page__sizeZZ": 10}
        told = self.query(Frontend(stranger), "/v1/orders", [{"and": [STARTS, either, NOT_GONE]}], **asked)
        assert [row["id"] for row in told["data"]] == [str(order.pk)]
        assert {row["type"] for row in told["included"]} == {"attendee", "event", "ticket"}
