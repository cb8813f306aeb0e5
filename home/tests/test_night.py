"""The night afterwards: what its report says, that it adds up, and how it is taken along."""

import csv
import io
import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from openpyxl import load_workbook

from base.errors import DomainError
from base.tests.lives import examples
from books import reports
from books.tests.acts import report
from books.tests.test_evenings import ACTS, EURO, FRANC, YEN, Evening
from door.admission import check_in, check_out
from door.models import CheckIn, Station
from door.scan import Scan
from door.undo import undo
from events.days import business_day
from events.models import Event
from events.tests.factories import EventFactory, MemberFactory
from home import night_tables
from home.night import night
from orders.amending import Ask
from orders.lifecycle import cancel
from orders.partial import cancel_attendees
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts import drawer
from shifts.desk import Desk
from shifts.models import Shift
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import TicketFactory

EVENING = datetime(2030, 6, 1, 19, 0, tzinfo=UTC)  # nine in Berlin
SATURDAY, SUNDAY = date(2030, 6, 1), date(2030, 6, 2)
MINUTE = timedelta(minutes=1)


def of(event, day=None, at=EVENING):
    return night(event, day, at)


class TestItAddsUp(TestCase):
    @settings(max_examples=examples(15), suppress_health_check=list(HealthCheck))
    @given(acts=ACTS, money=st.sampled_from([EURO, YEN, FRANC]))
    def test_nights_make_up_the_totals_and_the_reports(self, acts, money):
        evening = Evening(*money)
        for turn, (name, *args) in enumerate(acts):
            evening.act(turn, name, *args)
        for at in (0, 1):
            evening.close(at)
        event = evening.event
        nights = [of(event, day) for day in of(event).days]
        whole = reports.totals(event).whole
        assert sum(one.figures.net for one in nights) == whole.net
        assert sum(one.sales.all for one in nights) == whole.sold_quantity
        assert sum(line.amount for one in nights for line in one.tenders) == whole.net
        assert sum(stock.sold for one in nights for stock in one.stocks) == whole.sold_quantity
        closed = [report(shift) for shift in Shift.objects.filter(till__event=event, closed_at__isnull=False)]
        differences = sum(shown.last_count.difference for shown in closed)
        assert sum(one.difference for one in nights) == differences
        drawers = [one for each in nights for one in each.drawers if one.report is not None]
        assert len(drawers) == len(closed)


PASSAGES = st.lists(
    st.tuples(
        st.sampled_from(["in", "in", "out", "undo", "cancel"]),
        st.integers(0, 3),  # which guest
        st.integers(0, 40),  # hours since the last
        st.sampled_from([0, 0, 3, 30]),  # so many it arrives later, from a door without the network
    ),
    min_size=3,
    max_size=14,
)


class TestWhoCame(TestCase):
    """Whom a night counts as having come, against the scans themselves."""

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(passages=PASSAGES, reentry=st.sampled_from(Event.Reentry.values))
    @example(
        passages=[("in", 0, 0, 0), ("out", 0, 1, 0), ("in", 0, 30, 0), ("in", 1, 0, 0)], reentry="always"
    )
    @example(passages=[("out", 0, 1, 0), ("in", 0, 0, 3), ("in", 1, 24, 0)], reentry="always")
    @example(passages=[("in", 0, 0, 0), ("in", 0, 30, 0), ("undo", 0, 1, 0)], reentry="daily")
    def test_is_whoever_was_let_in_that_night(self, passages, reentry):
        event = EventFactory(reentry=reentry, starts_at=EVENING, ends_at=EVENING + timedelta(days=30))
        ticket = TicketFactory(event=event, price=0, quantity=100)
        orders = [sold_onsite(event=event, lines=[Line(ticket.pk, 2)], at=EVENING) for _each in range(2)]
        guests = [guest for order in orders for guest in order.attendees.order_by("pk")]
        now = EVENING
        for act, which, hours, late in passages:
            now += timedelta(hours=hours)
            with suppress(DomainError):
                self._do(act, guests[which], now, timedelta(hours=late))
        nights = {day: of(event, day) for day in of(event).days}
        came = {day: sum(row.came for row in one.no_shows) for day, one in nights.items()}
        assert came == {day: self._let_in(event, guests, day) for day in nights}

    def _do(self, act, guest, now, late):
        if act == "undo":
            scan = guest.check_ins.filter(undoes=None).order_by("-pk").first()
            if scan is not None:
                undo(scan, by=None, at=now)
        elif act == "cancel":
            owner = Desk(MemberFactory(event=guest.ticket.event, role="organizer").user)
            cancel(guest.order, desk=owner, reason="Ill", at=now)
        else:
            seen = Scan(
                guest.ticket.event,
                attendee_id=guest.pk,
                occurred_at=now - late if late else None,
                admitted=True if late else None,
            )
            (check_in if act == "in" else check_out)(seen, by=None, at=now)

    def _let_in(self, event, guests, day):
        scans = [
            scan
            for scan in CheckIn.objects.standing().filter(moved=1, attendee__order__status="completed")
            if business_day(event, scan.happened_at) == day
        ]
        return len({scan.attendee_id for scan in scans})


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, name="Adult", price=20, quantity=100)


