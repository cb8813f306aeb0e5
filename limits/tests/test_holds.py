"""What is set aside for a purpose: taken from everybody, sold from, given back, ended."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from base.errors import Conflict, Forbidden, Invalid, NotFound
from events.models import Member
from limits import holds
from limits.holds import delete_hold, release_ended, write_hold
from limits.models import Hold
from limits.shelf import Place
from limits.tests.factories import hold_of, quota_of
from orders.lifecycle import cancel, complete
from orders.models import Order
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from shifts.models import Till
from tickets.models import Ticket
from tickets.stock import change_ticket, delete_ticket
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


def codes(refused):
    return [problem.code for problem in refused.value.problems]


def test_what_is_held_is_sold_to_nobody_else(adult, sell, fresh):
    hold_of(adult, 8)
    assert fresh(adult) == (0, 8)
    with pytest.raises(Conflict) as refused:
        sell((adult, 3))
    assert refused.value.problems[0].meta == {"available": 2, "wanted": 3}


def test_hold_takes_out_of_the_quotas_of_its_ticket(adult, child, sell, fresh):
    seats = quota_of(adult, child, size=6)
    hold_of(adult, 4)
    assert fresh(seats) == 4
    with pytest.raises(Conflict):
        sell((child, 3))
    with pytest.raises(Conflict) as refused:
        hold_of(child, 3)
    assert codes(refused) == ["not-enough-left"]
    assert refused.value.problems[0].meta == {"left": 2}


def test_sale_from_a_hold_takes_nothing_from_others(adult, sell, fresh):
    seats, guests = quota_of(adult, size=10), hold_of(adult, 4)
    order = sell((adult, 3, guests), (adult, 6))
    assert (fresh(adult), fresh(seats), fresh(guests)) == ((9, 1), 10, (4, 3))
    assert order.attendees.filter(hold=guests).count() == 3


def test_hold_sells_no_more_than_it_has(adult, sell):
    guests = hold_of(adult, 2)
    with pytest.raises(Conflict) as refused:
        sell((adult, 1, guests), (adult, 2, guests))
    assert {problem.path for problem in refused.value.problems} == {
        ("lines", 0, "quantity"),
        ("lines", 1, "quantity"),
    }
    assert refused.value.problems[0].meta == {"available": 2, "wanted": 3, "hold": "Guest list"}


def test_hold_of_another_ticket_is_unknown(adult, child, sell):
    with pytest.raises(NotFound) as refused:
        sell((child, 1, hold_of(adult, 2)))
    assert codes(refused) == ["unknown-hold"]


class TestGivenBack:
    def test_in_part_and_whole(self, adult, fresh, sell):
        guests = hold_of(adult, 6)
        sell((adult, 1, guests))
        holds.give_back(guests, 2)
        assert (fresh(adult), fresh(guests)) == ((1, 3), (4, 1))
        holds.give_back(guests)
        assert (fresh(adult), fresh(guests)) == ((1, 0), (1, 1))

    def test_more_than_it_has_is_refused(self, adult):
        with pytest.raises(Conflict):
            holds.give_back(hold_of(adult, 2), 3)

    def test_below_what_was_sold_is_refused(self, adult, sell):
        guests = hold_of(adult, 6)
        sell((adult, 3, guests))
        guests.quantity = 2
        with pytest.raises(Conflict) as refused:
            write_hold(guests)
        assert codes(refused) == ["quantity-below-sold"]

    def test_cancelled_order_goes_back_into_a_hold_that_runs(self, adult, cashier, sell, fresh):
        guests = hold_of(adult, 4)
        cancel(sell((adult, 3, guests)), desk=Desk(cashier))
        assert (fresh(adult), fresh(guests)) == ((0, 4), (4, 0))

    def test_cancelled_order_of_a_hold_that_has_ended_goes_on_sale(self, adult, cashier, now, sell, fresh):
        seats, guests = quota_of(adult, size=5), hold_of(adult, 4, ends_at=now + timedelta(hours=1))
        order = sell((adult, 3, guests))
        Hold.objects.update(ends_at=now)
        cancel(order, desk=Desk(cashier))
        assert (fresh(adult), fresh(seats), fresh(guests)) == ((0, 1), 1, (1, 0))

    def test_hold_that_was_sold_from_stays(self, adult, sell, fresh):
        guests = hold_of(adult, 4)
        sell((adult, 1, guests))
        with pytest.raises(Conflict) as refused:
            delete_hold(guests)
        assert codes(refused) == ["hold-in-use"]
        assert fresh(guests) == (4, 1)

    def test_deleted_hold_gives_back(self, adult, fresh):
        delete_hold(hold_of(adult, 4))
        assert fresh(adult) == (0, 0)
        assert not Hold.objects.exists()


class TestEnd:
    def test_sale_that_would_be_refused_gets_what_a_hold_keeps_beyond_its_end(self, adult, now, sell, fresh):
        seats, guests = quota_of(adult, size=9), hold_of(adult, 8, ends_at=now + timedelta(hours=1))
        sell((adult, 1))
        Hold.objects.update(ends_at=now)
        assert fresh(adult) == (1, 8)
        sell((adult, 5))
        assert (fresh(adult), fresh(seats), fresh(guests)) == ((6, 0), 6, (0, 0))

    def test_nothing_is_sold_from_a_hold_that_has_ended(self, adult, now, sell):
        guests = hold_of(adult, 4, ends_at=now + timedelta(hours=1))
        Hold.objects.update(ends_at=now)
        with pytest.raises(Conflict) as refused:
            sell((adult, 1, guests))
        assert codes(refused) == ["hold-ended"]

    def test_ended_hold_keeps_no_more(self, adult, now):
        with pytest.raises(Conflict):
            hold_of(adult, 4, ends_at=now - timedelta(hours=1))

    def test_cron_releases_too(self, adult, now, fresh):
        hold_of(adult, 4, ends_at=now + timedelta(hours=1))
        Hold.objects.update(ends_at=now)
        told = StringIO()
        call_command("expire_orders", stdout=told)
        assert "4 held tickets are free." in told.getvalue()
        assert fresh(adult) == (0, 0)

    def test_hold_without_an_end_stays(self, adult, event, fresh):
        hold_of(adult, 4)
        assert release_ended(event) == 0
        assert fresh(adult) == (0, 4)


class TestLateCard:
    """A card pays for an order from a hold, whose time is over."""

    @pytest.fixture
    def late(self, adult, now, event, sell):
        guests = hold_of(adult, 4)
        order = sell((adult, 3, guests), awaits_card=True)
        Order.objects.filter(pk=order.pk).update(expires_at=now)
        return order, guests

    def pay(self, order, cashier):
        return complete(Order.objects.get(pk=order.pk), payments=[Paid("card")], desk=Desk(cashier))

    def test_takes_from_the_hold_again(self, adult, late, cashier, event, fresh):
        order, guests = late
        from orders.lifecycle import expire_overdue

        expire_overdue(event)
        assert fresh(guests) == (4, 0)
        self.pay(order, cashier)
        assert (fresh(adult), fresh(guests)) == ((3, 1), (4, 3))

    def test_takes_from_what_is_for_everybody_where_the_hold_was_given_back(
        self, adult, late, cashier, event, fresh
    ):
        order, guests = late
        from orders.lifecycle import expire_overdue

        expire_overdue(event)
        holds.give_back(guests)
        self.pay(order, cashier)
        assert (fresh(adult), fresh(guests)) == ((3, 0), (0, 0))
        assert not order.attendees.filter(hold=guests).exists()


class TestSeller:
    def test_hold_of_a_till_sells_there_alone(self, adult, event, cashier, member, sell, fresh):
        from shifts.tests.factories import ShiftFactory

        other = ShiftFactory(till__event=event, cashier=member("cashier"))
        vip = hold_of(adult, 3, open_to="till", till=other.till)
        with pytest.raises(Forbidden) as refused:
            sell((adult, 1, vip))
        assert codes(refused) == ["not-from-this-hold"]
        assert refused.value.problems[0].path == ("lines", 0, "hold")
        sell((adult, 1, vip), seller=other.cashier)
        assert fresh(vip) == (3, 1)

    def test_hold_of_named_members_is_sold_by_them(self, adult, event, cashier, organizer, sell):
        named = Member.objects.get(event=event, user=cashier)
        guests = hold_of(adult, 3, open_to="members", members=[named])
        sell((adult, 1, guests))
        with pytest.raises(Forbidden):
            sell((adult, 1, guests), seller=organizer)
        with pytest.raises(Forbidden):
            sell((adult, 1, guests), seller=None)

    def test_hold_whose_last_member_left_is_nobodys(self, adult, event, cashier, sell):
        named = Member.objects.get(event=event, user=cashier)
        guests = hold_of(adult, 3, open_to="members", members=[named])
        guests.members.clear()
        with pytest.raises(Forbidden):
            sell((adult, 1, guests))

    def test_of_another_event_is_refused(self, adult):
        till = Till.objects.create(event=TicketFactory().event, name="Elsewhere")
        with pytest.raises(Invalid):
            hold_of(adult, 3, open_to="till", till=till)


class TestTicket:
    def test_quantity_below_what_is_sold_and_held_is_refused(self, adult, sell):
        sell((adult, 3))
        hold_of(adult, 4)
        with pytest.raises(Conflict, match="4 are held") as refused:
            change_ticket(Ticket.objects.get(pk=adult.pk), quantity=6)
        assert refused.value.problems[0].meta == {"sold": 3, "held": 4}
        change_ticket(Ticket.objects.get(pk=adult.pk), quantity=7)

    def test_with_a_hold_is_not_deleted(self, adult):
        hold_of(adult, 4)
        with pytest.raises(Conflict) as refused:
            delete_ticket(adult)
        assert codes(refused) == ["ticket-held"]

    def test_is_exchanged_for_another_of_the_same_full_quota(self, adult, child, event, now, sell, fresh):
        from django.db import transaction

        from limits.stock import swap

        seats = quota_of(adult, child, size=3)
        sell((adult, 3))
        with transaction.atomic():
            swapped = swap(event=event, out={Place(adult.pk): 1}, into={Place(child.pk): 1}, at=now)
            assert swapped.tickets[child.pk].sold == 1
            assert swap(event=event, out={Place(adult.pk): 1}, into={Place(child.pk): 2}, at=now) is None
        assert (fresh(adult), fresh(child), fresh(seats)) == ((2, 0), (1, 0), 3)


def test_what_a_key_was_sent_with_before_there_were_holds_is_the_same(event, adult):
    from orders.idempotency import fingerprint
    from orders.sale import Sale

    plain = fingerprint(Sale(event, [Line(adult.pk, 1)]), till_id=None)
    assert plain == fingerprint(Sale(event, [Line(adult.pk, 1, hold_id=None)]), till_id=None)
    assert plain != fingerprint(Sale(event, [Line(adult.pk, 1, hold_id=7)]), till_id=None)


def test_script_sells_from_a_hold_of_everybody(event, adult, fresh):
    guests = hold_of(adult, 2)
    sold_onsite(event=event, lines=[Line(adult.pk, 2, hold_id=guests.pk)], status="completed")
    assert fresh(guests) == (2, 2)
