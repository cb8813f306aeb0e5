"""The till's last orders by guests of the list who pay without a drawer."""

import pytest

from orders.guest_list import Entry, Way, put_on_list
from orders.lifecycle import complete
from orders.settlement import Paid
from shifts.desk import Desk
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_guest_who_paid_without_a_drawer_is_among_the_last_orders(client, event, organizer, member):
    cashier = member("cashier")
    ticket = TicketFactory(event=event, price=20, quantity=10)
    entries = [Entry(ticket.pk, name, way=way) for name, way in zip("ABC", Way, strict=True)]
    guests = put_on_list(event, entries, by=organizer).guests
    (to_pay,) = (guest for guest in guests if guest.order.is_unpaid)
    client.force_login(cashier)
    address = f"/till/{event.identifier}/recent/"
    before = client.get(address)
    assert before.status_code == 200
    assert not [guest for guest in guests if guest.order.identifier in before.content.decode()]
    complete(to_pay.order, payments=[Paid("card")], desk=Desk(cashier))
    after = client.get(address).content.decode()
    assert [guest for guest in guests if guest.order.identifier in after] == [to_pay]
