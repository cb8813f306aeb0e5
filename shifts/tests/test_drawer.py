"""The drawer: opened, counted blind, closed with a number; every cent is accounted for."""

from decimal import Decimal

import pytest
from django.db import transaction

from base.errors import Conflict, Invalid
from base.money import currencies, fits
from events.planning import change_event
from orders.lifecycle import cancel, complete
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts import drawer
from shifts.denominations import KNOWN, notes, pieces
from shifts.desk import Desk
from shifts.models import CashMovement, Shift
from shifts.tests.factories import ReliefFactory, ShiftFactory, TillFactory
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
NAN = [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1e30")]


@pytest.fixture
def shift(event, member):
    return ShiftFactory(till__event=event, cashier=member("cashier"), opening_float=100)


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, price=20)


def sell(shift, ticket, *paid, **kwargs):
    paid = paid or (Paid("cash"),)
    return sold_onsite(
        event=shift.till.event,
        lines=[Line(ticket.pk, 1)],
        seller=shift.cashier,
        payments=paid,
        drawer_required=True,
        **kwargs,
    )


def close(shift, cash=100, card=0, **terms):
    drawer.count(shift=shift, cash=Decimal(cash), card=Decimal(card), by=shift.cashier)
    return drawer.close_shift(shift=shift, by=shift.cashier, **terms)


def refused(code, function, /, **kwargs):
    with pytest.raises((Conflict, Invalid)) as caught:
        function(**kwargs)
    assert [problem.code for problem in caught.value.problems] == [code]
    return caught.value.problems[0]


class TestCoins:
    """Where cash goes in steps of 0.05, no other sum goes in or out of a drawer, or lies in one."""

    @pytest.fixture
    def shift(self, shift):
        shift.till.event.cash_rounding = Decimal("0.05")
        shift.till.event.save()
        return shift

    @pytest.mark.parametrize("amount", ["12.33", "-12.33", "0.01"])
    def test_moved(self, shift, amount):
        terms = {"shift": shift, "reason": "change", "desk": Desk(shift.cashier)}
        assert refused("no-coins", drawer.move_cash, amount=Decimal(amount), **terms).path == ("amount",)
        assert drawer.move_cash(amount=Decimal("-12.35"), **terms).pk

    def test_opened_with(self, shift, member):
        terms = {"till": TillFactory(event=shift.till.event), "cashier": member("cashier")}
        refused("no-coins", drawer.open_shift, opening_float=Decimal("12.33"), **terms)
        assert drawer.open_shift(opening_float=Decimal("12.35"), **terms).pk

    def test_counted(self, shift):
        terms = {"shift": shift, "by": shift.cashier}
        refused("no-coins", drawer.count, cash=Decimal("99.99"), card=Decimal(0), **terms)
        assert drawer.count(cash=Decimal("99.95"), card=Decimal("7.33"), **terms).pk

    def test_in_use(self):
        assert Decimal("0.05") in pieces("EUR", Decimal("0.05"))
        assert pieces("EUR", Decimal("0.05")) == pieces("EUR")[:-2]


