"""An unpaid order is paid, once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from base.errors import Conflict, Invalid, NotFound
from events.tests.factories import EventFactory
from orders.lifecycle import cancel, complete, expire_overdue
from orders.models import Order, Payment
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from shifts.drawer import expected_cash
from shifts.tests.factories import ShiftFactory, TillFactory
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("balanced")]


@pytest.fixture
def pending(sell):
    return sell(payment_mode="onsite", status="pending")


def money(order):
    return [(p.tender, p.amount, p.tendered, p.change) for p in order.payments.all()]


def test_cash_with_change(pending, cashier, shift, adult, now):
    order = complete(pending, payments=[Paid("cash", tendered=Decimal(50))], desk=Desk(cashier), at=now)
    order.refresh_from_db()
    assert (order.status, order.completed_at, order.shift) == ("completed", now, shift)
    assert money(order) == [("cash", 40, 50, 10)]
    payment = order.payments.get()
    assert (payment.created_by, payment.shift, payment.created_at) == (cashier, shift, now)
    adult.refresh_from_db()
    assert adult.sold == 2


def test_without_payments_all_is_paid_in_the_tender_of_the_mode(sell, cashier):
    assert money(complete(sell(), desk=Desk(cashier))) == [("cash", 40, None, None)]
    order = sell(payment_mode="bank")
    assert money(complete(order, desk=Desk(cashier))) == [("bank", 40, None, None)]


def test_card_is_answered(sell, cashier):
    order = sell(awaits_card=True)
    assert order.awaits_card
    order = complete(order, payments=[Paid("card", reference="slip 7")], desk=Desk(cashier))
    order.refresh_from_db()
    assert not order.awaits_card
    assert order.expires_at is None
    assert order.payments.get().reference == "slip 7"


def test_split(pending, cashier):
    order = complete(
        pending, payments=[Paid("card", Decimal(15)), Paid("cash", tendered=Decimal(30))], desk=Desk(cashier)
    )
    assert money(order) == [("card", 15, None, None), ("cash", 25, 30, 5)]


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("10.01", [("cash", 20, 20, 0), ("rounding", Decimal("0.02"), None, None)]),
        (
            "10.02",
            [("cash", Decimal("20.05"), Decimal("20.05"), 0), ("rounding", Decimal("-0.01"), None, None)],
        ),
        ("10.05", [("cash", Decimal("20.10"), Decimal("20.10"), 0)]),
    ],
)
def test_cash_is_rounded_where_the_event_rounds_it(event, cashier, price, expected):
    event.cash_rounding = Decimal("0.05")
    event.save()
    ticket = TicketFactory(event=event, price=Decimal(price))
    order = sold_onsite(event=event, lines=[Line(ticket.pk, 2)], seller=cashier)
    tendered = expected[0][2]
    order = complete(order, payments=[Paid("cash", tendered=Decimal(tendered))], desk=Desk(cashier))
    assert money(order) == expected


def test_cash_that_is_rounded_to_nothing_leaves_the_rounding_alone(event, cashier, shift):
    event.cash_rounding = Decimal("0.05")
    event.save()
    sticker = TicketFactory(event=event, price=Decimal("0.02"))
    for _ in range(2):
        order = sold_onsite(event=event, lines=[Line(sticker.pk, 1)], seller=cashier, payments=[Paid("cash")])
        assert (order.status, money(order)) == ("completed", [("rounding", Decimal("0.02"), None, None)])
    pending = sold_onsite(event=event, lines=[Line(sticker.pk, 1)], seller=cashier)
    order = complete(pending, payments=[Paid("cash")], desk=Desk(cashier, drawer_required=True))
    assert (order.status, money(order)) == ("completed", [("rounding", Decimal("0.02"), None, None)])
    assert expected_cash(shift) == 100


def test_deposit_leaves_the_rest_to_pay(sell, cashier):
    order = sell(payments=[Paid("card", Decimal(10))])
    assert order.status == "pending"
    assert money(complete(order, desk=Desk(cashier))) == [("card", 10, None, None), ("cash", 30, None, None)]


def test_payment_belongs_to_the_shift_in_which_it_was_taken(sell, member, event, shift):
    order = sell(payments=[Paid("cash", Decimal(10))])
    later = ShiftFactory(till__event=event, cashier=member("cashier"))
    order = complete(order, desk=Desk(later.cashier, drawer_required=True))
    assert order.shift == later
    assert [payment.shift for payment in order.payments.all()] == [shift, later]


def test_till_decides_the_shift(pending, organizer, shift):
    order = complete(pending, desk=Desk(organizer, till_id=shift.till_id, drawer_required=True))
    assert order.payments.get().shift == shift
    assert order.payments.get().created_by == organizer


class TestTwice:
    @pytest.mark.parametrize(
        "payments",
        [
            [],
            [Paid("cash")],
            [Paid("cash", tendered=Decimal(50))],
            [Paid("card", Decimal(15)), Paid("cash", Decimal(25), Decimal(30))],
            [Paid("card", reference="slip 7")],
        ],
        ids=lambda payments: "+".join(p.tender for p in payments) or "none",
    )
    def test_same_payments_change_nothing(self, pending, cashier, payments, now):
        first = complete(pending, payments=payments, desk=Desk(cashier), at=now)
        again = complete(pending, payments=payments, desk=Desk(cashier), at=now + timedelta(minutes=5))
        assert again == first
        assert again.completed_at == now
        assert Payment.objects.count() == (len(payments) or 1)

    def test_same_payments_after_a_deposit_of_the_same_sum(self, sell, cashier):
        order = sell(payments=[Paid("cash", Decimal(20))])
        for _ in range(2):
            complete(order, payments=[Paid("cash", Decimal(20))], desk=Desk(cashier))
        assert Payment.objects.count() == 2

    def test_rounded_payment(self, sell, cashier, event, adult):
        event.cash_rounding = Decimal("0.05")
        event.save()
        adult.price = Decimal("10.01")
        adult.save()
        order = sell()
        for _ in range(2):
            complete(order, payments=[Paid("cash")], desk=Desk(cashier))
        assert Payment.objects.count() == 2

    @pytest.mark.parametrize(
        "payments",
        [
            [Paid("card")],
            [Paid("cash", tendered=Decimal(100))],
            [Paid("cash", Decimal(20)), Paid("cash", Decimal(20))],
            [Paid("cash", Decimal(1))],
        ],
    )
    def test_other_payments_are_refused(self, pending, cashier, payments):
        complete(pending, payments=[Paid("cash")], desk=Desk(cashier))
        with pytest.raises(Conflict, match="paid already"):
            complete(pending, payments=payments, desk=Desk(cashier))
        assert Payment.objects.count() == 1

    def test_same_payments_of_somebody_else_are_refused(self, pending, cashier, member):
        """Both may have taken the guest's money."""
        complete(pending, payments=[Paid("cash")], desk=Desk(cashier))
        with pytest.raises(Conflict, match="paid already"):
            complete(pending, payments=[Paid("cash")], desk=Desk(member("cashier")))

    def test_sale_that_was_complete_from_the_start_is_refused(self, sell, cashier):
        order = sell(payments=[Paid("cash")])
        for payments in ([], [Paid("cash")]):
            with pytest.raises(Conflict, match="paid already"):
                complete(order, payments=payments, desk=Desk(cashier))


