"""The Open Event Server's organizer app (Android): what it sends, and what it reads of the answers.

Written from the clients' public sources, github.com/fossasia/open-event-organizer-android: its addresses, the
attributes that its models write and read, and what its own code does with them.
"""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from accounts.models import ApiToken
from accounts.tests.factories import PASSWORD
from attendees.models import Attendee
from base.tests.client import ApiClient, error
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import FreeTicketFactory, TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)
PLAIN = "application/json; charset=UTF-8"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def decoded(segment):
    """As the app decodes base64: with `+` and `/` only, whatever else it is given."""
    assert set(segment) <= set(ALPHABET)
    return json.loads(base64.b64decode(segment + "=" * (-len(segment) % 4)))


class App:
    """The app with somebody logged in, at the address that people type into it, which ends in `v1/`."""

    def __init__(self, user):
        answer = ApiClient().post(
            "/auth/session", {"email": user.email, "password": PASSWORD}, content_type=PLAIN
        )
        assert answer.status_code == 200
        self.token = answer.json()["access_token"]
        self.api = ApiClient()
        self.api.headers = {"Authorization": f"JWT {self.token}"}

    @property
    def identity(self):
        return decoded(self.token.split(".")[1])["identity"]

    def create_order(self, event, *tickets, amount):
        """Its ticket list as it stands, with how often each was touched, 0 too; `amount` is a `float` of 32
        bits, as Java writes it.
        """
        lines = ",".join(
            f'{{"data":{{"attributes":{{"id":"{ticket.pk}","quantity":"{quantity}"}},"type":"on-site-ticket"}}}}'
            for ticket, quantity in tickets
        )
        body = (
            f'{{"data":{{"type":"order","attributes":{{"amount":{amount},"on-site-tickets":[{lines}]}},'
            f'"relationships":{{"event":{{"data":{{"type":"event","id":"{event.pk}"}}}}}}}}}}'
        )
        return self.api.post("/v1/orders?onsite=true", body)

    def toggle(self, attendee, *, checked_in, at):
        """What it knows of the attendee, the state turned over, and now as the only time."""
        known = {name: value for name, value in attendee["attributes"].items() if name in READ}
        attributes = {**known, "is-checked-in": checked_in, "checked-in": checked_in, "checkin-times": at}
        body = {"data": {"type": "attendee", "id": attendee["id"], "attributes": attributes}}
        return self.api.patch(f"/v1/attendees/{attendee['id']}?include=ticket", body)


# Of an attendee what its model has of ours; the rest it leaves out.
READ = ("firstname", "lastname", "email", "is-checked-in", "checkin-times", "checkout-times")


@pytest.fixture
def app(organizer):
    return App(organizer)


def attendee_of(app, order):
    (attendee,) = app.api.get(f"/v1/orders/{order.identifier}/attendees").json()["data"]
    return attendee


class TestLogIn:
    def test_learns_who_it_is_and_until_when(self, app, organizer):
        head, claims, _signature = app.token.split(".")
        decoded(head)
        assert app.identity == organizer.pk
        assert int(decoded(claims)["exp"]) == int(ApiToken.objects.get().expiry.timestamp())

    def test_sells_with_what_it_got(self, app, event):
        assert app.api.get(f"/v1/events/{event.pk}").status_code == 200


class TestSale:
    def test_lines_of_nothing_are_no_lines(self, app, event):
        day, child, dog = (TicketFactory(event=event, price=price) for price in ("14.90", "8", "2"))
        response = app.create_order(event, (child, 0), (day, 3), (dog, 0), amount="44.699997")
        assert response.status_code == 201
        order = Order.objects.get()
        assert (order.status, order.amount, order.attendees.count()) == ("pending", Decimal("44.70"), 3)

    def test_refusal_points_to_the_line_as_it_was_sent(self, app, event):
        first, few = TicketFactory(event=event), TicketFactory(event=event, quantity=1)
        response = app.create_order(event, (first, 0), (few, 2), amount="40.0")
        assert response.status_code == 409
        assert error(response)["source"]["pointer"] == "/data/attributes/on-site-tickets/1/quantity"

    def test_nothing_at_all_is_refused(self, app, event):
        tickets = TicketFactory.create_batch(2, event=event)
        response = app.create_order(event, *[(ticket, 0) for ticket in tickets], amount="0.0")
        assert response.status_code == 422
        assert not Order.objects.exists()

    @pytest.mark.parametrize(
        ("price", "times", "amount"),
        [("14.90", 3, "44.699997"), ("0.10", 7, "0.70000005"), ("19.99", 11, "219.89001"), ("20", 2, "40.0")],
    )
    def test_amount_is_what_a_float_makes_of_it(self, app, event, price, times, amount):
        ticket = TicketFactory(event=event, price=price)
        assert app.create_order(event, (ticket, times), amount=amount).status_code == 201

    @pytest.mark.parametrize("amount", ["44.69", "44.694", "44.71", "0.0", "1e30", "-44.7"])
    def test_another_amount_is_refused(self, app, event, amount):
        ticket = TicketFactory(event=event, price="14.90")
        response = app.create_order(event, (ticket, 3), amount=amount)
        assert response.status_code == 422
        assert error(response)["source"]["pointer"] == "/data/attributes/amount"

    def test_amount_is_rounded_to_what_the_currency_has(self, app, event):
        type(event).objects.update(currency="JPY")
        ticket = TicketFactory(event=event, price="333")
        assert app.create_order(event, (ticket, 3), amount="999.00006").status_code == 201

    def test_what_costs_nothing_is_completed(self, app, event):
        ticket = FreeTicketFactory(event=event)
        answer = app.create_order(event, (ticket, 2), amount="0.0").json()["data"]["attributes"]
        assert (answer["status"], answer["payment-mode"]) == ("completed", "free")

    def test_pending_order_is_paid_in_one_step(self, app, event, cashier):
        app.create_order(event, (TicketFactory(event=event), 2), amount="40.0")
        order = Order.objects.get()
        body = {"data": {"type": "order", "id": str(order.pk), "attributes": {"status": "completed"}}}
        assert ApiClient(cashier).patch(f"/v1/orders/{order.identifier}", body).status_code == 200
        order.refresh_from_db()
        assert (order.status, order.balance) == ("completed", 40)


