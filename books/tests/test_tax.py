"""Receipts and books say the same tax: every report adds up what the receipts said."""

from decimal import Decimal

import pytest

from books import reports, spreadsheets
from orders.lifecycle import cancel
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts import drawer
from shifts.desk import Desk
from shifts.models import Shift
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import TicketFactory
from till.pages import till_order
from till.receipt import receipt_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shift(event, member):
    return ShiftFactory(till__event=event, cashier=member("cashier"))


@pytest.fixture
def orders(event, shift):
    """Twenty of one ticket of 8.00 at 7 %: 0.52 each, where 160.00 include 10.47."""
    ticket = TicketFactory(event=event, price=8, tax_rate=7)
    return [
        sold_onsite(event=event, lines=[Line(ticket.pk, 1)], seller=shift.cashier, payments=[Paid("cash")])
        for _ in range(20)
    ]


def on_receipts(orders):
    receipts = [receipt_of(till_order(order.event, order.identifier)) for order in orders]
    return sum(tax.tax for receipt in receipts for tax in receipt.taxes)


def in_reports(shift):
    """The tax of a shift, of its event's one day and as a whole; and of their spreadsheets."""
    report = reports.report(Shift.objects.select_related("till__event").get(pk=shift.pk))
    totals = reports.totals(shift.till.event)
    figures = [report.figures, totals.days[0][1], totals.whole]
    tables = [spreadsheets.of_report(report), spreadsheets.of_totals(totals)]
    taxes = [sum(tax.tax for tax in shown.taxes) for shown in figures]
    return taxes + [sum(row[-1] for row in table if "tax included" in row) for table in tables]


def test_of_twenty_receipts_is_twenty_times_what_each_says(shift, orders):
    assert on_receipts(orders) == Decimal("10.40")
    assert in_reports(shift) == [Decimal("10.40")] * 5


def test_of_a_cancelled_receipt_is_taken_off_as_it_was(shift, orders):
    for order in orders[:3]:
        cancel(order, desk=Desk(shift.cashier))
    assert in_reports(shift) == [Decimal("8.84")] * 5
    for order in orders[3:]:
        cancel(order, desk=Desk(shift.cashier))
    assert in_reports(shift) == [0] * 5


def test_stays_when_the_shift_is_closed(shift, orders):
    drawer.count(shift=shift, cash=Decimal(260), card=Decimal(0), by=shift.cashier)
    drawer.close_shift(shift=shift, by=shift.cashier)
    assert in_reports(shift) == [Decimal("10.40")] * 5


def test_is_rounded_for_each_rate_of_an_order(event, shift):
    low = TicketFactory(event=event, price=8, tax_rate=7)
    high = TicketFactory(event=event, price=Decimal("9.99"), tax_rate=19)
    lines = [Line(low.pk, 3), Line(high.pk, 2)]
    orders = [
        sold_onsite(event=event, lines=lines, seller=shift.cashier, payments=[Paid("card")]) for _ in range(7)
    ]
    assert on_receipts(orders) == 7 * (Decimal("1.57") + Decimal("3.19"))
    assert in_reports(shift) == [on_receipts(orders)] * 5
