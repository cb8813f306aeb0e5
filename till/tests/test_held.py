"""What the till's script is told of quotas and holds."""

from datetime import timedelta

import pytest

from events.models import Member
from limits.models import Hold
from limits.tests.factories import hold_of, quota_of
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, name="Adult", price=20, quantity=10)


@pytest.fixture
def state(client, cashier, event):
    client.force_login(cashier)
    till = cashier.shifts.get().till_id

    def state(query=f"?till={till}"):
        return client.get(f"/till/{event.identifier}/state/{query}").json()

    return state


def test_left_is_what_the_quota_leaves(event, adult, state):
    child = TicketFactory(event=event, name="Child", quantity=None)
    quota_of(adult, child, size=7)
    sold_onsite(event=event, lines=[Line(adult.pk, 2)], status="completed")
    assert state()["left"] == {str(adult.pk): 5, str(child.pk): 5}


def test_what_unpaid_orders_keep_beyond_their_time_counts_in_the_quota(event, adult, now, state):
    child = TicketFactory(event=event, name="Child", quantity=10)
    quota_of(adult, child, size=4)
    held = sold_onsite(event=event, lines=[Line(adult.pk, 4)], status="pending")
    assert state()["left"] == {str(adult.pk): 0, str(child.pk): 0}
    Order.objects.filter(pk=held.pk).update(expires_at=now)
    assert state()["left"] == {str(adult.pk): 4, str(child.pk): 4}


def test_hold_is_one_more_kind_of_its_ticket(adult, state):
    guests = hold_of(adult, 4)
    told = state()
    plain, held = told["tickets"]
    assert (held["sells"], held["hold"], held["name"]) == (adult.pk, guests.pk, "Adult: Guest list")
    assert (held["price"], held["group"]) == (plain["price"], "Held")
    assert told["left"] == {str(adult.pk): 6, held["id"]: 4}


def test_hold_that_has_ended_is_on_sale(adult, now, state):
    hold_of(adult, 4, ends_at=now + timedelta(hours=1))
    Hold.objects.update(ends_at=now)
    told = state()
    assert [ticket["id"] for ticket in told["tickets"]] == [adult.pk]
    assert told["left"] == {str(adult.pk): 10}


def test_hold_of_a_till_is_told_there_alone(event, adult, cashier, member, state):
    from shifts.tests.factories import ShiftFactory

    till = cashier.shifts.get().till
    hold_of(adult, 2, open_to="till", till=till)
    hold_of(adult, 2, name="Other", open_to="till", till=ShiftFactory(till__event=event).till)
    assert [ticket["name"] for ticket in state()["tickets"]] == ["Adult", "Adult: Guest list"]


def test_hold_of_named_members_is_told_to_them(event, adult, cashier, organizer, state):
    named = Member.objects.get(event=event, user=cashier)
    hold_of(adult, 2, open_to="members", members=[named])
    hold_of(adult, 2, name="Board", open_to="members")
    assert [ticket["name"] for ticket in state()["tickets"]] == ["Adult", "Adult: Guest list"]


def test_page_begins_with_what_is_left(client, cashier, event, adult):
    client.force_login(cashier)
    guests = hold_of(adult, 4)
    data = client.get(f"/till/{event.identifier}/").context["data"]
    assert [ticket["left"] for ticket in data["tickets"]] == [6, 4]
    assert data["tickets"][1]["id"] == f"hold {guests.pk}"
