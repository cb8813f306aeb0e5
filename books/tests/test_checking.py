"""The checks find whatever does not add up, each by its ids, and nothing where all is well."""

import re
from decimal import Decimal
from threading import Event as Signal
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from base.snapshot import one_snapshot
from books.checking import differences
from books.checks import CHECKS
from books.tests.acts import close, sell
from door.admission import Scan, check_in, check_out
from events.tests.factories import EventFactory
from limits.tests.factories import hold_of, quota_of
from onsite_project.tests.asking import undone
from orders.amending import Ask
from orders.exchanges import exchange
from orders.lifecycle import cancel
from orders.partial import cancel_attendees
from orders.sale import Line
from orders.settlement import Paid
from prices.claims import Claim
from prices.tests.factories import discount_of
from shifts import drawer
from shifts.desk import Desk
from shifts.models import Shift
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import FreeTicketFactory, TicketFactory


class Evening:
    """Two shifts at one till, the first of them closed; sales of all kinds; guests inside."""

    def __init__(self, event):
        event.capacity = 100
        event.save()
        self.event = event
        self.adult = TicketFactory(event=event, price=Decimal("19.98"), tax_rate=19)
        self.child = TicketFactory(event=event, price=8, tax_rate=7)
        self.closed = ShiftFactory(till__event=event)
        lines = [Line(self.adult.pk, 2), Line(self.child.pk, 1)]
        self.sold = sell(self.closed, self.adult, Paid("cash"), lines=lines)
        sell(self.closed, FreeTicketFactory(event=event))
        self.paid_by_card = sell(self.closed, self.child, Paid("card"))
        drawer.move_cash(
            shift=self.closed, amount=Decimal(-15), reason="flowers", desk=Desk(self.closed.cashier)
        )
        close(self.closed)
        left = drawer.suggested_float(self.closed.till)
        self.open = drawer.open_shift(till=self.closed.till, cashier=self.closed.cashier, opening_float=left)
        self.cancelled = sell(self.open, self.child, Paid("cash"), quantity=2)
        cancel(self.cancelled, desk=Desk(self.open.cashier))
        self.changed = sell(self.open, self.adult, Paid("cash"), quantity=3)
        ask = Ask(Desk(None, self.open.till_id), "rain")
        self.ended, before, _stays = self.changed.attendees.order_by("pk")
        cancel_attendees(self.changed, attendees=[self.ended.pk], ask=ask, amount=Decimal(10))
        exchange(self.changed, attendees=[before.pk], ticket=self.child.pk, ask=ask)
        self.ended.refresh_from_db()
        before.refresh_from_db()
        self.exchanged = before.replacements.get()
        self.pending = sell(self.open, self.adult, status="pending")
        self.quota = quota_of(self.adult, self.child, size=50)
        self.hold = hold_of(self.child, 4)
        listed = [Line(self.child.pk, 2, hold_id=self.hold.pk)]
        self.listed = sell(self.open, self.child, Paid("cash"), lines=listed).attendees.first()
        self.guests = list(self.sold.attendees.order_by("pk"))
        for guest in self.guests:
            check_in(Scan(event, guest.code), by=self.open.cashier)
        check_out(Scan(event, self.guests[2].code), by=self.open.cashier)
        self.discount = discount_of(event, percent=10, limit=5)
        claim = Claim(self.discount.pk)
        orders = [sell(self.open, self.adult, Paid("cash"), quantity=2, discount=claim) for _sale in range(2)]
        self.reduced = orders[0].attendees.first()
        self.other = ShiftFactory()  # of another event
        self.other_ticket = TicketFactory(event=self.other.till.event)
        self.other_discount = discount_of(self.other.till.event, percent=5)

    @property
    def payment(self):
        return self.sold.payments.get()


@pytest.fixture(scope="class")
def evening(django_db_setup, django_db_blocker):
    """Filled once for a class; what each test damages is undone."""
    with django_db_blocker.unblock(), undone():
        evening = Evening(EventFactory())
        connection.check_constraints()  # else after each test, and undone with it
        yield evening