class TestOpening:
    def test_till_in_use_says_by_whom(self, shift, member):
        problem = refused(
            "till-in-use",
            drawer.open_shift,
            till=shift.till,
            cashier=member("cashier"),
            opening_float=Decimal(0),
        )
        assert str(shift.cashier) in problem.detail

    def test_cashier_has_one_drawer_at_a_time(self, shift):
        elsewhere = TillFactory()
        refused(
            "shift-open",
            drawer.open_shift,
            till=elsewhere,
            cashier=shift.cashier,
            opening_float=Decimal(0),
        )

    @pytest.mark.parametrize("amount", [*NAN, Decimal("-1"), Decimal("0.001")])
    def test_float_that_is_no_sum(self, event, member, amount):
        till = TillFactory(event=event)
        refused(
            "invalid-amount", drawer.open_shift, till=till, cashier=member("cashier"), opening_float=amount
        )

    def test_suggested_float_is_the_last_count_of_the_last_close(self, shift):
        assert drawer.suggested_float(shift.till) == 0
        drawer.count(shift=shift, cash=Decimal(90), card=Decimal(0), by=shift.cashier)
        close(shift, cash=97, note="tips")
        assert drawer.suggested_float(shift.till) == 97
        again = ShiftFactory(till=shift.till, cashier=shift.cashier)
        drawer.count(shift=again, cash=Decimal(1), card=Decimal(0), by=shift.cashier)
        assert drawer.suggested_float(shift.till) == 97
        close(again, cash=80, note="change")
        assert drawer.suggested_float(shift.till) == 80

    def test_another_float_than_stayed_wants_a_reason(self, shift):
        opening = {"till": shift.till, "cashier": shift.cashier}
        close(shift, cash=100, stays=Decimal(60))
        problem = refused(
            "reason-required", drawer.open_shift, opening_float=Decimal(50), note=" ", **opening
        )
        assert "60.00 EUR" in problem.detail
        opened = drawer.open_shift(opening_float=Decimal(50), note=" lent to the bar ", **opening)
        assert (opened.left_before, opened.float_note) == (60, "lent to the bar")
        assert opened.has_another_float

    def test_float_that_stayed_wants_none(self, shift):
        close(shift, cash=97, note="tips")
        opened = drawer.open_shift(
            till=shift.till, cashier=shift.cashier, opening_float=Decimal(97), note="of no use"
        )
        assert (opened.left_before, opened.float_note, opened.has_another_float) == (97, "", False)

    def test_first_float_of_a_till_wants_none(self, event, member):
        opened = drawer.open_shift(
            till=TillFactory(event=event), cashier=member("cashier"), opening_float=Decimal(7)
        )
        assert (opened.left_before, opened.has_another_float) == (None, False)

    def test_shift_closed_before_it_was_asked_left_what_was_counted(self, shift):
        close(shift, cash=97, note="tips")
        Shift.objects.update(stays=None, to_safe=None)
        assert drawer.suggested_float(shift.till) == 97


def test_currency_stays_once_a_drawer_was_counted(shift, event):
    refused("currency-in-use", change_event, event=event, currency="JPY")


class TestMoving:
    def move(self, shift, amount, reason="change", **kwargs):
        return drawer.move_cash(
            shift=shift, amount=Decimal(amount), reason=reason, desk=Desk(shift.cashier), **kwargs
        )

    def test_in_and_out_change_what_is_expected(self, shift):
        self.move(shift, "50")
        self.move(shift, "-20.50")
        assert drawer.expected_cash(shift) == Decimal("129.50")

    def test_more_may_go_out_than_is_there(self, shift):
        self.move(shift, "-500")
        assert drawer.expected_cash(shift) == -400

    def test_same_key_moves_once(self, shift):
        first, second = (self.move(shift, 5, idempotency_key="k") for _ in range(2))
        assert first == second
        assert drawer.expected_cash(shift) == 105

    @pytest.mark.parametrize("other", [{"amount": 6}, {"amount": -5}, {"reason": "beer"}, {"by": True}])
    def test_key_of_another_movement_is_refused(self, shift, member, other):
        self.move(shift, 5, idempotency_key="k")
        colleague = ReliefFactory(shift=shift, user=member("cashier")).user
        asked = {"amount": 5, "reason": "change", "by": False, **other}
        problem = refused(
            "idempotency-key-reused",
            drawer.move_cash,
            shift=shift,
            amount=Decimal(asked["amount"]),
            reason=asked["reason"],
            desk=Desk(colleague if asked["by"] else shift.cashier),
            idempotency_key="k",
        )
        assert problem.path == ("idempotency_key",)
        assert drawer.expected_cash(shift) == 105

    def test_key_of_a_movement_that_is_written_otherwise_is_the_same(self, shift):
        first = self.move(shift, "5", idempotency_key="k")
        assert self.move(shift, "5.00", reason=" change ", idempotency_key="k") == first

    @pytest.mark.parametrize("amount", [*NAN, Decimal(0), Decimal("0.005")])
    def test_what_is_no_amount(self, shift, amount):
        refused(
            "invalid-amount",
            drawer.move_cash,
            shift=shift,
            amount=amount,
            reason="x",
            desk=Desk(shift.cashier),
        )

    def test_reason_is_required(self, shift):
        refused(
            "reason-required",
            drawer.move_cash,
            shift=shift,
            amount=Decimal(1),
            reason=" ",
            desk=Desk(shift.cashier),
        )

    def test_nobody_moves_no_cash(self, shift):
        refused("required", drawer.move_cash, shift=shift, amount=Decimal(1), reason="x", desk=Desk())

    def test_closed_shift_keeps_its_cash(self, shift):
        close(shift)
        refused(
            "shift-closed",
            drawer.move_cash,
            shift=shift,
            amount=Decimal(1),
            reason="x",
            desk=Desk(shift.cashier),
        )
        assert not CashMovement.objects.exists()


