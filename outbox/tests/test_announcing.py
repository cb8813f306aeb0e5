"""Every way in which something happens that hooks hear of."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from attendees.tests.factories import DraftFactory
from base.errors import Busy, Conflict
from base.tests.client import document, relation
from door.admission import admit_group, check_in, check_out
from door.scan import Scan
from door.undo import undo
from events.models import Event
from orders.amending import Ask
from orders.exchanges import exchange
from orders.lifecycle import MoneyDue, cancel, complete, expire_overdue, give_back, withdraw
from orders.models import Order
from orders.partial import cancel_attendees
from orders.refunds import refund
from orders.reissue import swap_code
from orders.restoring import restore
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import ordered_online, sold_onsite
from outbox.announcing import announce
from outbox.models import Hook, Message
from outbox.tests.factories import HookFactory, announced, hand_on, topics
from shifts import drawer
from shifts.desk import Desk
from shifts.tests.factories import TillFactory
from tickets.tests.factories import FreeTicketFactory, TicketFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.walk]

PLACED, COMPLETED, CANCELLED = "order.placed", "order.completed", "order.cancelled"
CHANGED = "order.changed"
EXPIRED, REFUNDED = "order.expired", "order.refunded"
CAME, LEFT = "attendee.checked-in", "attendee.checked-out"
SOLD_OUT, CLOSED = "ticket.sold-out", "shift.closed"


@pytest.fixture
def hook(event):
    return HookFactory(event=event)


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, price=20, quantity=10)


def heard_since(act):
    """The topics that an act adds."""
    before = len(topics())
    act()
    return topics()[before:]


class World:
    """An event with a hook, and what is done there, each act as those do it who may."""

    def __init__(self, api, client, event, ticket, member):
        self.api, self.client, self.event, self.ticket, self.member = api, client, event, ticket, member
        self.cashier, self.organizer = member("cashier"), member("organizer")

    def sold(self, quantity=1, **terms):
        terms = {"status": "completed", "seller": self.cashier, **terms}
        return sold_onsite(event=self.event, lines=[Line(self.ticket.pk, quantity)], **terms)

    def pending(self):
        return self.sold(status="pending")

    def overdue(self):
        order = self.pending()
        past = datetime.now(UTC) - timedelta(minutes=1)
        Order.objects.filter(pk=order.pk).update(expires_at=past)
        return order

    def scan(self, guest):
        return Scan(self.event, guest.code)

    def ask(self, **terms):
        return Ask(Desk(self.organizer), "rain", **terms)

    # Each prepares what it needs, and returns what is then done.

    def sale_by_the_domain(self):
        return self.sold

    def sale_by_the_api(self):
        return lambda: self.api(self.organizer).sell(self.event, (self.ticket, 2), status="completed")

    def sale_by_the_till(self):
        self.client.force_login(self.cashier)
        form = {f"quantity_{self.ticket.pk}": 1, "tender": "card", "idempotency_key": "k"}
        return lambda: self.client.post(f"/till/{self.event.identifier}/", form)

    def sale_by_the_shell(self):
        arguments = ["sell_onsite", self.event.identifier, f"{self.ticket.pk}=1", "--tender", "card"]
        return lambda: call_command(*arguments)

    def sale_that_is_pending(self):
        return self.pending

    def sale_with_admission(self):
        return lambda: self.sold(2, admit=True)

    def sale_of_the_last(self):
        return lambda: self.sold(10)

    def sale_sent_twice(self):
        def twice():
            for _ in range(2):
                self.sold(idempotency_key="the same")

        return twice

    def sale_that_is_refused(self):
        def refused():
            with pytest.raises(Conflict):
                self.sold(11)

        return refused

    def order_online(self):
        draft = DraftFactory(ticket=self.ticket, creator=self.member("cashier"))
        return lambda: ordered_online(event=self.event, attendees=[draft], buyer=draft.creator)

    def order_online_of_the_last_free_one(self):
        free = FreeTicketFactory(event=self.event, quantity=1)
        draft = DraftFactory(ticket=free, creator=self.member("cashier"))
        return lambda: ordered_online(event=self.event, attendees=[draft], buyer=draft.creator)

    def completion_by_the_domain(self):
        order = self.pending()
        return lambda: complete(order, payments=[Paid("card")], admit=True)

    def completion_by_the_api(self):
        order = self.pending()
        body = document("order", order.pk, status="completed")
        return lambda: self.api(self.organizer).patch(f"/v1/orders/{order.pk}", body)

    def completion_sent_twice(self):
        order = self.pending()
        complete(order, payments=[Paid("card")])
        return lambda: complete(order, payments=[Paid("card")])

    def completion_by_a_late_card(self):
        order = self.overdue()
        expire_overdue(self.event)
        self.sold(9)
        return lambda: complete(order, payments=[Paid("card")])

    def card_that_comes_too_late_and_goes_back(self):
        order = self.overdue()
        expire_overdue(self.event)
        self.sold(10)
        with pytest.raises(MoneyDue):
            complete(order, payments=[Paid("card")])
        return lambda: give_back(order)

    def cancellation_of_a_paid_one(self):
        order = self.sold(admit=True)
        return lambda: cancel(order, desk=Desk(self.cashier))

    def cancellation_of_an_unpaid_one(self):
        order = self.pending()
        return lambda: cancel(order, desk=Desk(self.cashier))

    def cancellation_that_keeps_the_money(self):
        order = self.sold()
        return lambda: cancel(order, desk=Desk(self.organizer), reason="no show", money_back=None)

    def cancellation_of_some_tickets(self):
        order = self.sold(2, admit=True)
        one = order.attendees.all()[0].pk
        return lambda: cancel_attendees(order, attendees=[one], ask=self.ask())

    def money_back_for_tickets_that_stay(self):
        order = self.sold()
        return lambda: refund(order, amount=Decimal(1), ask=self.ask())

    def refund_sent_twice(self):
        order, ask = self.sold(), self.ask(key="k")
        refund(order, amount=Decimal(1), ask=ask)
        return lambda: refund(order, amount=Decimal(1), ask=ask)

    def exchange_of_the_last_for_a_guest_inside(self):
        order = self.sold(admit=True)
        last = TicketFactory(event=self.event, price=5, quantity=1)
        guest = order.attendees.get().pk
        return lambda: exchange(order, attendees=[guest], ticket=last.pk, ask=self.ask())

    def restoring_the_last(self):
        order = cancel(self.pending(), desk=Desk(self.cashier))
        self.sold(9)
        return lambda: restore(order, ask=self.ask())

    def lost_ticket(self):
        order = self.sold()
        return lambda: swap_code(order, attendee=order.attendees.get().pk, ask=self.ask())

    def cancellation_by_the_api(self):
        order = self.sold()
        body = document("order", order.pk, status="cancelled")
        return lambda: self.api(self.organizer).patch(f"/v1/orders/{order.pk}", body)

    def cancellation_in_the_admin(self):
        order = self.sold()
        self.client.force_login(self.organizer)
        form = {"action": "cancel_orders", "_selected_action": order.pk, "reason": "rain"}
        form[f"order-{order.pk}-money"] = "outside"
        return lambda: self.client.post("/admin/orders/order/", form)

    def cancellation_by_the_buyer(self):
        draft = DraftFactory(ticket=self.ticket, creator=self.member("cashier"))
        order = ordered_online(event=self.event, attendees=[draft], buyer=draft.creator)
        return lambda: withdraw(order, buyer=draft.creator)

    def cancellation_sent_twice(self):
        order = self.sold()
        cancel(order)
        return lambda: cancel(order)

    def expiry_by_the_shell(self):
        self.overdue()
        return lambda: call_command("expire_orders")

    def expiry_by_a_sale_that_needs_the_tickets(self):
        self.overdue()
        return lambda: self.sold(10)

    def scan_by_the_domain(self):
        guest = self.sold().attendees.get()
        return lambda: check_in(self.scan(guest), by=None)

    def scan_that_is_answered_no(self):
        guest = self.pending().attendees.get()
        return lambda: check_in(self.scan(guest), by=None)

    def scan_by_the_api(self):
        guest = self.sold().attendees.get()
        station = self.event.stations.create(name="North")
        linked = {"station": relation("station", station.pk)}
        body = document("check-in", relationships=linked, code=guest.code, direction="in")
        return lambda: self.api(self.cashier).post("/v1/check-ins", body)

    def scan_out(self):
        guest = self.sold(admit=True).attendees.get()
        return lambda: check_out(self.scan(guest), by=None)

    def scan_of_a_group(self):
        guests = list(self.sold(3).attendees.all())
        return lambda: admit_group(guests, self.scan(guests[0]), by=None)

    def scan_of_an_event_that_counts(self):
        Event.objects.filter(pk=self.event.pk).update(capacity=100)
        guest = self.sold().attendees.get()
        return lambda: check_in(Scan(Event.objects.get(pk=self.event.pk), guest.code), by=None)

    def scan_that_comes_late(self):
        guest = self.sold().attendees.get()
        an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
        return lambda: check_in(Scan(self.event, guest.code, occurred_at=an_hour_ago, admitted=True), by=None)

    def scan_on_another_day_of_who_left_without_one(self):
        Event.objects.filter(pk=self.event.pk).update(reentry="daily")
        guest, event = self.sold().attendees.get(), Event.objects.get(pk=self.event.pk)
        check_in(Scan(event, guest.code), by=None, at=datetime.now(UTC) - timedelta(days=2))
        return lambda: check_in(Scan(event, guest.code), by=None)

    def scan_undone(self):
        check = check_in(self.scan(self.sold().attendees.get()), by=None)
        return lambda: undo(check, by=None)

    def scan_undone_twice(self):
        check = check_in(self.scan(self.sold().attendees.get()), by=None)
        undo(check, by=None)
        return lambda: undo(check, by=None)

    def check_in_by_patch(self):
        guest = self.sold().attendees.get()
        body = document("attendee", guest.pk, **{"is-checked-in": True})
        return lambda: self.api(self.cashier).patch(f"/v1/attendees/{guest.pk}", body)

    def check_in_taken_back_by_patch(self):
        guest = self.sold().attendees.get()
        check_in(self.scan(guest), by=None)
        body = document("attendee", guest.pk, **{"is-checked-in": False})
        return lambda: self.api(self.cashier).patch(f"/v1/attendees/{guest.pk}", body)

    def closed_shift(self):
        till = TillFactory(event=self.event)
        shift = drawer.open_shift(till=till, cashier=self.cashier, opening_float=Decimal(0))
        drawer.count(shift=shift, cash=Decimal(0), card=Decimal(0), by=self.cashier)
        return lambda: drawer.close_shift(shift=shift, by=self.cashier)


@pytest.fixture
def world(api, client, event, ticket, member):
    return World(api, client, event, ticket, member)


ACTS = {
    "sale_by_the_domain": [PLACED, COMPLETED],
    "sale_by_the_api": [PLACED, COMPLETED],
    "sale_by_the_till": [PLACED, COMPLETED],
    "sale_by_the_shell": [PLACED, COMPLETED],
    "sale_that_is_pending": [PLACED],
    "sale_with_admission": [PLACED, COMPLETED, CAME, CAME],
    "sale_of_the_last": [PLACED, COMPLETED, SOLD_OUT],
    "sale_sent_twice": [PLACED, COMPLETED],
    "sale_that_is_refused": [],
    "order_online": [PLACED],
    "order_online_of_the_last_free_one": [PLACED, COMPLETED, SOLD_OUT],
    "completion_by_the_domain": [COMPLETED, CAME],
    "completion_by_the_api": [COMPLETED],
    "completion_sent_twice": [],
    "completion_by_a_late_card": [COMPLETED, SOLD_OUT],
    "card_that_comes_too_late_and_goes_back": [REFUNDED],
    "cancellation_of_a_paid_one": [CANCELLED, REFUNDED, LEFT],
    "cancellation_of_an_unpaid_one": [CANCELLED],
    "cancellation_that_keeps_the_money": [CANCELLED],
    "cancellation_of_some_tickets": [CHANGED, REFUNDED, LEFT],
    "money_back_for_tickets_that_stay": [REFUNDED],
    "refund_sent_twice": [],
    "exchange_of_the_last_for_a_guest_inside": [CHANGED, REFUNDED, LEFT, CAME, SOLD_OUT],
    "restoring_the_last": [CHANGED, SOLD_OUT],
    "lost_ticket": [CHANGED],
    "cancellation_by_the_api": [CANCELLED, REFUNDED],
    "cancellation_in_the_admin": [CANCELLED, REFUNDED],
    "cancellation_by_the_buyer": [CANCELLED],
    "cancellation_sent_twice": [],
    "expiry_by_the_shell": [EXPIRED],
    "expiry_by_a_sale_that_needs_the_tickets": [EXPIRED, PLACED, COMPLETED, SOLD_OUT],
    "scan_by_the_domain": [CAME],
    "scan_that_is_answered_no": [],
    "scan_by_the_api": [CAME],
    "scan_out": [LEFT],
    "scan_of_a_group": [CAME, CAME, CAME],
    "scan_of_an_event_that_counts": [CAME],
    "scan_that_comes_late": [CAME],
    "scan_on_another_day_of_who_left_without_one": [LEFT, CAME],
    "scan_undone": [LEFT],
    "scan_undone_twice": [],
    "check_in_by_patch": [CAME],
    "check_in_taken_back_by_patch": [LEFT],
    "closed_shift": [CLOSED],
}


@pytest.mark.parametrize("act", ACTS)
def test_act_is_announced(world, hook, act):
    assert heard_since(getattr(world, act)()) == ACTS[act]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("hooks", ["none", "off", "elsewhere"])
def test_act_that_nobody_wants_to_hear_of_is_not(world, act, hooks):
    if hooks == "off":
        HookFactory(event=world.event, is_active=False)
    if hooks == "elsewhere":
        HookFactory()
    getattr(world, act)()()
    assert not Message.objects.exists()


def test_every_act_is_walked():
    assert {name for name in vars(World) if not name.startswith("_")} - {*ACTS} == {
        "sold",
        "pending",
        "overdue",
        "scan",
        "ask",
    }


def test_sale_of_the_last_is_told_again_when_it_was_given_back(world, hook):
    order = world.sold(10)
    cancel(order)
    world.sold(9)
    assert topics().count(SOLD_OUT) == 1
    world.sold(1)
    assert topics().count(SOLD_OUT) == 2


@contextmanager
def commits_fail():
    """What is announced names an event that there is not, which is found out at the commit."""

    def spoil(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if "insert_outbox_message" in sql or sql.startswith('INSERT INTO "outbox_message"'):
            with connection.cursor() as cursor:
                cursor.execute("UPDATE outbox_message SET event_id = 987654321")
        return result

    with connection.execute_wrapper(spoil):
        yield


@pytest.mark.parametrize("act", [name for name, told in ACTS.items() if told and "api" not in name])
def test_act_whose_commit_fails_is_not_announced(world, hook, act):
    world.client.raise_request_exception = False
    do = getattr(world, act)()
    orders, told = list(Order.objects.order_by("pk").values()), announced()
    with commits_fail():
        try:
            do()
        except (IntegrityError, Busy):
            pass
    assert announced() == told
    if act != "expiry_by_a_sale_that_needs_the_tickets":
        assert list(Order.objects.order_by("pk").values()) == orders


def test_nothing_is_announced_outside_of_a_transaction(hook):
    with pytest.raises(RuntimeError):
        announce(hook.event_id, [], at=datetime.now(UTC))


def test_message_holds_no_code_no_name_and_no_address(world, hook):
    from orders.sale import Guest

    guests = (Guest("Hildegard", "Zwiebel", "hildegard@example.com"),)
    lines = [Line(world.ticket.pk, 1, guests=guests)]
    order = sold_onsite(event=world.event, lines=lines, status="completed", admit=True)
    told = json.dumps([message.payload for message in hand_on()])
    guest = order.attendees.get()
    for secret in ("Hildegard", "Zwiebel", "example.com", guest.code, world.cashier.email):
        assert secret not in told


def test_payload_is_a_json_api_resource(world, hook):
    order = world.sold(admit=True)
    placed, _completed, came = (message.payload for message in hand_on())
    assert placed["data"]["type"] == "order"
    assert placed["data"]["id"] == str(order.pk)
    assert placed["data"]["attributes"]["amount"] == "20.00"
    assert placed["data"]["relationships"]["event"] == {"data": {"type": "event", "id": str(world.event.pk)}}
    check = order.attendees.get().check_ins.get()
    assert (came["data"]["type"], came["data"]["id"]) == ("check-in", str(check.pk))
    assert came["data"]["relationships"]["attendee"]["data"]["id"] == str(check.attendee_id)


class TestHandingOn:
    def test_each_hook_gets_what_it_wants_to_hear_of(self, world):
        all_of_it, some = HookFactory(event=world.event), HookFactory(event=world.event, topics=[COMPLETED])
        HookFactory(event=world.event, is_active=False)
        HookFactory()
        world.sold()
        messages = hand_on()
        assert [(m.hook, m.topic) for m in messages] == [
            (all_of_it, PLACED),
            (all_of_it, COMPLETED),
            (some, COMPLETED),
        ]
        assert messages[1].message_id == messages[2].message_id != messages[0].message_id

    def test_hook_that_came_later_hears_nothing_of_before(self, world, hook):
        world.sold()
        HookFactory(event=world.event)
        assert {message.hook for message in hand_on()} == {hook}

    def test_what_was_handed_on_twice_is_sent_once(self, world, hook):
        from outbox.webhooks import fan_out

        world.sold(status="pending")
        row = Message.objects.get()
        fan_out(row)
        fan_out(row)
        assert Message.objects.count() == 1

    def test_deleted_hook_takes_its_messages_along(self, world, hook):
        world.sold()
        hand_on()
        Hook.objects.get().delete()
        assert not Message.objects.exists()


def test_hook_is_kept_in_the_audit_trail(hook, member):
    from audit.models import Change

    hook.url = "https://other.example.com/"
    hook.save()
    kept = Change.objects.filter(kind="outbox.hook")
    assert {change.event_id for change in kept} == {hook.event_id}
    assert hook.seed not in json.dumps([[change.before, change.after] for change in kept])


def test_transaction_around_it_is_all_that_it_needs(hook):
    with transaction.atomic():
        announce(hook.event_id, [], at=datetime.now(UTC))
    assert not Message.objects.exists()
