"""How what is asked for becomes payments, by the rule itself: no database is asked."""

from decimal import Decimal

import pytest

from base.errors import Invalid
from orders.models import Order, Payment
from orders.settlement import Paid, settle

COMPLETED = Order.Status.COMPLETED
CARD, CASH, ROUNDING = Payment.Tender.CARD, Payment.Tender.CASH, Payment.Tender.ROUNDING
STEP = Decimal("0.05")


def settled(amount, payments=(), step=None, **asked):
    found = settle(amount=Decimal(amount), currency="EUR", payments=payments, cash_rounding=step, **asked)
    return found.status, [(taking.tender, str(taking.amount)) for taking in found.payments]


@pytest.mark.parametrize("amount", ["0.01", "0.50", "1.00", "20.00"])
def test_completed_without_payments_is_paid_in_full(amount):
    assert settled(amount, status=COMPLETED) == (COMPLETED, [(CASH, amount)])


@pytest.mark.parametrize("mode", [None, *Order.PaymentMode.values])
def test_what_costs_nothing_is_completed_without_a_payment(mode):
    assert settled("0", status=COMPLETED, mode=mode) == (COMPLETED, [])


@pytest.mark.parametrize(
    ("card", "cash", "rounding"),
    [("10.00", "17.00", "-0.02"), ("10.01", "16.95", "0.02"), ("26.90", "0.10", "-0.02")],
)
def test_only_the_cash_part_is_rounded(card, cash, rounding):
    paid = [Paid(CARD, Decimal(card)), Paid(CASH, Decimal(cash))]
    status, payments = settled("26.98", paid, STEP)
    assert (status, payments) == (COMPLETED, [(CARD, card), (CASH, cash), (ROUNDING, rounding)])


@pytest.mark.parametrize("cash", ["16.95", "17.05"])
def test_another_cash_part_than_the_rounded_one_does_not_add_up(cash):
    with pytest.raises(Invalid):
        settled("26.98", [Paid(CARD, Decimal(10)), Paid(CASH, Decimal(cash))], STEP, status=COMPLETED)
