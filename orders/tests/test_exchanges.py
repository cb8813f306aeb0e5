"""Tickets become other tickets, in one act."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendees.models import Attendee
from attendees.search import find_guests
from base.errors import Conflict, Forbidden, Invalid, NotFound
from books.checking import differences
from books.checks import CHECKS
from books.reports import report, totals
from door.admission import check_in
from door.scan import Scan
from orders.amending import Ask
from orders.exchanges import exchange
from orders.lifecycle import cancel
from orders.sale import Guest, Line
from orders.settlement import Paid
from shifts.desk import Desk
from tickets.tests.factories import FreeTicketFactory, TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("balanced")]
LATE = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def clean_books(db):
    yield
    assert differences(CHECKS) == []


@pytest.fixture
def vip(event):
    return TicketFactory(event=event, name="VIP", price=35, quantity=2, tax_rate=7)


@pytest.fixture
def child(event):
    return TicketFactory(event=event, name="Child", price=8, quantity=None)


@pytest.fixture
def sold(sell, adult, now):
    """Two Adult in cash, the first of them Ana's, just now."""
    lines = [Line(adult.pk, 2, guests=(Guest("Ana", "Silva"),))]
    return sell(lines=lines, payments=[Paid("cash")], at=now)


@pytest.fixture
def cashiers(cashier, now):
    return Ask(Desk(cashier, drawer_required=True), at=now + LATE)


@pytest.fixture
def organizers(organizer, shift, now):
    return Ask(Desk(organizer, shift.till_id), "mistake", at=now + LATE)


def guests(order):
    return list(order.attendees.order_by("pk"))


def refused(code, order, **terms):
    with pytest.raises((Conflict, Forbidden, Invalid, NotFound)) as refusal:
        exchange(order, **terms)
    (problem,) = refusal.value.problems
    assert problem.code == code
    return problem


class TestToADearerOne:
    def test_the_difference_is_paid(self, sold, cashiers, adult, vip, shift):
        order = exchange(sold, attendees=[guests(sold)[0].pk], ticket=vip.pk, ask=cashiers)
        assert (order.amount, order.balance) == (55, 55)
        assert [(p.tender, p.amount) for p in order.payments.all()] == [("cash", 40), ("cash", 15)]
        for ticket, number in ((adult, 1), (vip, 1)):
            ticket.refresh_from_db()
            assert ticket.sold == number

    def test_books_of_the_shift(self, event, sold, cashiers, vip, shift):
        exchange(sold, attendees=[guests(sold)[0].pk], ticket=vip.pk, ask=cashiers)
        kept = report(shift)
        assert (kept.figures.sold, kept.figures.given_up, kept.figures.exchanged) == (75, 20, 20)
        assert (kept.paid_here, kept.paid_elsewhere) == (55, 0)
        assert [(tax.gross, tax.tax) for tax in kept.figures.taxes] == [(35, Decimal("2.29"))]
        assert totals(event).whole.by_ticket == kept.figures.by_ticket

    def test_the_new_one_is_for_the_same_guest_with_another_code(self, event, sold, cashiers, vip, cashier):
        old = guests(sold)[0]
        exchange(sold, attendees=[old.pk], ticket=vip.pk, ask=cashiers)
        new = Attendee.objects.get(replaces=old)
        assert (new.full_name, new.sold_as, new.ticket) == ("Ana Silva", "VIP", vip)
        answers = [check_in(Scan(event=event, code=one.code), by=cashier).answer for one in (old, new)]
        assert answers == ["cancelled", "ok"]
        assert new in find_guests(event, "Silva")

    def test_twice_is_once(self, sold, cashiers, vip):
        for _time in range(2):
            order = exchange(sold, attendees=[guests(sold)[0].pk], ticket=vip.pk, ask=cashiers)
        assert order.balance == 55

    def test_what_the_client_believed_must_be_right(self, sold, cashiers, vip):
        terms = {"attendees": [guests(sold)[0].pk], "ticket": vip.pk, "ask": cashiers}
        assert refused("amount-differs", sold, amount=Decimal(14), **terms).meta == {"amount": "15.00"}

    def test_paid_by_card_in_part(self, sold, cashiers, vip):
        payments = [Paid("card", Decimal(10)), Paid("cash", Decimal(5), Decimal(20))]
        terms = {"attendees": [guests(sold)[0].pk], "ticket": vip.pk, "ask": cashiers}
        assert exchange(sold, payments=payments, **terms).balance == 55

    def test_too_little(self, sold, cashiers, vip):
        terms = {"attendees": [guests(sold)[0].pk], "ticket": vip.pk, "ask": cashiers}
        refused("underpaid", sold, payments=[Paid("card", Decimal(10))], **terms)

    def test_none_is_left(self, sell, sold, cashiers, vip, adult):
        sell(lines=[Line(vip.pk, 1)])
        terms = {"attendees": [one.pk for one in guests(sold)], "ticket": vip.pk, "ask": cashiers}
        assert refused("sold-out", sold, **terms).meta == {"available": 1, "wanted": 2}
        adult.refresh_from_db()
        assert adult.sold == 2

    def test_cash_without_a_drawer(self, sold, organizer, vip):
        ask = Ask(Desk(organizer, drawer_required=True, at_screen=True))
        refused("no-open-shift", sold, attendees=[guests(sold)[0].pk], ticket=vip.pk, ask=ask)

    def test_what_was_free(self, event, sell, cashiers, vip):
        crew = FreeTicketFactory(event=event)
        order = sell(lines=[Line(crew.pk, 1)])
        order = exchange(order, attendees=[guests(order)[0].pk], ticket=vip.pk, ask=cashiers)
        assert (order.amount, order.balance) == (35, 35)


