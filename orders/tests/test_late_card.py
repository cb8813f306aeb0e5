"""A card is approved after the hold has ended: the tickets if there are any, else the money goes back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from attendees.tests.factories import DraftFactory
from base.errors import Conflict, Forbidden, Invalid, NotFound
from base.tests.client import document, error, relation
from orders.lifecycle import MoneyDue, cancel, complete, expire_overdue, give_back
from orders.models import Order, Payment
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import ordered_online
from shifts.desk import Desk
from shifts.drawer import close_shift, count, expected_card, expected_cash
from shifts.tests.factories import ReliefFactory, ShiftFactory, TillFactory
from tickets.tests.factories import DonationFactory, TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("balanced")]
HOUR = timedelta(hours=1)
CARD = [Paid("card")]


@pytest.fixture
def late(sell, event, now):
    """Two Adult, for 40; the guest is still at the terminal, the hold is over."""
    order = sell(awaits_card=True, at=now - HOUR)
    assert expire_overdue(event, now) == 1
    return order


@pytest.fixture
def gone(late, sell, adult):
    """And 9 of the 10 tickets have gone to others."""
    sell(lines=[Line(adult.pk, 9)], payments=[Paid("bank")])
    return late


@pytest.fixture
def due(gone, cashier):
    """And the card was approved."""
    with pytest.raises(MoneyDue):
        complete(gone, payments=CARD, desk=Desk(cashier))
    return gone


def code_of(act, *args, **terms):
    with pytest.raises((Conflict, Forbidden, Invalid, NotFound)) as refusal:
        act(*args, **terms)
    return refusal.value.problems[0].code


def amounts(order):
    return [(payment.tender, payment.amount) for payment in order.payments.all()]


class TestTicketsAreLeft:
    def test_takes_them_again(self, late, cashier, shift, adult, now):
        order = complete(late, payments=CARD, desk=Desk(cashier), at=now)
        order.refresh_from_db()
        adult.refresh_from_db()
        assert (order.status, order.completed_at, order.shift, adult.sold) == ("completed", now, shift, 2)
        assert amounts(order) == [("card", 40)]

    def test_said_again_changes_nothing(self, late, cashier, adult):
        for _ in range(3):
            complete(late, payments=CARD, desk=Desk(cashier))
        adult.refresh_from_db()
        assert (adult.sold, Payment.objects.count()) == (2, 1)

    def test_with_the_rest_in_cash(self, late, cashier, shift):
        payments = [Paid("card", Decimal(15)), Paid("cash", tendered=Decimal(30))]
        assert complete(late, payments=payments, desk=Desk(cashier)).status == "completed"
        assert (expected_card(shift), expected_cash(shift)) == (15, 125)

    def test_lets_the_guests_in(self, late, cashier):
        complete(late, payments=CARD, desk=Desk(cashier), admit=True)
        assert all(attendee.is_inside for attendee in late.attendees.all())

    def test_the_very_last_ones(self, late, sell, adult, cashier):
        sell(lines=[Line(adult.pk, 8)])
        assert complete(late, payments=CARD, desk=Desk(cashier)).status == "completed"
        adult.refresh_from_db()
        assert adult.available == 0

    def test_also_those_that_others_hold_beyond_their_time(self, late, sell, adult, cashier, now):
        overdue = sell(lines=[Line(adult.pk, 9)], awaits_card=True, at=now - HOUR)
        assert complete(late, payments=CARD, desk=Desk(cashier), at=now).status == "completed"
        overdue.refresh_from_db()
        assert overdue.status == "expired"

    def test_by_the_rules_of_its_time(self, sell, event, cashier, now):
        """The price, the window and the bounds of the ticket are others by now."""
        gift = DonationFactory(event=event)
        for ticket, price in ((TicketFactory(event=event, price=20), None), (gift, Decimal(7))):
            order = sell(lines=[Line(ticket.pk, 1, price)], awaits_card=True, at=now - HOUR)
            expire_overdue(event, now)
            ticket.price, ticket.min_order = Decimal(25) if price is None else ticket.price, 4
            ticket.sales_ends_at = now - timedelta(minutes=1)
            ticket.save()
            assert complete(order, payments=CARD, desk=Desk(cashier), at=now).status == "completed"
            assert amounts(order) == [("card", 20 if price is None else 7)]

    def test_ordered_online_and_paid_at_the_till(self, event, adult, stranger, cashier, now):
        draft = DraftFactory(ticket=adult, creator=stranger)
        order = ordered_online(event=event, buyer=stranger, attendees=[draft], at=now - HOUR)
        expire_overdue(event, now)
        assert complete(order, payments=CARD, desk=Desk(cashier)).status == "completed"

    @pytest.mark.parametrize("tender", ["cash", "bank", "other"])
    def test_only_the_card_terminal_has_its_money_already(self, late, cashier, tender):
        assert code_of(complete, late, payments=[Paid(tender)], desk=Desk(cashier)) == "order-expired"
        assert amounts(late) == []

    def test_must_add_up(self, late, cashier):
        assert (
            code_of(complete, late, payments=[Paid("card", Decimal(30))], desk=Desk(cashier)) == "underpaid"
        )
        assert code_of(complete, late, payments=[Paid("card", Decimal(50))], desk=Desk(cashier)) == "overpaid"


class TestTicketsAreGone:
    def test_money_is_booked_and_must_go_back(self, gone, cashier, shift, adult):
        with pytest.raises(MoneyDue, match=r"40\.00 EUR must go back") as refusal:
            complete(gone, payments=CARD, desk=Desk(cashier))
        (problem,) = refusal.value.problems
        assert (problem.code, problem.meta) == ("order-money-due", {"amount": "40.00"})
        gone.refresh_from_db()
        adult.refresh_from_db()
        assert (gone.status, gone.money_due, amounts(gone)) == ("expired", True, [("card", 40)])
        assert (expected_card(shift), adult.sold) == (40, 9)

    def test_said_again_by_anybody_it_is_booked_once(self, due, cashier, member, organizer):
        for by in (cashier, member("cashier"), organizer, None):
            assert code_of(complete, due, payments=CARD, desk=Desk(by)) == "order-money-due"
        assert amounts(due) == [("card", 40)]

    def test_even_if_there_are_tickets_again_meanwhile(self, due, adult, cashier):
        adult.quantity = 100
        adult.save()
        assert code_of(complete, due, payments=CARD, desk=Desk(cashier)) == "order-money-due"

    def test_cash_that_came_with_it_is_not_booked(self, gone, cashier, shift):
        payments = [Paid("card", Decimal(15)), Paid("cash")]
        assert code_of(complete, gone, payments=payments, desk=Desk(cashier)) == "order-money-due"
        assert amounts(gone) == [("card", 15)]
        assert expected_cash(shift) == 100

    def test_one_of_two_kinds_is_enough(self, event, sell, adult, cashier, now):
        last = TicketFactory(event=event, quantity=1)
        order = sell(lines=[Line(adult.pk, 1), Line(last.pk, 1)], awaits_card=True, at=now - HOUR)
        expire_overdue(event, now)
        sell(lines=[Line(last.pk, 1)])
        assert code_of(complete, order, payments=CARD, desk=Desk(cashier)) == "order-money-due"
        adult.refresh_from_db()
        assert adult.sold == 0

    def test_blocks_closing_until_it_is_given_back(self, due, shift, cashier):
        count(shift=shift, cash=expected_cash(shift), card=expected_card(shift), by=cashier)
        with pytest.raises(Conflict, match=f"order {due.identifier} is still to be given back") as refusal:
            close_shift(shift=shift, by=cashier)
        assert refusal.value.problems[0].code == "money-due"
        assert refusal.value.problems[0].meta == {"orders": [due.identifier]}
        give_back(due, desk=Desk(cashier))
        count(shift=shift, cash=expected_cash(shift), card=Decimal(0), by=cashier)
        assert not close_shift(shift=shift, by=cashier).is_open

    def test_blocks_no_other_shift(self, due, event):
        other = ShiftFactory(till__event=event)
        count(shift=other, cash=Decimal(100), card=Decimal(0), by=other.cashier)
        assert not close_shift(shift=other, by=other.cashier).is_open

    def test_cancelling_does_not_hide_it(self, due, organizer):
        assert cancel(due, desk=Desk(organizer), reason="ill").status == "expired"
        due.refresh_from_db()
        assert due.money_due


class TestGivenBack:
    def test_out_of_the_terminal_that_took_it(self, due, cashier, shift):
        order = give_back(due, desk=Desk(cashier, drawer_required=True))
        order.refresh_from_db()
        assert (order.status, order.money_due, amounts(order)) == (
            "expired",
            False,
            [("card", 40), ("card", -40)],
        )
        assert {payment.shift for payment in order.payments.all()} == {shift}
        assert expected_card(shift) == 0

    def test_said_again_changes_nothing(self, due, cashier, organizer):
        for by in (cashier, cashier, organizer, None):
            assert not give_back(due, desk=Desk(by)).money_due
        assert Payment.objects.filter(order=due).count() == 2

    def test_at_another_till(self, due, event, shift):
        other = ShiftFactory(till__event=event)
        give_back(due, desk=Desk(other.cashier, other.till_id, drawer_required=True))
        assert (expected_card(shift), expected_card(other)) == (40, -40)

    def test_without_a_till_it_is_the_one_that_took_it(self, due, organizer, shift, member):
        assert code_of(give_back, due, desk=Desk(member("cashier"))) == "not-at-this-till"
        give_back(due, desk=Desk(organizer))
        assert expected_card(shift) == 0

    def test_by_a_colleague_who_was_let_in(self, due, shift, member):
        colleague = ReliefFactory(shift=shift, user=member("cashier")).user
        give_back(due, desk=Desk(colleague, shift.till_id))
        assert expected_card(shift) == 0

    def test_not_at_a_till_where_one_does_not_work(self, due, cashier, event):
        other = ShiftFactory(till__event=event)
        assert code_of(give_back, due, desk=Desk(cashier, other.till_id)) == "not-at-this-till"
        assert code_of(give_back, due, desk=Desk(cashier, TillFactory().pk)) == "unknown-till"

    def test_nothing_is_due(self, late, sell, cashier):
        for order in (late, sell(), sell(payments=CARD)):
            assert code_of(give_back, order, desk=Desk(cashier)) == "nothing-due"

    def test_late_retry_of_the_approval_books_nothing(self, due, cashier):
        give_back(due, desk=Desk(cashier))
        assert code_of(complete, due, payments=CARD, desk=Desk(cashier)) == "order-given-back"
        assert amounts(due) == [("card", 40), ("card", -40)]


class TestApi:
    @staticmethod
    def change(client, order, relationships=None, **attributes):
        body = document("order", order.identifier, relationships, **attributes)
        return client.patch(f"/v1/orders/{order.identifier}", body)

    PAYMENTS = [{"tender": "card", "amount": "40.00"}]

    def test_completed_while_there_are_tickets(self, api, cashier, late):
        answers = [
            self.change(api(cashier), late, status="completed", payments=self.PAYMENTS) for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()

    def test_booked_once_then_given_back_once(self, api, cashier, gone, shift):
        client = api(cashier)
        answers = [self.change(client, gone, status="completed", payments=self.PAYMENTS) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [409, 409]
        assert answers[0].json() == answers[1].json()
        problem = error(answers[0])
        assert (problem["code"], problem["meta"]) == ("order-money-due", {"amount": "40.00"})
        shown = client.get(f"/v1/orders/{gone.identifier}").json()["data"]["attributes"]
        assert (shown["status"], shown["money-due"]) == ("expired", True)
        till = {"till": relation("till", shift.till_id)}
        for _ in range(2):
            response = self.change(client, gone, till, **{"money-due": False})
            assert response.status_code == 200
            assert response.json()["data"]["attributes"]["money-due"] is False
            assert response.json()["meta"] == {"given-back": {"card": "40.00", "total": "40.00"}}
        assert Payment.objects.filter(order=gone).count() == 2

    def test_nothing_due(self, api, cashier, sell):
        response = self.change(api(cashier), sell(), **{"money-due": False})
        assert (response.status_code, error(response)["code"]) == (409, "nothing-due")

    @pytest.mark.parametrize("attributes", [{}, {"money-due": True}, {"money-due": None}, {"status": None}])
    def test_says_what_it_wants(self, api, cashier, due, attributes):
        response = self.change(api(cashier), due, **attributes)
        assert response.status_code == 422
        assert error(response)["source"]["pointer"] == "/data/attributes/status"
        assert Order.objects.get(pk=due.pk).money_due
