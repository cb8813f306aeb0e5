"""Guests are put on the list: free, to be paid at the door, or paid elsewhere; each once, all or nobody."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from attendees.models import Attendee
from attendees.search import find_guests
from base.errors import Conflict, Invalid, NotFound
from books.checking import differences
from books.checks import CHECKS
from door.admission import check_in
from door.scan import Scan
from events.tests.factories import EventFactory, MemberFactory
from limits.tests.factories import hold_of, quota_of
from orders import guest_list
from orders.amending import Ask
from orders.exchanges import exchange
from orders.guest_list import Entry, Listed, Way, put_on_list
from orders.lifecycle import cancel, complete, expire_overdue
from orders.models import Order
from orders.restoring import restore
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.books import assert_books_are_right
from orders.tests.factories import sold_onsite
from orders.tests.rush import at_once, deadlocks
from outbox.models import Message
from outbox.tests.factories import HookFactory
from shifts.desk import Desk
from tickets.tests.factories import FreeTicketFactory, TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, price=20, quantity=10, tax_rate=19, max_order=1)


def entries_of(ticket, number, **more):
    return [Entry(ticket.pk, f"Guest {n}", "Silva", f"g{n}@example.com", **more) for n in range(number)]


def codes(refusal):
    return [(problem.code, problem.path) for problem in refusal.value.problems]


def assert_clean(event):
    assert_books_are_right(event)
    assert differences(CHECKS, event.pk) == []


def test_free_guest_has_a_completed_order_at_no_price_that_the_organizer_answers_for(
    event, ticket, organizer, now
):
    (guest,) = put_on_list(event, [Entry(ticket.pk, "Ana", "Silva")], by=organizer, at=now).guests
    guest.refresh_from_db()
    order = guest.order
    assert (order.status, order.amount, order.payment_mode) == ("completed", 0, "free")
    assert (guest.price_paid, guest.price_reason, guest.approved_by) == (0, "Guest list", organizer)
    assert (guest.sold_as, guest.tax, order.completed_at) == (ticket.name, 0, now)
    assert order.is_listed
    assert order.letterhead.by == str(organizer)
    assert check_in(Scan(event=event, code=guest.code), by=None).answer == "ok"
    assert_clean(event)


def test_free_ticket_needs_nobody_to_answer_for_its_price(event, organizer):
    free = FreeTicketFactory(event=event)
    (guest,) = put_on_list(event, [Entry(free.pk, "Ana")], by=organizer).guests
    assert (guest.price_reason, guest.approved_by) == ("", None)
    (other,) = put_on_list(event, [Entry(free.pk, "Bo", way=Way.AT_DOOR)], by=organizer).guests
    assert (other.order.status, other.order.payment_mode) == ("completed", "free")
    assert_clean(event)


def test_guest_who_pays_at_the_door_never_expires(event, ticket, organizer, cashier, now):
    event.pending_minutes = 5
    event.save()
    (guest,) = put_on_list(
        event, [Entry(ticket.pk, "Ana", way=Way.AT_DOOR)], by=organizer, at=now - timedelta(days=400)
    ).guests
    expire_overdue(event, now)
    guest.order.refresh_from_db()
    assert (guest.order.status, guest.order.amount, guest.order.expires_at) == ("pending", 20, None)
    assert guest.tax == Decimal("3.19")
    assert check_in(Scan(event=event, code=guest.code), by=None).answer == "unpaid"
    desk = Desk(cashier, drawer_required=True)
    paid = complete(guest.order, payments=[Paid("cash", tendered=Decimal(50))], desk=desk, admit=True)
    guest.refresh_from_db()
    assert (paid.status, paid.change, guest.is_inside) == ("completed", 30, True)
    assert_clean(event)


def test_guest_who_paid_elsewhere_has_a_payment_in_no_drawer(event, ticket, organizer, cashier):
    entry = Entry(ticket.pk, "Ana", way=Way.PAID, reference="Shop 77")
    (guest,) = put_on_list(event, [entry], by=cashier).guests
    (payment,) = guest.order.payments.all()
    assert (payment.amount, payment.tender, payment.reference) == (20, "other", "Shop 77")
    assert (payment.shift, guest.order.shift, guest.order.status) == (None, None, "completed")
    assert_clean(event)


def test_guests_are_found_by_name_as_everybody_is(event, ticket, organizer):
    put_on_list(event, [Entry(ticket.pk, "José", "Müller")], by=organizer)
    assert [str(guest) for guest in find_guests(event, "mueller jo")] == ["José Müller"]


def test_the_same_list_put_again_changes_nothing(event, ticket, organizer):
    entries = entries_of(ticket, 3)
    first = put_on_list(event, entries, by=organizer)
    again = put_on_list(event, [*entries, Entry(ticket.pk, "New")], by=organizer)
    assert [str(guest) for guest in again.guests] == ["New"]
    assert {order.pk for order in again.already} == {guest.order_id for guest in first.guests}
    assert Attendee.objects.count() == 4
    assert_clean(event)


def test_the_same_list_is_there_although_all_is_sold_out(event, organizer):
    ticket = TicketFactory(event=event, quantity=3)
    entries = entries_of(ticket, 3)
    put_on_list(event, entries, by=organizer)
    assert len(put_on_list(event, entries, by=organizer).already) == 3


def test_who_was_cancelled_is_not_put_again(event, ticket, organizer):
    (guest,) = put_on_list(event, [Entry(ticket.pk, "Ana", key="7")], by=organizer).guests
    cancel(guest.order, desk=Desk(organizer), reason="ill")
    again = put_on_list(event, [Entry(ticket.pk, "Another name", key="7")], by=organizer)
    assert [order.status for order in again.already] == ["cancelled"]
    assert not again.guests


def test_one_key_is_of_one_event(event, ticket, organizer):
    other = TicketFactory(event=EventFactory())
    for one in (ticket, other):
        assert put_on_list(one.event, [Entry(one.pk, key="7")], by=organizer).guests


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"firstname": "ANA ", "lastname": " silva"}, True),
        ({"email": "A@Example.com"}, True),
        ({"lastname": "Silvo"}, False),
        ({"email": "b@example.com"}, False),
        ({"way": Way.PAID}, True),
    ],
)
def test_without_a_key_a_guest_is_known_by_ticket_name_and_address(ticket, other, same):
    entry = Entry(ticket.pk, "Ana", "Silva", "a@example.com")
    assert (replace(entry, **other).list_key == entry.list_key) is same


def test_two_of_one_key_are_refused_with_the_first_one_named(event, ticket, organizer):
    entries = [Entry(ticket.pk, "A", key="1"), Entry(ticket.pk, "B", key="2"), Entry(ticket.pk, "C", key="1")]
    with pytest.raises(Invalid) as refusal:
        put_on_list(event, entries, by=organizer)
    assert codes(refusal) == [("duplicate-key", ("entries", 2, "key"))]
    assert refusal.value.problems[0].meta == {"first": 0}
    assert not Order.objects.exists()


def test_all_that_cannot_be_is_said_at_once(event, ticket, organizer):
    entries = [
        Entry(ticket.pk, "x" * 300, "Silva", "nowhere"),
        Entry(ticket.pk),
        Entry(ticket.pk, "A\tB", key="k" * 65, reference="r" * 101),
    ]
    with pytest.raises(Invalid) as refusal:
        put_on_list(event, entries, by=organizer)
    assert [path for _code, path in codes(refusal)] == [
        ("entries", 0, "firstname"),
        ("entries", 0, "email"),
        ("entries", 1, "lastname"),
        ("entries", 2, "firstname"),
        ("entries", 2, "key"),
        ("entries", 2, "reference"),
    ]


def test_ticket_of_another_event_is_refused_at_its_entry(event, ticket, organizer):
    put_on_list(event, [Entry(ticket.pk, "There")], by=organizer)
    other = TicketFactory(event=EventFactory())
    with pytest.raises(NotFound) as refusal:
        put_on_list(event, [Entry(ticket.pk, "There"), Entry(other.pk, "Ana")], by=organizer)
    assert codes(refusal) == [("unknown-ticket", ("entries", 1, "ticket"))]


def test_one_too_many_puts_nobody(event, organizer):
    ticket = TicketFactory(event=event, quantity=4)
    quota_of(ticket, size=3)
    with pytest.raises(Conflict) as refusal:
        put_on_list(event, entries_of(ticket, 4), by=organizer)
    assert {code for code, _path in codes(refusal)} == {"sold-out"}
    assert refusal.value.problems[0].meta["available"] == 3
    assert not Attendee.objects.exists()
    assert_clean(event)


def test_what_unpaid_orders_keep_beyond_their_time_is_put_on_the_list(event, organizer, now):
    event.pending_minutes = 5
    event.save()
    ticket = TicketFactory(event=event, price=20, quantity=4)
    sold_onsite(event=event, lines=[Line(ticket.pk, 3)], status="pending", at=now - timedelta(hours=1))
    put_on_list(event, entries_of(ticket, 1), by=organizer, at=now - timedelta(hours=1))
    assert len(put_on_list(event, entries_of(ticket, 4), by=organizer, at=now).guests) == 3


def test_smallest_order_of_a_ticket_is_asked_of_each(event, organizer):
    pairs = TicketFactory(event=event, min_order=2)
    with pytest.raises(Invalid) as refusal:
        put_on_list(event, entries_of(pairs, 2), by=organizer)
    assert [code for code, _path in codes(refusal)] == ["below-min-order"] * 2


def test_list_is_taken_from_a_hold(event, ticket, organizer):
    hold = hold_of(ticket, 2)
    put_on_list(event, entries_of(ticket, 2, hold_id=hold.pk), by=organizer)
    hold.refresh_from_db()
    assert hold.sold == 2
    with pytest.raises(Conflict):
        put_on_list(event, [Entry(ticket.pk, "More", hold_id=hold.pk)], by=organizer)
    assert_clean(event)


def test_nobody_is_put_on_the_list_of_a_draft(organizer):
    ticket = TicketFactory(event=EventFactory(state="draft"))
    with pytest.raises(Conflict) as refusal:
        put_on_list(ticket.event, [Entry(ticket.pk, "Ana")], by=organizer)
    assert codes(refusal)[0][0] == "event-not-published"


def test_donation_names_its_price_at_the_door_and_not_on_the_list(event, organizer):
    gift = TicketFactory(event=event, type="donation", price=0, min_price=2)
    assert put_on_list(event, [Entry(gift.pk, "Free")], by=organizer).guests[0].price_reason
    with pytest.raises(Invalid) as refusal:
        put_on_list(event, [Entry(gift.pk, "Ana", way=Way.AT_DOOR)], by=organizer)
    assert codes(refusal) == [("price-required", ("entries", 0, "ticket"))]


def test_who_listens_is_told_of_every_order_in_one_message(event, ticket, organizer):
    HookFactory(event=event)
    put_on_list(event, [*entries_of(ticket, 2), Entry(ticket.pk, "Ana", way=Way.AT_DOOR)], by=organizer)
    (message,) = Message.objects.filter(kind="announcement")
    assert Counter(one["type"] for one in message.payload) == {"order.placed": 3, "order.completed": 2}
    assert "Silva" not in str(message.payload)


def test_restored_guest_does_not_expire_either(event, ticket, organizer, now):
    event.pending_minutes = 5
    event.save()
    (guest,) = put_on_list(event, [Entry(ticket.pk, "Ana", way=Way.AT_DOOR)], by=organizer).guests
    cancel(guest.order, desk=Desk(organizer), reason="ill")
    restore(guest.order, ask=Ask(Desk(organizer), "well", at=now))
    guest.order.refresh_from_db()
    assert (guest.order.status, guest.order.expires_at) == ("pending", None)


def test_guest_who_paid_elsewhere_is_exchanged_and_pays_the_rest(event, ticket, organizer, cashier, now):
    better = TicketFactory(event=event, price=30)
    (guest,) = put_on_list(event, [Entry(ticket.pk, "Ana", way=Way.PAID)], by=organizer).guests
    ask = Ask(Desk(cashier), "wants more", at=now)
    exchange(guest.order, attendees=[guest.pk], ticket=better.pk, ask=ask, payments=[Paid("card")])
    assert_clean(event)


@pytest.mark.parametrize("heard", [False, True])
def test_statements_do_not_grow_with_the_list(event, organizer, heard):
    ticket = TicketFactory(event=event, quantity=None)
    if heard:
        HookFactory(event=event)
    put_on_list(event, [Entry(ticket.pk, "First", way=Way.PAID)], by=organizer)

    def cost(number, tag):
        entries = entries_of(ticket, number, way=Way.PAID)
        entries = [replace(entry, firstname=f"{entry.firstname} {tag}") for entry in entries]
        with CaptureQueriesContext(connection) as queries:
            put_on_list(event, entries, by=organizer)
        sent = [query["sql"] for query in queries]
        # SQLite takes so many parameters at once, and no more: an insert in parts counts as one.
        return len([sql for n, sql in enumerate(sent) if n == 0 or sql[:30] != sent[n - 1][:30]])

    assert cost(5, "few") == cost(500, "many") <= 16


# --- races ----------------------------------------------------------------------------------------

TRIES = 6


def race(event, ticket, organizer, number):
    entries = entries_of(ticket, number)
    return at_once(*(partial(put_on_list, event, entries, by=organizer) for _ in range(TRIES)))


@pytest.mark.postgres
def test_the_same_list_put_by_many_at_once_is_put_once(event, organizer):
    ticket = TicketFactory(event=event, quantity=20)
    before = deadlocks()
    outcomes = race(event, ticket, organizer, 20)
    assert all(isinstance(one, Listed) for one in outcomes), outcomes
    assert sorted(len(one.guests) for one in outcomes) == [0] * (TRIES - 1) + [20]
    assert deadlocks() == before
    assert_clean(event)


@pytest.mark.postgres
def test_control_without_the_lock_only_the_constraint_is_left(event, organizer, monkeypatch):
    ticket = TicketFactory(event=event, quantity=None)
    everybody_has_looked = threading.Barrier(TRIES)
    look = guest_list.already_there

    def looks(*args):
        found = look(*args)
        everybody_has_looked.wait(timeout=30)
        return found

    monkeypatch.setattr(guest_list, "lock_list", lambda event: None)
    monkeypatch.setattr(guest_list, "already_there", looks)
    outcomes = Counter(type(one) for one in race(event, ticket, organizer, 20))
    assert outcomes == {Listed: 1, IntegrityError: TRIES - 1}
    assert Attendee.objects.count() == 20


@pytest.mark.postgres
def test_list_and_tills_together_never_sell_one_too_many(event, organizer):
    ticket = TicketFactory(event=event, quantity=30)
    cashier = MemberFactory(event=event).user

    def sell():
        return sold_onsite(event=event, seller=cashier, lines=[Line(ticket.pk, 4)])

    def put(n):
        entries = [Entry(ticket.pk, f"G{n}-{place}") for place in range(7)]
        return put_on_list(event, entries, by=organizer)

    before = deadlocks()
    outcomes = at_once(*([sell] * 6), *(partial(put, n) for n in range(4)))
    assert {type(one) for one in outcomes} <= {Order, Listed, Conflict}, outcomes
    ticket.refresh_from_db()
    assert ticket.sold == Attendee.objects.count() <= 30
    assert 30 - ticket.sold < 7
    assert Order.objects.listed().count() % 7 == 0
    assert deadlocks() == before
    assert_clean(event)
