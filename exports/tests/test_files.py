"""The files: whatever was typed is a text in every spreadsheet, and numbers and times are what they are."""

import io
import re
from datetime import datetime
from decimal import Decimal
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from books.dialects import DIALECTS, POINT
from books.tests.acts import sell
from books.tests.test_dialects import SIGNS, read
from events.models import Event
from exports.catalogue import TABLES
from exports.writing import write_csv, write_xlsx
from orders.sale import Guest, Line
from orders.settlement import Paid
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "＝1+1",
    "＋1",
    "#N/A",
    "#REF!",
    '=HYPERLINK("http://example.com";"a")',
    "a;=1",
    "</t></is></c><f>1+1</f>",
    "{=1}",
    "TRUE",
    "12",
    "2026-01-01",
    "Müller 李 🎟",
]


def sold_to(event, *names, **fields):
    shift = ShiftFactory(till__event=event)
    ticket = TicketFactory(event=event, price=20)
    guests = tuple(Guest("", name, "") for name in names)
    order = sell(shift, ticket, Paid("cash"), lines=[Line(ticket.pk, len(names), guests=guests)])
    for name, value in fields.items():
        type(order).objects.filter(pk=order.pk).update(**{name: value})
    return order


def xlsx(event, table, **options):
    file = io.BytesIO()
    write_xlsx(file, TABLES[table], event, lambda rows: None, **options)
    return file


def cells(file):
    """Of every sheet the rows, read back."""
    return [[list(row) for row in sheet.iter_rows()] for sheet in load_workbook(file)]


def of(rows, heading):
    names = [cell.value for cell in rows[0]]
    return [row[names.index(heading)] for row in rows[1:]]


class TestXlsx:
    def test_whatever_looks_like_a_formula_is_a_text_and_stays_as_it_is(self, event):
        sold_to(event, *HOSTILE)
        file = xlsx(event, "attendees")
        (rows,) = cells(file)
        names = of(rows, "last name")
        assert [cell.value for cell in names] == HOSTILE
        assert {cell.data_type for cell in names} <= {"s", "inlineStr"}

    def test_no_cell_of_any_table_computes(self, event):
        sold_to(event, *HOSTILE, order_notes="\t=1+1\r\n=2", cancel_reason="=3")
        for table in TABLES:
            with ZipFile(xlsx(event, table)) as parts:
                for name in parts.namelist():
                    assert not re.search(rb"<f[ >/]|externalLink|ddeLink", parts.read(name)), (table, name)

    def test_lines_and_tabs_stay(self, event):
        sold_to(event, "A", order_notes="\t=1+1\n=2")
        (rows,) = cells(xlsx(event, "orders"))
        assert of(rows, "notes")[0].value == "\t=1+1\n=2"

    @pytest.mark.parametrize("sign", ["\x01", "\x0b", "\x1f", "\ufffe", "\uffff"])
    def test_what_xml_forbids_is_replaced(self, event, sign):
        sold_to(event, "A", order_notes=f"a{sign}b")
        (rows,) = cells(xlsx(event, "orders"))
        assert of(rows, "notes")[0].value == "a\ufffdb"

    def test_longest_text_fits_its_cell(self, event):
        sold_to(event, "A", order_notes="x" * 32_767)
        sold_to(event, "A", order_notes="x" * 32_768)
        (rows,) = cells(xlsx(event, "orders"))
        whole, cut = (cell.value for cell in of(rows, "notes"))
        assert whole == "x" * 32_767
        assert cut == "x" * 32_766 + "…"

    def test_money_is_a_number_with_the_currencys_decimals(self, event):
        sold_to(event, "A")
        for currency, shown in (("EUR", "0.00"), ("JPY", "0")):
            event.currency = currency
            (rows,) = cells(xlsx(event, "payments"))
            (amount,) = of(rows, "amount")
            assert (amount.value, amount.data_type, amount.number_format) == (20, "n", shown)

    def test_times_are_the_events_and_the_heading_names_its_zone(self, event):
        order = sold_to(event, "A")
        Event.objects.filter(pk=event.pk).update(timezone="Asia/Kathmandu")
        event.refresh_from_db()
        (rows,) = cells(xlsx(event, "orders"))
        (at,) = of(rows, "created at (Asia/Kathmandu)")
        there = order.created_at.astimezone(ZoneInfo(event.timezone))
        assert isinstance(at.value, datetime)
        assert at.value == there.replace(tzinfo=None, microsecond=0)

    def test_more_rows_than_a_sheet_holds_go_on_in_the_next(self, event):
        order = sold_to(event, *"ABCDEFG")
        sheets = cells(xlsx(event, "attendees", per_sheet=3))
        found = [[cell.value for cell in of(rows, "attendee")] for rows in sheets]
        keys = [*order.attendees.order_by("pk").values_list("pk", flat=True)]
        assert found == [keys[:3], keys[3:6], keys[6:]]


class TestCsv:
    @pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.key)
    def test_suits_its_reader_and_computes_nowhere(self, event, dialect):
        sold_to(event, *HOSTILE, order_notes="\t=1+1")
        for table in TABLES:
            file = io.BytesIO()
            write_csv(file, TABLES[table], event, dialect, lambda rows: None)
            assert file.getvalue().startswith(b"\xef\xbb\xbf") == dialect.has_mark
            names, *rows = read(file.getvalue(), dialect)
            assert {len(row) for row in rows} <= {len(names)}
            texts = [cell for row in rows for cell in row if not cell.startswith("-")]
            assert not [cell for cell in texts if cell.strip(" \t").startswith(tuple(SIGNS))]
        amount = read(file_of_payments(event, dialect), dialect)[1][3]
        assert Decimal(amount.replace(dialect.decimal, ".")) == 320
        assert dialect.decimal in amount

    def test_mark_stands_once(self, event):
        sold_to(event, "A")
        assert file_of_payments(event, POINT).count(b"\xef\xbb\xbf") == 1


def file_of_payments(event, dialect):
    file = io.BytesIO()
    write_csv(file, TABLES["payments"], event, dialect, lambda rows: None)
    return file.getvalue()
