"""How many messages go to the database, above all while a ticket, or a guest, is locked: whoever waits for it
waits for each of them, and for the network that carries it. (docs/adr/0028)
"""

from contextlib import contextmanager

import pytest
from django.db import connection

from attendees.models import Attendee
from base.sql.together import drawing
from base.tests.client import document, relation
from base.tests.messages import messages_counted
from door.models import CheckIn
from events.models import Event
from events.planning import change_event
from limits.tests.factories import hold_of, quota_of
from orders.idempotency import DRAWN
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from outbox.models import Message
from outbox.tests.factories import HookFactory
from prices.tests.factories import discount_of
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TICKETS, GUESTS = "EXECUTE onsite_locked_", "EXECUTE onsite_guests_"
LOCK, QUOTAS, HOLDS, WRITE, COMMIT = "lock", "quotas", "holds", "write", "COMMIT"


class Messages:
    """Those to the database from a lock on, the COMMIT included, each by what it is for."""

    NAMES = {
        "EXECUTE onsite_locked_quotas": QUOTAS,
        "EXECUTE onsite_locked_holds": HOLDS,
        TICKETS: LOCK,
        GUESTS: LOCK,
        "COMMIT": COMMIT,
    }
    INSERT = "EXECUTE onsite_insert_"

    def __init__(self):
        self.sent = []

    def execute(self, execute, sql, params, many, context):
        self._note(sql)
        return execute(sql, params, many, context)

    def _note(self, sql):
        words = sql.removeprefix("BEGIN;\n")
        name = next((name for word, name in self.NAMES.items() if words.startswith(word)), sql)
        if self.INSERT in sql:
            name = WRITE
        if self.sent or name == LOCK:
            self.sent.append(name)

    @contextmanager
    def heard(self, monkeypatch):
        commit = connection._commit

        def noted():
            self._note(COMMIT)
            commit()

        with connection.execute_wrapper(self.execute), monkeypatch.context() as patch:
            patch.setattr(connection, "_commit", noted)
            yield self.sent


@pytest.fixture
def under_lock(monkeypatch):
    """What is sent from the first lock on; twice before, so that all is prepared."""

    def under_lock(act):
        for _warm in range(2):
            assert act().status_code == 201
        with Messages().heard(monkeypatch) as sent:
            response = act()
        assert response.status_code == 201, response.content
        return sent

    return under_lock


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, quantity=100)


@pytest.fixture
def sale(api, cashier, event, under_lock):
    """The messages of a sale of these lines under the lock of its tickets."""
    client = api(cashier)

    def sale(*lines, **attributes):
        sent = under_lock(lambda: client.sell(event, *lines, **{"status": "completed", **attributes}))
        return sent[: sent.index(COMMIT) + 1]

    return sale


