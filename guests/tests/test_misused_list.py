"""The guest list by odd guests: of tickets that admit nobody, of no hold, of sheets that nobody sees."""

import io

import pytest
from openpyxl import Workbook

from base.errors import Invalid
from guests.sheets import rows_of
from guests.tests.files import with_part
from guests.tests.test_api import put  # noqa: F401
from guests.tests.test_pages import address, adult, as_, text_of  # noqa: F401
from guests.tests.test_sheets import refusal_of
from orders.guest_list import Entry, Way, put_on_list
from orders.models import Order
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)
HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
NAMES = '<row><c t="inlineStr"><is><t>Name</t></is></c><c t="inlineStr"><is><t>Paid</t></is></c></row>'


@pytest.fixture
def drink(event):
    return TicketFactory(event=event, name="Drink", price=5, quantity=10, admits=False)


def test_who_has_to_pay_for_what_admits_nobody_has_to_pay(
    as_,  # noqa: F811
    cashier,
    organizer,
    address,  # noqa: F811
    event,
    drink,
):
    put_on_list(event, [Entry(drink.pk, "Ana", way=Way.AT_DOOR)], by=organizer)
    page = text_of(as_(cashier).get(address, {"show": "to-pay"}))
    assert "Have still to pay 1" in page
    assert "Take 5.00 EUR Ana" in page


def test_nobody_is_let_in_by_what_admits_nobody(as_, cashier, organizer, address, event, drink):  # noqa: F811
    put_on_list(event, [Entry(drink.pk, "Ana")], by=organizer)
    assert "Let in" not in text_of(as_(cashier).get(address))


@pytest.mark.parametrize("number", [0, "0"])
def test_hold_or_ticket_that_is_none_is_refused(put, adult, number):  # noqa: F811
    """And not taken from everybody's stock."""
    assert put({"ticket": adult.pk, "firstname": "Ana", "hold": number}).status_code in (404, 422)
    assert put({"ticket": number, "firstname": "Ana"}).status_code in (404, 422)
    assert not Order.objects.exists()


def saved(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_sheet_that_is_hidden_is_not_read():
    book = Workbook()
    book.active.append(["Name"])
    book.active.sheet_state = "hidden"
    book.create_sheet().append(["E-mail"])
    assert rows_of(saved(book))[0].cells == ("E-mail",)


def with_formula(paid):
    return with_part(
        saved(Workbook()),
        "xl/worksheets/sheet1.xml",
        f'{HEAD}{NAMES}<row><c t="inlineStr"><is><t>Ana</t></is></c>{paid}</row></sheetData></worksheet>',
    )


def test_formula_that_nobody_has_computed_is_no_blank():
    """Whoever has to pay would be let in for nothing."""
    book = Workbook()
    book.active.append(["Name", "Paid"])
    book.active.append(["Ana", '=IF(TRUE,"unpaid","paid")'])
    assert "formulas without results" in str(refusal_of(saved(book)).detail)


@pytest.mark.parametrize("paid", ["<c><f>A1</f></c>", '<c r="B2" s="0"><f t="shared" si="0"/><v></v></c>'])
def test_formula_without_a_result_is_found_however_it_is_written(paid):
    with pytest.raises(Invalid):
        rows_of(with_formula(paid))


@pytest.mark.parametrize(
    ("paid", "cells"),
    [
        ('<c t="str"><f>A1</f><v></v></c>', ("Ana",)),
        ('<c t="str"><f>A1</f><v>no</v></c>', ("Ana", "no")),
        ("<c><f>A1</f><v>1</v></c>", ("Ana", "1")),
        ("<c/><c><v></v></c>", ("Ana",)),
    ],
)
def test_formula_with_a_result_is_read(paid, cells):
    assert rows_of(with_formula(paid))[1].cells == cells