class TestCounting:
    def test_every_count_is_kept_with_what_was_expected_then(self, shift, adult):
        drawer.count(shift=shift, cash=Decimal(90), card=Decimal(0), by=shift.cashier)
        sell(shift, adult)
        drawer.count(shift=shift, cash=Decimal(121), card=Decimal(0), by=shift.cashier, pieces={"1": 121})
        assert [(c.cash, c.expected_cash, c.difference) for c in shift.counts.all()] == [
            (90, 100, -10),
            (121, 120, 1),
        ]
        assert shift.last_count.pieces == {"1": 121}

    def test_cards_that_were_given_back_count_below_zero(self, shift, adult, organizer):
        order = sell(shift, adult, Paid("card"))
        close(shift, card=20)
        later = ShiftFactory(till=shift.till, cashier=organizer)
        cancel(order, desk=Desk(organizer, drawer_required=True), reason="ill")
        counted = drawer.count(shift=later, cash=Decimal(100), card=Decimal(-20), by=organizer)
        assert (counted.expected_card, counted.card_difference) == (-20, 0)

    def test_more_than_an_amount_can_be_expected(self, shift):
        most = Decimal("999999999999.99")
        for _ in range(2):
            drawer.move_cash(shift=shift, amount=most, reason="x", desk=Desk(shift.cashier))
        counted = drawer.count(shift=shift, cash=most, card=Decimal(0), by=shift.cashier)
        assert counted.expected_cash == 2 * most + 100

    @pytest.mark.parametrize("amount", [*NAN, Decimal("-1"), Decimal("0.001")])
    def test_what_is_no_sum(self, shift, amount):
        refused("invalid-amount", drawer.count, shift=shift, cash=amount, card=Decimal(0), by=shift.cashier)

    @pytest.mark.parametrize("amount", [*NAN, Decimal("0.001")])
    def test_cards_that_are_no_sum(self, shift, amount):
        refused("invalid-amount", drawer.count, shift=shift, cash=Decimal(0), card=amount, by=shift.cashier)


