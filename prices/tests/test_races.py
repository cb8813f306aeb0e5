"""A voucher that many tills take at once, on a real PostgreSQL, and the control that shows that the race can
be lost.
"""

import threading
from collections import Counter
from functools import partial

import pytest

from base.errors import Conflict
from books.checking import differences
from books.checks import CHECKS
from orders.models import Order
from orders.sale import Line
from orders.tests.rush import at_once, deadlocks
from prices import claims
from prices.claims import Claim
from prices.models import Discount
from prices.tests.factories import discount_of
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS = 16


@pytest.fixture
def rush(event, sell):
    """Every till sells a ticket of its own, so that nothing but the voucher keeps them apart."""
    tickets = TicketFactory.create_batch(THREADS, event=event, quantity=100, price=20)
    discount_of(event, amount=5, limit=3, code="THRICE")
    claim = Claim(code="thrice")

    def rush():
        found = at_once(*(partial(sell, Line(ticket.pk, 2), discount=claim) for ticket in tickets))
        return Counter(type(outcome) for outcome in found)

    return rush


def test_works_as_often_as_it_says(rush):
    before = deadlocks()
    assert rush() == {Order: 3, Conflict: THREADS - 3}
    assert Discount.objects.with_used().get().used == 3
    assert differences(CHECKS) == []
    assert deadlocks() == before


def test_control_without_its_lock_it_works_too_often(rush, monkeypatch):
    everybody_has_counted = threading.Barrier(THREADS)

    def used_up(limited):
        everybody_has_counted.wait(timeout=30)
        return set()

    monkeypatch.setattr(claims, "_used_up", used_up)
    assert rush() == {Order: THREADS}
    assert {difference.check for difference in differences(CHECKS)} == {"discount-limit"}


def test_opposite_orders_of_two_vouchers_do_not_deadlock(event, sell):
    before = deadlocks()
    tickets = TicketFactory.create_batch(THREADS, event=event, quantity=100, price=20)
    one, two = (Claim(discount_of(event, name=name, amount=1, limit=100).pk) for name in ("A", "B"))

    def act(ticket, first, second):
        return sell(Line(ticket.pk, 1, discount=first), Line(ticket.pk, 1, discount=second))

    jobs = [partial(act, ticket, *((one, two) if n % 2 else (two, one))) for n, ticket in enumerate(tickets)]
    assert Counter(type(outcome) for outcome in at_once(*jobs)) == {Order: THREADS}
    assert deadlocks() == before
