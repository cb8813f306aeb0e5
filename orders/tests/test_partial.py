"""Some tickets of an order are cancelled, and its money goes back or is kept."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendees.models import Attendee
from base.errors import Conflict, Forbidden, Invalid, NotFound
from books.checking import differences
from books.checks import CHECKS
from books.reports import report, totals
from door.admission import check_in
from door.scan import Scan
from orders.amending import Ask
from orders.lifecycle import cancel, complete
from orders.models import Adjustment, Payment
from orders.partial import cancel_attendees
from orders.refunds import refund
from orders.sale import Line
from orders.settlement import Paid
from orders.takings import GiveBack
from shifts.desk import Desk
from shifts.drawer import close_shift, count, expected_card, expected_cash
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("balanced")]
LATE = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def clean_books(db):
    yield
    assert differences(CHECKS) == []


@pytest.fixture
def sold(sell, now):
    """Two Adult, 15 by card and the rest in cash, just now."""
    return sell(payments=[Paid("card", Decimal(15)), Paid("cash", tendered=Decimal(30))], at=now)


@pytest.fixture
def organizers(organizer, shift, now):
    """An organizer asks, with a reason, at the cashier's till."""
    return Ask(Desk(organizer, shift.till_id), "changed their mind", at=now + LATE)


def guests(order):
    return list(order.attendees.order_by("pk"))


def refused(code, act, *args, **terms):
    with pytest.raises((Conflict, Forbidden, Invalid, NotFound)) as refusal:
        act(*args, **terms)
    (problem,) = refusal.value.problems
    assert problem.code == code
    return problem


