"""Random evenings in three currencies: receipts, reports, days, payments and drawers agree to the cent."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import Q, Sum
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from base.errors import DomainError
from base.money import smallest
from base.tests.lives import examples
from books import reports
from books.tests.acts import close, facts, report, sell
from events.tests.factories import EventFactory, MemberFactory
from orders.lifecycle import cancel, complete
from orders.models import Order, Payment
from orders.sale import Line
from orders.settlement import Paid
from shifts import drawer
from shifts.desk import Desk
from shifts.models import Shift
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import TicketFactory
from till.pages import till_order
from till.receipt import receipt_of

# Currency, cash rounding, prices at the rates of `RATES`.
EURO = ("EUR", None, ["20.00", "7.33", "8.00", "0"])
YEN = ("JPY", None, ["2000", "733", "801", "0"])
FRANC = ("CHF", Decimal("0.05"), ["19.98", "7.33", "0.08", "0"])
RATES = [19, 7, Decimal("7.7"), None]
STARTS = datetime(2027, 5, 1, 20, tzinfo=UTC)

AMOUNTS = st.integers(1, 300).map(Decimal)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), st.integers(0, 3), st.integers(1, 5), st.sampled_from(["cash", "card"])),
        st.tuples(st.just("split"), st.integers(0, 2), st.just(2), st.sampled_from(["card", "bank"])),
        st.tuples(st.just("mixed"), st.lists(st.integers(0, 3), min_size=2, max_size=4, unique=True)),
        st.tuples(st.just("later"), st.integers(0, 2)),
        st.tuples(st.just("complete"), st.integers(0, 3), st.sampled_from(["cash", "card"])),
        st.tuples(st.just("complete"), st.integers(0, 3), st.sampled_from(["cash", "card"])),
        st.tuples(st.just("undo"), st.integers(0, 9)),
        st.tuples(st.just("cancel"), st.integers(0, 9)),
        st.tuples(st.just("keep"), st.integers(0, 9)),
        st.tuples(st.just("move"), AMOUNTS, st.sampled_from([1, -1])),
        st.tuples(st.just("count"), AMOUNTS),
        st.tuples(st.just("close")),
    ),
    min_size=5,
    max_size=18,
)


class Evening:
    """Two tills of an event; acts alternate between them, five hours apart, so that there are several days.
    What closed reports said is kept.
    """

    def __init__(self, currency, rounding, prices):
        self.event = EventFactory(currency=currency, cash_rounding=rounding)
        self.tickets = [
            TicketFactory(event=self.event, price=Decimal(price), quantity=None, tax_rate=rate)
            for price, rate in zip(prices, RATES, strict=True)
        ]
        self.organizer = MemberFactory(event=self.event, role="organizer").user
        self.tills = [ShiftFactory(till__event=self.event) for _ in range(2)]
        self.orders = []
        self.closed = {}
        self.now = STARTS

    def act(self, turn, name, *args):
        self.now = STARTS + timedelta(hours=5 * turn)
        try:
            getattr(self, name)(turn % 2, *args)
        except DomainError:
            pass  # refused, as it may be

    def _sell(self, at, ticket, quantity, *paid, **kwargs):
        kwargs["at"] = self.now
        order = sell(self.tills[at], self.tickets[ticket], *paid, quantity=quantity, **kwargs)
        self.orders.append(order)

    def sell(self, at, ticket, quantity, tender):
        self._sell(at, ticket, quantity, *([Paid(tender)] if ticket < 3 else []), drawer_required=True)

    def split(self, at, ticket, quantity, tender):
        self._sell(at, ticket, quantity, Paid(tender, Decimal(5)), Paid("cash"))

    def mixed(self, at, tickets):
        lines = [Line(self.tickets[ticket].pk, 1 + ticket) for ticket in tickets]
        self.orders.append(sell(self.tills[at], None, Paid("cash"), lines=lines, at=self.now))

    def later(self, at, ticket):
        self._sell(at, ticket, 1, status="pending")

    def _order(self, which):
        return self.orders[which % len(self.orders)] if self.orders else None

    def complete(self, at, which, tender):
        if order := self._order(which):
            by = self.organizer if which % 3 == 0 else self.tills[at].cashier  # organizers have no drawer
            desk = Desk(by, drawer_required=True)
            complete(order, desk=desk, payments=[Paid(tender)], at=self.now)

    def undo(self, at, which):
        if order := self._order(which):
            at_once = order.completed_at or self.now
            cancel(order, desk=Desk(self.tills[at].cashier, drawer_required=True), at=at_once)

    def cancel(self, _at, which):
        if order := self._order(which):
            cancel(order, desk=Desk(self.organizer, drawer_required=True), reason="ill", at=self.now)

    def keep(self, _at, which):
        if order := self._order(which):
            desk = Desk(self.organizer, drawer_required=True)
            cancel(order, desk=desk, reason="late", money_back=None, at=self.now)

    def move(self, at, amount, sign):
        shift = self.tills[at]
        drawer.move_cash(shift=shift, amount=sign * amount, reason="change", desk=Desk(shift.cashier))

    def count(self, at, cash):
        drawer.count(shift=self.tills[at], cash=cash, card=Decimal(0), by=self.tills[at].cashier)

    def close(self, at):
        shift = self.tills[at]
        close(shift)
        self.closed[shift.pk] = facts(shift)
        floating = drawer.suggested_float(shift.till)
        self.tills[at] = drawer.open_shift(till=shift.till, cashier=shift.cashier, opening_float=floating)


class TestRandomEvenings(TestCase):
    @settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))
    # An organizer without a drawer takes the money after the shift that sold was closed.
    @example(acts=[("later", 0), ("later", 1), ("close",), ("complete", 0, "cash")], money=EURO)
    @example(acts=[("sell", 2, 1, "cash")] * 18 + [("cancel", 3)], money=EURO)
    @example(acts=[("mixed", [0, 1, 2, 3])] * 3 + [("cancel", 0)], money=YEN)
    @given(acts=ACTS, money=st.sampled_from([EURO, YEN, FRANC]))
    def test_every_cent_is_in_one_place_and_closed_reports_stay(self, acts, money):
        evening = Evening(*money)
        for turn, (name, *args) in enumerate(acts):
            evening.act(turn, name, *args)
        for at in (0, 1):
            evening.close(at)
        for pk, before in evening.closed.items():
            assert facts(Shift.objects.get(pk=pk)) == before
        rows = Payment.objects.filter(order__event=evening.event)
        shifts = [report(shift) for shift in Shift.objects.filter(till__event=evening.event)]
        check_drawers(evening.event, shifts)
        check_payments(rows, shifts)
        check_sales(evening.event, shifts)
        check_totals(evening.event, rows)
        check_taxes(evening.event, shifts)
        check_kept(evening.event, rows)


def check_kept(event, rows):
    """What is kept is sold and not returned, with the payments that stand for it."""
    whole = reports.totals(event).whole
    kept = Order.objects.filter(event=event, money_kept=True)
    assert whole.kept_amount == total(rows.filter(order__in=kept))
    returned = Order.objects.filter(event=event, completed_at__isnull=False, status="cancelled")
    assert whole.given_up == sum(order.amount for order in returned.exclude(money_kept=True))
    assert whole.outside.net == total(rows.filter(shift=None, tender="cash"))


def check_drawers(event, shifts):
    for shown in shifts:
        shift = Shift.objects.get(till__event=event, till__name=shown.till, number=shown.number)
        cash = total(shift.payments.filter(tender="cash"))
        assert shown.expected_cash == shift.opening_float + cash + total(shift.movements.all())
        assert shown.is_open or shown.is_counted


def check_payments(rows, shifts):
    """Every payment is in one shift or in none."""
    homeless = rows.filter(shift=None)
    everywhere = sum(shown.figures.net + shown.figures.rounding for shown in shifts)
    assert everywhere + total(homeless) == total(rows)
    numbers = sum(line.payments + line.refunds for s in shifts for line in s.figures.tenders)
    no_rounding = rows.exclude(tender="rounding")
    assert numbers + homeless.exclude(tender="rounding").count() == no_rounding.count()


def check_sales(event, shifts):
    completed = Order.objects.filter(event=event, completed_at__isnull=False)
    sold = sum(shown.figures.sold for shown in shifts)
    alone = completed.filter(shift=None)
    assert sold + total(alone) == total(completed)


def check_totals(event, rows):
    """The whole is what was sold and paid, and its days make it up."""
    totals = reports.totals(event)
    whole, days = totals.whole, [figures for _day, figures in totals.days]
    assert whole.sold == total(Order.objects.filter(event=event, completed_at__isnull=False))
    assert whole.net + whole.rounding == total(rows)
    for figure in ("sold", "given_up", "net", "rounding", "sold_quantity"):
        assert sum(getattr(day, figure) for day in days) == getattr(whole, figure)
    assert included(days) == included([whole])


def check_taxes(event, shifts):
    """Shifts, days and the whole say the sum of what the receipts say, to the smallest coin."""
    orders = Order.objects.filter(event=event, completed_at__isnull=False)
    said = {order.pk: on_receipt(order) for order in orders}
    unit = smallest(event.currency)
    assert all(tax == tax.quantize(unit) for tax in said.values())
    stays = orders.filter(Q(cancelled_at__isnull=True) | Q(money_kept=True))
    assert included([reports.totals(event).whole]) == sum(said[order.pk] for order in stays)
    in_shifts = sum(said[order.pk] for order in orders.exclude(shift=None))
    refunded = Payment.objects.filter(order__in=orders, reverses__isnull=False).exclude(shift=None)
    free = orders.filter(amount=0, cancelled_at__isnull=False)
    back = {*refunded.values_list("order", flat=True), *free.values_list("pk", flat=True)}
    assert included(shown.figures for shown in shifts) == in_shifts - sum(said[pk] for pk in back)


def on_receipt(order):
    """The tax that the receipt of an order says, which adds up."""
    receipt = receipt_of(till_order(order.event, order.identifier))
    assert sum(item.sum for item in receipt.items) == receipt.total
    assert sum(movement.amount for movement in receipt.movements) in (receipt.total, 0)
    if receipt.taxes:
        assert sum(tax.gross for tax in receipt.taxes) == receipt.total
    assert all(tax.net + tax.tax == tax.gross for tax in receipt.taxes)
    return sum((tax.tax for tax in receipt.taxes), Decimal(0))


def included(figures):
    return sum(tax.tax for shown in figures for tax in shown.taxes)


def total(rows):
    return round(rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0), 2)
