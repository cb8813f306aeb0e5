"""What becomes of quotas and holds when sold tickets are cancelled, exchanged and restored."""

from dataclasses import replace
from datetime import timedelta

import pytest

from base.errors import Conflict
from books.checking import differences
from books.checks import CHECKS
from limits.holds import release_ended
from limits.models import Hold, Quota
from limits.tests.factories import hold_of, quota_of
from orders.amending import Ask
from orders.exchanges import exchange
from orders.lifecycle import cancel, expire_overdue
from orders.partial import cancel_attendees
from orders.restoring import restore
from orders.sale import Line
from orders.settlement import Paid
from shifts.desk import Desk
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("balanced")]
LATER = timedelta(hours=2)


@pytest.fixture(autouse=True)
def clean_books(db):
    yield
    assert differences(CHECKS) == []


@pytest.fixture
def vip(event):
    return TicketFactory(event=event, name="VIP", price=35, quantity=2)


@pytest.fixture
def ask(organizer, shift, now):
    return Ask(Desk(organizer, shift.till_id), "mistake", at=now)


def ids(order):
    return [guest.pk for guest in order.attendees.live().order_by("pk")]


def counts(hold):
    hold = Hold.objects.get(pk=hold.pk)
    return hold.quantity, hold.sold


def of_ticket(ticket):
    ticket = Ticket.objects.get(pk=ticket.pk)
    return ticket.sold, ticket.held


class TestFullQuota:
    @pytest.fixture
    def full(self, sell, adult, vip):
        order = sell(lines=[Line(adult.pk, 2)], payments=[Paid("cash")])
        return order, quota_of(adult, vip, size=2)

    def test_lets_its_own_tickets_be_exchanged(self, full, vip, ask):
        order, quota = full
        exchange(order, attendees=ids(order)[:1], ticket=vip.pk, ask=ask)
        assert Quota.objects.get(pk=quota.pk).used == 2

    def test_lets_no_other_ticket_in(self, sell, full, child, vip, ask):
        other = sell(lines=[Line(child.pk, 1)], payments=[Paid("cash")])
        with pytest.raises(Conflict) as refusal:
            exchange(other, attendees=ids(other), ticket=vip.pk, ask=ask)
        (problem,) = refusal.value.problems
        assert (problem.code, problem.meta) == ("sold-out", {"available": 0, "wanted": 1, "quota": "Seats"})

    def test_is_left_by_what_is_exchanged_for_another(self, full, child, ask):
        order, quota = full
        exchange(order, attendees=ids(order)[:1], ticket=child.pk, ask=ask)
        assert Quota.objects.get(pk=quota.pk).used == 1

    def test_is_left_by_some_that_are_cancelled_once(self, full, ask):
        order, quota = full
        for _again in range(2):
            cancel_attendees(order, attendees=[order.attendees.order_by("pk")[0].pk], ask=ask)
        assert Quota.objects.get(pk=quota.pk).used == 1

    def test_refuses_what_would_be_restored(self, event, sell, adult, ask, now):
        expired = sell(lines=[Line(adult.pk, 1)], awaits_card=True, at=now - timedelta(hours=1))
        expire_overdue(event, now)
        quota_of(adult, size=0)
        with pytest.raises(Conflict) as refusal:
            restore(expired, ask=ask)
        assert refusal.value.problems[0].code == "sold-out"

    @pytest.fixture
    def child(self, event):
        return TicketFactory(event=event, name="Child", price=8, quantity=5)


class TestHold:
    @pytest.fixture
    def hold(self, adult, now):
        return hold_of(adult, 2, ends_at=now + timedelta(hours=1), at=now)

    @pytest.fixture
    def sold(self, sell, adult, hold, now):
        return sell(lines=[Line(adult.pk, 2, hold_id=hold.pk)], payments=[Paid("cash")], at=now)

    def test_has_back_what_of_it_is_cancelled(self, sold, hold, adult, ask):
        cancel_attendees(sold, attendees=ids(sold)[:1], ask=ask)
        assert (counts(hold), of_ticket(adult)) == ((2, 1), (1, 1))

    def test_has_back_what_of_it_is_exchanged(self, sold, hold, adult, vip, ask):
        exchange(sold, attendees=ids(sold)[:1], ticket=vip.pk, ask=ask)
        assert (counts(hold), of_ticket(adult), of_ticket(vip)) == ((2, 1), (1, 1), (1, 0))

    def test_that_ended_leaves_it_to_everybody(self, sold, hold, adult, ask, now):
        cancel_attendees(sold, attendees=ids(sold)[:1], ask=replace(ask, at=now + LATER))
        assert (counts(hold), of_ticket(adult)) == ((1, 1), (1, 0))

    def test_gives_again_what_is_restored(self, sell, hold, adult, ask, now):
        order = sell(lines=[Line(adult.pk, 2, hold_id=hold.pk)], status="pending", at=now)
        cancel(order, desk=ask.desk, reason="rain", at=now)
        assert counts(hold) == (2, 0)
        restore(order, ask=ask)
        assert (counts(hold), of_ticket(adult)) == ((2, 2), (2, 0))

    def test_that_ended_is_not_needed_to_restore(self, sell, hold, adult, ask, now):
        order = sell(lines=[Line(adult.pk, 2, hold_id=hold.pk)], status="pending", at=now)
        cancel(order, desk=ask.desk, reason="rain", at=now)
        release_ended(order.event, now + LATER)
        restore(order, ask=replace(ask, at=now + LATER))
        assert (counts(hold), of_ticket(adult)) == ((0, 0), (2, 0))
        assert not order.attendees.filter(hold__isnull=False).exists()

    def test_that_ended_is_given_back_for_an_exchange(self, sell, vip, adult, ask, now):
        hold_of(vip, 2, ends_at=now + timedelta(hours=1), at=now)
        order = sell(lines=[Line(adult.pk, 1)], payments=[Paid("cash")], at=now)
        exchange(order, attendees=ids(order), ticket=vip.pk, ask=replace(ask, at=now + LATER))
        assert of_ticket(vip) == (1, 0)
