import pytest

from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, name="Adult", quantity=10)


@pytest.fixture
def child(event):
    return TicketFactory(event=event, name="Child", price=8, quantity=10)


@pytest.fixture
def sell(event, cashier):
    """Sells lines of `(ticket, quantity)` or `(ticket, quantity, hold)`."""
    from orders.sale import Line

    def sell(*lines, seller=cashier, **terms):
        sent = [
            Line(ticket.pk, quantity, hold_id=hold[0].pk if hold else None)
            for ticket, quantity, *hold in lines
        ]
        return sold_onsite(event=event, lines=sent, seller=seller, **terms)

    return sell


@pytest.fixture
def fresh():
    """The counters of rows as they are stored: `(sold, held)` of a ticket, `used` of a quota, `(quantity,
    sold)` of a hold."""
    from limits.models import Quota
    from tickets.models import Ticket

    def fresh(row):
        row = type(row).objects.get(pk=row.pk)
        if isinstance(row, Ticket):
            return row.sold, row.held
        return row.used if isinstance(row, Quota) else (row.quantity, row.sold)

    return fresh