def sell(event, ticket, by, quantity=1, at=EVENING, tender="cash", **line):
    lines = [Line(ticket.pk, quantity, **line)]
    payments = [Paid(tender)] if line.get("price") != 0 else []
    return sold_onsite(event=event, lines=lines, payments=payments, seller=by, at=at)


def come(event, order, at, gate=None):
    for guest in order.attendees.order_by("pk"):
        check_in(Scan(event, attendee_id=guest.pk, station=gate), by=None, at=at)


@pytest.mark.django_db
class TestReport:
    def test_event_of_which_nothing_happened(self, client, event, organizer):
        found = of(event)
        assert (found.day, found.days, found.figures.net, found.missing) == (SATURDAY, [], 0, 0)
        client.force_login(organizer)
        assert client.get(f"/events/{event.identifier}/night/").status_code == 200

    def test_last_day_that_had_anything_is_shown(self, event, adult, cashier):
        sell(event, adult, cashier, at=EVENING)
        after_midnight = sell(event, adult, cashier, 2, at=EVENING + timedelta(hours=6))
        assert after_midnight.completed_at.date() == SUNDAY
        sunday = sell(event, adult, cashier, 3, at=EVENING + timedelta(days=1))
        found = of(event)
        shift_day = found.days[-1]  # of the cashier's shift, which was opened today
        assert found.days == [SUNDAY, SATURDAY, shift_day]
        assert (found.day, found.figures.sold_quantity) == (SUNDAY, 3)
        assert of(event, SATURDAY).figures.sold_quantity == 3
        assert sunday.completed_at > after_midnight.completed_at

    def test_arrivals_by_quarter_and_gate(self, event, adult, cashier):
        north, south = (Station.objects.create(event=event, name=name) for name in ("North", "South"))
        come(event, sell(event, adult, cashier, 3), EVENING + 2 * MINUTE, north)
        come(event, sell(event, adult, cashier, 1), EVENING + 40 * MINUTE, south)
        come(event, sell(event, adult, cashier, 2), EVENING + 3 * MINUTE)
        heat = of(event, SATURDAY).heat
        assert heat.quarters == [EVENING, EVENING + 15 * MINUTE, EVENING + 30 * MINUTE]
        assert heat.gates == [("", [2, 0, 0]), ("North", [3, 0, 0]), ("South", [0, 0, 1])]
        assert heat.most == 3

    def test_who_never_came(self, event, adult, cashier):
        sunday = TicketFactory(event=event, name="Sunday", valid_from=EVENING + timedelta(hours=12))
        TicketFactory(event=event, name="Programme", admits=False)
        come(event, sell(event, adult, cashier, 2), EVENING + MINUTE)
        sell(event, adult, cashier, 3)
        sell(event, sunday, cashier, 4)
        found = of(event, SATURDAY)
        assert [(row.ticket, row.valid, row.missing) for row in found.no_shows] == [("Adult", 5, 3)]
        assert (found.missing, found.valid) == (3, 5)

    def test_who_came_and_had_the_money_back_hides_nobody_who_did_not(self, event, adult, organizer, cashier):
        back, ticket_back, came = (sell(event, adult, cashier, 2) for _each in range(3))
        sell(event, adult, cashier, 3)
        for order in (back, ticket_back, came):
            come(event, order, EVENING + MINUTE)
        ask = Ask(Desk(organizer), reason="Ill")
        one = ticket_back.attendees.first()
        for guest in (*back.attendees.all(), one):
            check_out(Scan(event, attendee_id=guest.pk), by=None, at=EVENING + 2 * MINUTE)
        cancel(back, desk=Desk(organizer), reason="Ill", money_back=None)
        cancel_attendees(ticket_back, attendees=[one.pk], money_back=None, ask=ask)
        found = of(event, SATURDAY)
        assert [(row.valid, row.came, row.missing) for row in found.no_shows] == [(6, 3, 3)]

    def test_comps_and_other_prices_by_approver(self, event, adult, organizer, cashier):
        sell(event, adult, organizer, 2, price=Decimal(0), reason="Band")
        sell(event, adult, organizer, 1, price=Decimal(0), reason="Band")
        sell(event, adult, organizer, 1, price=Decimal(10), reason="Late")
        rows = of(event, SATURDAY).other_prices
        told = [(row.approver, row.reason, row.quantity, row.amount) for row in rows]
        assert [row[1:] for row in told] == [("Band", 3, 0), ("Late", 1, 10)]
        assert {row[0] for row in told} == {str(organizer)}

    def test_cash_differences_by_cashier(self, event, adult):
        shift = ShiftFactory(till__event=event, opened_at=EVENING)
        sell(event, adult, shift.cashier)
        drawer.count(shift=shift, cash=Decimal(117), card=Decimal(0), by=shift.cashier, at=EVENING + MINUTE)
        drawer.close_shift(shift=shift, by=shift.cashier, note="lost", at=EVENING + 2 * MINUTE)
        ShiftFactory(till__event=event, opened_at=EVENING)
        found = of(event, SATURDAY)
        assert [one.difference for one in found.drawers] == [Decimal("-3.00"), None]
        assert found.difference == Decimal("-3.00")

    def test_costs_the_same_for_many_as_for_few(self, event, adult, django_assert_num_queries):
        def a_shift():
            shift = ShiftFactory(till__event=event, opened_at=EVENING)
            come(event, sell(event, adult, shift.cashier), EVENING)
            drawer.count(shift=shift, cash=Decimal(120), card=Decimal(0), by=shift.cashier)
            drawer.close_shift(shift=shift, by=shift.cashier)

        a_shift()
        with django_assert_num_queries(22):
            of(event, SATURDAY)
        for _ in range(3):
            a_shift()
        with django_assert_num_queries(22):
            of(event, SATURDAY)