def run(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def found(event=None):
    return differences(CHECKS, event)


# By the check that must find it: what is planted, and the id of what is then told.
DAMAGE = {
    "sold": ("UPDATE tickets_ticket SET sold = sold - 1 WHERE id = {e.adult.pk}", "e.adult.pk"),
    "held": ("UPDATE tickets_ticket SET held = held + 1 WHERE id = {e.child.pk}", "e.child.pk"),
    "from-hold": ("UPDATE limits_hold SET sold = sold + 1 WHERE id = {e.hold.pk}", "e.hold.pk"),
    "in-quotas": ("UPDATE tickets_ticket SET limited_by = 0 WHERE id = {e.child.pk}", "e.child.pk"),
    "quota": ("UPDATE limits_quota SET used = used - 1 WHERE id = {e.quota.pk}", "e.quota.pk"),
    "quota-event": (
        "UPDATE limits_membership SET ticket_id = {e.other_ticket.pk} WHERE ticket_id = {e.adult.pk}",
        "e.quota.pk",
    ),
    "hold-event": (
        "UPDATE limits_hold SET ticket_id = {e.other_ticket.pk} WHERE id = {e.hold.pk}",
        "e.hold.pk",
    ),
    "hold-ticket": (
        "UPDATE attendees_attendee SET ticket_id = {e.adult.pk} WHERE id = {e.listed.pk}",
        "e.listed.pk",
    ),
    "discount-limit": (
        'UPDATE prices_discount SET "limit" = 1 WHERE id = {e.discount.pk}',
        "e.discount.pk",
    ),
    "discount-event": (
        "UPDATE attendees_attendee SET discount_id = {e.other_discount.pk} WHERE id = {e.reduced.pk}",
        "e.reduced.pk",
    ),
    "amount": (
        "UPDATE attendees_attendee SET price_paid = price_paid + 0.01 WHERE id = {e.guests[0].pk}",
        "e.sold.pk",
    ),
    "paid": ("UPDATE orders_payment SET amount = amount - 1 WHERE id = {e.payment.pk}", "e.sold.pk"),
    "unpaid": (
        "INSERT INTO orders_payment (order_id, amount, tender, reference, created_at)"
        " VALUES ({e.pending.pk}, 19.98, 'bank', '', '2030-05-01 20:00:00+00:00')",
        "e.pending.pk",
    ),
    "refund": (
        "UPDATE orders_payment SET reverses_id = NULL WHERE order_id = {e.cancelled.pk} AND amount < 0",
        "e.cancelled.payments.order_by('pk').last().pk",
    ),
    "refunds": (
        "UPDATE orders_payment SET amount = amount - 60 WHERE order_id = {e.changed.pk} AND amount = -10",
        "e.changed.payments.order_by('pk').first().pk",
    ),
    "adjusted": ("UPDATE orders_adjustment SET amount = -1 WHERE order_id = {e.changed.pk}", "e.changed.pk"),
    "ended-guest": (
        "UPDATE orders_amendment SET kind = 'refund' WHERE id = {e.ended.ended_by_id}",
        "e.ended.pk",
    ),
    "exchanged": (
        "UPDATE orders_amendment SET kind = 'refund' WHERE id = {e.exchanged.replaces.ended_by_id}",
        "e.exchanged.pk",
    ),
    "tax": ("UPDATE attendees_attendee SET tax = tax + 0.01 WHERE id = {e.guests[0].pk}", "e.sold.pk"),
    "drawer": (
        "UPDATE shifts_cashmovement SET amount = -5 WHERE shift_id = {e.closed.pk}",
        "e.closed.pk",
    ),
    "counted": (
        "UPDATE shifts_cashcount SET expected_cash = expected_cash - 1 WHERE shift_id = {e.closed.pk}",
        "e.closed.pk",
    ),
    "cards": (
        "UPDATE orders_payment SET shift_id = NULL WHERE order_id = {e.paid_by_card.pk}",
        "e.closed.pk",
    ),
    "shared-out": ("UPDATE shifts_shift SET to_safe = 1 WHERE id = {e.closed.pk}", "e.closed.pk"),
    "left-before": ("UPDATE shifts_shift SET left_before = 7 WHERE id = {e.open.pk}", "e.open.pk"),
    "numbered": ("UPDATE shifts_shift SET number = 2 WHERE id = {e.closed.pk}", "e.closed.till_id"),
    "inside": ("UPDATE events_event SET inside = 3 WHERE id = {e.event.pk}", "e.event.pk"),
    "whereabouts": (
        "UPDATE door_checkin SET moved = 0 WHERE attendee_id = {e.guests[0].pk}",
        "e.guests[0].pk",
    ),
    "passage": (
        "UPDATE door_checkin SET event_id = {e.other.till.event_id} WHERE attendee_id = {e.guests[0].pk}",
        "e.guests[0].check_ins.get().pk",
    ),
    "codes": (
        "UPDATE attendees_attendee SET code = lower('{e.guests[0].code}') WHERE id = {e.guests[1].pk}",
        "e.guests[1].pk",
    ),
    "identifiers": (
        "UPDATE orders_order SET identifier = lower('{e.sold.identifier}') WHERE id = {e.pending.pk}",
        "e.pending.pk",
    ),
    "ticket-event": (
        "UPDATE attendees_attendee SET ticket_id = {e.other_ticket.pk} WHERE id = {e.guests[0].pk}",
        "e.guests[0].pk",
    ),
    "order-shift": (
        "UPDATE orders_order SET shift_id = {e.other.pk} WHERE id = {e.sold.pk}",
        "e.sold.pk",
    ),
    "payment-shift": (
        "UPDATE orders_payment SET shift_id = {e.other.pk} WHERE id = {e.payment.pk}",
        "e.payment.pk",
    ),
    "currency": ("UPDATE orders_order SET currency = 'CHF' WHERE id = {e.sold.pk}", "e.sold.pk"),
    "ended": ("UPDATE orders_order SET cancelled_at = NULL WHERE id = {e.cancelled.pk}", "e.cancelled.pk"),
}
ORPHANS = {
    "payment-without-order": ("orders_payment", "e.payment.pk"),
    "attendee-without-order": ("attendees_attendee", "e.guests[0].pk"),
}


def test_every_check_has_a_damage_that_it_finds():
    assert {check.name for check in CHECKS} == {*DAMAGE, *ORPHANS, "sealed", "sealed-day"}  # `test_sealing`


@pytest.mark.django_db
class TestEvening:
    def test_evening_adds_up(self, evening):
        assert found() == found(evening.event.pk) == []

    @pytest.mark.parametrize("name", DAMAGE)
    def test_damage_is_found_by_its_ids(self, evening, name):
        sql, told = DAMAGE[name]
        run(sql.format(e=evening))
        pk = eval(told, {"e": evening})
        assert (name, pk) in {(difference.check, difference.id) for difference in found()}
        assert (name, pk) in {(difference.check, difference.id) for difference in found(evening.event.pk)}
        assert name not in {difference.check for difference in found(evening.other.till.event_id)}

    @pytest.mark.parametrize("name", ORPHANS)
    def test_what_lost_its_order_is_found(self, evening, name):
        table, told = ORPHANS[name]
        pk = eval(told, {"e": evening})
        run(f"UPDATE {table} SET order_id = 999999 WHERE id = {pk}")
        try:
            assert (name, pk) in {(difference.check, difference.id) for difference in found()}
        finally:  # the test's own transaction holds the database to its keys
            run(f"UPDATE {table} SET order_id = {evening.sold.pk} WHERE id = {pk}")

    def test_difference_says_what_is_written_and_what_is_counted(self, evening):
        run("UPDATE orders_payment SET amount = amount - 1 WHERE id = %s", evening.payment.pk)
        (paid,) = [difference for difference in found() if difference.check == "paid"]
        assert str(paid) == f"order {evening.sold.pk}: 46.96 is written, 47.96 is counted"


@pytest.mark.parametrize(
    ("price", "rate", "quantity", "currency"),
    [
        ("0.05", "10", 3, "EUR"),
        ("1.15", "15", 1, "EUR"),
        ("2000", "8", 3, "JPY"),
        ("99999999.99", "19", 9, "EUR"),
    ],
)
def test_tax_is_rounded_as_receipts_round_it(event, price, rate, quantity, currency):
    event.currency = currency
    event.save()
    ticket = TicketFactory(event=event, price=Decimal(price), tax_rate=Decimal(rate))
    sell(ShiftFactory(till__event=event), ticket, Paid("card"), quantity=quantity)
    assert found() == []


@pytest.mark.django_db
class TestCommand:
    def test_says_that_all_is_well(self, evening, capsys):
        call_command("check_books")
        call_command("check_books", evening.event.identifier)
        assert capsys.readouterr().out == "The books add up.\n" * 2

    def test_prints_every_difference_and_exits_with_1(self, evening, capsys):
        run("UPDATE tickets_ticket SET sold = sold + 1")
        with pytest.raises(SystemExit) as exit:
            call_command("check_books", str(evening.event.pk))
        assert exit.value.code == 1
        out = capsys.readouterr().out
        assert len(re.findall(r"^  ticket \d+: ", out, re.MULTILINE)) == 3
        assert out.startswith("sold: What a ticket counts as sold are its live attendees.\n")
        assert out.endswith("\n3 differences.\n")

    def test_refuses_an_event_that_is_not_there(self):
        with pytest.raises(CommandError):
            call_command("check_books", "nowhere")


@pytest.mark.django_db(transaction=True)
class TestMeanwhile:
    def test_sales_meanwhile_are_no_differences(self, event):
        """Each statement takes a while, and something is sold between any two."""
        ticket, shift = TicketFactory(event=event, quantity=None), ShiftFactory(till__event=event)
        shift = Shift.objects.select_related("till__event", "cashier").get(pk=shift.pk)
        stop = Signal()

        def sells():
            try:
                while not stop.is_set():
                    sell(shift, ticket, Paid("cash"))
            finally:
                connection.close()

        threads = [Thread(target=sells) for _till in range(3)]
        for thread in threads:
            thread.start()
        try:
            while all(thread.is_alive() for thread in threads) and event.orders.count() < 30:
                assert found() == []
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert event.orders.count() >= 30

    def test_sale_waits_for_no_check(self, event):
        ticket, shift = TicketFactory(event=event), ShiftFactory(till__event=event)
        sold = []

        def sells():
            try:
                sold.append(sell(shift, ticket, Paid("cash")))
            finally:
                connection.close()

        with one_snapshot():
            before = event.orders.count()
            thread = Thread(target=sells)
            thread.start()
            thread.join()
            assert sold
            assert event.orders.count() == before
        assert event.orders.count() == before + 1
