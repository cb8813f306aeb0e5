"""The live picture of an event: what it says, to whom, and at what price."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendees.tests.factories import DraftFactory
from books import reports
from devices import lifecycle
from devices.models import Device
from devices.tests.factories import add_device
from door.admission import check_in, check_out
from door.models import Phone, Station
from door.scan import Scan
from door.undo import undo
from events.days import business_day
from events.models import Event
from events.tests.factories import EventFactory, MemberFactory
from home.advice import advice
from home.live import bars, picture
from orders.guest_list import Entry, put_on_list
from orders.lifecycle import complete
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import ordered_online, sold_onsite
from shifts.desk import Desk
from shifts.models import Shift
from shifts.tests.factories import ShiftFactory, TillFactory
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
# Nine in the evening in Berlin.
EVENING = datetime(2030, 6, 1, 19, 0, tzinfo=UTC)


def address(event):
    return f"/events/{event.identifier}/live/"


def sell(event, ticket, by=None, quantity=1, tender="card", at=EVENING):
    line = Line(ticket.pk, quantity)
    return sold_onsite(event=event, lines=[line], payments=[Paid(tender)], seller=by, at=at)


def come(event, order, *, at=EVENING, gate=None, by=None):
    """All of an order come in."""
    return [
        check_in(Scan(event, attendee_id=guest.pk, station=gate), by=by, at=at)
        for guest in order.attendees.order_by("pk")
    ]


@pytest.fixture(autouse=True)
def _nothing_is_kept():
    """Of an earlier event, which in another test had the same id."""
    cache.clear()


@pytest.fixture
def event(event):
    event.starts_at, event.ends_at = EVENING, EVENING + timedelta(hours=8)
    event.save()
    return event


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, name="Adult", price=20, quantity=100)


def told(event, organizer, at=EVENING):
    return picture(Event.objects.find(organizer, event.identifier), organizer, at)


class TestNumbers:
    def test_event_of_which_nothing_happened(self, client, event, organizer):
        seen = told(event, organizer)
        assert (seen.inside.now, seen.taken, seen.sold, seen.refused) == (0, 0, 0, 0)
        assert (seen.arrivals.steps, seen.sales.steps, seen.desks, seen.gates) == ((), (), [], [])
        client.force_login(organizer)
        text = client.get(address(event)).content.decode()
        assert "Nothing is for sale yet." in text
        assert "There is no till." in text

    def test_one_sale_and_one_guest(self, event, adult, cashier, organizer):
        order = sell(event, adult, cashier)
        come(event, order, at=EVENING + 2 * MINUTE)
        seen = told(event, organizer, EVENING + 6 * MINUTE)
        assert (seen.inside.now, seen.inside.entered, seen.inside.grown) == (1, 1, 1)
        assert [(line.name, str(line.amount), line.share) for line in seen.tenders] == [("card", "20.00", 1)]
        assert [(stock.name, stock.sold, stock.left) for stock in seen.stocks] == [("Adult", 1, 99)]
        assert [(step.at, step.now) for step in seen.sales.steps] == [(EVENING, 1), (EVENING + 5 * MINUTE, 0)]
        assert seen.arrivals.now == [1, 0]
        (desk,) = seen.desks
        assert (desk.is_open, desk.recent, desk.sold_at, desk.seller) == (True, 1, EVENING, str(cashier))

    def test_agrees_with_the_books(self, event, adult, cashier, organizer):
        child = TicketFactory(event=event, name="Child", price=8)
        for minute, (ticket, quantity, tender) in enumerate(
            [(adult, 2, "card"), (child, 3, "cash"), (adult, 1, "cash"), (child, 1, "bank")]
        ):
            sell(event, ticket, cashier, quantity, tender, EVENING + 7 * minute * MINUTE)
        seen = told(event, organizer, EVENING + timedelta(hours=1))
        (day,) = reports.totals(event).days
        assert seen.day == day.day
        assert seen.taken == day.figures.net == Decimal("92.00")
        assert seen.sales.all == day.figures.sold_quantity == seen.sold == 7
        by_tender = [(line.name, line.net) for line in day.figures.tenders]
        assert [(line.name, line.amount) for line in seen.tenders] == by_tender

    def test_what_has_settled_is_counted_once_a_minute_and_what_is_new_at_once(
        self, event, adult, cashier, organizer
    ):
        sell(event, adult, cashier, at=EVENING)
        now = EVENING + timedelta(hours=1)
        first = told(event, organizer, now)
        sell(event, adult, cashier, 2, at=now - MINUTE)
        again = told(event, organizer, now)
        assert (first.sales.all, again.sales.all, again.sold) == (1, 3, 3)
        assert again.sales.now[0] == 1
        cache.clear()  # a minute later
        assert told(event, organizer, now).sales == again.sales

    def test_day_that_begins_otherwise_from_now_on_is_counted_anew(self, event, adult, cashier, organizer):
        sell(event, adult, cashier, at=EVENING - timedelta(hours=16))  # five in the morning
        now = EVENING + timedelta(hours=1)
        assert told(event, organizer, now).sales.all == 1
        event.day_ends_at = time(6)
        event.save()
        seen = told(event, organizer, now)
        assert (seen.sales.all, seen.taken) == (0, 0)

    def test_tickets_beyond_the_twelfth_are_one(self, event):
        tickets = [TicketFactory(event=event, name=f"Kind {n:02}", quantity=10, sold=0) for n in range(20)]
        for sold, ticket in enumerate(tickets):
            ticket.sold = sold % 10
        stocks = bars(tickets)
        assert len(stocks) == 12
        assert [stock.sold for stock in stocks[:3]] == [9, 9, 8]
        assert stocks[-1].name == ""
        assert sum(stock.sold for stock in stocks) == 90
        assert sum(stock.left for stock in stocks) == 110

    def test_what_was_taken_back_has_not_come(self, event, adult, cashier, organizer):
        (scan,) = come(event, sell(event, adult, cashier))
        undo(scan, by=cashier, at=EVENING + MINUTE)
        seen = told(event, organizer, EVENING + 2 * MINUTE)
        assert (seen.inside.now, seen.inside.entered, seen.arrivals.all) == (0, 0, 0)

    def test_refusals_by_reason_and_gate(self, event, adult, cashier, organizer):
        gate = Station.objects.create(event=event, name="North")
        order = sell(event, adult, cashier)
        for _ in range(3):
            come(event, order, gate=gate)
        check_in(Scan(event, code="nobody", station=gate), by=cashier, at=EVENING)
        seen = told(event, organizer)
        assert [(line.reason, line.number) for line in seen.refusals] == [
            ("already in", 2),
            ("unknown code", 1),
        ]
        assert [(one.gate, one.scans, one.refused) for one in seen.gates] == [("North", 4, 3)]

    def test_guest_admitted_anyway_was_not_turned_away(self, event, adult, cashier, organizer):
        order = sell(event, adult, cashier)
        come(event, order)
        (guest,) = order.attendees.all()
        again = Scan(event, attendee_id=guest.pk, admitted=True, occurred_at=EVENING + MINUTE)
        check_in(again, by=cashier, at=EVENING + 2 * MINUTE)
        assert told(event, organizer, EVENING + 3 * MINUTE).refused == 0

    def test_sale_without_a_till_has_a_row(self, event, adult, member, organizer):
        TillFactory(event=event, name="Desk 1")
        seller = member("cashier")
        sell(event, adult, seller)
        desks = told(event, organizer).desks
        assert [(desk.till, desk.is_open, desk.recent) for desk in desks] == [
            ("Desk 1", False, 0),
            (None, False, 1),
        ]

    def test_what_a_desk_was_paid_for_later_is_its_last_sale(self, event, adult, cashier, organizer):
        early, late = (EVENING - minutes * MINUTE for minutes in (60, 30))
        waits = sold_onsite(event=event, lines=[Line(adult.pk, 1)], status="pending", at=early)
        sell(event, adult, cashier, at=late)
        complete(waits, payments=[Paid("card")], desk=Desk(cashier), at=EVENING)
        (desk,) = told(event, organizer).desks
        assert (desk.recent, desk.sold_at) == (1, EVENING)

    def test_what_was_ordered_online_is_the_sale_of_the_desk_that_was_paid(
        self, event, adult, cashier, organizer, stranger
    ):
        drafts = [DraftFactory(ticket=adult, creator=stranger)]
        waits = ordered_online(
            event=event, attendees=drafts, buyer=stranger, payment_mode="onsite", at=EVENING
        )
        complete(waits, payments=[Paid("card")], desk=Desk(cashier), at=EVENING + MINUTE)
        (desk,) = told(event, organizer, EVENING + 2 * MINUTE).desks
        assert (desk.recent, desk.sold_at, desk.seller) == (1, EVENING + MINUTE, str(cashier))

    def test_guest_list_is_no_sale_of_a_desk(self, event, adult, cashier, organizer):
        entries = [Entry(adult.pk, f"Guest {number}") for number in range(6)]
        put_on_list(event, entries, by=organizer, at=EVENING)
        seen = told(event, organizer, EVENING + MINUTE)
        assert [(desk.is_open, desk.recent) for desk in seen.desks] == [(True, 0)]
        assert seen.sold == 6

    def test_desk_is_locked_until_something_is_sold_there(self, event, adult, cashier, organizer):
        Shift.objects.filter(cashier=cashier).update(locked_at=EVENING)
        sell(event, adult, cashier, at=EVENING - MINUTE)
        (desk,) = told(event, organizer).desks
        assert (desk.is_open, desk.locked_since) == (True, EVENING)
        sell(event, adult, cashier, at=EVENING + MINUTE)
        (desk,) = told(event, organizer, EVENING + 2 * MINUTE).desks
        assert (desk.is_open, desk.locked_since) == (True, None)

    def test_evening_goes_by_the_event_s_clock(self, event, adult, cashier, organizer):
        late, next_day = (datetime(2030, 6, 2, hour, 30, tzinfo=UTC) for hour in (1, 2))  # half past 3, and 4
        sell(event, adult, cashier, at=late)
        assert told(event, organizer, late).sales.all == 1
        assert told(event, organizer, late).day == business_day(event, EVENING)
        assert told(event, organizer, next_day).sales.all == 0

    def test_night_on_which_the_clocks_are_put_back(self, event, adult, cashier, organizer):
        first = datetime(2030, 10, 27, 0, 30, tzinfo=UTC)  # half past two in Berlin, an hour later again
        for hours in (0, 1):
            sell(event, adult, cashier, at=first + timedelta(hours=hours))
        seen = told(event, organizer, first + timedelta(minutes=62))
        assert [step.now for step in seen.sales.steps if step.now] == [1, 1]
        assert len(seen.sales.steps) == 13


class TestLastTime:
    def test_same_minute_of_the_last_event_is_beside(self, event, adult, cashier, organizer):
        week = timedelta(days=7)
        old, older = (
            EventFactory(name=event.name, starts_at=EVENING - weeks * week, ends_at=EVENING)
            for weeks in (1, 2)
        )
        for one in (old, older):
            MemberFactory(event=one, user=organizer, role="organizer")
        ticket = TicketFactory(event=old)
        sell(old, ticket, quantity=4, at=EVENING - week)
        sell(old, ticket, quantity=2, at=EVENING - week + 10 * MINUTE)
        sell(event, adult, cashier, quantity=3)
        seen = told(event, organizer, EVENING + 6 * MINUTE)
        assert seen.earlier == old
        steps = [(step.now, step.before) for step in seen.sales.steps]
        assert steps == [(3, 4), (0, 0), (None, 2)]
        assert (seen.sales.until_now_before, seen.sales.all_before) == (4, 6)

    def test_event_of_others_is_not_shown(self, event, organizer, member):
        EventFactory(name=event.name, starts_at=EVENING - timedelta(days=7))
        sold_by_me = EventFactory(name=event.name, starts_at=EVENING - timedelta(days=7))
        MemberFactory(event=sold_by_me, user=organizer, role="cashier")
        assert told(event, organizer).earlier is None


class TestAdvice:
    def test_nothing_is_worth_saying(self, event, adult, cashier, organizer):
        event.capacity = 100
        event.save()
        come(event, sell(event, adult, cashier))
        assert advice(told(event, organizer)) == ""

    def test_full_house_comes_first(self, event, adult, cashier, organizer):
        event.capacity = 2
        event.save()
        order = sell(event, adult, cashier, 3)
        come(event, order)
        seen = told(event, organizer)
        assert seen.inside.level == "full"
        assert advice(seen) == "Full: let in only as many as leave."

    def test_house_that_was_full_when_the_event_ended_is_no_news(self, event, adult, cashier, organizer):
        event.capacity = 2
        event.save()
        come(event, sell(event, adult, cashier, 2), at=event.ends_at)
        for after, said in ((20, "Full: let in only as many as leave."), (40, "")):
            assert advice(told(event, organizer, event.ends_at + after * MINUTE)) == said

    def test_house_that_fills_says_when(self, event, adult, cashier, organizer):
        event.capacity = 40
        event.save()
        come(event, sell(event, adult, cashier, 15), at=EVENING + 10 * MINUTE)
        seen = told(event, organizer, EVENING + 15 * MINUTE)
        assert advice(seen) == "Full at 21:40 at this pace."

    def test_who_leaves_slows_it(self, event, adult, cashier, organizer):
        event.capacity = 40
        event.save()
        order = sell(event, adult, cashier, 2)
        come(event, order)
        for guest in order.attendees.all():
            check_out(Scan(event, attendee_id=guest.pk), by=cashier, at=EVENING + MINUTE)
        seen = told(event, organizer, EVENING + 2 * MINUTE)
        assert (seen.inside.grown, advice(seen)) == (0, "")

    def test_gate_that_refuses_often(self, event, adult, cashier, organizer):
        gate = Station.objects.create(event=event, name="North")
        come(event, sell(event, adult, cashier, 8), gate=gate)
        for _ in range(2):
            check_in(Scan(event, code="nobody", station=gate), by=cashier, at=EVENING)
        assert advice(told(event, organizer)) == "Gate North refuses one in 5."

    def test_gate_that_hardly_scans_hides_none(self, event, adult, cashier, organizer):
        quiet, busy = (Station.objects.create(event=event, name=name) for name in ("Back", "Front"))
        come(event, sell(event, adult, cashier, 8), gate=busy)
        for gate in (quiet, busy, busy, busy):
            check_in(Scan(event, code="nobody", station=gate), by=cashier, at=EVENING)
        assert advice(told(event, organizer)) == "Gate Front refuses one in 4."

    @pytest.mark.parametrize(
        ("came", "refused", "said"), [(4, 6, "refuses one in 2."), (1, 9, "refuses nearly everybody.")]
    )
    def test_gate_that_refuses_most(self, event, adult, cashier, organizer, came, refused, said):
        gate = Station.objects.create(event=event, name="North")
        come(event, sell(event, adult, cashier, came), gate=gate)
        for _ in range(refused):
            check_in(Scan(event, code="nobody", station=gate), by=cashier, at=EVENING)
        assert advice(told(event, organizer)) == f"Gate North {said}"

    def test_desk_that_is_idle_while_others_sell(self, event, adult, cashier, organizer):
        ShiftFactory(till__event=event, till__name="Desk 2", opened_at=EVENING - timedelta(hours=1))
        now = EVENING + timedelta(hours=1)
        for _ in range(4):
            sell(event, adult, cashier, at=now)
        assert advice(told(event, organizer, now)) == ""
        sell(event, adult, cashier, at=now)
        assert advice(told(event, organizer, now)) == "Desk 2 idle for 120 minutes."

    def test_desk_that_is_locked_while_others_sell(self, event, adult, cashier, organizer):
        now = EVENING + timedelta(hours=1)
        ShiftFactory(
            till__event=event, till__name="Desk 2", opened_at=EVENING, locked_at=now - timedelta(minutes=20)
        )
        for _ in range(5):
            sell(event, adult, cashier, at=now)
        assert advice(told(event, organizer, now)) == "Desk 2 has been locked since 21:40."

    def test_tablet_that_is_silent_while_others_scan(self, event, adult, cashier, organizer):
        tablet = add_device(event, name="North tablet")
        lifecycle.seen(tablet.user, waiting=14, at=EVENING)
        now = EVENING + 12 * MINUTE
        assert advice(told(event, organizer, now)) == ""
        come(event, sell(event, adult, cashier), at=now)
        seen = told(event, organizer, now)
        assert (seen.waiting, advice(seen)) == (14, "North tablet has not been heard of for 12 minutes.")


class TestWaiting:
    def test_door_tells_what_waits_on_it(self, client, event):
        tablet = add_device(event)
        client.force_login(tablet.user)
        for told_, kept in (("3", 3), ("5", 5), ("many", 5), ("0", 0)):
            client.get(f"/door/{event.identifier}/api/occupancy", headers={"X-Waiting": told_})
            assert Device.objects.get().waiting == kept

    def test_page_that_tells_nothing_changes_nothing(self, client, event):
        tablet = add_device(event)
        lifecycle.seen(tablet.user, waiting=3)
        client.force_login(tablet.user)
        client.get(f"/door/{event.identifier}/api/occupancy")
        assert Device.objects.get().waiting == 3

    def test_same_again_within_a_minute_costs_no_statement(self, event, django_assert_num_queries):
        tablet = add_device(event)
        lifecycle.seen(tablet.user, waiting=3)
        with django_assert_num_queries(0):
            lifecycle.seen(tablet.user, waiting=3)


class TestPhones:
    """Scans that wait with people who let guests in under their own log-in."""

    @pytest.fixture
    def door(self, event, registrar):
        """`door(waiting, client)`: the page tells how many wait."""
        own = Client()
        own.force_login(registrar)

        def tell(waiting, client=own):
            address = f"/door/{event.identifier}/api/occupancy"
            assert client.get(address, headers={"X-Waiting": str(waiting)}).status_code == 200

        return tell

    def test_is_there_while_scans_wait(self, event, door, registrar):
        for told_, kept in (("0", []), ("12", [12]), ("many", [12]), ("7", [7]), ("0", []), ("7", [7])):
            door(told_)
            assert [phone.waiting for phone in event.phones.all()] == kept
        assert event.phones.get().user == registrar

    def test_of_two_phones_each_tells_its_own(self, event, door, registrar):
        other = Client()
        other.force_login(registrar)
        door(12)
        door(5, other)
        assert sorted(phone.waiting for phone in event.phones.all()) == [5, 12]
        door(0)
        assert event.phones.get().waiting == 5

    def test_two_tabs_are_one_phone(self, event, door, registrar):
        one = Client()
        one.force_login(registrar)
        tab = Client()
        tab.cookies.update(one.cookies)
        door(2, one)
        door(2, tab)
        assert event.phones.count() == 1

    def test_is_the_same_one_after_another_log_in(self, event, door, registrar, member):
        phone, other = Client(), member("registrar")
        for user in (registrar, other):
            phone.force_login(user)
            door(4, phone)
        assert (event.phones.get().user, event.phones.get().waiting) == (other, 4)

    def test_costs_nothing_while_none_wait(self, event, door, django_assert_num_queries):
        door(0)
        with CaptureQueriesContext(connection) as asked:
            door("none")
        statements = len(asked)
        with django_assert_num_queries(statements):
            door(0)
        door(3)
        with django_assert_num_queries(statements):
            door(3)

    def test_of_too_many_the_oldest_go(self, event, door, registrar):
        for number in range(1, 9):
            client = Client()
            client.force_login(registrar)
            door(number, client)
        assert [phone.waiting for phone in event.phones.order_by("pk")] == [4, 5, 6, 7, 8]

    @pytest.mark.django_db(transaction=True)
    def test_fault_of_the_database_is_not_the_door_s(self, event, door):
        def fail(execute, sql, *how):
            if "door_phone" in sql:
                raise DatabaseError("read-only")
            return execute(sql, *how)

        with connection.execute_wrapper(fail):
            door(3)  # is answered
        assert not event.phones.exists()

    def test_made_up_cookie_names_nobody_s_phone(self, event, door, registrar):
        door(12)
        liar = Client()
        liar.force_login(registrar)
        liar.cookies[f"door-{event.pk}"] = event.phones.get().browser
        door(0, liar)
        assert event.phones.get().waiting == 12

    @pytest.mark.parametrize("who", ["stranger", "nobody"])
    def test_of_who_lets_nobody_in_nothing_is_kept(self, client, event, stranger, who):
        if who == "stranger":
            client.force_login(stranger)
        client.get(f"/door/{event.identifier}/api/occupancy", headers={"X-Waiting": "9"})
        assert not Phone.objects.exists()

    def test_picture_names_it_and_says_when(self, client, event, registrar, organizer):
        registrar.name = "Sue"
        registrar.save()
        whose = {"user": registrar, "waiting": 12}
        event.phones.create(**whose, browser="now", told_at=EVENING - 30 * MINUTE)
        event.phones.create(**whose, browser="yesterday", told_at=EVENING - timedelta(days=1))
        seen = told(event, organizer)
        assert (seen.waiting, [str(phone) for phone in seen.phones]) == (12, ["Sue's phone"])
        event.phones.update(told_at=timezone.now())
        client.force_login(organizer)
        assert "Sue&#x27;s phone" in client.get(address(event)).content.decode()

    def test_advice_tells_of_one_that_is_silent_while_others_scan(
        self, event, adult, cashier, registrar, organizer
    ):
        event.phones.create(user=registrar, browser="b", waiting=12, told_at=EVENING - 12 * MINUTE)
        come(event, sell(event, adult, cashier))
        said = f"{registrar}'s phone has not been heard of for 12 minutes."
        assert advice(told(event, organizer)) == said


class TestPage:
    @pytest.mark.parametrize(
        ("role", "status"), [("organizer", 200), ("cashier", 403), ("registrar", 403), (None, 403)]
    )
    def test_is_the_organizers_alone(self, client, event, member, stranger, role, status):
        client.force_login(member(role) if role else stranger)
        assert client.get(address(event)).status_code == status

    def test_draft_is_not_there_for_a_stranger(self, client, event, member, stranger):
        event.state = Event.State.DRAFT
        event.save()
        for user, status in ((stranger, 404), (member("cashier"), 403), (member("organizer"), 200)):
            client.force_login(user)
            assert client.get(address(event)).status_code == status
        client.logout()
        assert client.get(address(event)).status_code == 302

    def test_is_only_read(self, client, event, organizer):
        client.force_login(organizer)
        assert client.post(address(event)).status_code == 405

    def test_wall_has_no_bar(self, client, event, organizer):
        client.force_login(organizer)
        assert 'class="bar"' in client.get(address(event)).content.decode()
        assert 'class="bar"' not in client.get(address(event) + "?wall").content.decode()

    def test_costs_the_same_for_one_and_for_many(
        self, client, event, adult, cashier, organizer, django_assert_max_num_queries
    ):
        event.starts_at = timezone.now()
        event.capacity = 50
        event.save()
        client.force_login(organizer)
        client.get(address(event))

        def asked():
            with django_assert_max_num_queries(30) as found:
                assert client.get(address(event)).status_code == 200
            return len(found)

        now = timezone.now()
        come(event, sell(event, adult, cashier, at=now), at=now)
        first = asked()
        for number in range(4):
            ticket = TicketFactory(event=event)
            shift = ShiftFactory(till__event=event)
            gate = Station.objects.create(event=event, name=f"Gate {number}")
            add_device(event, name=f"Tablet {number}")
            come(event, sell(event, ticket, shift.cashier, 3, "cash", now), at=now, gate=gate)
        assert asked() == first
