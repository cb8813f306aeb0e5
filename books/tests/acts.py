"""What is done and told in the tests of the books, each by one call."""

from decimal import Decimal

from books import reports, spreadsheets
from orders.sale import Line
from orders.tests.factories import sold_onsite
from shifts import drawer
from shifts.models import Shift


def sell(shift, ticket, *paid, quantity=1, price=None, seller=None, **kwargs):
    return sold_onsite(
        event=shift.till.event,
        lines=kwargs.pop("lines", None) or [Line(ticket.pk, quantity, price)],
        seller=seller or shift.cashier,
        payments=paid,
        **kwargs,
    )


def close(shift, by=None):
    """Count exactly what is expected, and close."""
    expected = drawer.expected_cash(shift), drawer.expected_card(shift)
    cash, card = max(expected[0], Decimal(0)), expected[1]
    drawer.count(shift=shift, cash=cash, card=card, by=by or shift.cashier)
    return drawer.close_shift(shift=shift, by=by or shift.cashier, note="so it is")


def report(shift):
    return reports.report(
        Shift.objects.select_related("till__event", "cashier", "closed_by").get(pk=shift.pk)
    )


def facts(shift):
    return spreadsheets.of_report(report(shift))
