"""An unpaid order lets go of its tickets in time, with no job having run."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command

from attendees.tests.factories import DraftFactory
from base.errors import Conflict
from base.tests.client import document, relation
from events.tests.factories import EventFactory
from orders import lifecycle
from orders.lifecycle import cancel, expire_overdue
from orders.models import Order
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import ordered_online, sold_onsite
from shifts.desk import Desk
from tickets.tests.factories import FreeTicketFactory, TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("balanced")]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def last_two(event):
    return TicketFactory(event=event, quantity=2)


def place(ticket, buyer, quantity=2, **terms):
    drafts = DraftFactory.create_batch(quantity, ticket=ticket, creator=buyer)
    return ordered_online(event=ticket.event, buyer=buyer, attendees=drafts, **terms)


class TestHeldUntil:
    def test_online_ten_minutes(self, last_two, stranger, now):
        order = place(last_two, stranger, at=now)
        assert (order.status, order.expires_at) == ("initializing", now + 10 * MINUTE)

    def test_card_half_an_hour(self, sell, event, now):
        event.pending_minutes = 5
        event.save()
        assert sell(awaits_card=True, at=now).expires_at == now + 30 * MINUTE

    def test_pending_until_somebody_says_so(self, sell):
        assert sell().expires_at is None

    def test_pending_as_long_as_the_event_says(self, sell, event, now):
        event.pending_minutes = 5
        event.save()
        assert sell(at=now).expires_at == now + 5 * MINUTE

    def test_completed_for_ever(self, sell, event, stranger):
        event.pending_minutes = 5
        event.save()
        assert sell(payments=[Paid("cash")]).expires_at is None
        free = FreeTicketFactory(event=event)
        assert place(free, stranger).expires_at is None

    @pytest.mark.parametrize("awaits_card", [False, True])
    def test_where_money_was_taken_for_ever(self, sell, event, now, awaits_card):
        event.pending_minutes = 5
        event.save()
        order = sell(payments=[Paid("cash", Decimal(1))], awaits_card=awaits_card, at=now)
        assert (order.status, order.expires_at) == ("pending", None)
        assert expire_overdue(event, now + timedelta(days=30)) == 0
        with pytest.raises(Conflict):
            sell(lines=[Line(order.tickets[0].pk, 9)], at=now + timedelta(days=30))


class TestOverdue:
    @pytest.mark.parametrize(("after", "expired"), [(29, 0), (30, 1)])
    def test_only_when_its_time_has_passed(self, sell, event, adult, now, after, expired):
        order = sell(awaits_card=True, at=now)
        assert expire_overdue(event, now + after * MINUTE) == expired
        order.refresh_from_db()
        adult.refresh_from_db()
        assert (order.status, adult.sold) == (("expired", 0) if expired else ("pending", 2))
        assert order.attendees.count() == 2

    def test_only_of_this_event(self, sell, now):
        sell(awaits_card=True, at=now)
        assert expire_overdue(EventFactory(), now + 31 * MINUTE) == 0

    def test_once(self, sell, event, adult, now):
        sell(awaits_card=True, at=now)
        assert [expire_overdue(event, now + 31 * MINUTE) for _ in range(2)] == [1, 0]
        adult.refresh_from_db()
        assert adult.sold == 0

    def test_more_than_are_let_go_at_once(self, sell, event, now, monkeypatch):
        monkeypatch.setattr(lifecycle, "MOST_AT_ONCE", 2)
        for _ in range(3):
            sell(awaits_card=True, at=now)
        assert expire_overdue(event, now + 31 * MINUTE) == 3

    def test_costs_the_same_for_one_and_for_three(self, sell, event, now, django_assert_max_num_queries):
        for count in (1, 3):
            for _ in range(count):
                sell(awaits_card=True, at=now)
            with django_assert_max_num_queries(10):
                assert expire_overdue(event, now + 31 * MINUTE) == count


class TestNextSale:
    """What is overdue is for sale, although no job has run."""

    def test_onsite(self, last_two, stranger, sell, now):
        held = place(last_two, stranger, at=now - 11 * MINUTE)
        assert sell(lines=[Line(last_two.pk, 2)]).status == "pending"
        held.refresh_from_db()
        assert held.status == "expired"

    def test_not_before_its_time(self, last_two, stranger, sell, now):
        held = place(last_two, stranger, at=now - 9 * MINUTE)
        with pytest.raises(Conflict, match="sold out"):
            sell(lines=[Line(last_two.pk, 1)], at=now)
        held.refresh_from_db()
        assert held.status == "initializing"

    def test_online(self, last_two, sell, stranger, now):
        sell(lines=[Line(last_two.pk, 2)], awaits_card=True, at=now - 31 * MINUTE)
        assert place(last_two, stranger).status == "initializing"

    def test_onsite_through_the_api(self, api, cashier, event, last_two, stranger, now):
        place(last_two, stranger, at=now - 11 * MINUTE)
        assert api(cashier).sell(event, (last_two, 2)).status_code == 201

    def test_online_through_the_api(self, api, stranger, event, last_two, sell, now):
        sell(lines=[Line(last_two.pk, 2)], awaits_card=True, at=now - 31 * MINUTE)
        client, draft = api(stranger), DraftFactory(ticket=last_two, creator=stranger)
        relationships = {"event": relation("event", event.pk), "attendees": relation("attendee", [draft.pk])}
        assert client.post("/v1/orders", document("order", relationships=relationships)).status_code == 201

    def test_no_more_is_let_go_than_was_overdue(self, last_two, stranger, sell, now):
        place(last_two, stranger, 1, at=now - 11 * MINUTE)
        place(last_two, stranger, 1, at=now)
        with pytest.raises(Conflict) as refusal:
            sell(lines=[Line(last_two.pk, 2)])
        assert refusal.value.problems[0].code == "sold-out"
        assert sell(lines=[Line(last_two.pk, 1)]).status == "pending"

    def test_behind_more_overdue_orders_than_are_let_go_at_once(self, event, sell, now, monkeypatch):
        monkeypatch.setattr(lifecycle, "MOST_AT_ONCE", 1)
        other, wanted = TicketFactory.create_batch(2, event=event, quantity=2)
        for ticket in (other, other, wanted):
            sell(lines=[Line(ticket.pk, 1)], awaits_card=True, at=now - timedelta(hours=1))
        assert sell(lines=[Line(wanted.pk, 2)], at=now).status == "pending"

    def test_refused_sale_takes_none_of_what_was_let_go(self, last_two, stranger, sell, event, now):
        gone = TicketFactory(event=event, quantity=0)
        place(last_two, stranger, at=now - 11 * MINUTE)
        with pytest.raises(Conflict) as refusal:
            sell(lines=[Line(last_two.pk, 2), Line(gone.pk, 1)])
        assert {problem.code for problem in refusal.value.problems} == {"sold-out"}
        last_two.refresh_from_db()
        assert last_two.sold == 0

    def test_tickets_that_are_sold_out_for_good_cost_three_statements_more(
        self, event, sell, django_assert_max_num_queries
    ):
        gone = TicketFactory(event=event, quantity=0)
        with django_assert_max_num_queries(11), pytest.raises(Conflict):  # ids are drawn before the lock
            sell(lines=[Line(gone.pk, 1)])

    def test_buyer_may_order_again_when_the_hold_is_over(self, event, stranger, now):
        ticket = TicketFactory(event=event, quantity=100)
        place(ticket, stranger, 20, at=now - 11 * MINUTE)
        assert place(ticket, stranger, 20, at=now).status == "initializing"
        with pytest.raises(Conflict, match="at most 20 can be held"):
            place(ticket, stranger, 1, at=now)


class TestCommand:
    def run(self):
        out = io.StringIO()
        call_command("expire_orders", stdout=out)
        return out.getvalue()

    def test_lets_go_of_what_is_overdue_at_all_events(self, sell, stranger, now):
        sell(awaits_card=True, at=now - 31 * MINUTE)
        sell(awaits_card=True)
        elsewhere = TicketFactory()
        for _ in range(2):
            place(elsewhere, stranger, at=now - 11 * MINUTE)
        assert self.run() == "3 orders expired.\n"
        elsewhere.refresh_from_db()
        assert elsewhere.sold == 0
        assert Order.objects.filter(status="expired").count() == 3

    def test_nothing_to_do(self, sell):
        sell(awaits_card=True)
        assert self.run() == "0 orders expired.\n"

    def test_one(self, sell, now):
        sell(awaits_card=True, at=now - 31 * MINUTE)
        assert self.run() == "1 order expired.\n"


def test_cancelled_order_does_not_expire(sell, cashier, event, now):
    cancel(sell(awaits_card=True, at=now), desk=Desk(cashier))
    assert expire_overdue(event, now + timedelta(days=1)) == 0


def test_sale_by_a_script_finds_overdue_stock(event, last_two, stranger, now):
    place(last_two, stranger, at=now - 11 * MINUTE)
    assert sold_onsite(event=event, lines=[Line(last_two.pk, 2)]).status == "pending"
