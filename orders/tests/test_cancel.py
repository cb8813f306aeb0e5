"""A whole order is taken back, once: its tickets, its money, its guests."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import User
from attendees.models import Attendee
from attendees.tests.factories import DraftFactory
from base.errors import Conflict, Forbidden, Invalid, NotFound
from events.tests.factories import EventFactory
from orders.lifecycle import cancel, complete, expire_overdue
from orders.models import Order, Payment
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import ordered_online, sold_onsite
from shifts.desk import Desk
from shifts.drawer import close_shift, count, expected_card, expected_cash
from shifts.tests.factories import ReliefFactory, ShiftFactory, TillFactory
from tickets.tests.factories import FreeTicketFactory, TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("balanced")]
SOON, LATE = timedelta(seconds=59), timedelta(seconds=61)


@pytest.fixture
def sold(sell, now):
    """Two Adult, 15 by card and the rest in cash, just now."""
    payments = [Paid("card", Decimal(15), reference="slip 7"), Paid("cash", tendered=Decimal(30))]
    return sell(payments=payments, at=now)


def close(shift):
    count(shift=shift, cash=expected_cash(shift), card=expected_card(shift), by=shift.cashier)
    return close_shift(shift=shift, by=shift.cashier)


def refused(order, code, **terms):
    with pytest.raises((Conflict, Forbidden, Invalid)) as refusal:
        cancel(order, **terms)
    (problem,) = refusal.value.problems
    order.refresh_from_db()
    assert order.status == "completed"
    assert problem.code == code
    return problem


class TestWhatComesBack:
    def test_everything(self, sold, cashier, adult, shift, now):
        before = (expected_cash(shift), expected_card(shift))
        order = cancel(sold, desk=Desk(cashier), at=now + SOON)
        order.refresh_from_db()
        assert (order.status, order.cancelled_at, order.cancelled_by) == ("cancelled", now + SOON, cashier)
        assert before == (125, 15)
        assert (expected_cash(shift), expected_card(shift)) == (100, 0)
        adult.refresh_from_db()
        assert (adult.sold, adult.available) == (0, 10)

    def test_money_is_given_back_by_new_rows_of_its_own_tender(self, sold, cashier, shift):
        taken = list(sold.payments.all())
        cancel(sold, desk=Desk(cashier))
        rows = list(Payment.objects.filter(order=sold))
        assert rows[:2] == taken
        assert [(p.tender, p.amount, p.tendered, p.change, p.reference) for p in rows[2:]] == [
            ("card", -15, None, None, "slip 7"),
            ("cash", -25, None, None, ""),
        ]
        assert [p.reverses for p in rows[2:]] == taken
        assert {p.shift for p in rows} == {shift}
        assert {p.created_by for p in rows} == {cashier}

    def test_nothing_is_deleted(self, sold, cashier):
        cancel(sold, desk=Desk(cashier))
        assert Attendee.objects.filter(order=sold).count() == 2
        assert Order.objects.get().completed_at is not None

    def test_only_its_own_share_of_a_ticket(self, sell, sold, cashier, adult):
        sell()
        cancel(sold, desk=Desk(cashier))
        adult.refresh_from_db()
        assert adult.sold == 2

    def test_every_ticket_of_the_order(self, event, cashier, adult):
        crew = FreeTicketFactory(event=event, quantity=None)
        lines = [Line(adult.pk, 1), Line(crew.pk, 3), Line(adult.pk, 2)]
        order = sold_onsite(event=event, lines=lines, seller=cashier, payments=[Paid("cash")])
        cancel(order, desk=Desk(cashier))
        adult.refresh_from_db()
        crew.refresh_from_db()
        assert (adult.sold, crew.sold) == (0, 0)

    def test_rounding(self, event, cashier):
        event.cash_rounding = Decimal("0.05")
        event.save()
        ticket = TicketFactory(event=event, price=Decimal("10.01"))
        order = sold_onsite(event=event, lines=[Line(ticket.pk, 2)], seller=cashier, payments=[Paid("cash")])
        order = cancel(order, desk=Desk(cashier))
        assert [p.amount for p in order.payments.all()] == [20, Decimal("0.02"), -20, Decimal("-0.02")]

    def test_free_order(self, event, cashier):
        ticket = FreeTicketFactory(event=event)
        order = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], seller=cashier)
        assert cancel(order, desk=Desk(cashier, drawer_required=True)).status == "cancelled"
        assert not Payment.objects.exists()

    def test_freed_stock_is_sold_again(self, sell, sold, cashier, adult):
        sell(lines=[Line(adult.pk, 8)])
        with pytest.raises(Conflict):
            sell()
        cancel(sold, desk=Desk(cashier))
        assert sell().status == "pending"


class TestTwice:
    def test_many_times_is_once(self, sold, cashier, organizer, adult, now):
        first = cancel(sold, desk=Desk(cashier), at=now)
        for by, reason in [(cashier, ""), (organizer, "once more"), (None, "")]:
            again = cancel(sold, desk=Desk(by), reason=reason, at=now + LATE)
            assert (again.status, again.cancelled_at, again.cancelled_by) == ("cancelled", now, cashier)
            assert again.cancel_reason == ""
        assert first.payments.count() == 4
        adult.refresh_from_db()
        assert adult.sold == 0

    def test_expired_order_stays_expired(self, sell, cashier, event, adult, now):
        order = sell(awaits_card=True, at=now - timedelta(hours=1))
        expire_overdue(event, now)
        assert cancel(order, desk=Desk(cashier)).status == "expired"
        adult.refresh_from_db()
        assert adult.sold == 0


class TestUndo:
    @pytest.mark.parametrize(("after", "allowed"), [(timedelta(0), True), (SOON, True), (LATE, False)])
    def test_within_60_seconds(self, sold, cashier, now, after, allowed):
        if allowed:
            assert cancel(sold, desk=Desk(cashier), at=now + after).status == "cancelled"
        else:
            refused(sold, "undo-over", desk=Desk(cashier), at=now + after)

    def test_time_runs_from_the_payment(self, sell, cashier, now):
        order = complete(sell(at=now - timedelta(hours=1)), desk=Desk(cashier), at=now)
        assert cancel(order, desk=Desk(cashier), at=now + SOON).status == "cancelled"

    def test_reason_does_not_help_a_cashier(self, sold, cashier, now):
        refused(sold, "undo-over", desk=Desk(cashier), reason="please", at=now + LATE)

    def test_registrar_who_got_this_far_is_refused_late(self, sold, registrar, now):
        refused(sold, "undo-over", desk=Desk(registrar), reason="please", at=now + LATE)

    def test_for_sixty_seconds_and_not_a_microsecond_more(self, sold, cashier, now):
        end = now + timedelta(seconds=60)
        refused(sold, "undo-over", desk=Desk(cashier), at=end + timedelta(microseconds=1))
        assert cancel(sold, desk=Desk(cashier), at=end).status == "cancelled"

    def test_not_after_the_shift_was_closed(self, sold, cashier, shift):
        close(shift)
        refused(sold, "shift-closed", desk=Desk(cashier))

    def test_not_in_the_next_shift_of_the_till(self, sold, cashier, shift, member):
        close(shift)
        following = ShiftFactory(till=shift.till, cashier=member("cashier"))
        refused(sold, "shift-closed", desk=Desk(following.cashier))
        refused(sold, "shift-closed", desk=Desk(following.cashier, till_id=shift.till_id))

    def test_not_at_another_till(self, sold, cashier, event):
        elsewhere = TillFactory(event=event)
        refused(sold, "not-at-this-till", desk=Desk(cashier, till_id=elsewhere.pk))
        shift = ShiftFactory(till=elsewhere)
        refused(sold, "not-at-this-till", desk=Desk(cashier, till_id=elsewhere.pk))
        ReliefFactory(shift=shift, user=cashier)
        refused(sold, "other-till", desk=Desk(cashier, till_id=elsewhere.pk))

    def test_not_by_a_colleague_who_works_at_another_till(self, sold, member, event):
        colleague = ShiftFactory(till__event=event, cashier=member("cashier")).cashier
        refused(sold, "other-till", desk=Desk(colleague))

    def test_by_a_colleague_at_the_same_till(self, sold, member, shift):
        colleague = ReliefFactory(shift=shift, user=member("cashier")).user
        order = cancel(sold, desk=Desk(colleague, till_id=shift.till_id, drawer_required=True))
        assert {payment.shift for payment in order.payments.all()} == {shift}
        assert order.cancelled_by == colleague

    def test_by_a_colleague_without_a_till(self, sold, member, shift):
        desk = Desk(member("cashier"), drawer_required=True)
        refused(sold, "not-at-this-till", desk=desk)
        ReliefFactory(shift=shift, user=desk.by)
        order = cancel(sold, desk=desk)
        assert {payment.shift for payment in order.payments.all()} == {shift}

    def test_organizer_needs_no_reason(self, sold, organizer, shift, now):
        order = cancel(sold, desk=Desk(organizer), at=now + SOON)
        assert {payment.shift for payment in order.payments.all()} == {shift}

    def test_sale_without_a_drawer_is_not_paid_back_out_of_one(self, sell, organizer, cashier):
        order = sell(seller=organizer, payments=[Paid("cash")])
        assert order.shift is None
        refused(order, "other-till", desk=Desk(cashier, drawer_required=True))
        assert {p.shift for p in cancel(order, desk=Desk(organizer)).payments.all()} == {None}

    def test_cash_without_a_drawer_is_not_a_cashiers_to_give_back(self, sell, organizer, member):
        order = sell(seller=organizer, payments=[Paid("cash")])
        refused(order, "no-open-shift", desk=Desk(member("cashier"), drawer_required=True))

    def test_unknown_till(self, sold, cashier):
        with pytest.raises(NotFound):
            cancel(sold, desk=Desk(cashier, till_id=TillFactory().pk))


class TestOrganizer:
    def test_at_any_time_with_a_reason(self, sold, organizer, shift, now):
        close(shift)
        order = cancel(sold, desk=Desk(organizer), reason=" Show was cancelled ", at=now + timedelta(days=3))
        assert (order.cancel_reason, order.cancelled_by) == ("Show was cancelled", organizer)

    @pytest.mark.parametrize("reason", ["", "   "])
    def test_not_without_one(self, sold, organizer, reason, now):
        problem = refused(sold, "reason-required", desk=Desk(organizer), reason=reason, at=now + LATE)
        assert problem.path == ("reason",)

    def test_money_comes_from_the_organizers_own_drawer(self, sold, organizer, event, shift, now):
        own = ShiftFactory(till__event=event, cashier=organizer)
        order = cancel(sold, desk=Desk(organizer), reason="ill", at=now + LATE)
        assert [p.shift for p in order.payments.all()] == [shift, shift, own, own]

    def test_money_comes_from_the_till_that_is_named(self, sold, organizer, event, shift):
        other = ShiftFactory(till__event=event)
        order = cancel(sold, desk=Desk(organizer, till_id=other.till_id), reason="ill")
        assert [p.shift for p in order.payments.all()] == [shift, shift, other, other]

    def test_closed_shift_gets_no_further_payment(self, sold, organizer, shift, now):
        close(shift)
        order = cancel(sold, desk=Desk(organizer, drawer_required=True), reason="ill", at=now + LATE)
        assert [p.shift for p in order.payments.all()] == [shift, shift, None, None]

    def test_superuser_counts_as_one(self, sold, now):
        boss = User.objects.create_superuser("boss@example.com")
        assert cancel(sold, desk=Desk(boss), reason="ill", at=now + LATE).status == "cancelled"

    def test_who_was_one_elsewhere_is_not_here(self, sold, member, now):
        refused(sold, "undo-over", desk=Desk(member("organizer", EventFactory())), reason="x", at=now + LATE)

    def test_script_needs_neither_reason_nor_haste(self, sold, now):
        assert cancel(sold, at=now + timedelta(days=3)).cancelled_by is None


class TestUnpaid:
    @pytest.mark.parametrize("terms", [{}, {"awaits_card": True}, {"payment_mode": "invoice"}])
    def test_cashier_cancels_it_at_any_time(self, sell, cashier, adult, terms, now):
        order = sell(at=now - timedelta(minutes=20), **terms)
        assert cancel(order, desk=Desk(cashier, drawer_required=True), at=now).status == "cancelled"
        adult.refresh_from_db()
        assert adult.sold == 0

    def test_online(self, event, stranger, adult, member):
        order = ordered_online(
            event=event, buyer=stranger, attendees=[DraftFactory(ticket=adult, creator=stranger)]
        )
        assert order.status == "initializing"
        assert cancel(order, desk=Desk(member("cashier"), drawer_required=True)).status == "cancelled"

    def test_deposit_is_given_back(self, sell, cashier, shift, member):
        order = sell(payments=[Paid("cash", Decimal(10))])
        with pytest.raises(Conflict, match="no open shift"):
            cancel(order, desk=Desk(member("cashier"), drawer_required=True))
        order = cancel(order, desk=Desk(cashier, drawer_required=True), at=timezone.now() + timedelta(days=1))
        assert [p.amount for p in order.payments.all()] == [10, -10]
        assert expected_cash(shift) == 100