class TestToACheaperOne:
    def test_the_difference_goes_back(self, sold, organizers, child, shift):
        order = exchange(sold, attendees=[guests(sold)[0].pk], ticket=child.pk, ask=organizers)
        assert (order.amount, order.balance) == (28, 28)
        kept = report(shift)
        assert (kept.figures.sold, kept.figures.given_up, kept.figures.net) == (48, 20, 28)
        assert kept.paid_elsewhere == 0

    def test_the_difference_is_kept(self, sold, organizers, child):
        terms = {"attendees": [guests(sold)[0].pk], "ticket": child.pk, "ask": organizers}
        order = exchange(sold, money_back=None, **terms)
        assert (order.amount, order.balance, order.adjustments.sums()["kept"]) == (28, 40, 12)

    def test_a_cashier_needs_leave(self, sold, cashiers, child):
        refused("approval-required", sold, attendees=[guests(sold)[0].pk], ticket=child.pk, ask=cashiers)

    def test_cancelled_afterwards(self, sold, organizers, child, shift):
        order = exchange(sold, attendees=[guests(sold)[0].pk], ticket=child.pk, ask=organizers)
        order = cancel(order, desk=organizers.desk, reason="rain")
        assert order.balance == 0
        figures = report(shift).figures
        assert (figures.sold, figures.given_up, figures.net) == (48, 48, 0)


def test_to_the_same_ticket(sold, cashiers, adult):
    refused("same-ticket", sold, attendees=[guests(sold)[0].pk], ticket=adult.pk, ask=cashiers)


def test_to_a_ticket_of_another_event(sold, cashiers):
    refused("unknown-ticket", sold, attendees=[guests(sold)[0].pk], ticket=TicketFactory().pk, ask=cashiers)


def test_of_an_unpaid_order(sell, cashiers, vip):
    order = sell()
    refused("order-pending", order, attendees=[guests(order)[0].pk], ticket=vip.pk, ask=cashiers)


def test_whom_the_sale_let_in_is_let_in_again(event, sell, cashiers, vip, now):
    event.capacity = 10
    event.save()
    order = sell(payments=[Paid("cash")], admit=True, at=now)
    old = guests(order)[0]
    exchange(order, attendees=[old.pk], ticket=vip.pk, ask=cashiers)
    old.refresh_from_db()
    assert (old.is_inside, Attendee.objects.get(replaces=old).is_inside) == (False, True)
    event.refresh_from_db()
    assert event.inside == 2


def test_whom_a_door_let_in_goes_out_first(event, sold, cashiers, vip, cashier):
    check_in(Scan(event=event, code=guests(sold)[0].code), by=cashier)
    refused("guest-inside", sold, attendees=[guests(sold)[0].pk], ticket=vip.pk, ask=cashiers)


@pytest.mark.postgres  # SQLite takes fewer parameters at once
def test_statements_do_not_depend_on_how_many(event, sell, cashiers, now):
    crowd = TicketFactory(event=event, price=1, quantity=None)
    dearer = TicketFactory(event=event, price=2, quantity=None)
    counts = []
    for number in (5, 500):
        order = sell(lines=[Line(crowd.pk, number)], payments=[Paid("cash")], at=now)
        chosen = list(Attendee.objects.filter(order=order).values_list("pk", flat=True))
        with CaptureQueriesContext(connection) as queries:
            exchange(order, attendees=chosen, ticket=dearer.pk, ask=cashiers)
        counts.append(len(queries))
    assert counts[0] == counts[1]