class TestCheckIn:
    @pytest.fixture
    def attendee(self, app, event, cashier):
        ticket = TicketFactory(event=event)
        order = sold_onsite(event=event, seller=cashier, lines=[Line(ticket.pk, 1)], status="completed")
        return attendee_of(app, order)

    def test_name_has_a_first_letter(self, attendee):
        assert attendee["attributes"]["firstname"][0]
        assert attendee["attributes"]["lastname"]

    def test_checks_in_and_names_nobody(self, app, attendee):
        at = (datetime.now(UTC) - timedelta(minutes=1)).astimezone(timezone(timedelta(hours=2)))
        for _again in range(2):  # its worker sends it again where the answer was lost
            response = app.toggle(attendee, checked_in=True, at=at.isoformat(timespec="milliseconds"))
            assert response.status_code == 200
            assert response.json()["data"]["attributes"]["is-checked-in"] is True
        guest = Attendee.objects.get()
        assert (guest.full_name, guest.is_inside, guest.check_ins.count()) == ("", True, 1)

    def test_turned_over_again_takes_nobody_out(self, app, attendee):
        """It says "not checked in" and a new check-in time: the answer shows how it is."""
        for checked_in in (True, False, False):
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            response = app.toggle(attendee, checked_in=checked_in, at=now)
            assert response.status_code == 200
            assert response.json()["data"]["attributes"]["is-checked-in"] is True
        assert Attendee.objects.get().check_ins.count() == 1

    def test_whom_another_door_has_let_in_is_refused_by_name(self, app, attendee):
        app.toggle(attendee, checked_in=True, at=(datetime.now(UTC) - timedelta(minutes=5)).isoformat())
        response = app.toggle(attendee, checked_in=True, at=datetime.now(UTC).isoformat())
        assert (response.status_code, response.json()["errors"][0]["code"]) == (409, "already-checked-in")


class TestDocumentedSale:
    """The Open Event Server's blueprint: `payment-mode` free, `status` pending, no `amount`."""

    def sell(self, app, event, ticket):
        return app.api.sell(
            event,
            *[
                {"data": {"type": "on-site-ticket", "attributes": {"id": str(ticket.pk), "quantity": count}}}
                for count in ("2", "3")
            ],
            payment_mode="free",
            country="India",
            status="pending",
            amount=None,
            order_notes="example",
        )

    def test_is_completed_where_it_costs_nothing(self, app, event):
        response = self.sell(app, event, FreeTicketFactory(event=event))
        assert response.status_code == 201
        assert response.json()["data"]["attributes"]["status"] == "completed"
        assert Order.objects.get().attendees.count() == 5

    def test_says_what_to_send_where_it_costs_something(self, app, event):
        response = self.sell(app, event, TicketFactory(event=event))
        assert (response.status_code, error(response)["code"]) == (422, "not-free")
        for word in ("onsite", "completed", "pending"):
            assert word in error(response)["detail"]
        assert not Order.objects.exists()

    def test_what_awaits_a_card_is_not_free(self, app, event):
        response = app.api.sell(
            event, (FreeTicketFactory(event=event), 1), payment_mode="free", awaits_card=True
        )
        assert response.status_code == 422


ATTENDEES = "include=order,ticket,event&fields[event]=id&fields[ticket]=id&page[size]="
OF_EVENT = "include=event&fields[event]=id&page[size]=0"
STATUSES = {"draft", "cancelled", "pending", "placed", "total", "expired", "completed"}