class TestCancelSome:
    def test_the_others_stay(self, sold, organizers, adult, shift):
        first, second = guests(sold)
        order = cancel_attendees(sold, attendees=[first.pk], ask=organizers)
        assert (order.status, order.amount, order.balance) == ("completed", 20, 20)
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.is_live, second.is_live) == (False, True)
        adult.refresh_from_db()
        assert adult.sold == 1
        assert first.ended_by.reason == "changed their mind"
        assert first.ended_by.said["back"] == "20.00"

    def test_money_goes_back_of_the_latest_payment_first(self, sold, organizers, shift):
        cancel_attendees(sold, attendees=[guests(sold)[0].pk], ask=organizers)
        back = Payment.objects.filter(order=sold, reverses__isnull=False)
        assert [(p.tender, p.amount, p.shift) for p in back] == [("cash", -20, shift)]

    def test_twice_is_once(self, sold, organizers, adult):
        chosen = [guests(sold)[0].pk]
        cancel_attendees(sold, attendees=chosen, ask=organizers)
        order = cancel_attendees(sold, attendees=chosen, ask=organizers)
        adult.refresh_from_db()
        assert (adult.sold, order.balance) == (1, 20)

    def test_money_is_kept_with_its_tax(self, event, sell, organizers, shift, now):
        taxed = TicketFactory(event=event, price=Decimal("11.90"), tax_rate=19)
        order = sell(lines=[Line(taxed.pk, 2)], payments=[Paid("cash")], at=now)
        order = cancel_attendees(order, attendees=[guests(order)[0].pk], ask=organizers, money_back=None)
        assert (order.amount, order.balance) == (Decimal("11.90"), Decimal("23.80"))
        (row,) = Adjustment.objects.all()
        assert (row.kind, row.amount, row.tax_rate, row.tax) == (
            "kept",
            Decimal("11.90"),
            19,
            Decimal("1.90"),
        )
        figures = report(shift).figures
        assert [(tax.gross, tax.tax) for tax in figures.taxes] == [(Decimal("23.80"), Decimal("3.80"))]
        assert totals(event).whole.adjusted == figures.adjusted

    def test_a_part_goes_back_and_the_rest_is_kept(self, sold, organizers, shift):
        chosen = [guests(sold)[0].pk]
        order = cancel_attendees(sold, attendees=chosen, ask=organizers, amount=Decimal(15))
        assert (order.amount, order.balance, order.adjustments.sums()["kept"]) == (20, 25, 5)
        figures = report(shift).figures
        assert (figures.sold, figures.given_up, figures.net) == (40, 20, 25)

    def test_not_more_than_it_cost(self, sold, organizers):
        chosen = [guests(sold)[0].pk]
        refused(
            "refund-too-high", cancel_attendees, sold, attendees=chosen, ask=organizers, amount=Decimal(21)
        )

    @pytest.mark.parametrize("amount", ["-1", "1.001"])
    def test_sums_that_are_none(self, sold, organizers, amount):
        terms = {"attendees": [guests(sold)[0].pk], "ask": organizers, "amount": Decimal(amount)}
        refused("invalid-amount", cancel_attendees, sold, **terms)

    def test_all_that_are_left_is_the_whole_order(self, sold, organizers):
        first, second = guests(sold)
        refused("all-attendees", cancel_attendees, sold, attendees=[first.pk, second.pk], ask=organizers)
        cancel_attendees(sold, attendees=[first.pk], ask=organizers)
        refused("all-attendees", cancel_attendees, sold, attendees=[second.pk], ask=organizers)

    def test_guests_of_another_order(self, sold, sell, organizers):
        other = guests(sell())[0].pk
        problem = refused("not-found", cancel_attendees, sold, attendees=[other], ask=organizers)
        assert problem.path == ("attendees", 0)

    def test_within_the_minute_by_the_cashier_out_of_the_drawer_that_sold(self, sold, cashier, now):
        ask = Ask(Desk(cashier, drawer_required=True), at=now)
        order = cancel_attendees(sold, attendees=[guests(sold)[0].pk], ask=ask)
        assert order.balance == 20

    def test_later_a_cashier_needs_leave(self, sold, cashier, now):
        ask = Ask(Desk(cashier), "please", at=now + LATE)
        refused("approval-required", cancel_attendees, sold, attendees=[guests(sold)[0].pk], ask=ask)

    def test_organizer_without_a_reason(self, sold, organizer, now):
        ask = Ask(Desk(organizer), at=now + LATE)
        refused("reason-required", cancel_attendees, sold, attendees=[guests(sold)[0].pk], ask=ask)

    def test_cashier_keeps_nothing_alone(self, sold, cashier, now):
        ask = Ask(Desk(cashier), at=now)
        chosen = [guests(sold)[0].pk]
        refused("approval-required", cancel_attendees, sold, attendees=chosen, ask=ask, money_back=None)

    def test_unpaid_order_costs_less(self, sell, cashier, adult, now):
        order = sell()
        order = cancel_attendees(order, attendees=[guests(order)[0].pk], ask=Ask(Desk(cashier)))
        assert (order.status, order.amount) == ("pending", 20)
        order = complete(order, payments=[Paid("cash")], desk=Desk(cashier))
        assert order.balance == 20

    def test_a_deposit_may_not_become_all_of_it(self, sell, cashier):
        order = sell(payments=[Paid("cash", Decimal(30))], status="pending")
        ask = Ask(Desk(cashier))
        refused("deposit-too-high", cancel_attendees, order, attendees=[guests(order)[0].pk], ask=ask)

    def test_of_an_order_that_is_over(self, sold, cashier, organizers):
        cancel(sold, desk=Desk(None))
        refused("order-cancelled", cancel_attendees, sold, attendees=[guests(sold)[0].pk], ask=organizers)

    def test_the_door_says_cancelled_and_lets_the_other_in(self, event, sold, organizers, cashier):
        first, second = guests(sold)
        cancel_attendees(sold, attendees=[first.pk], ask=organizers)
        answers = [check_in(Scan(event=event, code=one.code), by=cashier) for one in (first, second)]
        assert [answer.answer for answer in answers] == ["cancelled", "ok"]
        assert answers[1].company is None or not answers[1].company.staying

    def test_who_is_inside_is_cancelled_only_with_a_reason(self, event, sell, cashier, now):
        order = sell()
        first = guests(order)[0]
        complete(order, payments=[Paid("cash")], desk=Desk(cashier), at=now)
        check_in(Scan(event=event, code=first.code), by=cashier)
        ask = Ask(Desk(cashier), at=now)
        refused("guest-inside", cancel_attendees, order, attendees=[first.pk], ask=ask)
        cancel_attendees(order, attendees=[first.pk], ask=Ask(Desk(cashier), "fight", at=now))
        first.refresh_from_db()
        assert (first.is_inside, first.is_live) == (True, False)

    def test_cancelling_the_rest_later_gives_back_what_is_left(
        self, sold, organizers, adult, shift, organizer
    ):
        cancel_attendees(sold, attendees=[guests(sold)[0].pk], ask=organizers, amount=Decimal(15))
        order = cancel(sold, desk=organizers.desk, reason="rain")
        assert (order.balance, order.adjustments.sums()["kept"]) == (5, 5)
        adult.refresh_from_db()
        assert adult.sold == 0
        figures = report(shift).figures
        assert (figures.sold, figures.given_up, figures.net) == (40, 40, 5)
        assert sum(line.quantity for line in figures.returned) == 2

    def test_closed_report_is_kept_as_it_was(self, sold, organizer, shift, cashier, now, event):
        count(shift=shift, cash=expected_cash(shift), card=expected_card(shift), by=cashier)
        closed = close_shift(shift=shift, by=cashier)
        before = report(closed)
        ask = Ask(Desk(organizer), "rain", at=now + LATE)
        cancel_attendees(sold, attendees=[guests(sold)[0].pk], ask=ask, money_back=GiveBack(outside=True))
        assert report(closed) == before
        whole = totals(event).whole
        assert (whole.sold, whole.given_up, whole.net) == (40, 20, 20)


