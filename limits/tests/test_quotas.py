"""A limit over several tickets: what is sold, refused, given back and counted."""

import pytest

from audit.models import Change
from base.errors import Conflict, Invalid
from limits.models import Membership, Quota
from limits.quotas import delete_quota, write_quota
from limits.tests.factories import hold_of, quota_of
from orders.lifecycle import cancel, expire_overdue
from orders.models import Order
from shifts.desk import Desk
from tickets.models import Ticket
from tickets.stock import delete_ticket
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


def problems(refused):
    return [(problem.code, problem.path, dict(problem.meta)) for problem in refused.value.problems]


def test_sale_counts_in_every_quota_of_its_tickets(adult, child, sell, fresh):
    seats, dinners = quota_of(adult, child, size=8), quota_of(child, size=5, name="Dinners")
    sell((adult, 2), (child, 3))
    assert (fresh(seats), fresh(dinners)) == (5, 3)
    assert (fresh(adult), fresh(child)) == ((2, 0), (3, 0))


def test_full_quota_refuses_with_its_name_and_what_is_left(adult, child, sell, fresh):
    seats = quota_of(adult, child, size=4)
    sell((adult, 3))
    with pytest.raises(Conflict) as refused:
        sell((child, 2))
    assert problems(refused) == [
        ("sold-out", ("lines", 0, "quantity"), {"available": 1, "wanted": 2, "quota": "Seats"})
    ]
    assert "Seats" in str(refused.value)
    assert fresh(seats) == 3


def test_lines_of_one_quota_count_together_and_what_is_left_of_each_can_be_sold(adult, child, sell):
    quota_of(adult, child, size=4)
    with pytest.raises(Conflict) as refused:
        sell((adult, 3), (child, 3))
    assert problems(refused) == [
        ("sold-out", ("lines", 1, "quantity"), {"available": 1, "wanted": 3, "quota": "Seats"})
    ]
    sell((adult, 3), (child, 1))


def test_every_failing_line_is_refused_by_what_it_lacks(adult, child, event, sell):
    few = TicketFactory(event=event, quantity=1)
    quota_of(adult, size=2)
    with pytest.raises(Conflict) as refused:
        sell((adult, 3), (child, 1), (few, 2))
    assert [(path[1], meta.get("quota")) for _code, path, meta in problems(refused)] == [
        (0, "Seats"),
        (2, None),
    ]


def test_own_limit_speaks_where_it_is_the_smaller(adult, sell):
    quota_of(adult, size=50)
    with pytest.raises(Conflict) as refused:
        sell((adult, 11))
    assert problems(refused)[0][2] == {"available": 10, "wanted": 11}


def test_unlimited_ticket_is_limited_by_its_quota(event, sell):
    ticket = TicketFactory(event=event, quantity=None)
    quota_of(ticket, size=2)
    assert Ticket.objects.get(pk=ticket.pk).available == 2
    with pytest.raises(Conflict):
        sell((ticket, 3))


def test_cancelled_order_is_given_back_to_its_quotas(adult, child, cashier, sell, fresh):
    seats = quota_of(adult, child, size=4)
    order = sell((adult, 2), (child, 2))
    cancel(order, desk=Desk(cashier))
    cancel(order, desk=Desk(cashier))
    assert fresh(seats) == 0
    sell((child, 4))


def test_full_quota_takes_back_what_was_not_paid_in_time(adult, child, event, now, sell, fresh):
    seats = quota_of(adult, child, size=3)
    held = sell((adult, 3), status="pending")
    Order.objects.filter(pk=held.pk).update(expires_at=now)
    sell((child, 2))
    assert fresh(seats) == 2
    assert expire_overdue(event) == 0


def test_available_is_what_the_fullest_quota_leaves(adult, child, sell):
    quota_of(adult, child, size=7), quota_of(child, size=2, name="Dinners")
    sell((adult, 6))
    read = {ticket.name: ticket.available for ticket in Ticket.objects.with_quotas()}
    assert read == {"Adult": 1, "Child": 1}
    assert {t.name: t.available for t in Ticket.objects.all()} == read


class TestChanges:
    def test_ticket_that_joins_counts_with_what_is_sold_and_held(self, adult, child, sell, fresh):
        sell((adult, 3))
        hold_of(adult, 2)
        seats = quota_of(child, size=9)
        write_quota(seats, [child, adult])
        assert fresh(seats) == 5
        assert Ticket.objects.get(pk=adult.pk).limited_by == 1
        write_quota(seats, [child])
        assert fresh(seats) == 0
        assert Ticket.objects.get(pk=adult.pk).limited_by == 0
        sell((adult, 5))
        assert fresh(seats) == 0

    def test_size_below_what_is_used_is_refused(self, adult, sell, fresh):
        seats = quota_of(adult, size=5)
        sell((adult, 3))
        seats.size = 2
        with pytest.raises(Conflict, match="3 of its tickets") as refused:
            write_quota(seats)
        assert problems(refused) == [("quota-below-used", ("size",), {"used": 3})]
        assert Quota.objects.get().size == 5

    def test_ticket_that_is_too_much_does_not_join(self, adult, child, sell):
        seats = quota_of(child, size=2)
        sell((adult, 3))
        with pytest.raises(Conflict):
            write_quota(seats, [child, adult])
        assert Membership.objects.count() == 1

    def test_ticket_of_another_event_is_refused(self, adult):
        with pytest.raises(Invalid):
            quota_of(adult, TicketFactory(), size=5)
        assert not Quota.objects.exists()

    def test_stale_row_does_not_undo_sales(self, adult, sell, fresh):
        seats = quota_of(adult, size=5)
        sell((adult, 2))
        seats.name = "Chairs"
        seats.save()
        assert fresh(seats) == 2

    def test_deleted_quota_limits_nothing(self, adult, sell):
        delete_quota(quota_of(adult, size=1))
        assert Ticket.objects.get(pk=adult.pk).limited_by == 0
        sell((adult, 5))

    def test_deleted_ticket_leaves_its_quota(self, adult, child, fresh):
        seats = quota_of(adult, child, size=5)
        delete_ticket(adult)
        assert list(seats.tickets.all()) == [child]
        assert fresh(seats) == 0

    def test_changes_stand_in_the_audit_trail(self, adult, child):
        seats = quota_of(adult, size=5)
        seats.size = 6
        write_quota(seats, [child])
        told = Change.objects.filter(kind="limits.quota").order_by("pk")
        assert [(c.before, c.after) for c in told] == [
            ({}, {"name": "Seats", "size": 5}),
            ({"tickets": []}, {"tickets": ["Adult"]}),
            ({"size": 5}, {"size": 6}),
            ({"tickets": ["Adult"]}, {"tickets": ["Child"]}),
        ]