def kept_by(document):
    """As the app's converter reads a document: every resource by what it is, with whom it names."""
    rows = document["data"] if isinstance(document["data"], list) else [document["data"]]
    known = {(row["type"], row["id"]): row for row in [*rows, *document.get("included", [])]}
    for row in known.values():
        int(row["id"])
    return rows, known


class TestItsSixteenRequests:
    """Each address as the app writes it, by its id or code."""

    @pytest.fixture
    def order(self, event, cashier):
        tickets = [TicketFactory(event=event), TicketFactory(event=event, price="14.90")]
        lines = [Line(ticket.pk, 2) for ticket in tickets]
        return sold_onsite(event=event, seller=cashier, lines=lines, status="completed")

    def read(self, app, path):
        answer = app.api.get(f"/v1/{path}")
        assert answer.status_code == 200, (path, answer.content)
        return kept_by(answer.json())

    def test_who_it_is_and_its_events(self, app, event, organizer):
        (user,), _known = self.read(app, f"users/{app.identity}")
        assert (user["type"], user["attributes"]["email"]) == ("user", organizer.email)
        assert isinstance(user["attributes"]["is-verified"], bool)
        (mine,), _known = self.read(app, f"users/{app.identity}/events?page[size]=0")
        assert mine["id"] == str(event.pk)
        for name in ("name", "identifier", "timezone", "starts-at", "ends-at", "payment-currency", "state"):
            assert isinstance(mine["attributes"][name], str)

    def test_an_event_with_its_tickets(self, app, event, order):
        (read,), known = self.read(app, f"events/{event.pk}?include=tickets")
        linked = read["relationships"]["tickets"]["data"]
        assert len(linked) == 2
        for one in linked:
            attributes = known[one["type"], one["id"]]["attributes"]
            float(attributes["price"])
            assert attributes["max-order"] >= attributes["min-order"]

    def test_its_statistics(self, app, event, order):
        (general,), _known = self.read(app, f"events/{event.pk}/general-statistics")
        assert (general["type"], general["attributes"]["sessions"]) == ("event-statistics-general", 0)
        (told,), _known = self.read(app, f"events/{event.pk}/order-statistics")
        assert told["type"] == "order-statistics-event"
        for name, completed in {"orders": 1, "tickets": 4, "sales": 69.8}.items():
            assert set(told["attributes"][name]) == STATUSES
            assert told["attributes"][name]["completed"] == told["attributes"][name]["total"] == completed

    @pytest.mark.parametrize("size", ["0", "20&page[number]=1"])
    def test_attendees_of_an_event(self, app, event, order, size):
        rows, known = self.read(app, f"events/{event.pk}/attendees?{ATTENDEES}{size}")
        self.check_attendees(rows, known, 4)

    def test_attendees_of_an_order(self, app, order):
        rows, known = self.read(app, f"orders/{order.identifier}/attendees?{ATTENDEES}0")
        self.check_attendees(rows, known, 4)

    def check_attendees(self, rows, known, many):
        assert len(rows) == many
        for row in rows:
            assert row["attributes"]["firstname"][0]
            for name in ("order", "ticket", "event"):
                other = row["relationships"][name]["data"]
                assert (other["type"], other["id"]) in known
            of_order = known["order", row["relationships"]["order"]["data"]["id"]]["attributes"]
            assert of_order["status"] == "completed"
            float(of_order["amount"])

    def test_an_attendee_checked_in(self, app, order):
        guest = order.attendees.first()
        body = {
            "data": {
                "type": "attendee",
                "id": str(guest.pk),
                "attributes": {
                    "firstname": "onsite",
                    "lastname": "attendee",
                    "is-checked-in": True,
                    "checkin-times": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
                },
            }
        }
        url = f"/v1/attendees/{guest.pk}?include=ticket,event,order&fields[event]=id&fields[ticket]=id"
        answer = app.api.patch(url, body)
        assert answer.status_code == 200
        rows, known = kept_by(answer.json())
        self.check_attendees(rows, known, 1)
        assert rows[0]["attributes"]["is-checked-in"] is True

    def test_orders(self, app, event, order):
        (row,), known = self.read(app, f"events/{event.pk}/orders?{OF_EVENT}")
        assert row["relationships"]["event"]["data"]["id"] == str(event.pk)
        assert ("event", str(event.pk)) in known
        (one,), _known = self.read(app, f"orders/{order.identifier}?include=event")
        assert one["attributes"] == row["attributes"]

    def test_tickets(self, app, event, order):
        for path in (f"events/{event.pk}/tickets", f"orders/{order.identifier}/tickets"):
            rows, known = self.read(app, f"{path}?{OF_EVENT}")
            assert len(rows) == 2
            assert ("event", str(event.pk)) in known
        (one,), _known = self.read(app, f"tickets/{rows[0]['id']}")
        assert one["attributes"] == rows[0]["attributes"]