class TestRefund:
    def test_goodwill_leaves_the_ticket(self, sold, organizers, shift, adult):
        order = refund(sold, amount=Decimal(5), ask=organizers)
        assert (order.status, order.amount, order.balance) == ("completed", 40, 35)
        assert order.adjustments.sums() == {"kept": 0, "goodwill": 5}
        adult.refresh_from_db()
        assert adult.sold == 2
        figures = report(shift).figures
        assert (figures.sold, figures.given_up, figures.net) == (40, 0, 35)
        (row,) = report(shift).refunds
        assert (row.amount, row.reason) == (-5, "changed their mind")

    def test_of_a_payment_that_is_named(self, sold, organizers):
        card = sold.payments.get(tender="card")
        refund(sold, amount=Decimal(10), payment=card.pk, ask=organizers)
        refused("refund-too-high", refund, sold, amount=Decimal(6), payment=card.pk, ask=organizers)
        assert refund(sold, amount=Decimal(5), payment=card.pk, ask=organizers).balance == 25

    def test_never_more_than_came_in(self, sold, organizers):
        assert refused("refund-too-high", refund, sold, amount=Decimal(41), ask=organizers).meta == {
            "most": "40.00"
        }
        assert refund(sold, amount=Decimal(40), ask=organizers).balance == 0
        refused("refund-too-high", refund, sold, amount=Decimal("0.01"), ask=organizers)

    def test_same_key_is_once(self, sold, organizer, shift, now):
        ask = Ask(Desk(organizer, shift.till_id), "sorry", key="a", at=now)
        for _time in range(3):
            order = refund(sold, amount=Decimal(5), ask=ask)
        assert order.balance == 35
        refused("idempotency-key-reused", refund, sold, amount=Decimal(6), ask=ask)

    def test_same_key_for_another_order(self, sold, sell, organizer, shift, now):
        other = sell(payments=[Paid("cash")])
        ask = Ask(Desk(organizer, shift.till_id), "sorry", key="a", at=now)
        refund(sold, amount=Decimal(5), ask=ask)
        refused("idempotency-key-reused", refund, other, amount=Decimal(5), ask=ask)

    def test_kept_money_goes_first(self, sold, organizers):
        cancel_attendees(sold, attendees=[guests(sold)[0].pk], ask=organizers, money_back=None)
        order = refund(sold, amount=Decimal(25), ask=organizers)
        assert (order.balance, order.adjustments.sums()) == (15, {"kept": 0, "goodwill": 5})

    def test_goodwill_is_none_any_more_once_its_ticket_is_cancelled(self, sold, organizers, shift):
        refund(sold, amount=Decimal(30), ask=organizers)
        order = cancel_attendees(sold, attendees=[guests(sold)[0].pk], ask=organizers)
        assert (order.balance, order.adjustments.sums()["goodwill"]) == (0, 20)
        order = cancel(sold, desk=organizers.desk, reason="rain")
        assert (order.balance, order.adjustments.sums()["goodwill"]) == (0, 0)
        figures = report(shift).figures
        assert (figures.sold, figures.given_up, figures.net, figures.adjusted) == (40, 40, 0, ())

    def test_after_the_money_was_kept_with_the_whole_order(self, sold, organizers):
        cancel(sold, desk=organizers.desk, reason="rain", money_back=None)
        order = refund(sold, amount=Decimal(10), ask=organizers)
        assert (order.status, order.balance) == ("cancelled", 30)

    def test_of_an_unpaid_order(self, sell, organizers):
        order = sell(payments=[Paid("cash", Decimal(10))], status="pending")
        refused("order-pending", refund, order, amount=Decimal(5), ask=organizers)

    def test_cash_goes_back_in_coins(self, event, sell, organizers, shift, now):
        event.cash_rounding = Decimal("0.05")
        event.save()
        odd = TicketFactory(event=event, price=Decimal("9.99"))
        order = sell(lines=[Line(odd.pk, 2)], payments=[Paid("cash")], at=now)
        order = cancel_attendees(order, attendees=[guests(order)[0].pk], ask=organizers)
        rows = [(p.tender, p.amount) for p in order.payments.all()]
        assert rows[2:] == [("cash", -10), ("rounding", Decimal("0.01"))]
        order = cancel(order, desk=organizers.desk, reason="rain")
        assert order.balance == 0
        assert sum(p.amount for p in order.payments.all() if p.tender == "cash") == 0

    @pytest.mark.parametrize("amount", ["0", "-1", "1.001"])
    def test_sums_that_are_none(self, sold, organizers, amount):
        refused("invalid-amount", refund, sold, amount=Decimal(amount), ask=organizers)


def test_statements_of_a_refund_do_not_depend_on_how_many(event, sell, organizers, now):
    crowd = TicketFactory(event=event, price=1, quantity=None)
    counts = []
    for number in (5, 500):
        order = sell(lines=[Line(crowd.pk, number)], payments=[Paid("cash")], at=now)
        with CaptureQueriesContext(connection) as queries:
            refund(order, amount=Decimal(number), ask=organizers)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_statements_do_not_depend_on_how_many(event, sell, organizers, now):
    crowd = TicketFactory(event=event, price=1, quantity=None)
    counts = []
    for number in (6, 500):
        order = sell(lines=[Line(crowd.pk, number)], payments=[Paid("cash")], at=now)
        chosen = list(Attendee.objects.filter(order=order).values_list("pk", flat=True))[1:]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            cancel_attendees(order, attendees=chosen, ask=organizers)
        counts.append(len(queries))
    assert counts[0] == counts[1]
