"""The guest list by insiders, and its orders after acts on them."""

from decimal import Decimal

import pytest

from base.errors import DomainError
from books.checking import differences
from books.checks import CHECKS
from orders.guest_list import Entry, Way, put_on_list
from orders.lifecycle import cancel, complete
from orders.models import Order, Payment
from orders.settlement import Paid
from orders.tests.books import assert_books_are_right
from shifts.desk import Desk
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, price=20, quantity=10)


@pytest.mark.parametrize("way", [Way.FREE, Way.PAID])
def test_cashier_takes_nobody_off_the_list_as_if_it_were_a_sale(event, ticket, organizer, member, way):
    """It would be within a minute of its import, without a reason, and what was paid elsewhere reversed."""
    (guest,) = put_on_list(event, [Entry(ticket.pk, "Ana", way=way)], by=organizer).guests
    with pytest.raises(DomainError):
        cancel(guest.order, desk=Desk(member("cashier")))
    assert Order.objects.get().status == "completed"
    assert not Payment.objects.filter(amount__lt=0).exists()
    cancel(guest.order, desk=Desk(organizer), reason="ill")
    assert Order.objects.get().status == "cancelled"
    assert_books_are_right(event)
    assert differences(CHECKS, event.pk) == []


def test_what_a_guest_of_the_list_paid_here_can_be_undone(event, ticket, organizer, member):
    cashier = member("cashier")
    (guest,) = put_on_list(event, [Entry(ticket.pk, "Ana", way=Way.AT_DOOR)], by=organizer).guests
    complete(guest.order, payments=[Paid("card")], desk=Desk(cashier))
    cancel(guest.order, desk=Desk(cashier))
    assert sum(payment.amount for payment in Payment.objects.all()) == Decimal(0)
