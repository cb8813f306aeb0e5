"""One request, one order, however often it is sent."""

from decimal import Decimal
from functools import partial

import pytest

from base.errors import Conflict, Invalid
from base.identifiers import readable_identifier
from base.tests.client import error
from orders import idempotency
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import ordered_online, sold_onsite
from orders.tests.rush import at_once
from shifts.tests.factories import TillFactory
from tickets.models import Ticket
from tickets.tests.factories import FreeTicketFactory, TicketFactory

KEY = {"Idempotency-Key": "a sale of ours"}


@pytest.fixture
def last(event):
    return TicketFactory(event=event, quantity=1)


@pytest.mark.django_db
class TestReplay:
    def test_same_request_answers_the_same_order(self, api, cashier, event):
        client, ticket = api(cashier), TicketFactory(event=event)
        first = client.sell(event, (ticket, 2), headers=KEY, query="?onsite=true&include=attendees,tickets")
        again = client.sell(event, (ticket, 2), headers=KEY, query="?onsite=true&include=attendees,tickets")
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.json() == first.json()
        assert again["Location"] == first["Location"]
        assert Order.objects.count() == 1

    def test_same_request_in_another_spelling_is_the_same(self, api, cashier, event):
        client, ticket = api(cashier), TicketFactory(event=event)
        client.sell(event, {"id": ticket.pk, "quantity": 2}, headers=KEY)
        wrapped = {"data": {"type": "on-site-ticket", "attributes": {"id": str(ticket.pk), "quantity": "2"}}}
        assert client.sell(event, wrapped, headers=KEY).status_code == 201
        assert Order.objects.count() == 1

    def test_answers_after_the_event_sold_out(self, api, cashier, event, last):
        client = api(cashier)
        first = client.sell(event, (last, 1), headers=KEY)
        assert client.sell(event, (last, 1)).status_code == 409
        again = client.sell(event, (last, 1), headers=KEY)
        assert again.status_code == 201
        assert again.json()["data"]["id"] == first.json()["data"]["id"]

    def test_answers_after_the_event_was_withdrawn(self, api, cashier, event, last):
        client = api(cashier)
        client.sell(event, (last, 1), headers=KEY)
        event.state = "draft"
        event.save()
        assert client.sell(event, (last, 1), headers=KEY).status_code == 201

    @pytest.mark.parametrize("change", ["quantity", "status", "notes", "event", "mode"])
    def test_same_key_with_another_request_is_refused(self, api, cashier, event, member, change):
        client, ticket = api(cashier), FreeTicketFactory(event=event)
        client.sell(event, (ticket, 1), headers=KEY)
        match change:
            case "quantity":
                response = client.sell(event, (ticket, 2), headers=KEY)
            case "status":
                response = client.sell(event, (ticket, 1), headers=KEY, status="completed")
            case "notes":
                response = client.sell(event, (ticket, 1), headers=KEY, order_notes="x")
            case "event":
                other = FreeTicketFactory()
                other.event.members.create(user=cashier, role="cashier")
                response = client.sell(other.event, (other, 1), headers=KEY)
            case "mode":
                draft = ticket.attendees.create(creator=cashier)
                with pytest.raises(Invalid, match="another request"):
                    ordered_online(
                        event=event, attendees=[draft], buyer=cashier, idempotency_key=KEY["Idempotency-Key"]
                    )
                return
        assert response.status_code == 422
        assert error(response)["code"] == "idempotency-key-reused"
        assert Order.objects.count() == 1

    @pytest.mark.parametrize("amount", [None, Decimal(5), Decimal(20)])
    def test_same_key_with_another_amount_at_the_terminal_is_refused(self, cashier, event, amount):
        ticket = TicketFactory(event=event, price=20)
        sell = partial(sold_onsite, event=event, lines=[Line(ticket.pk, 1)], seller=cashier, awaits_card=True)
        order = sell(card_amount=Decimal(15), idempotency_key="k")
        with pytest.raises(Invalid, match="another request"):
            sell(card_amount=amount, idempotency_key="k")
        assert sell(card_amount=Decimal(15), idempotency_key="k") == Order.objects.get() == order

    @pytest.mark.parametrize("named", [True, False])
    def test_same_key_at_another_till_is_refused(self, cashier, event, named):
        ticket, till = TicketFactory(event=event), cashier.shifts.get().till
        sell = partial(sold_onsite, event=event, lines=[Line(ticket.pk, 1)], seller=cashier)
        order = sell(till_id=till.pk, idempotency_key="k")
        with pytest.raises(Invalid, match="another request"):
            sell(till_id=TillFactory(event=event).pk if named else None, idempotency_key="k")
        assert sell(till_id=till.pk, idempotency_key="k") == Order.objects.get() == order

    def test_keys_of_two_users_are_two_keys(self, api, cashier, organizer, event):
        ticket = TicketFactory(event=event)
        for user in (cashier, organizer):
            assert api(user).sell(event, (ticket, 1), headers=KEY).status_code == 201
        assert Order.objects.count() == 2

    def test_refused_request_may_try_its_key_again(self, api, cashier, event, last):
        client = api(cashier)
        assert client.sell(event, (last, 2), headers=KEY).status_code == 409
        assert client.sell(event, (last, 1), headers=KEY).status_code == 201

    def test_identifier_that_is_taken_is_drawn_again(self, cashier, event, monkeypatch):
        ticket = TicketFactory(event=event)
        taken = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], seller=cashier).identifier
        draws = iter([taken, taken, readable_identifier()])
        monkeypatch.setattr(idempotency, "readable_identifier", lambda: next(draws))
        order = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], seller=cashier)
        assert order.identifier != taken
        ticket.refresh_from_db()
        assert ticket.sold == 2


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.mark.parametrize("sold_by", ["a cashier", "a script"])
    def test_eight_times_the_last_ticket_is_one_order(self, cashier, event, last, sold_by):
        seller = cashier if sold_by == "a cashier" else None
        sell = partial(
            sold_onsite, event=event, lines=[Line(last.pk, 1)], seller=seller, idempotency_key="the last"
        )
        orders = at_once(*[sell] * 8)
        assert {getattr(order, "identifier", order) for order in orders} == {Order.objects.get().identifier}
        assert Ticket.objects.get().sold == 1

    @pytest.mark.parametrize("sold_by", ["a cashier", "a script"])
    def test_eight_times_with_plenty_left_is_one_order(self, cashier, event, sold_by):
        seller = cashier if sold_by == "a cashier" else None
        ticket = TicketFactory(event=event)
        sell = partial(
            sold_onsite, event=event, lines=[Line(ticket.pk, 2)], seller=seller, idempotency_key="plenty"
        )
        orders = at_once(*[sell] * 8)
        assert {getattr(order, "identifier", order) for order in orders} == {Order.objects.get().identifier}
        assert Ticket.objects.get().sold == 2

    def test_eight_keys_for_the_last_ticket_sell_it_once(self, cashier, event, last):
        sales = [
            partial(
                sold_onsite, event=event, lines=[Line(last.pk, 1)], seller=cashier, idempotency_key=f"key {n}"
            )
            for n in range(8)
        ]
        outcomes = at_once(*sales)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 7 + ["Order"]
        assert isinstance(outcomes[0], Conflict | Order)

    def test_drafts_ordered_twice_at_once_are_ordered_once(self, stranger, event):
        ticket = TicketFactory(event=event)
        drafts = [ticket.attendees.create(creator=stranger) for _ in range(3)]
        place = partial(ordered_online, event=event, attendees=drafts, buyer=stranger)
        outcomes = at_once(*[place] * 8)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 7 + ["Order"]
        assert Ticket.objects.get().sold == 3

    def test_one_account_cannot_hold_more_by_ordering_at_once(self, stranger, event):
        ticket = TicketFactory(event=event)
        orders = [[ticket.attendees.create(creator=stranger) for _ in range(6)] for _ in range(6)]
        outcomes = at_once(
            *(partial(ordered_online, event=event, attendees=drafts, buyer=stranger) for drafts in orders)
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 3 + ["Order"] * 3
