"""How an order of a known amount is settled: its payment mode, its status, its payments.

Pure rules without a database; `sales` stores what comes out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from base import money
from base.errors import DomainError, Invalid, Problem
from orders.models import Order, Payment

Mode = Order.PaymentMode
Status = Order.Status
Tender = Payment.Tender

# What a seller may say was taken; rounding is for `settle` to find.
TENDERS = [(value, label) for value, label in Tender.choices if value != Tender.ROUNDING]
# The tender that settles the whole amount when the seller names no payments.
TENDER_OF_MODE: dict[str, str] = {
    Mode.ONSITE: Tender.CASH,
    Mode.BANK: Tender.BANK,
    Mode.CHEQUE: Tender.CHEQUE,
}


@dataclass(frozen=True)
class Paid:
    """Money taken: `amount` goes to the order (None: whatever is left to pay); of cash, `tendered` is
    what the guest handed over. Both are `Decimal` in the event's currency.
    """

    tender: str
    amount: Decimal | None = None
    tendered: Decimal | None = None
    reference: str = ""


@dataclass(frozen=True)
class Taking:
    """Money taken, as `Paid`, of which it is settled how much."""

    tender: str
    amount: Decimal
    tendered: Decimal | None = None
    reference: str = ""

    @property
    def change(self) -> Decimal | None:
        """What goes back to the guest."""
        return None if self.tendered is None else self.tendered - self.amount


@dataclass(frozen=True)
class Settlement:
    mode: str
    status: str
    payments: tuple[Taking, ...]


def settle(
    *,
    amount: Decimal,
    currency: str,
    mode: str | None = None,
    status: str | None = None,
    payments: Sequence[Paid] = (),
    cash_rounding: Decimal | None = None,
) -> Settlement:
    """Settle an order of `amount` in `currency` the way the seller asked.

    Without a mode it is `free` at no cost, else `onsite`. Without a status it is completed if free or paid in
    full, else pending; and completed if it is asked for as `free` and pending, and costs nothing. Completed
    without payments means paid in full by the mode's own tender. Where cash is rounded (`cash_rounding`, 0.05
    say), the cash part may be the rounded sum, and a payment of tender `rounding` makes up the difference.
    Raises `Invalid` for what does not add up, and `no-coins` for cash that no coins make.
    """
    asked, mode = mode, mode or (Mode.FREE if amount == 0 else Mode.ONSITE)
    check_free(amount, currency, mode)
    if asked == Mode.FREE and amount == 0 and not payments and status == Status.PENDING:
        status = None  # so the Open Event Server's clients order what costs nothing
    if status == Status.COMPLETED and not payments and amount > 0:
        payments = [_whole(mode)]
    _check_tenders(payments)
    taken = _rounded(_with_amounts(payments, amount, cash_rounding), amount, cash_rounding)
    _check_each(taken, currency, cash_rounding)
    paid = sum((taking.amount for taking in taken), Decimal(0))
    if status is None:
        status = Status.COMPLETED if paid >= amount else Status.PENDING
    _check_sum(status, paid, amount, currency)
    return Settlement(mode, status, tuple(taken))


def check_believed(amount: Decimal, believed: Decimal | None, currency: str) -> None:
    """Raise `Invalid` `amount-differs` if whoever asks believed (None: said nothing) that it is another sum
    than `amount`: prices may have changed since it was shown.
    """
    if believed is None or money.rounded(believed, currency) == amount:
        return
    detail = _("The amount is %(amount)s, not %(believed)s.")
    numbers = {"amount": money.display(amount, currency), "believed": money.display(believed, currency)}
    raise Invalid.of("amount-differs", detail % numbers, "amount", amount=f"{amount:.2f}")


def check_free(amount: Decimal, currency: str, mode: str) -> None:
    """Raise `Invalid` `not-free` for what costs something and is called free."""
    if mode != Mode.FREE or amount == 0:
        return
    detail = _(
        "The order costs %s. Send another payment-mode (onsite, or none at all), and the status completed "
        "if it is paid, or pending if it is to be paid later."
    )
    raise Invalid.of("not-free", detail % money.display(amount, currency), "payment_mode")


def true_amount(refusal: DomainError) -> Decimal | None:
    """What it costs, if that is what `check_believed` has refused."""
    amounts = (problem.meta["amount"] for problem in refusal.problems if problem.code == "amount-differs")
    return next(map(Decimal, amounts), None)


def _with_amounts(payments: Sequence[Paid], amount: Decimal, step: Decimal | None) -> list[Taking]:
    """The payments, the one without an amount taking what the others leave; none if that is nothing."""
    left = amount - sum((payment.amount for payment in payments if payment.amount is not None), Decimal(0))
    return [
        Taking(payment.tender, amount, payment.tendered, payment.reference)
        for payment in payments
        if (amount := _amount(payment, left, step)) is not None
    ]


def _amount(payment: Paid, left: Decimal, step: Decimal | None) -> Decimal | None:
    if payment.amount is not None or left <= 0:
        return payment.amount
    return round_cash(left, step) if payment.tender == Tender.CASH else left


def round_cash(amount: Decimal, step: Decimal | None) -> Decimal:
    """The nearest sum that can be paid in cash; half a step is rounded up."""
    return amount if step is None else (amount / step).quantize(Decimal(1), ROUND_HALF_UP) * step


def _rounded(payments: Sequence[Taking], amount: Decimal, step: Decimal | None) -> list[Taking]:
    """The payments, with one for what rounding the cash part gave or took."""
    cash = sum((payment.amount for payment in payments if payment.tender == Tender.CASH), Decimal(0))
    due = amount - sum((payment.amount for payment in payments if payment.tender != Tender.CASH), Decimal(0))
    paid_cash = any(payment.tender == Tender.CASH for payment in payments)
    if step is None or not paid_cash or cash == due or cash != round_cash(due, step):
        return list(payments)
    kept = [payment for payment in payments if payment.amount]  # what was rounded down to nothing goes
    return [*kept, Taking(Tender.ROUNDING, due - cash)]


def _whole(mode: str) -> Paid:
    if mode not in TENDER_OF_MODE:
        raise Invalid.of("not-paid", _("An invoice that is not paid cannot be completed."), "status")
    return Paid(TENDER_OF_MODE[mode])


def _check_sum(status: str, paid: Decimal, amount: Decimal, currency: str) -> None:
    numbers = {"amount": money.display(amount, currency), "paid": money.display(paid, currency)}
    meta = {"amount": f"{amount:.2f}", "paid": f"{paid:.2f}"}
    if paid > amount:
        detail = _("The payments make %(paid)s, more than the amount of %(amount)s.")
        raise Invalid.of("overpaid", detail % numbers, "payments", **meta)
    if status == Status.COMPLETED and paid < amount:
        detail = _("The payments make %(paid)s, less than the amount of %(amount)s.")
        raise Invalid.of("underpaid", detail % numbers, "payments", **meta)
    if status == Status.PENDING and paid == amount:
        raise Invalid.of("nothing-pending", _("Nothing is left to pay: the order is completed."), "status")


def _check_tenders(payments: Sequence[Paid]) -> None:
    for index, payment in enumerate(payments):
        if payment.tender == Tender.ROUNDING:
            detail = _("Rounding is no means of payment.")
            raise Invalid.of("invalid-tender", detail, "payments", index, "tender")


def _check_each(payments: Sequence[Taking], currency: str, step: Decimal | None) -> None:
    problems = [
        problem.under("payments", index)
        for index, payment in enumerate(payments)
        if (problem := _problem_of(payment, currency) or _without_coins(payment, currency, step))
    ]
    if problems:
        raise Invalid(*problems)


def _problem_of(payment: Taking, currency: str) -> Problem | None:
    if payment.amount <= 0 and payment.tender != Tender.ROUNDING:
        return Problem("invalid-amount", _("A payment is above zero."), ("amount",))
    for name in ("amount", "tendered"):
        value = getattr(payment, name)
        if value is not None and not money.fits(value, currency):
            return Problem("invalid-amount", money.misfit(currency), (name,))
    if payment.tendered is None:
        return None
    if payment.tender != Tender.CASH:
        return Problem("tendered-without-cash", _("Only cash is tendered."), ("tendered",))
    if payment.tendered < payment.amount:
        return Problem("tendered-too-little", _("Less was tendered than is to be paid."), ("tendered",))
    return None


def _without_coins(payment: Taking, currency: str, step: Decimal | None) -> Problem | None:
    if step is None or payment.tender != Tender.CASH:
        return None
    for name in ("amount", "tendered"):
        value = getattr(payment, name)
        if value is not None and not money.in_coins(value, step):
            detail, meta = money.without_coins(step, currency), {"step": money.wire_money(step)}
            return Problem("no-coins", detail, (name,), meta)
    return None
