"""Discounts that an organizer changes or deletes while they are sold, on a real PostgreSQL."""

import threading
from functools import partial

import pytest

from base.errors import Conflict
from books.checking import differences
from books.checks import CHECKS
from orders import discounts
from orders.models import Order
from orders.sale import Line
from orders.tests.rush import at_once, deadlocks
from prices.claims import Claim
from prices.discounts import delete_discount, write_discount
from prices.models import Discount
from prices.tests.factories import discount_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sells_meanwhile(monkeypatch, adult, sell):
    """Runs an act while a sale has its discount and is not written yet: what came of both."""

    def run(discount, act):
        has_it, is_done = threading.Event(), threading.Event()
        reduce = discounts._reduce

        def slowly(*args):
            reduce(*args)
            has_it.set()
            is_done.wait(timeout=1)  # unless the act waits for the sale

        def act_then():
            has_it.wait(timeout=30)
            try:
                return act(Discount.objects.get(pk=discount.pk))
            finally:
                is_done.set()

        monkeypatch.setattr(discounts, "_reduce", slowly)
        before = deadlocks()
        outcomes = at_once(partial(sell, Line(adult.pk, 1), discount=Claim(discount.pk)), act_then)
        assert deadlocks() == before
        return outcomes

    return run


def test_one_that_is_just_sold_with_is_not_deleted(event, sells_meanwhile):
    sold, refusal = sells_meanwhile(discount_of(event, percent=10), delete_discount)
    assert isinstance(sold, Order), sold
    assert isinstance(refusal, Conflict)
    assert refusal.problems[0].code == "discount-in-use"


def test_limit_counts_who_is_just_sold_to(event, adult, sell, sells_meanwhile):
    student = discount_of(event, percent=10)
    sell(Line(adult.pk, 1), discount=Claim(student.pk))

    def limited(discount):
        discount.limit = 1
        return write_discount(discount, changed=["limit"])

    sold, refusal = sells_meanwhile(student, limited)
    assert isinstance(sold, Order), sold
    assert isinstance(refusal, Conflict)
    assert refusal.problems[0].code == "discount-below-used"
    assert differences(CHECKS) == []