class TestRefused:
    def test_cancelled(self, pending, cashier):
        cancel(pending, desk=Desk(cashier))
        with pytest.raises(Conflict, match="was cancelled") as refusal:
            complete(pending, desk=Desk(cashier))
        assert refusal.value.problems[0].code == "order-cancelled"

    def test_expired(self, sell, cashier, event, now):
        order = sell(awaits_card=True, at=now - timedelta(hours=1))
        assert expire_overdue(event, now) == 1
        with pytest.raises(Conflict, match="not paid in time") as refusal:
            complete(order, payments=[Paid("cash")], desk=Desk(cashier))
        assert refusal.value.problems[0].code == "order-expired"

    def test_overdue_order_that_nobody_let_go_of_is_still_paid(self, sell, cashier, now):
        order = sell(awaits_card=True, at=now - timedelta(hours=1))
        assert complete(order, payments=[Paid("card")], desk=Desk(cashier), at=now).status == "completed"

    @pytest.mark.parametrize(
        ("payments", "code"),
        [
            ([Paid("cash", Decimal(39))], "underpaid"),
            ([Paid("cash", Decimal(41))], "overpaid"),
            ([Paid("card", Decimal(20)), Paid("cash", Decimal(21))], "overpaid"),
            ([Paid("cash", tendered=Decimal(39))], "tendered-too-little"),
            ([Paid("card", tendered=Decimal(50))], "tendered-without-cash"),
            ([Paid("cash", Decimal("-40"))], "invalid-amount"),
            ([Paid("cash", Decimal("39.999"))], "invalid-amount"),
            ([Paid("rounding")], "invalid-tender"),
        ],
    )
    def test_payments_that_do_not_add_up(self, pending, cashier, payments, code):
        with pytest.raises(Invalid) as refusal:
            complete(pending, payments=payments, desk=Desk(cashier))
        assert refusal.value.problems[0].code == code
        pending.refresh_from_db()
        assert (pending.status, pending.payments.count()) == ("pending", 0)

    def test_deposit_is_not_paid_again(self, sell, cashier):
        order = sell(payments=[Paid("cash", Decimal(10))])
        with pytest.raises(Invalid, match="more than the amount"):
            complete(order, payments=[Paid("cash", Decimal(40))], desk=Desk(cashier))

    def test_invoice_says_how_it_was_paid(self, sell, cashier):
        order = sell(payment_mode="invoice")
        with pytest.raises(Invalid, match="not paid"):
            complete(order, desk=Desk(cashier))
        assert complete(order, payments=[Paid("bank")], desk=Desk(cashier)).status == "completed"

    def test_cash_of_a_cashier_without_a_shift(self, pending, member):
        colleague = member("cashier")
        with pytest.raises(Conflict, match="no open shift"):
            complete(pending, desk=Desk(colleague, drawer_required=True))
        split = [Paid("card", Decimal(20)), Paid("cash")]
        with pytest.raises(Conflict, match="no open shift"):
            complete(pending, payments=split, desk=Desk(colleague, drawer_required=True))
        assert Order.objects.get().status == "pending"
        order = complete(pending, payments=[Paid("card")], desk=Desk(colleague, drawer_required=True))
        assert order.payments.get().shift is None

    def test_till_of_another_event(self, pending, cashier):
        with pytest.raises(NotFound):
            complete(pending, desk=Desk(cashier, till_id=TillFactory(event=EventFactory()).pk))
