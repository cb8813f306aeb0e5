"""Whoever is on the guest list and has still to pay is found, paid and let in at the till."""

import pytest

from attendees.models import Attendee
from orders.guest_list import Entry, Way, put_on_list
from orders.models import Order
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def guest(event, organizer):
    ticket = TicketFactory(event=event, price=20)
    return put_on_list(event, [Entry(ticket.pk, "Ana", "Silva", way=Way.AT_DOOR)], by=organizer).guests[0]


@pytest.fixture
def till(client, event, cashier):
    client.force_login(cashier)
    return f"/till/{event.identifier}/"


def pay(client, till, guest, **sent):
    typed = {"tender": "cash", "amount": "20.00", **sent}
    return client.post(f"{till}orders/{guest.order.identifier}/pay/", typed)


def test_guest_is_found_by_name(client, till, guest):
    assert guest.order.identifier in client.get(f"{till}recent/", {"q": "silva"}).content.decode()


@pytest.mark.parametrize(("sent", "inside"), [({}, False), ({"admit": "on"}, True)])
def test_paying_lets_in_if_it_is_asked_for(client, till, guest, cashier, sent, inside):
    assert pay(client, till, guest, **sent).status_code == 302
    order = Order.objects.get()
    assert (order.status, order.shift) == ("completed", cashier.shifts.get())
    assert Attendee.objects.get().is_inside is inside


def test_full_house_takes_no_money(client, till, guest, event):
    event.capacity = 0
    event.save()
    answer = pay(client, till, guest, admit="on")
    assert answer.status_code == 409
    assert "The house is full" in answer.content.decode()
    assert Order.objects.get().status == "pending"


def test_where_every_sale_lets_in_one_button_does(client, till, guest, event):
    page = f"{till}orders/{guest.order.identifier}/"
    assert "Paid, let in" in client.get(page).content.decode()
    event.admit_now = True
    event.save()
    assert "Paid, let in" not in client.get(page).content.decode()


def test_list_is_not_among_the_last_orders_until_it_is_paid(client, event, organizer, guest):
    client.force_login(organizer)
    recent = f"/till/{event.identifier}/recent/"
    assert guest.order.identifier not in client.get(recent).content.decode()
    Order.objects.update(shift=None)
    assert (
        guest.order.identifier
        in client.get(recent, {"q": guest.order.identifier}, follow=True).content.decode()
    )
