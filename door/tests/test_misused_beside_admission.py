"""What is sold beside admission, among many guests."""

import pytest

from base.errors import Conflict
from orders.sale import Guest, Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from tickets.stock import delete_ticket
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_many_drink_tokens_of_a_name_do_not_hide_its_guest_at_the_door(client, event, registrar, cashier):
    token = TicketFactory(event=event, name="Token", price=3, quantity=50, admits=False)
    adult = TicketFactory(event=event, name="Adult", price=20, quantity=50)
    ana = Guest("Ana", "Weiss")
    lines = [Line(token.pk, 25, guests=(ana,) * 25), Line(adult.pk, 1, guests=(ana,))]
    order = sold_onsite(event=event, lines=lines, seller=cashier, payments=[Paid("cash")])
    client.force_login(registrar)
    for text in ("weiss", order.identifier):
        found = client.get(f"/door/{event.identifier}/search/", {"q": text}).json()["guests"]
        assert [guest["id"] for guest in found] == [order.attendees.get(ticket=adult).pk]


def test_gate_for_one_ticket_alone_is_not_opened_to_all_by_its_deletion(event):
    vip = TicketFactory(event=event, name="VIP")
    gate = event.stations.create(name="Backstage")
    gate.tickets.set([vip])
    with pytest.raises(Conflict) as refusal:
        delete_ticket(vip)
    assert refusal.value.problems[0].code == "only-ticket"
    assert gate.tickets.get() == vip
    gate.tickets.clear()
    delete_ticket(vip)
