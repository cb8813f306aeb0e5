"""What the tests of an order's life share."""

from functools import partial

import pytest

from orders.sale import Line
from orders.tests.books import assert_books_are_right
from orders.tests.factories import sold_onsite
from shifts.models import Shift
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory


@pytest.fixture
def adult(event) -> Ticket:
    return TicketFactory(event=event, name="Adult", price=20, quantity=10)


@pytest.fixture
def shift(cashier) -> Shift:
    """The cashier's open shift."""
    return cashier.shifts.get()


@pytest.fixture
def sell(event, adult, cashier):
    """Sells two Adult for 40, by the cashier unless said otherwise: `sell(payments=[Paid("cash")])`."""
    return partial(sold_onsite, event=event, lines=[Line(adult.pk, 2)], seller=cashier)


@pytest.fixture
def balanced(db):
    """Whatever the test did, the books are right."""
    yield
    assert_books_are_right()
