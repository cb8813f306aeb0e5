"""`manage.py seed_demo`: a night, and the next one."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from django.test import override_settings

from accounts.models import User
from attendees.models import Attendee
from base.tests.client import ApiClient
from books.checking import differences
from books.checks import CHECKS
from books.reports import report, totals
from conftest import empty_tables
from door.models import CheckIn, Station
from events.models import Event, FormerIdentifier, Member
from events.tests.factories import EventFactory
from home.demo.cast import GUEST_LIST, TICKETS
from home.demo.nights import IN_THE_MAKING
from home.demo.stage import PIN
from orders.models import Amendment, Order, Payment
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts.models import CashCount, Shift
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 29, 20, tzinfo=UTC)
DAY = timedelta(days=1)
EVENING = AT.replace(minute=40, second=7)
SMALL_HOURS = (EVENING + 2 * DAY).replace(hour=2)


@pytest.fixture(autouse=True)
def debug(settings):
    settings.DEBUG = True


def seed(*arguments, at=AT):
    out = io.StringIO()
    call_command("seed_demo", *arguments, f"--at={at.isoformat()}", stdout=out)
    return out.getvalue()


def everything():
    models = (User, Event, Member, Ticket, Order, Attendee, Payment, CheckIn, Shift, CashCount, Station)
    return [list(model.objects.order_by("pk").values()) for model in models]


def told(event):
    """What happened there, by the time since it began."""
    since = event.starts_at
    orders = event.orders.order_by("pk").values_list("created_at", "status", "amount", "order_notes")
    guests = Attendee.objects.filter(order__event=event).order_by("pk")
    guests = guests.values_list("sold_as", "firstname", "lastname", "email", "price_paid", "price_reason")
    payments = Payment.objects.filter(order__event=event).order_by("pk")
    payments = payments.values_list("created_at", "tender", "amount", "tendered", "reference")
    scans = CheckIn.objects.filter(event=event).order_by("pk")
    scans = scans.values_list("occurred_at", "station__name", "direction", "answer", "attendee__lastname")
    return [
        [tuple(value - since if isinstance(value, datetime) else value for value in row) for row in rows]
        for rows in (orders, guests, payments, scans)
    ]


@pytest.fixture(scope="class")
def event(django_db_setup, django_db_blocker):
    """A night in the small hours, after another one; made once, for it takes seconds. Committed: in one
    transaction PostgreSQL keeps every state in which the house has been, and looks through them all.
    """
    with django_db_blocker.unblock(), override_settings(DEBUG=True):
        try:
            seed(at=EVENING)
            assert seed(at=SMALL_HOURS) == "The event 'demo' was made.\n"
            yield Event.objects.get(identifier="demo")
        finally:
            empty_tables(None)


class TestNight:
    def test_is_one_business_day_that_began_two_hours_ago_on_a_half_hour(self, event):
        assert event.starts_at == SMALL_HOURS.replace(hour=0, minute=30, second=0)
        assert len(totals(event).days) == 1
        assert check_password(PIN, event.creator.pin)

    def test_is_the_same_every_night(self, event):
        assert told(Event.objects.earliest("pk")) == told(event)

    def test_books_add_up(self, event):
        assert differences(CHECKS) == []

    def test_is_made_once(self, event):
        once = everything()
        assert seed(at=SMALL_HOURS + timedelta(hours=9)) == "The event 'demo' is there.\n"
        assert everything() == once

    def test_is_read_over_the_api(self, event):
        organizer = ApiClient(User.objects.get(email="organizer@example.com"))
        for address in ("totals", "shifts", "orders", "attendees", "check-ins", "discounts", "holds"):
            assert organizer.get(f"/v1/events/demo/{address}").status_code == 200

    def test_sells_and_takes_back(self, event):
        assert event.orders.filter(status=Order.Status.COMPLETED).count() > 200
        assert {"pending", "cancelled"} < set(event.orders.values_list("status", flat=True))
        kinds = set(Amendment.objects.filter(order__event=event).values_list("kind", flat=True))
        assert kinds == {"refund", "cancel-attendees"}
        left = {ticket.name: ticket.available for ticket in event.tickets.all()}
        assert left["Balcony"] == 2
        assert min(left["Adult"], left["Child"]) > 40

    def test_has_guests_of_all_kinds(self, event):
        guests = Attendee.objects.filter(order__event=event)
        approvers = guests.filter(price_reason="Press", hold__name="Press").values_list("approved_by__email")
        assert {email for (email,) in approvers} == {"organizer@example.com"}
        assert set(guests.values_list("discount__name", flat=True)) == {None, "Student", "Welcome"}
        assert event.orders.listed().count() == len(GUEST_LIST)
        letters = set("".join(f"{one.firstname}{one.lastname}" for one in guests))
        assert letters > set("aıŁΠШשم小지अส")

    def test_has_a_drawer_at_work_and_one_that_is_counted(self, event):
        drawers = {shift.is_open: shift for shift in Shift.objects.filter(till__event=event)}
        assert drawers[True].cashier.email == "cashier@example.com"
        assert drawers[False].note
        assert [count.difference for count in report(drawers[False]).counts] == [Decimal("-2.00")]
        (evening,) = totals(event).days
        assert evening.figures.net == Decimal("9357.00")  # on each database

    def test_has_doors_that_answer_everything_and_two_places_left(self, event):
        scans = CheckIn.objects.filter(event=event)
        answers = {"ok", "full", "already-checked-in", "unknown", "wrong-station", "cancelled", "unpaid"}
        assert set(scans.values_list("answer", flat=True)) == answers
        assert set(scans.values_list("direction", flat=True)) == {"in", "out"}
        assert event.inside == event.capacity - 2
        assert scans.latest("pk").occurred_at < SMALL_HOURS


class TestEmpty:
    def test_is_an_event_in_which_nobody_has_come_yet(self):
        seed("--empty")
        event = Event.objects.get()
        assert event.identifier == "demo"
        assert [ticket.name for ticket in event.tickets.all()] == [ticket["name"] for ticket in TICKETS]
        assert event.tickets.get(name="Balcony").available == 2
        assert list(Station.objects.values_list("name", flat=True)) == ["North", "South"]
        assert Order.objects.count() == 1
        for role in ("organizer", "cashier", "registrar"):
            member = Member.objects.get(user__email=f"{role}@example.com")
            assert member.role == role
            assert member.user.check_password("onsite-demo")

    def test_made_again_changes_nothing(self):
        seed("--empty")
        once = everything()
        seed("--empty", at=AT + 20 * DAY)
        assert everything() == once


class TestNextNight:
    LATER = AT + 31 * DAY

    @pytest.fixture
    def last(self):
        seed("--empty")
        return Event.objects.get()

    def test_has_the_identifier_and_the_last_is_kept_under_its_date(self, last):
        FormerIdentifier.objects.create(event=last, identifier="demo-before")
        seed("--empty", "--password=another", at=self.LATER)
        last.refresh_from_db()
        assert last.identifier == "demo-2026-11-29"
        assert Event.objects.get(identifier="demo").members.count() == last.members.count()
        assert User.objects.get(email="cashier@example.com").check_password("onsite-demo")
        assert not FormerIdentifier.objects.filter(identifier="demo").exists()

    def test_closes_the_tills_of_the_last(self, last):
        at = AT + timedelta(hours=1)
        shift = Shift.objects.get()
        adult = last.tickets.get(name="Adult")
        paid = {"lines": [Line(adult.pk, 1)], "seller": shift.cashier, "at": at}
        sold_onsite(event=last, payments=[Paid("cash")], **paid)
        asked = sold_onsite(event=last, awaits_card=True, **paid)
        seed("--empty", at=self.LATER)
        shift.refresh_from_db()
        asked.refresh_from_db()
        assert (shift.number, shift.left, asked.status) == (1, Decimal("120.00"), Order.Status.CANCELLED)
        assert differences(CHECKS) == []

    def test_finds_another_identifier_for_the_last_where_its_date_is_taken(self, last):
        EventFactory(identifier="demo-2026-11-29")
        EventFactory(identifier="demo-2026-11-29-2")
        seed("--empty", at=self.LATER)
        last.refresh_from_db()
        assert last.identifier == "demo-2026-11-29-3"

    def test_is_made_anew_after_one_that_was_interrupted(self, last):
        Event.objects.update(identifier=IN_THE_MAKING)
        seed("--empty")
        last.refresh_from_db()
        assert last.identifier == "demo-2026-11-29"
        assert Event.objects.filter(identifier="demo").exists()

    def test_is_not_made_while_its_cashier_works_elsewhere(self, last):
        Event.objects.update(identifier="gala")
        with pytest.raises(CommandError, match="has an open shift at Main entrance of Demo Night"):
            seed("--empty", at=self.LATER)
        assert Event.objects.get() == last


def test_a_time_that_is_none_is_refused():
    with pytest.raises(CommandError, match="is no time"):
        call_command("seed_demo", "--at=tonight")
    assert not User.objects.exists()


def test_without_debug_wants_a_password(settings, monkeypatch):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        seed("--empty")
    assert not User.objects.exists()
    monkeypatch.setenv("DEMO_PASSWORD", "something else")
    seed("--empty")
    assert User.objects.first().check_password("something else")
