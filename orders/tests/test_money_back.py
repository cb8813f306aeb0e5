"""What becomes of the money of an order that is cancelled: by which tender it goes back and out of which
drawer, or that it is kept."""

from datetime import timedelta
from decimal import Decimal

import pytest

from base.errors import Conflict, Forbidden, Invalid
from base.tests.client import document, error, relation
from orders.lifecycle import cancel, complete
from orders.models import Payment
from orders.sale import Line
from orders.settlement import Paid
from orders.takings import GiveBack
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from shifts.drawer import close_shift, count, expected_card, expected_cash
from shifts.tests.factories import ShiftFactory, TillFactory
from tickets.tests.factories import FreeTicketFactory, TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("balanced")]


@pytest.fixture
def sold(sell, now):
    """Two Adult an hour ago, 15 by card and 25 in cash, in the cashier's shift."""
    return sell(payments=[Paid("card", Decimal(15)), Paid("cash")], at=now - timedelta(hours=1))


def code_of(act, *args, **terms):
    with pytest.raises((Conflict, Forbidden, Invalid)) as refusal:
        act(*args, **terms)
    return refusal.value.problems[0].code


def rows(order):
    return [(p.tender, p.amount, p.shift) for p in order.payments.all()]


class TestKept:
    def test_payment_stays_and_the_tickets_are_free(self, sold, organizer, shift, adult):
        before = rows(sold)
        order = cancel(sold, desk=Desk(organizer), reason="too late", money_back=None)
        order.refresh_from_db()
        adult.refresh_from_db()
        assert (order.status, order.money_kept, order.cancel_reason) == ("cancelled", True, "too late")
        assert (rows(order), adult.sold) == (before, 0)
        assert (expected_cash(shift), expected_card(shift)) == (125, 15)
        assert not any(attendee.is_inside for attendee in order.attendees.all())

    def test_said_again_however_it_stays_kept(self, sold, organizer):
        for money_back in (None, GiveBack(), GiveBack("cash", outside=True)):
            order = cancel(sold, desk=Desk(organizer), reason="late", money_back=money_back)
            assert (order.money_kept, order.payments.count()) == (True, 2)

    def test_only_organizers_and_scripts_keep_money(self, sell, cashier, organizer):
        sold = sell(payments=[Paid("cash")])
        assert code_of(cancel, sold, desk=Desk(cashier), reason="x", money_back=None) == "organizers-only"
        assert code_of(cancel, sold, desk=Desk(organizer), money_back=None) == "reason-required"
        assert cancel(sold, money_back=None).money_kept

    def test_no_deposit(self, sell, organizer):
        order = sell(payments=[Paid("cash", Decimal(10))])
        assert code_of(cancel, order, desk=Desk(organizer), reason="x", money_back=None) == "deposit-not-kept"
        assert cancel(order, desk=Desk(organizer), reason="x").payments.count() == 2

    def test_of_nothing_nothing_is_kept(self, sell, event, organizer):
        free = FreeTicketFactory(event=event)
        for order in (sell(), sell(lines=[Line(free.pk, 1)])):
            order = cancel(order, desk=Desk(organizer), reason="x", money_back=None)
            assert (order.status, order.money_kept) == ("cancelled", False)

    def test_needs_no_drawer(self, sold, organizer, shift, cashier):
        count(shift=shift, cash=expected_cash(shift), card=expected_card(shift), by=cashier)
        close_shift(shift=shift, by=cashier)
        desk = Desk(organizer, drawer_required=True, at_screen=True)
        assert cancel(sold, desk=desk, reason="x", money_back=None).money_kept


class TestTender:
    def test_all_in_cash_although_a_card_paid(self, sold, organizer, shift):
        desk = Desk(organizer, shift.till_id, drawer_required=True)
        order = cancel(sold, desk=desk, reason="x", money_back=GiveBack("cash"))
        assert rows(order)[2:] == [("cash", -15, shift), ("cash", -25, shift)]
        assert (expected_cash(shift), expected_card(shift)) == (85, 15)
        assert order.given_back == {"cash": 40}

    def test_rounding_stays_rounding(self, event, sell, organizer):
        event.cash_rounding = Decimal("0.05")
        event.save()
        odd = TicketFactory(event=event, price=Decimal("26.98"))
        order = sell(lines=[Line(odd.pk, 1)], payments=[Paid("cash")])
        order = cancel(order, desk=Desk(organizer), money_back=GiveBack("bank"), reason="x")
        assert order.given_back == {"bank": 27}
        assert order.balance == 0

    def test_there_must_be_coins_for_it(self, event, sell, organizer):
        event.cash_rounding = Decimal("0.05")
        event.save()
        odd = TicketFactory(event=event, price=Decimal("26.98"))
        order = sell(lines=[Line(odd.pk, 1)], payments=[Paid("card")])
        assert code_of(cancel, order, desk=Desk(organizer), money_back=GiveBack("cash")) == "no-coins"
        assert cancel(order, desk=Desk(organizer), reason="x").given_back == {"card": Decimal("26.98")}