class TestClosing:
    def test_numbers_count_the_shifts_of_a_till(self, shift):
        numbers = [close(shift).number]
        numbers.append(close(ShiftFactory(till=shift.till, cashier=shift.cashier)).number)
        other = ShiftFactory(till__event=shift.till.event)
        assert [*numbers, close(other).number] == [1, 2, 1]

    def test_uncounted(self, shift):
        refused("not-counted", drawer.close_shift, shift=shift, by=shift.cashier)

    def test_counted_before_the_last_sale(self, shift, adult):
        drawer.count(shift=shift, cash=Decimal(100), card=Decimal(0), by=shift.cashier)
        sell(shift, adult)
        refused("count-outdated", drawer.close_shift, shift=shift, by=shift.cashier)

    @pytest.mark.parametrize(("cash", "card"), [(99, 0), (100, 1)])
    def test_difference_wants_a_reason(self, shift, cash, card):
        drawer.count(shift=shift, cash=Decimal(cash), card=Decimal(card), by=shift.cashier)
        refused("reason-required", drawer.close_shift, shift=shift, by=shift.cashier, note=" ")
        assert drawer.close_shift(shift=shift, by=shift.cashier, note="dropped").note == "dropped"

    @pytest.mark.parametrize(
        ("said", "shared"),
        [
            ({}, (150, 0)),
            ({"stays": 100}, (100, 50)),
            ({"to_safe": 100}, (50, 100)),
            ({"stays": 0, "to_safe": 150}, (0, 150)),
        ],
    )
    def test_what_stays_and_what_goes_to_the_safe(self, shift, said, shared):
        drawer.move_cash(shift=shift, amount=Decimal(50), reason="coins", desk=Desk(shift.cashier))
        closed = close(shift, cash=150, **{name: Decimal(sum_) for name, sum_ in said.items()})
        closed.refresh_from_db()
        assert (closed.stays, closed.to_safe) == shared
        assert drawer.suggested_float(shift.till) == shared[0]

    @pytest.mark.parametrize("said", [{"stays": 101}, {"to_safe": 101}, {"stays": 60, "to_safe": 30}])
    def test_what_stays_and_what_goes_make_what_was_counted(self, shift, said):
        drawer.count(shift=shift, cash=Decimal(100), card=Decimal(0), by=shift.cashier)
        sums = {name: Decimal(sum_) for name, sum_ in said.items()}
        problem = refused("sum-differs", drawer.close_shift, shift=shift, by=shift.cashier, **sums)
        assert "100.00 EUR was counted" in problem.detail

    @pytest.mark.parametrize("name", ["stays", "to_safe"])
    @pytest.mark.parametrize("amount", [*NAN, Decimal("-1"), Decimal("0.001")])
    def test_what_is_no_sum(self, shift, name, amount):
        drawer.count(shift=shift, cash=Decimal(100), card=Decimal(0), by=shift.cashier)
        said = {name: amount}
        refused("invalid-amount", drawer.close_shift, shift=shift, by=shift.cashier, **said)

    def test_on_a_count_that_was_not_seen(self, shift, organizer):
        seen = drawer.count(shift=shift, cash=Decimal(90), card=Decimal(0), by=shift.cashier)
        later = drawer.count(shift=shift, cash=Decimal(100), card=Decimal(0), by=organizer)
        closing = {"shift": shift, "by": shift.cashier}
        refused("count-outdated", drawer.close_shift, count_id=seen.pk, **closing)
        assert drawer.close_shift(count_id=later.pk, **closing).number == 1

    def test_twice(self, shift):
        close(shift)
        refused("shift-closed", drawer.close_shift, shift=shift, by=shift.cashier)
        assert Shift.objects.get().number == 1

    def test_guest_at_the_terminal_keeps_it_open(self, shift, adult):
        order = sold_onsite(
            event=shift.till.event, lines=[Line(adult.pk, 1)], seller=shift.cashier, awaits_card=True
        )
        drawer.count(shift=shift, cash=Decimal(100), card=Decimal(0), by=shift.cashier)
        problem = refused("unanswered-card", drawer.close_shift, shift=shift, by=shift.cashier)
        assert problem.meta["orders"] == [order.identifier]
        cancel(order, desk=Desk(shift.cashier))
        assert drawer.close_shift(shift=shift, by=shift.cashier).number == 1

    def test_by_somebody_else_is_marked(self, shift, organizer):
        drawer.count(shift=shift, cash=Decimal(100), card=Decimal(0), by=organizer)
        assert drawer.close_shift(shift=shift, by=organizer).was_forgotten

    def test_order_paid_later_in_no_shift_belongs_to_none(self, shift, adult, organizer):
        """Else the report of a closed shift would grow."""
        order = sold_onsite(
            event=shift.till.event, lines=[Line(adult.pk, 1)], seller=shift.cashier, status="pending"
        )
        close(shift)
        complete(order, desk=Desk(organizer, drawer_required=True), payments=[Paid("cash")])
        order.refresh_from_db()
        assert (order.status, order.shift) == ("completed", None)


class TestDenominations:
    @pytest.mark.parametrize("currency", [*KNOWN, "VND", "ARS"])
    def test_each_can_be_paid_and_the_largest_comes_first(self, currency):
        faces = pieces(currency)
        assert all(fits(face, currency) and face > 0 for face in faces)
        assert faces == sorted(set(faces), reverse=True)
        assert set(notes(currency)) < set(faces)

    def test_known_ones_are_currencies(self):
        assert set(KNOWN) <= set(currencies())

    def test_euro(self):
        assert notes("EUR") == [500, 200, 100, 50, 20, 10, 5]
        assert pieces("EUR")[-1] == Decimal("0.01")

    def test_others_follow_their_decimals(self):
        assert pieces("ARS")[0] == 500
        assert pieces("ARS")[-1] == Decimal("0.01")
        assert pieces("VND")[-1] == 1


@pytest.mark.parametrize(
    ("act", "terms"),
    [
        (drawer.move_cash, lambda shift: {"amount": Decimal(1), "reason": "x", "desk": Desk(shift.cashier)}),
        (drawer.count, lambda shift: {"cash": Decimal(1), "card": Decimal(0), "by": shift.cashier}),
        (drawer.close_shift, lambda shift: {"by": shift.cashier}),
    ],
)
def test_what_is_done_at_a_drawer_is_on_disk_when_it_returns(shift, act, terms):
    """So it refuses to be part of somebody else's transaction, which may still be undone."""
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        act(shift=shift, **terms(shift))