@pytest.mark.django_db
class TestPages:
    PAGES = ("night/", "night.csv", "night.xlsx")

    @pytest.mark.parametrize(
        ("role", "status"), [("organizer", 200), ("cashier", 403), ("registrar", 403), (None, 403)]
    )
    def test_are_the_organizers_alone(self, client, event, member, stranger, role, status):
        client.force_login(member(role) if role else stranger)
        for page in self.PAGES:
            assert client.get(f"/events/{event.identifier}/{page}").status_code == status
            assert client.post(f"/events/{event.identifier}/{page}").status_code in (405, status)

    def test_draft_is_not_there_for_a_stranger(self, client, event, stranger):
        event.state = Event.State.DRAFT
        event.save()
        client.force_login(stranger)
        for page in self.PAGES:
            assert client.get(f"/events/{event.identifier}/{page}").status_code == 404

    @pytest.mark.parametrize(
        "day", ["nonsense", "2030-06-03", "0001-01-01", "9999-12-31", "2030-13-01", "\x00"]
    )
    def test_day_that_had_nothing_is_not_there(self, client, event, adult, organizer, day):
        sell(event, adult, organizer)
        client.force_login(organizer)
        for page in self.PAGES:
            answer = client.get(f"/events/{event.identifier}/{page}", {"day": day})
            assert answer.status_code == 404

    def test_night_of_which_nothing_happened_is_there_as_a_table(self, client, event, organizer):
        client.force_login(organizer)
        page = client.get(f"/events/{event.identifier}/night/").content.decode()
        (day,) = re.findall(r'name="day" value="([^"]+)"', page)
        for file in ("night.csv", "night.xlsx", "night/"):
            assert client.get(f"/events/{event.identifier}/{file}", {"day": day}).status_code == 200

    def test_tables_say_the_same(self, client, event, adult, organizer):
        gate = Station.objects.create(event=event, name="=North")
        come(event, sell(event, adult, organizer, 2), EVENING, gate)
        client.force_login(organizer)
        address = f"/events/{event.identifier}/night"
        answer = client.get(f"{address}.csv", {"lang": "programs", "day": "2030-06-01"})
        assert f"{event.identifier}-night-2030-06-01.csv" in answer["Content-Disposition"]
        rows = list(csv.reader(io.StringIO(answer.content.decode())))
        assert ["2030-06-01", "sold", "Adult", "20.00", "2", "40.00"] in rows
        assert ["2030-06-01", "arrivals", "'=North", "2030-06-01T21:00+02:00", "2", ""] in rows
        assert ["2030-06-01", "never came", "Adult", "", "0", ""] in rows
        book = load_workbook(io.BytesIO(client.get(f"{address}.xlsx", {"day": "2030-06-01"}).content))
        cells = list(book.active.values)
        assert len(cells) == len(rows)
        assert ("2030-06-01", "arrivals", "=North", "2030-06-01T21:00+02:00", 2, None) in cells
        assert len(night_tables.rows_of(of(event, SATURDAY))) == len(rows)
