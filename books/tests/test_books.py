"""The books: every payment in one place, every cent explained, and what is closed stays as it was."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from base.errors import Conflict, DomainError
from books import reports, spreadsheets
from books.tests.acts import close, facts, report, sell
from events.days import begins_at
from events.tests.factories import EventFactory, MemberFactory
from orders.lifecycle import cancel, complete, expire_overdue, give_back
from orders.sale import Line
from orders.settlement import Paid
from orders.takings import GiveBack
from orders.tests.factories import sold_onsite
from orders.tests.rush import at_once
from shifts import drawer
from shifts.desk import Desk
from shifts.models import Shift
from shifts.tests.factories import ReliefFactory, ShiftFactory, TillFactory
from tickets.models import Ticket
from tickets.tests.factories import DonationFactory, FreeTicketFactory, TicketFactory


@pytest.fixture
def shift(event, member):
    return ShiftFactory(till__event=event, cashier=member("cashier"))


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, name="Adult", price=20, tax_rate=19)


@pytest.mark.django_db
class TestReport:
    def test_sales_by_ticket_and_price(self, shift, adult, event):
        donation = DonationFactory(event=event, name="Donation")
        sell(shift, adult, Paid("cash"), quantity=2)
        sell(shift, adult, Paid("card"))
        sell(shift, donation, Paid("cash"), price=Decimal("7.35"))
        sell(shift, donation, Paid("cash"), price=Decimal(9))
        figures = report(shift).figures
        lines = {(line.ticket, line.price): (line.quantity, line.amount) for line in figures.by_ticket}
        assert lines == {
            ("Adult", 20): (3, 60),
            ("Donation", 9): (1, 9),
            ("Donation", Decimal("7.35")): (1, Decimal("7.35")),
        }
        assert figures.sold == Decimal("76.35")
        assert figures.quantities == {"Adult": 3, "Donation": 2}

    def test_tenders_rounding_and_expected_cash(self, shift, adult, event):
        event.cash_rounding = Decimal("0.05")
        event.save()
        odd = TicketFactory(event=event, price=Decimal("10.03"))
        sell(shift, odd, Paid("cash"))
        sell(shift, adult, Paid("card", Decimal(5)), Paid("cash"))
        cancel(sell(shift, adult, Paid("card")), desk=Desk(shift.cashier))
        drawer.move_cash(shift=shift, amount=Decimal(-30), reason="bank", desk=Desk(shift.cashier))
        shown = report(shift)
        taken = {line.tender: (line.taken, line.given_back, line.net) for line in shown.figures.tenders}
        assert taken == {"cash": (Decimal("25.05"), 0, Decimal("25.05")), "card": (25, -20, 5)}
        assert shown.figures.rounding == Decimal("-0.02")
        assert (shown.paid_elsewhere, shown.moved) == (0, -30)
        assert shown.expected_cash == Decimal("95.05") == drawer.expected_cash(shift)
        assert shown.expected_card == 5 == drawer.expected_card(shift)

    def test_cancelled_here_is_taken_off_the_tax(self, shift, adult):
        sell(shift, adult, Paid("cash"), quantity=3)
        cancel(sell(shift, adult, Paid("cash")), desk=Desk(shift.cashier))
        shown = report(shift)
        (tax,) = shown.figures.taxes
        assert (shown.figures.sold, shown.figures.given_up) == (80, 20)
        assert (tax.rate, tax.gross, tax.tax, tax.net) == (19, 60, Decimal("9.58"), Decimal("50.42"))
        assert [payment.amount for payment in shown.refunds] == [-20]

    def test_tax_in_yen_is_whole(self, db):
        event = EventFactory(currency="JPY")
        shift = ShiftFactory(till__event=event)
        sell(shift, TicketFactory(event=event, price=1000, tax_rate=10), Paid("cash"))
        (tax,) = report(shift).figures.taxes
        assert f"{tax.tax}" == "91"

    def test_kept_money_stays_sold_with_its_tax(self, shift, adult, organizer):
        sell(shift, adult, Paid("cash"))
        for tender in ("cash", "card"):
            cancel(sell(shift, adult, Paid(tender)), desk=Desk(organizer), reason="late", money_back=None)
        cancel(sell(shift, adult, Paid("cash")), desk=Desk(shift.cashier))
        for shown in (report(shift), reports.totals(shift.till.event).whole):
            figures = getattr(shown, "figures", shown)
            (tax,) = figures.taxes
            assert (figures.sold, figures.given_up, figures.net) == (80, 20, 60)
            assert (figures.kept_quantity, figures.kept_amount, tax.gross) == (2, 40, 60)
            assert figures.sold - figures.given_up == figures.net
        assert (report(shift).expected_cash, report(shift).expected_card) == (140, 20)
        assert report(shift).paid_elsewhere == 0
        assert ("kept", "Adult", 20, 2, 40) in facts(shift)
        assert [row[0] for row in facts(shift) if row[2] == "late"] == ["cancelled, kept"] * 2

    def test_money_kept_later_is_in_no_closed_report_but_on_its_day(self, shift, adult, organizer, event):
        order = sell(shift, adult, Paid("cash"))
        close(shift)
        before = facts(shift)
        now = timezone.now() + timedelta(days=3)
        cancel(order, desk=Desk(organizer), reason="late", money_back=None, at=now)
        assert facts(shift) == before
        (last, first) = [figures for _day, figures in reports.totals(event).days]
        assert (first.sold, first.kept_amount, last.sold, last.kept_amount, last.net) == (20, 0, 0, 20, 0)
        assert "kept" in {row[1] for row in spreadsheets.of_totals(reports.totals(event))}

    def test_cash_outside_any_drawer_is_told_by_the_day(self, shift, adult, organizer, event):
        sell(shift, adult, Paid("cash"))
        sell(shift, adult, Paid("card"), seller=organizer)
        order = sell(shift, adult, Paid("cash"), seller=organizer, quantity=3)
        cancel(sell(shift, adult, Paid("cash")), desk=Desk(), money_back=GiveBack(outside=True))
        totals = reports.totals(event)
        for figures in (totals.whole, totals.days[0][1]):
            cash = figures.outside
            assert order.shift is None
            assert (cash.taken, cash.given_back, cash.net, cash.payments, cash.refunds) == (60, -20, 40, 1, 1)
            assert figures.net_of("cash") == 80
        rows = [row[2:] for row in spreadsheets.of_totals(totals) if row[1] == "cash outside any drawer"]
        assert rows == [("taken", "", 1, 60), ("given back", "", 1, -20)]
        assert report(shift).figures.outside.payments == 0

    def test_no_cash_outside_any_drawer_is_not_told(self, shift, adult, event):
        sell(shift, adult, Paid("cash"))
        rows = spreadsheets.of_totals(reports.totals(event))
        assert "cash outside any drawer" not in {row[1] for row in rows}

    def test_card_money_of_a_lost_hold_comes_and_goes(self, shift, adult, event):
        order = sell(shift, adult, awaits_card=True, at=timezone.now() - timedelta(hours=1))
        expire_overdue(event)
        Ticket.objects.filter(pk=adult.pk).update(quantity=0)
        with pytest.raises(Conflict):
            complete(order, payments=[Paid("card")], desk=Desk(shift.cashier))
        assert (report(shift).expected_card, report(shift).figures.sold) == (20, 0)
        give_back(order, desk=Desk(shift.cashier))
        shown = report(shift)
        assert (shown.expected_card, shown.figures.given_up, shown.figures.taxes) == (0, 0, [])
        assert [payment.amount for payment in shown.refunds] == [-20]

    def test_comps_name_their_approver(self, shift, adult, organizer):
        line = Line(adult.pk, 2, Decimal(0), reason="artist")
        sell(shift, adult, lines=[line], seller=organizer, till_id=shift.till_id)
        (comp,) = report(shift).figures.other_prices
        assert (comp.quantity, comp.amount, comp.reason, comp.approver) == (2, 0, "artist", str(organizer))

    def test_free_order_that_was_cancelled(self, shift, event):
        free = FreeTicketFactory(event=event)
        order = sell(shift, free)
        cancel(sell(shift, free), desk=Desk(shift.cashier))
        shown = report(shift)
        assert (shown.orders, len(shown.cancelled)) == (2, 1)
        before = [close(shift), facts(shift)][1]
        cancel(order, desk=Desk(MemberFactory(event=event, role="organizer").user), reason="late")
        assert facts(shift) == before

    def test_money_for_an_order_of_another_shift(self, shift, adult):
        order = sell(shift, adult, Paid("cash", Decimal(5)), status="pending")
        assert report(shift).paid_elsewhere == -5
        assert report(shift).unpaid == 1
        close(shift)
        later = ShiftFactory(till=shift.till, cashier=shift.cashier)
        before = facts(shift)
        complete(order, desk=Desk(shift.cashier))
        assert facts(shift) == before
        assert report(later).paid_elsewhere == 5
        assert (report(later).figures.sold, report(later).paid_here) == (20, 15)

    def test_helper_sells_into_the_same_drawer(self, shift, adult, member):
        helper = ReliefFactory(shift=shift, user=member("cashier")).user
        sell(shift, adult, Paid("cash"), seller=helper, till_id=shift.till_id)
        assert report(shift).expected_cash == 120

    def test_queries_are_constant(self, shift, adult, event, django_assert_num_queries):
        loaded = Shift.objects.select_related("till__event", "cashier").get(pk=shift.pk)
        sell(shift, adult, Paid("cash"))
        with django_assert_num_queries(14):
            reports.report(loaded)
        with django_assert_num_queries(15):
            reports.totals(event)
        for _ in range(3):
            sell(shift, TicketFactory(event=event), Paid("cash"))
            cancel(sell(shift, adult, Paid("card")), desk=Desk(shift.cashier))
            cancel(sell(shift, FreeTicketFactory(event=event)), desk=Desk(shift.cashier))
            drawer.move_cash(shift=shift, amount=Decimal(1), reason="x", desk=Desk(shift.cashier))
            drawer.count(shift=shift, cash=Decimal(1), card=Decimal(0), by=shift.cashier)
        with django_assert_num_queries(14):
            reports.report(loaded)
        with django_assert_num_queries(15):
            reports.totals(event)

    def test_many_small_sums_add_up_to_the_cent(self, shift, event):
        cent = TicketFactory(event=event, price=Decimal("0.10"), quantity=None)
        for _ in range(30):
            sell(shift, cent, Paid("cash"))
        assert report(shift).expected_cash == 103
        assert report(shift).figures.sold == 3


# --- business days ---------------------------------------------------------------------------------


class TestBusinessDays:
    def at(self, *when):
        return datetime(*when, tzinfo=UTC)

    def test_night_belongs_to_the_evening_before(self, event):
        """In Berlin; it ends at four."""
        event.day_ends_at = time(4)
        assert reports.business_day(event, self.at(2027, 5, 2, 1, 59)) == date(2027, 5, 1)
        assert reports.business_day(event, self.at(2027, 5, 2, 2, 0)) == date(2027, 5, 2)

    @pytest.mark.parametrize(
        ("last", "first"),
        [
            # Clocks go forward at 02:00: the day ends at four o'clock summer time.
            ((2027, 3, 28, 1, 59, 59), (2027, 3, 28, 2, 0)),
            # Clocks go back at 03:00: four o'clock winter time is five hours after midnight.
            ((2027, 10, 31, 2, 59, 59), (2027, 10, 31, 3, 0)),
        ],
    )
    @pytest.mark.django_db
    def test_nights_on_which_the_clocks_change(self, event, last, first):
        event.day_ends_at = time(4)
        event.save()
        new = date(*first[:3])
        assert reports.business_day(event, self.at(*last)) == new - timedelta(days=1)
        assert reports.business_day(event, self.at(*first)) == new
        ticket = TicketFactory(event=event)
        for when in (last, first):
            sold_onsite(event=event, lines=[Line(ticket.pk, 1)], payments=[Paid("cash")], at=self.at(*when))
        days = reports.totals(event).days
        assert [day for day, _figures in days] == [new, new - timedelta(days=1)]
        assert [(figures.sold, figures.net) for _day, figures in days] == [(20, 20), (20, 20)]

    @pytest.mark.django_db
    def test_cancellation_counts_for_its_own_day(self, event, adult, organizer):
        paid, cancelled = self.at(2027, 5, 1, 20), self.at(2027, 5, 2, 20)
        order = sold_onsite(event=event, lines=[Line(adult.pk, 2)], payments=[Paid("card")], at=paid)
        cancel(order, desk=Desk(organizer), reason="rain", at=cancelled)
        (second, two), (first, one) = reports.totals(event).days
        assert (first, one.sold, one.given_up, one.net) == (date(2027, 5, 1), 40, 0, 40)
        assert (second, two.sold, two.given_up, two.net) == (date(2027, 5, 2), 0, 40, -40)
        whole = reports.totals(event).whole
        assert (whole.sold, whole.given_up, whole.net) == (40, 40, 0)
        assert [tax.gross for tax in whole.taxes] == [0]

    @pytest.mark.parametrize(
        ("zone", "ends", "first"),
        [
            # The clocks go back from 03:00 to 02:00 at 01:00 UTC: 02:30 comes at 00:30 and at 01:30 UTC.
            ("Europe/Berlin", time(2, 30), (2026, 10, 25, 0, 30)),
            ("Europe/Berlin", time(2), (2026, 10, 25, 0, 0)),
            ("Europe/Berlin", time(3), (2026, 10, 25, 2, 0)),  # after it
            # From 02:00 to 01:30 at 15:00 UTC.
            ("Australia/Lord_Howe", time(1, 45), (2026, 4, 4, 14, 45)),
            ("America/St_Johns", time(1, 30), (2026, 11, 1, 4, 0)),
            # From 00:01 to 23:01 of the day before.
            ("America/St_Johns", time(0), (2010, 11, 7, 2, 30)),
            ("America/St_Johns", time(23, 30), (2010, 11, 7, 2, 0)),
            ("America/Havana", time(0, 30), (2026, 11, 1, 4, 30)),
            # The clocks go forward over it: the day ends as they do.
            ("Europe/Berlin", time(2, 30), (2026, 3, 29, 1, 0)),
            ("Australia/Lord_Howe", time(2, 15), (2026, 10, 3, 15, 30)),
        ],
    )
    @pytest.mark.django_db
    def test_night_on_which_the_clocks_change_over_its_end(self, zone, ends, first):
        """Once it has ended it has ended for good."""
        event = EventFactory(timezone=zone, day_ends_at=ends)
        first = self.at(*first)
        before = [first - timedelta(minutes=minutes) for minutes in (90, 45, 1)]
        after = [first + timedelta(minutes=minutes) for minutes in (0, 29, 31, 59, 61, 89, 91, 180)]
        old, new = ({reports.business_day(event, at) for at in instants} for instants in (before, after))
        assert max(old) + timedelta(days=1) == min(new)
        assert begins_at(event, min(new)) == first
        assert len(old) == len(new) == 1
        ticket = TicketFactory(event=event)
        for at in (*before, *after):
            order = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], payments=[Paid("cash")], at=at)
            cancel(order, desk=Desk(MemberFactory(event=event, role="organizer").user), reason="rain", at=at)
        days = {
            day: (figures.sold, figures.given_up, figures.net) for day, figures in reports.totals(event).days
        }
        assert days == {min(new): (160, 160, 0), max(old): (60, 60, 0)}


ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "UTC",
    "America/Havana",
    "America/St_Johns",
    "Pacific/Auckland",
    "Africa/Casablanca",
]
# Hours around which clocks change, and any others.
INSTANTS = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    *(
        st.integers(-150, 150).map(lambda minutes, near=near: near + timedelta(minutes=minutes))
        for near in (
            datetime(2026, 10, 25, 1, tzinfo=UTC),
            datetime(2026, 3, 29, 1, tzinfo=UTC),
            datetime(2026, 4, 4, 15, tzinfo=UTC),
            datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
            datetime(2026, 11, 1, 5, tzinfo=UTC),
        )
    ),
)
ENDS = st.one_of(st.times(), st.times(time(0), time(3)))


class TestDaysInOrder:
    @settings(max_examples=300)
    @given(instants=st.lists(INSTANTS, min_size=2, max_size=2), zone=st.sampled_from(ZONES), ends=ENDS)
    def test_no_instant_belongs_to_an_earlier_day_than_one_before(self, instants, zone, ends):
        event = EventFactory.build(timezone=zone, day_ends_at=ends)
        earlier, later = (reports.business_day(event, at) for at in sorted(instants))
        assert earlier <= later


class TestRandomDays(TestCase):
    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(at=INSTANTS, zone=st.sampled_from(ZONES), ends=ENDS)
    def test_database_and_python_agree(self, at, zone, ends):
        event = EventFactory(timezone=zone, day_ends_at=ends)
        ticket = TicketFactory(event=event)
        sold_onsite(event=event, lines=[Line(ticket.pk, 1)], payments=[Paid("cash")], at=at)
        ((day, figures),) = reports.totals(event).days
        assert day == reports.business_day(event, at)
        assert (figures.sold, figures.net) == (20, 20)


# --- races -----------------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_two_open_one_till(self, event):
        till = TillFactory(event=event)
        cashiers = [MemberFactory(event=event).user for _ in range(6)]
        outcomes = at_once(
            *(
                partial(drawer.open_shift, till=till, cashier=cashier, opening_float=Decimal(1))
                for cashier in cashiers
            )
        )
        assert sum(isinstance(outcome, Shift) for outcome in outcomes) == 1
        refusals = [outcome for outcome in outcomes if not isinstance(outcome, Shift)]
        assert all(isinstance(refusal, Conflict) for refusal in refusals), refusals
        assert {refusal.problems[0].code for refusal in refusals} == {"till-in-use"}

    def test_one_opens_two_tills(self, event):
        cashier = MemberFactory(event=event).user
        tills = TillFactory.create_batch(2, event=event)
        outcomes = at_once(
            *(partial(drawer.open_shift, till=t, cashier=cashier, opening_float=Decimal(1)) for t in tills)
        )
        (refusal,) = [outcome for outcome in outcomes if not isinstance(outcome, Shift)]
        assert refusal.problems[0].code == "shift-open"

    def test_one_of_two_closes(self, event):
        shift = ShiftFactory(till__event=event)
        drawer.count(shift=shift, cash=Decimal(100), card=Decimal(0), by=shift.cashier)
        outcomes = at_once(*[partial(drawer.close_shift, shift=shift, by=shift.cashier)] * 4)
        assert sum(isinstance(outcome, Shift) for outcome in outcomes) == 1
        codes = {o.problems[0].code for o in outcomes if not isinstance(o, Shift)}
        assert codes == {"shift-closed"}

    def test_sale_against_the_close(self, event, adult):
        """Whatever the order of events, no payment is in a closed shift beyond what it counted."""
        outcomes = set()
        for _round in range(8):
            shift = ShiftFactory(till__event=event)
            drawer.count(shift=shift, cash=Decimal(100), card=Decimal(0), by=shift.cashier)
            sales = [partial(sell, shift, adult, Paid("cash"), drawer_required=True) for _ in range(2)]
            cards = [partial(sell, shift, adult, Paid("card"), drawer_required=True)]
            *sold, closed = at_once(
                *sales, *cards, partial(drawer.close_shift, shift=shift, by=shift.cashier)
            )
            codes = {o.problems[0].code for o in (*sold, closed) if isinstance(o, DomainError)}
            assert codes <= {"no-open-shift", "count-outdated"}, (sold, closed)
            shift.refresh_from_db()
            if not shift.is_open:
                assert not shift.payments.exists()
                assert report(shift).is_counted
            outcomes.add(shift.is_open)
        assert outcomes

    def test_sale_that_has_begun_holds_the_close_back(self, event, adult):
        import threading

        from django.db import transaction

        shift = ShiftFactory(till__event=event)
        drawer.count(shift=shift, cash=Decimal(100), card=Decimal(0), by=shift.cashier)
        begun, go_on = threading.Event(), threading.Event()

        def hold():
            try:
                with transaction.atomic():
                    assert drawer.at_work(event, Desk(till_id=shift.till_id))
                    begun.set()
                    go_on.wait(10)
            finally:
                connection.close()

        thread = threading.Thread(target=hold)
        thread.start()
        begun.wait(10)
        try:
            sell(shift, adult, Paid("cash"), drawer_required=True)  # sales do not wait for each other
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
            with pytest.raises(DomainError) as caught:
                drawer.close_shift(shift=shift, by=shift.cashier)
            assert caught.value.problems[0].code == "busy"
        finally:
            go_on.set()
            thread.join()
            connection.close()