class TestSale:
    @pytest.mark.parametrize("attendees", [1, 5])
    def test_sends_its_lock_its_rows_and_its_commit(self, sale, ticket, attendees):
        assert sale((ticket, attendees)) == [LOCK, WRITE, COMMIT]

    def test_of_several_tickets_and_named_guests_sends_no_more(self, sale, event, ticket):
        guests = [{"firstname": "Ada", "lastname": "Byron", "email": "ada@example.com"}]
        named = {"id": ticket.pk, "quantity": 2, "attendees": guests}
        assert sale(named, (TicketFactory(event=event), 1)) == [LOCK, WRITE, COMMIT]

    def test_in_a_quota_sends_its_lock_beside(self, sale, ticket):
        quota_of(ticket, size=50), quota_of(ticket, size=60, name="Dinners")
        assert sale((ticket, 2)) == [LOCK, QUOTAS, WRITE, COMMIT]

    def test_from_a_hold_sends_its_lock_beside(self, sale, ticket):
        guests = hold_of(ticket, 20)
        assert sale({"id": ticket.pk, "quantity": 2, "hold": guests.pk}) == [LOCK, HOLDS, WRITE, COMMIT]

    @pytest.mark.parametrize("limit", [None, 99])
    def test_with_a_discount_finds_it_before(self, sale, event, ticket, limit):
        discount = discount_of(event, percent=10, tickets=[ticket], code="X", limit=limit)
        assert sale((ticket, 2), discount={"code": discount.code}) == [LOCK, WRITE, COMMIT]
        assert Attendee.objects.filter(discount=discount).count() == 6

    def test_paid_in_two_ways_sends_no_more(self, sale, ticket):
        ticket.price = 20
        ticket.save()
        cash = {"tender": "cash", "amount": "5.00", "tendered": "10.00"}
        card = {"tender": "card", "amount": "15.00"}
        assert sale((ticket, 1), payments=[cash, card]) == [LOCK, WRITE, COMMIT]

    def test_with_rounded_cash_sends_no_more(self, sale, event, ticket):
        Event.objects.update(cash_rounding="0.05")
        ticket.price = "19.99"
        ticket.save()
        assert sale((ticket, 1)) == [LOCK, WRITE, COMMIT]

    def test_without_a_drawer_looks_up_the_role_before(self, api, organizer, event, ticket, under_lock):
        client = api(organizer)
        assert under_lock(lambda: client.sell(event, (ticket, 1), status="completed")) == [
            LOCK,
            WRITE,
            COMMIT,
        ]

    def test_that_lets_its_guests_in_sends_no_more(self, sale, ticket):
        assert sale((ticket, 2), **{"admit": True}) == [LOCK, WRITE, COMMIT]
        assert CheckIn.objects.count() == Attendee.objects.filter(is_inside=True).count() == 6

    def test_asks_four_things_before(self, api, cashier, event, ticket):
        """Who sells, at which event, with which key, and into which drawer."""
        client = api(cashier)
        for _warm in range(2):
            client.sell(event, (ticket, 1), status="completed")
        with messages_counted() as messages:
            assert client.sell(event, (ticket, 1), status="completed").status_code == 201
        assert len(messages) == 4 + len([LOCK, WRITE, COMMIT])

    def test_that_somebody_is_told_of_sends_no_more(self, sale, event, ticket):
        HookFactory(event=event)
        assert sale((ticket, 2), **{"admit": True}) == [LOCK, WRITE, COMMIT]
        for message in Message.objects.all():
            told = {(one["data"]["type"], int(one["data"]["id"])) for one in message.payload}
            order = Order.objects.get(pk=next(pk for kind, pk in told if kind == "order"))
            passed = CheckIn.objects.filter(attendee__order=order)
            assert told == {("order", order.pk), *(("check-in", row.pk) for row in passed)}

    def test_control_what_is_read_under_the_lock_is_counted(self, sale, ticket, monkeypatch):
        from orders import sales

        settle = sales.settle
        monkeypatch.setattr(sales, "settle", lambda **terms: Event.objects.exists() and settle(**terms))
        assert len(sale((ticket, 1))) > 3


class TestScan:
    @pytest.fixture
    def scan(self, api, registrar, event, ticket, under_lock):
        client, station = api(registrar), event.stations.create(name="North")
        order = sold_onsite(event=event, lines=[Line(ticket.pk, 3)], status="completed")
        codes = iter(order.attendees.values_list("code", flat=True))

        def scan():
            relationships = {"station": relation("station", station.pk)}
            body = document("check-in", relationships=relationships, code=next(codes), direction="in")
            return client.post("/v1/check-ins", body)

        return scan

    @pytest.fixture
    def locked(self, scan, under_lock):
        return lambda: under_lock(scan)

    def test_asks_who_scans_before(self, scan):
        for _warm in range(2):
            scan()
        with messages_counted() as messages:
            assert scan().status_code == 201
        assert len(messages) == 1 + len([LOCK, WRITE, COMMIT])

    @pytest.mark.parametrize("capacity", [None, 100])
    def test_sends_its_lock_its_row_and_its_commit_and_nothing_after(self, locked, event, capacity):
        """Though its answer says who else of the order may come."""
        change_event(event, capacity=capacity)
        assert locked() == [LOCK, WRITE, COMMIT]

    def test_that_somebody_is_told_of_sends_no_more(self, locked, event):
        HookFactory(event=event)
        assert locked() == [LOCK, WRITE, COMMIT]
        told = [int(one["data"]["id"]) for message in Message.objects.all() for one in message.payload]
        assert sorted(told) == [*CheckIn.objects.order_by("pk").values_list("pk", flat=True)]
        assert len(told) == 3


class TestDrawnIds:
    def test_come_from_the_sequences_of_their_tables(self, db):
        with connection.cursor() as cursor:
            for model in DRAWN:
                table = model._meta.db_table
                cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
                assert cursor.fetchone() == (f"public.{table}_id_seq",)
                assert f"nextval('{table}_id_seq')" in drawing([model])

    def test_of_a_refused_sale_are_nobodys(self, api, cashier, event, ticket):
        client = api(cashier)
        first = client.sell(event, (ticket, 2), status="completed").json()["data"]
        assert client.sell(event, (ticket, 99)).status_code == 409
        second = client.sell(event, (ticket, 2), status="completed").json()["data"]
        assert int(first["id"]) < int(second["id"])
        ids = [
            int(one["id"]) for order in (first, second) for one in order["relationships"]["attendees"]["data"]
        ]
        assert sorted(ids) == ids == [*Attendee.objects.order_by("pk").values_list("pk", flat=True)]
