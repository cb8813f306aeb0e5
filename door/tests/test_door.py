"""What the door's script asks of its page's views."""

import pytest

from accounts.pins import set_pin
from door.admission import check_in
from orders.models import Order
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db

GUEST = Guest("Ana", "Müller", "zoe.miller@example.com")


@pytest.mark.parametrize("path", ["list/", "search/?q=ana"])
class TestScript:
    def test_whose_page_is_logged_out_is_not_sent_elsewhere(self, client, event, path):
        assert client.get(f"/door/{event.identifier}/{path}").status_code == 401

    def test_whose_page_is_another_users_is_told_nothing(self, client, event, registrar, path):
        client.force_login(registrar)
        headers = {"X-Cashier": str(registrar.pk + 1)}
        assert client.get(f"/door/{event.identifier}/{path}", headers=headers).status_code == 401
        assert client.get(f"/door/{event.identifier}/{path}").status_code == 200


@pytest.mark.parametrize(
    ("status", "standing"), [("completed", "valid"), ("pending", "unpaid"), ("cancelled", "cancelled")]
)
def test_search_says_how_the_order_stands(client, event, guest, registrar, status, standing):
    Order.objects.update(status=status)
    client.force_login(registrar)
    path = f"/door/{event.identifier}/search/?q={guest.order.identifier}"
    [found] = client.get(path, headers={"X-Cashier": str(registrar.pk)}).json()["guests"]
    assert (found["id"], found["standing"]) == (guest.pk, standing)


def test_address_is_found_whole_and_by_who_reads_it(client, event, registrar, cashier):
    sold_onsite(event=event, lines=[Line(TicketFactory(event=event).pk, 1, guests=(GUEST,))])

    def found(text):
        return client.get(f"/door/{event.identifier}/search/", {"q": text}).json()["guests"]

    address = GUEST.email
    client.force_login(registrar)
    assert not [part for length in range(1, len(address) + 1) if found(part := address[:length])]
    client.force_login(cashier)
    assert not [part for length in range(1, len(address)) if found(part := address[:length])]
    assert [guest["email"] for guest in found(address.upper())] == ["z…@example.com"]


@pytest.mark.parametrize("role", ["registrar", "cashier"])
def test_organizer_without_a_name_keeps_the_address_from_colleagues(
    client, api, event, scan, member, organizer, role
):
    set_pin(organizer, "135790")
    order = sold_onsite(event=event, lines=[Line(TicketFactory(event=event).pk, 1)], seller=organizer)
    check_in(scan(order.attendees.get().code), by=organizer)
    user = member(role)
    client.force_login(user)
    pages = [f"/door/{event.identifier}/", f"/door/{event.identifier}/search/?q={order.identifier}"]
    if role == "cashier":
        pages += [
            f"/till/{event.identifier}/",
            f"/till/{event.identifier}/orders/{order.identifier}/",
            f"/till/{event.identifier}/orders/{order.identifier}/print/",
            "/admin/orders/order/",
            f"/admin/orders/order/{order.pk}/change/",
            "/admin/door/checkin/",
        ]
    for page in pages:
        response = client.get(page)
        assert response.status_code == 200, page
        assert organizer.email not in response.content.decode(), page
    scans = api(user).get(f"/v1/events/{event.identifier}/check-ins")
    assert organizer.email not in scans.content.decode()
    assert "u…@example.com" in client.get(pages[0]).content.decode()
