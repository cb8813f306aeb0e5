"""A claim link is as good as its secret: nothing near it works, and it ends when it must."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendees.models import Attendee
from base.claim_links import order_in
from base.identifiers import LENGTH
from claims.tokens import SHOWN_FOR, find, token_of
from orders.amending import Ask
from orders.lifecycle import cancel
from orders.models import Order
from orders.reissue import swap_code, transfer
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture
def order(event):
    ticket = TicketFactory(event=event, quantity=100)
    return sold_onsite(event=event, lines=[Line(ticket.pk, 2)], status="completed", payment_mode="onsite")


def ended(order):
    """What a ticket that was cancelled by itself has."""
    by = order.amendments.create(kind="cancel-attendees", at=order.created_at)
    return {"cancelled_at": by.at, "ended_by": by}


class TestSecret:
    def test_finds_the_order_it_was_made_for(self, order, now):
        assert find(token_of(order), now) == order

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
    @given(data=st.data())
    def test_any_change_of_it_finds_nothing(self, order, now, data):
        token = token_of(order)
        place = data.draw(st.integers(0, len(token) - 1))
        letter = data.draw(st.sampled_from([one for one in LETTERS if one != token[place]]))
        assert find(token[:place] + letter + token[place + 1 :], now) is None

    @pytest.mark.parametrize(
        "mangled",
        [
            str.upper,
            lambda token: token[:-1],
            lambda token: token + "a",
            lambda token: token + "\n",
            lambda _: "",
        ],
    )
    def test_that_is_longer_or_shorter_finds_nothing(self, order, now, mangled):
        assert find(mangled(token_of(order)), now) is None

    def test_of_another_order_does_not_fit(self, order, event, now):
        other = sold_onsite(event=event, lines=[Line(order.attendees.first().ticket_id, 1)])
        assert find(token_of(order)[:LENGTH] + token_of(other)[LENGTH:], now) is None

    def test_follows_from_the_key_of_the_installation(self, order, settings):
        before = token_of(order)
        settings.SECRET_KEY = "another"
        assert token_of(order)[LENGTH:] != before[LENGTH:]

    def test_has_130_bits_beside_the_identifier(self, order):
        assert len(token_of(order)) - LENGTH == 26  # letters of five bits
        assert not any(attendee.code.lower() in token_of(order) for attendee in order.attendees.all())

    def test_does_not_leave_the_process_in_a_statement(self, order, now):
        token = token_of(order)
        with CaptureQueriesContext(connection) as sent:
            find(token, now)
        assert len(sent) == 5
        assert token[LENGTH:] not in str([query["sql"] for query in sent])


class TestEnd:
    @pytest.mark.parametrize("act", [swap_code, lambda order, **of: transfer(order, names={}, **of)])
    def test_with_a_code_that_is_replaced_and_another_one_begins(self, order, now, act):
        before = token_of(order)
        act(order, attendee=order.attendees.first().pk, ask=Ask(reason="lost"))
        assert find(before, now) is None
        assert find(token_of(Order.objects.get()), now) == order

    def test_with_the_order(self, order, now):
        cancel(order)
        assert find(token_of(order), now) is None

    def test_with_an_order_that_was_not_paid_in_time(self, order, now):
        Order.objects.update(status="expired")
        assert find(token_of(order), now) is None

    def test_with_its_last_ticket(self, order, now):
        token, (first, last) = token_of(order), order.attendees.order_by("pk")
        Attendee.objects.filter(pk=first.pk).update(**ended(order))
        assert find(token, now) == order
        Attendee.objects.filter(pk=last.pk).update(**ended(order))
        assert find(token, now) is None

    def test_a_month_after_the_event(self, order, event):
        token = token_of(order)
        assert find(token, event.ends_at + SHOWN_FOR) == order
        assert find(token, event.ends_at + SHOWN_FOR + timedelta(seconds=1)) is None

    def test_where_the_organizer_wants_none(self, order, event, now):
        type(event).objects.update(claims=False)
        assert find(token_of(order), now) is None


def test_doors_know_an_address_of_any_host(order):
    token = token_of(order)
    for text in (
        f"https://x.example/c/{token}/",
        f"HTTP://10.0.0.1:8000/C/{token.upper()}",
        f" c/{token}/\n",
        # As it is passed on, and of what lies behind it.
        f"https://x.example/c/{token}/?fbclid=abc/def",
        f"https://x.example/c/{token}#codes",
        f"https://x.example/c/{token}/order.pdf",
    ):
        assert order_in(text) == order.identifier
    for text in (
        token,
        f"/c/{token}a",
        f"/d/{token}/",
        order.attendees.first().code,
    ):
        assert order_in(text) is None
