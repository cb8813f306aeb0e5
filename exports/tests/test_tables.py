"""What stands in the tables: every row of the event once, and nothing of another's; no code that admits."""

import csv
import io
import tracemalloc
from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendees.models import Attendee
from books.dialects import PROGRAMS
from books.reports import totals
from books.tests.acts import close, sell
from door.admission import check_in
from door.scan import Scan
from events.models import Event
from events.tests.factories import EventFactory
from exports import tables
from exports.catalogue import TABLES
from exports.writing import csv_lines, write_csv, write_xlsx
from orders.lifecycle import cancel
from orders.models import Order, Payment
from orders.sale import Guest, Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from shifts.models import Shift
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


def told(event, table):
    """The rows of a table, each by its headings."""
    file = b"".join(lines for _rows, lines in csv_lines(TABLES[table], event, PROGRAMS))
    return list(csv.DictReader(io.StringIO(file.decode(), newline="")))


def column(rows, name):
    return [row[name] for row in rows]


def many(event, number):
    """So many attendees of one order, written at once."""
    ticket = TicketFactory(event=event, quantity=10**6)
    order = sold_onsite(event=event, lines=[Line(ticket.pk, 1)])
    guests = [
        Attendee(ticket=ticket, order=order, sold_as=ticket.name, lastname=f"Guest {n}")
        for n in range(number - 1)
    ]
    Attendee.objects.bulk_create(guests, batch_size=5000)


def write_csv_(file, table, event, tell):
    write_csv(file, table, event, PROGRAMS, tell)


@pytest.fixture
def evening(event, member):
    """Sold, paid, cancelled, let in and counted, in one shift that is closed and one that is open."""
    shift = ShiftFactory(till__event=event, cashier=member("cashier"))
    ticket = TicketFactory(event=event, price=20, name="Adult")
    guests = (Guest("Ana", "=Silva", "ana@example.com"),)
    first = sell(shift, ticket, Paid("cash", tendered=Decimal(50)), lines=[Line(ticket.pk, 2, guests=guests)])
    card = sell(shift, ticket, Paid("card"), quantity=3)
    gone = sell(shift, ticket, Paid("cash"))
    cancel(gone, desk=Desk(shift.cashier))
    check_in(Scan(event, first.attendees.order_by("pk")[0].code), by=shift.cashier)
    check_in(Scan(event, "BCDFGHJKLNPRSTVXBCDF"), by=shift.cashier)
    close(shift)
    later = ShiftFactory(till=shift.till, cashier=shift.cashier)
    sell(later, ticket, status="pending")
    return first, card, gone


@pytest.fixture
def elsewhere(db):
    """Another event, in which the same happened."""
    other = EventFactory()
    shift = ShiftFactory(till__event=other)
    order = sell(shift, TicketFactory(event=other, price=7, name="Elsewhere"), Paid("cash"))
    check_in(Scan(other, order.attendees.get().code), by=shift.cashier)
    return other


