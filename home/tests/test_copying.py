"""An event is copied with all that was set up for it, and nothing that happened at it."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from attendees.models import Attendee, Correction, NameWord, RetiredCode
from audit.models import Change
from base.errors import Forbidden, Invalid, TooMany
from books.checking import differences
from books.checks import CHECKS
from books.models import BooksCheck, ClosedReport, Seal
from devices.models import Device
from door.models import CheckIn, Phone, Station
from events.models import Event, FormerIdentifier, Invitation, Member, Role
from events.tests.factories import EventFactory, MemberFactory
from exports.models import Export, Part
from home import copying
from home.copying import ANEW, COPIED, copy_event, moved_by, rehearse
from home.models import Tick
from home.tests.factories import STARTS, event_set_up, organizer_of
from home.tests.tables import tables_of_events
from limits.models import Quota
from limits.quotas import write_quota
from orders.models import Adjustment, Amendment, Order, Payment
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from outbox.models import Hook, Message
from prices.models import Discount
from shifts.models import CashCount, CashMovement, Relief, Shift, Till
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
LATER = datetime(2027, 5, 8, 16, tzinfo=UTC)  # 18:00 in Berlin, in summer as STARTS is
WINTER = datetime(2026, 11, 14, 17, tzinfo=UTC)  # 18:00 in Berlin, in winter
# What happened at an event, what was told of it, and what names it to the world.
LEFT_OUT = {
    Phone,
    *(Order, Payment, Amendment, Adjustment, Attendee, RetiredCode, NameWord, Correction),
    *(Shift, Relief, CashCount, CashMovement, ClosedReport, BooksCheck, Seal),
    *(CheckIn, Export, Part, Message, Hook, Change, Invitation, FormerIdentifier, Tick),
}
# Made anew under the same names, because a tablet is paired to one event.
MADE_ANEW = {Device}


@pytest.fixture
def source(db):
    event = event_set_up()
    event.paragraphs.create(language="de", text="Linie 7")
    return event


@pytest.fixture
def organizer(source):
    return organizer_of(source)


def copied(source, organizer, **values):
    return copy_event(source, by=organizer, **{"name": "Next year", "starts_at": LATER, **values})


def test_every_table_of_an_event_is_copied_or_named_as_left_out():
    assert tables_of_events() == {*COPIED, *LEFT_OUT, *MADE_ANEW}
    assert not {*COPIED} & LEFT_OUT


def test_every_column_is_copied_unless_it_is_named(source, organizer):
    copy = copied(source, organizer, starts_at=source.starts_at)  # so that no time moves
    for model, way in {Event: "pk", **COPIED}.items():
        pairs = zip(*(_rows(model, way, event) for event in (source, copy)), strict=True)
        for before, after in list(pairs):
            assert before.pk != after.pk
            for field in model._meta.concrete_fields:
                kept = field.primary_key or field.name in ANEW.get(model, ()) or field.is_relation
                same = getattr(before, field.attname) == getattr(after, field.attname)
                assert kept or same, f"{model.__name__}.{field.name}"


def _rows(model, way, event):
    rows = model._default_manager.filter(**{way: event.pk})
    rows = rows.order_by("user__is_device", "role", "pk") if model is Member else rows.order_by("pk")
    return list(rows)


def test_what_is_named_as_anew_is_a_column():
    for model, names in ANEW.items():
        assert names <= {field.name for field in model._meta.concrete_fields}


def test_copy_is_a_draft_with_a_name_of_its_own(source, organizer):
    copy = copied(source, organizer)
    assert (copy.name, copy.state, copy.is_test) == ("Next year", "draft", False)
    assert copy.identifier != source.identifier
    assert copied(source, organizer, identifier="next-2").identifier == "next-2"


def test_copy_has_nothing_that_was_sold(source, organizer):
    lines = [Line(source.tickets.get(name="Adult").pk, 2), Line(source.tickets.get(name="Child").pk, 1)]
    sold_onsite(event=source, lines=lines, seller=organizer, payments=[Paid("cash")])
    copy = copied(source, organizer)
    assert [ticket.sold for ticket in copy.tickets.all()] == [0, 0]
    assert copy.tickets.get(name="Adult").held == 8
    assert copy.quotas.get().used == 8
    assert not copy.orders.exists()
    assert not differences(CHECKS)


def test_no_copied_row_leads_to_what_belongs_to_the_source(source, organizer):
    copy = copied(source, organizer)
    ways = {Event: "pk", **COPIED}
    for model, way in COPIED.items():
        rows = model._default_manager.filter(**{way: copy.pk})
        assert rows, model
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model in ways:
                elsewhere = {f"{field.name}__{ways[field.related_model]}": copy.pk}
                assert not rows.exclude(**{field.name: None}).exclude(**elsewhere), (model, field.name)


def test_copied_rows_lead_to_the_copy(source, organizer):
    copy = copied(source, organizer)
    adult, child = copy.tickets.order_by("pk")
    assert set(copy.quotas.get().tickets.all()) == {adult, child}
    assert copy.holds.get(name="Sponsor").till == copy.tills.get()
    assert set(copy.discounts.get().tickets.all()) == {adult}
    assert set(copy.stations.get().tickets.all()) == {adult}
    assert {hold.ticket for hold in copy.holds.all()} == {adult}
    assert all(member.event == copy for member in copy.holds.get(name="Crew").members.all())


def test_members_keep_their_roles_and_tablets_wait_to_be_paired(source, organizer):
    copy = copied(source, organizer)
    people = copy.members.filter(user__is_device=False)
    assert {m.user: m.role for m in people} == {
        m.user: m.role for m in source.members.filter(user__is_device=False)
    }
    tablet = copy.devices.get()
    assert (tablet.name, tablet.last_seen_at, tablet.pairing_digest) == ("Tablet", None, None)
    assert tablet.user not in source.members.values_list("user", flat=True)
    assert {m.user for m in copy.holds.get(name="Crew").members.all()} == {
        people.get(role=Role.CASHIER).user,
        tablet.user,
    }


def test_revoked_tablet_is_left_out(source, organizer):
    source.devices.update(revoked_at=STARTS)
    copy = copied(source, organizer)
    assert not copy.devices.exists()
    assert copy.holds.get(name="Crew").members.count() == 1


def test_members_of_a_copy_stand_in_its_audit_trail(source, organizer):
    copy = copied(source, organizer)
    added = Change.objects.filter(event=copy, act=Change.Act.ADDED, kind="events.member")
    assert added.count() == copy.members.count()
    assert Change.objects.filter(event=copy, kind="tickets.ticket").count() == 2


def test_superuser_who_is_no_member_organizes_the_copy(source, organizer):
    organizer.is_superuser = True
    organizer.save()
    Member.objects.filter(user=organizer).delete()
    copy = copied(source, organizer)
    assert copy.members.get(role=Role.ORGANIZER).user == organizer


@pytest.mark.parametrize("role", [Role.CASHIER, Role.REGISTRAR, None])
def test_who_does_not_organize_copies_nothing(source, role):
    member = MemberFactory(event=source, role=role) if role else MemberFactory(role=Role.ORGANIZER)
    with pytest.raises(Forbidden, match="does not allow"):
        copied(source, member.user)
    with pytest.raises(Forbidden, match="does not allow"):
        rehearse(source, by=member.user)
    assert not Event.objects.filter(creator=member.user).exists()


def test_copies_count_as_events_of_the_day(source, organizer, settings):
    settings.EVENTS_A_DAY = 1
    copied(source, organizer)
    with pytest.raises(TooMany):
        copied(source, organizer)
    with pytest.raises(TooMany):
        rehearse(source, by=organizer)


# --- times ----------------------------------------------------------------------------------------


def wall(at):
    return at.astimezone(ZoneInfo("Europe/Berlin")).strftime("%d %H:%M")


def test_times_move_with_the_start_on_the_wall_clock_over_a_change(source, organizer):
    copy = copied(source, organizer, starts_at=WINTER)
    assert (wall(source.ends_at), wall(copy.ends_at)) == ("18 02:00", "15 02:00")
    adult = copy.tickets.get(name="Adult")
    assert wall(adult.valid_until) == "15 00:00"
    assert wall(adult.sales_starts_at) == "15 18:00"  # 30 days before, in October
    assert adult.valid_until - source.tickets.get(name="Adult").valid_until == timedelta(days=28, hours=1)


def test_hold_and_discount_end_as_long_after(source, organizer):
    Discount.objects.update(ends_at=STARTS + timedelta(hours=2))
    copy = copied(source, organizer)
    before, after = source.holds.get(name="Crew").ends_at, copy.holds.get(name="Crew").ends_at
    assert wall(after)[3:] == wall(before)[3:]
    assert copy.discounts.get().ends_at == LATER + timedelta(hours=2)


def test_end_that_the_clock_would_put_before_its_start_falls_on_it(organizer):
    first = datetime(2026, 10, 25, 0, 40, tzinfo=UTC)  # 02:40 in Berlin, 30 minutes before 02:10 comes again
    event = EventFactory(starts_at=first, ends_at=first + timedelta(minutes=30))
    MemberFactory(event=event, user=organizer, role=Role.ORGANIZER)
    copy = copied(event, organizer)
    assert copy.starts_at == copy.ends_at == LATER


def test_time_that_no_database_holds_is_refused(source, organizer):
    Ticket.objects.update(valid_until=datetime(2999, 12, 1, tzinfo=UTC))
    with pytest.raises(Invalid) as refusal:
        copied(source, organizer)
    assert refusal.value.problems[0].code == "time-out-of-range"


def test_time_that_is_not_moved_is_the_same_in_the_hour_that_comes_twice():
    again = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # the second 02:30 in Berlin
    event = EventFactory.build(starts_at=STARTS)
    assert moved_by(event, STARTS)(again) == again


# --- rehearsals -----------------------------------------------------------------------------------


def test_rehearsal_is_on_sale_at_once_and_a_test(source, organizer):
    event = rehearse(source, by=organizer)
    assert (event.is_test, event.state, event.name) == (True, "published", "Rehearsal: Summer fair")
    line = [Line(event.tickets.get(name="Adult").pk, 1)]
    order = sold_onsite(event=event, lines=line, seller=organizer, payments=[Paid("cash")])
    assert order.status == "completed"


def test_rehearsal_of_a_rehearsal_is_called_the_same(source, organizer):
    again = rehearse(rehearse(source, by=organizer), by=organizer)
    assert again.name == "Rehearsal: Summer fair"


def test_longest_name_has_room_for_the_word(organizer):
    event = EventFactory(name="x" * 200)
    MemberFactory(event=event, user=organizer, role=Role.ORGANIZER)
    assert len(rehearse(event, by=organizer).name) == 200


def test_rehearsal_tells_no_webhook(source, organizer):
    Hook.objects.create(event=source, url="https://example.com/hook", seed="x")
    for copy in (rehearse(source, by=organizer), copied(source, organizer)):
        assert not copy.hooks.exists()


# --- cost and races -------------------------------------------------------------------------------


def _statements(source, organizer):
    with CaptureQueriesContext(connection) as caught:
        copied(source, organizer)
    return len(caught)


def test_copy_costs_no_statement_more_for_more_tickets(source, organizer):
    few = _statements(source, organizer)
    for _number in range(5):
        ticket = TicketFactory(event=source)
        Till.objects.create(event=source, name=ticket.name)
        Station.objects.create(event=source, name=ticket.name)
        MemberFactory(event=source)
        source.quotas.get().memberships.create(ticket=ticket)
        Ticket.objects.filter(pk=ticket.pk).update(limited_by=1)
    assert _statements(source, organizer) == few


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("at_one_moment", [True, False])
def test_copy_is_of_one_moment(monkeypatch, at_one_moment):
    """A ticket comes into another quota between the looks at tickets and at quotas. Read bit by bit, the copy
    has a ticket that does not know of its quota.
    """
    source = event_set_up()
    organizer = organizer_of(source)
    if not at_one_moment:
        monkeypatch.setattr(copying, "one_snapshot", nullcontext)
    moved = []

    def meanwhile(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if not moved and sql.startswith("SELECT") and 'FROM "tickets_ticket"' in sql:
            moved.append(sql)
            elsewhere(lambda: write_quota(Quota(event=source, name="Late", size=99), [_adult(source)]))
        return answer

    with connection.execute_wrapper(meanwhile):
        copied(source, organizer)
    assert moved
    assert differences(CHECKS) is not at_one_moment


def _adult(event):
    return event.tickets.get(name="Adult")


def elsewhere(act):
    """Done by somebody else, on another connection, and committed."""

    def run():
        try:
            act()
        finally:
            connections.close_all()

    other = Thread(target=run)
    other.start()
    other.join()