class TestDrawer:
    def test_outside_any_although_there_is_ones_own(self, sold, organizer, event, shift):
        ShiftFactory(till__event=event, cashier=organizer)
        desk = Desk(organizer, drawer_required=True)
        order = cancel(sold, desk=desk, reason="x", money_back=GiveBack(outside=True))
        assert [shift for _t, _a, shift in rows(order)] == [shift, shift, None, None]

    def test_cashier_gives_no_cash_back_outside(self, sell, cashier):
        order = sell(payments=[Paid("cash")])
        desk = Desk(cashier, drawer_required=True)
        with pytest.raises(Conflict):
            cancel(order, desk=desk, money_back=GiveBack(outside=True))

    @pytest.mark.parametrize("terms", [{"at_screen": True}, {"till": True}])
    def test_cash_needs_an_open_shift_of_everybody_at_the_screen_or_a_till_that_is_named(
        self, event, sell, sold, organizer, terms
    ):
        till = TillFactory(event=event).pk if terms.pop("till", False) else None
        desk = Desk(organizer, till, drawer_required=True, **terms)
        assert code_of(cancel, sold, desk=desk, reason="x") == "no-open-shift"
        assert code_of(complete, sell(), desk=desk) == "no-open-shift"
        line = [Line(sold.tickets[0].pk, 1)]
        sale = {"event": event, "lines": line, "payments": [Paid("cash")], "seller": organizer}
        if till:
            assert code_of(sold_onsite, **sale, till_id=till, drawer_required=True) == "no-open-shift"
        card = complete(sell(), payments=[Paid("card")], desk=desk)
        assert card.status == "completed"

    def test_organizer_elsewhere_and_script_take_it_without(self, event, sell, organizer, adult):
        assert complete(sell(), desk=Desk(organizer, drawer_required=True)).payments.get().shift is None
        assert complete(sell(), desk=Desk()).payments.get().shift is None


class TestApi:
    @staticmethod
    def cancel(client, order, relationships=None, **attributes):
        attributes = {"status": "cancelled", "reason": "ill", **attributes}
        body = document("order", order.identifier, relationships, **attributes)
        return client.patch(f"/v1/orders/{order.identifier}", body)

    def test_says_what_to_hand_out(self, api, organizer, sold):
        answer = self.cancel(api(organizer), sold).json()
        assert answer["meta"] == {"given-back": {"card": "15.00", "cash": "25.00", "total": "40.00"}}
        assert answer["data"]["attributes"]["money-kept"] is False

    def test_all_by_one_tender_out_of_the_till_that_is_named(self, api, organizer, sold, event):
        other = ShiftFactory(till__event=event)
        till = {"till": relation("till", other.till_id)}
        answer = self.cancel(api(organizer), sold, till, **{"refund-tender": "cash"}).json()
        assert answer["meta"] == {"given-back": {"cash": "40.00", "total": "40.00"}}
        assert expected_cash(other) == 60

    def test_kept(self, api, organizer, sold):
        for _ in range(2):
            answer = self.cancel(api(organizer), sold, **{"money-kept": True}).json()
            assert answer["meta"] == {"given-back": {"total": "0.00"}}
            assert answer["data"]["attributes"]["money-kept"] is True
        assert Payment.objects.count() == 2

    @pytest.mark.parametrize(
        "attributes", [{"money-kept": "yes"}, {"refund-tender": "gold"}, {"refund-tender": "rounding"}]
    )
    def test_malformed(self, api, organizer, sold, attributes):
        assert self.cancel(api(organizer), sold, **attributes).status_code == 422

    def test_cashier_keeps_nothing(self, api, cashier, sell):
        response = self.cancel(api(cashier), sell(payments=[Paid("cash")]), **{"money-kept": True})
        assert (response.status_code, error(response)["code"]) == (403, "organizers-only")