class TestContent:
    def test_orders_are_all_there_with_their_state(self, event, evening, elsewhere):
        rows = told(event, "orders")
        orders = Order.objects.filter(event=event).order_by("pk")
        assert column(rows, "order") == [order.identifier for order in orders]
        assert column(rows, "status") == ["completed", "completed", "cancelled", "pending"]
        assert column(rows, "amount") == ["40.00", "60.00", "20.00", "20.00"]
        assert column(rows, "paid") == ["40.00", "60.00", "0.00", "0.00"]
        assert column(rows, "tickets") == ["2", "3", "1", "1"]
        assert {*column(rows, "till")} == {orders[0].shift.till.name}
        assert {*column(rows, "seller")} == {str(orders[0].seller)}

    def test_attendees_are_all_there_with_names_and_without_codes(self, event, evening, elsewhere):
        rows = told(event, "attendees")
        found = Attendee.objects.filter(order__event=event).order_by("pk")
        assert column(rows, "attendee") == [str(guest.pk) for guest in found]
        assert column(rows, "state") == ["valid"] * 5 + ["cancelled", "not paid"]
        assert column(rows, "inside") == ["yes"] + ["no"] * 6
        assert (rows[0]["first name"], rows[0]["last name"], rows[0]["e-mail"]) == (
            "Ana",
            "'=Silva",
            "ana@example.com",
        )
        assert {*column(rows, "price paid")} == {"20.00"}
        everything = str([told(event, table) for table in TABLES])
        assert not [guest.code for guest in found if guest.code in everything]

    def test_payments_add_up_to_the_books(self, event, evening, elsewhere):
        rows = told(event, "payments")
        whole = totals(event).whole
        assert sum(Decimal(row["amount"]) for row in rows) == whole.net != 0
        cash = sum(Decimal(row["amount"]) for row in rows if row["tender"] == "cash")
        assert cash == whole.net_of("cash")
        assert (rows[0]["tendered"], rows[0]["change"]) == ("50.00", "10.00")
        back = Payment.objects.get(reverses__isnull=False)
        assert rows[-1]["reverses"] == str(back.reverses_id)
        assert rows[-1]["amount"] == "-20.00"

    def test_check_ins_tell_who_where_and_the_answer(self, event, evening, elsewhere):
        first, second = told(event, "check-ins")
        assert (first["answer"], first["order"], first["last name"]) == (
            "ok",
            evening[0].identifier,
            "'=Silva",
        )
        assert (second["answer"], second["code"], second["attendee"]) == ("unknown code", "BCDF…", "")

    def test_shifts_are_as_signed_and_open_ones_without_figures(self, event, evening, elsewhere):
        closed, open_ = told(event, "shifts")
        assert (closed["Z report"], closed["state"], closed["sold"]) == ("1", "closed", "120.00")
        assert (closed["cash expected"], closed["cash counted"], closed["cash difference"]) == (
            "140.00",
            "140.00",
            "0.00",
        )
        assert open_["state"] == "open"
        assert {open_[name] for name in ("sold", "taken", "cash expected", "orders", "Z report")} == {""}
        till = Shift.objects.filter(till__event=event).first().till
        old = till.name
        till.name = "Renamed"
        till.save()
        assert column(told(event, "shifts"), "till") == [old, "Renamed"]

    def test_times_are_the_events_with_their_offset(self, event, evening):
        Event.objects.filter(pk=event.pk).update(timezone="Asia/Kathmandu")
        event.refresh_from_db()
        at = datetime.fromisoformat(told(event, "orders")[0]["created at"])
        assert at == evening[0].created_at.replace(microsecond=0)
        assert str(at).endswith("+05:45")

    @pytest.mark.parametrize("table", TABLES)
    def test_of_nothing_is_a_heading(self, event, elsewhere, table):
        assert told(event, table) == []
        ((_rows, heading),) = csv_lines(TABLES[table], event, PROGRAMS)
        assert len(heading.decode().split(",")) == len(TABLES[table].columns)


class TestChunks:
    @pytest.mark.parametrize("number", [3, 2000, 2001, 4001])
    def test_every_row_is_told_once(self, event, number):
        many(event, number)
        told_ = [row[0] for rows in TABLES["attendees"].chunks(event) for row in rows]
        assert told_ == [*Attendee.objects.order_by("pk").values_list("pk", flat=True)]

    def test_what_is_sold_meanwhile_is_neither_told_nor_in_the_way(self, event):
        many(event, tables.CHUNK + 5)
        before = [*Attendee.objects.order_by("pk").values_list("pk", flat=True)]
        chunks = TABLES["attendees"].chunks(event)
        found = [row[0] for row in next(chunks)]
        many(event, 10)
        found += [row[0] for rows in chunks for row in rows]
        assert found == before

    def test_a_chunk_is_one_statement(self, event):
        def statements():
            with CaptureQueriesContext(connection) as queries:
                list(TABLES["attendees"].chunks(event))
            return len(queries)

        many(event, 10)
        few = statements()
        many(event, 3 * tables.CHUNK)
        assert statements() == few + 3

    @pytest.mark.parametrize("write", [write_csv_, write_xlsx], ids=["csv", "xlsx"])
    def test_memory_does_not_grow_with_the_rows(self, event, tmp_path, write):
        """One chunk is in hand, and the one before it."""

        def peak():
            tracemalloc.start()
            with open(tmp_path / "file", "wb") as file:
                write(file, TABLES["attendees"], event, lambda rows: None)
            _now, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return most

        many(event, 2 * tables.CHUNK)
        small = peak()
        many(event, 8 * tables.CHUNK)
        assert peak() < 1.25 * small
