import pytest

from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

CASH = (Paid("cash"),)


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, name="Adult", price=20, quantity=50, tax_rate=19)


@pytest.fixture
def child(event):
    return TicketFactory(event=event, name="Child", price=8, quantity=50, tax_rate=7)


@pytest.fixture
def sell(event, cashier):
    """Sells lines in cash, with a discount of the whole sale or without."""

    def sell(*lines, payments=CASH, **terms):
        return sold_onsite(event=event, lines=lines, seller=cashier, payments=payments, **terms)

    return sell
