"""One timeline of everything that happened to an order and its guests."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendees.corrections import correct
from door.admission import check_in
from door.scan import Scan
from orders.amending import Ask
from orders.exchanges import exchange
from orders.lifecycle import cancel, expire_overdue
from orders.models import Order
from orders.partial import cancel_attendees
from orders.printing import print_paper
from orders.refunds import refund
from orders.reissue import swap_code, transfer
from orders.restoring import restore
from orders.sale import Guest, Line
from orders.settlement import Paid
from orders.story import story_of
from shifts.desk import Desk
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(now):
    """A time later each time it is asked."""
    times = (now + timedelta(minutes=minute) for minute in range(1, 100))
    return lambda: next(times)


@pytest.fixture
def ask(organizer, shift, clock):
    return lambda reason: Ask(Desk(organizer, shift.till_id), reason, at=clock())


@pytest.fixture
def sold(sell, adult, now):
    lines = [Line(adult.pk, 3, guests=(Guest("Ana", "Silva"),))]
    return sell(lines=lines, payments=[Paid("cash")], at=now)


def told(order):
    order = Order.objects.select_related("event", "seller", "buyer", "cancelled_by").get(pk=order.pk)
    return story_of(order)


def test_everything_in_its_order(event, sold, ask, clock, cashier, organizer, shift):
    vip = TicketFactory(event=event, name="VIP", price=35)
    ana, second, third = sold.attendees.order_by("pk")
    print_paper(sold, at=clock())
    check_in(Scan(event=event, code=ana.code), by=cashier, at=clock())
    correct(ana, by=cashier, at=clock(), lastname="Sousa")
    swap_code(sold, attendee=ana.pk, ask=ask("lost"))
    transfer(sold, attendee=second.pk, names={"firstname": "Bo"}, ask=ask("ill"))
    exchange(sold, attendees=[second.pk], ticket=vip.pk, ask=ask("mistake"))
    cancel_attendees(sold, attendees=[third.pk], ask=ask("cold"))
    refund(sold, amount=Decimal(5), ask=ask("noise"))
    cancel(sold, desk=Desk(organizer, shift.till_id), reason="rain", at=clock())
    happened = told(sold)
    assert [one.what for one in happened] == [
        "made",
        "paid",
        "printed",
        "scanned",
        "corrected",
        "swap-code",
        "transfer",
        "exchange",
        "paid",
        "cancel-attendees",
        *["given-back"] * 2,
        "refund",
        "given-back",
        "cancelled",
        "given-back",
    ]
    assert [one.why for one in happened if one.why] == ["lost", "ill", "mistake", "cold", "noise", "rain"]
    assert sum(one.amount for one in happened if one.amount is not None) == 0
    exchanged = next(one for one in happened if one.what == "exchange")
    assert (exchanged.text, exchanged.guest) == ("Exchanged for VIP", "Bo (Adult)")
    assert (exchanged.by, exchanged.where) == (str(organizer), shift.till.name)


def test_without_sums(sold):
    assert {one.amount for one in story_of(sold, with_sums=False)} == {None}


def test_how_it_had_ended_before_it_was_restored(sell, cashier, clock):
    order = cancel(sell(), desk=Desk(cashier), reason="gone", at=clock())
    restore(order, ask=Ask(Desk(cashier), "came back", at=clock()))
    assert [(one.what, one.why) for one in told(order)[1:]] == [
        ("cancelled", "gone"),
        ("restore", "came back"),
    ]


def test_codes_are_not_told(sold, ask):
    ana = sold.attendees.order_by("pk")[0]
    swap_code(sold, attendee=ana.pk, ask=ask("lost"))
    assert ana.code not in str(told(sold))


def test_statements_do_not_depend_on_how_much_happened(event, sell, sold, ask, cashier, adult, now):
    def statements(order):
        with CaptureQueriesContext(connection) as captured:
            told(order)
        return len(captured)

    before = statements(sold)
    for guest in sold.attendees.all():
        check_in(Scan(event=event, code=guest.code), by=cashier)
        swap_code(sold, attendee=guest.pk, ask=ask("lost"))
    for _time in range(3):
        refund(sold, amount=Decimal(1), ask=ask("noise"))
    assert statements(sold) == before


def test_order_that_was_not_paid_in_time_and_restored(event, sell, now, ask):
    event.pending_minutes = 10
    event.save()
    order = sell(status="pending", at=now)
    expire_overdue(event, now + timedelta(minutes=11))
    assert [(one.what, one.at) for one in story_of(Order.objects.get(pk=order.pk))][-1] == (
        "expired",
        now + timedelta(minutes=11),
    )
    restore(order, ask=Ask(at=now + timedelta(minutes=12)))
    restored = Order.objects.get(pk=order.pk)
    assert [one.what for one in story_of(restored)] == ["made", "expired", "restore"]
    assert restored.expired_at is None
