"""A cashier does not try all codes from 0000 to 9999, and sells on without one."""

import threading
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone

from accounts import limits
from accounts.models import SpentAllowance
from base.errors import Conflict, NotFound, TooManyTries
from base.tests.client import document, errors
from events.tests.factories import MemberFactory
from orders.models import Order
from orders.sale import Line, Sale
from orders.sales import sell_onsite
from orders.tests.factories import sold_onsite
from orders.tests.rush import at_once
from prices.claims import Claim, Unknown, look
from prices.tests.factories import discount_of
from prices.tries import CODES, tries
from shifts.desk import Desk
from shifts.tests.factories import ShiftFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def code(event):
    return discount_of(event, percent=10, code="SUMMER").code


@pytest.fixture
def guess(sell, adult):
    """Asks for a sale by a code."""

    def guess(*codes, **terms):
        return sell(*(Line(adult.pk, 1, discount=Claim(code=code)) for code in codes), **terms)

    return guess


@pytest.fixture
def guessed(guess):
    """All tries but so many are spent."""

    def guessed(left=0):
        for n in range(CODES.tries - left):
            with pytest.raises(NotFound):
                guess(f"{n:04}")

    return guessed


def test_so_many_unknown_codes_and_no_more(guess, guessed, code):
    guessed()
    for any_code in ("4711", code):
        with pytest.raises(TooManyTries) as refusal:
            guess(any_code)
    assert 0 < refusal.value.seconds <= 30
    assert "without a code you can sell on" in str(refusal.value)
    assert not Order.objects.exists()


def test_one_comes_back_with_time(guess, guessed, code, monkeypatch):
    guessed()
    later = timezone.now() + timedelta(seconds=31)
    monkeypatch.setattr(limits.timezone, "now", lambda: later)
    assert guess(code).pk
    with pytest.raises(NotFound):
        guess("4711")
    with pytest.raises(TooManyTries):
        guess("4711")


def test_codes_that_the_event_has_do_not_count(guess, guessed, code, event):
    discount_of(event, name="Over", percent=5, code="OVER", ends_at=timezone.now() - timedelta(days=1))
    guessed(left=1)
    for _time in range(3):
        assert guess(code).pk
        with pytest.raises(Conflict):
            guess("OVER")
    with pytest.raises(NotFound):
        guess("4711")
    with pytest.raises(TooManyTries):
        guess("4712")


def test_each_unknown_code_of_a_sale_counts(guess, guessed, code):
    guessed(left=3)
    with pytest.raises(Unknown):
        guess(code, "4711", "4711", "4712")
    with pytest.raises(Unknown):
        guess("4713")
    with pytest.raises(TooManyTries):
        guess("4714")


def test_sale_without_a_code_is_not_touched(guessed, sell, adult, event):
    student = discount_of(event, name="Half", percent=50)
    guessed()
    assert sell(Line(adult.pk, 1)).pk
    assert sell(Line(adult.pk, 1), discount=Claim(student.pk)).pk


def test_each_account_has_its_own_at_each_event(guessed, adult, event, code, cashier):
    guessed()
    shift = ShiftFactory(till__event=event, cashier=MemberFactory(event=event, role="cashier").user)
    line = Line(adult.pk, 1, discount=Claim(code=code))
    assert sold_onsite(event=event, lines=[line], seller=shift.cashier, payment_mode="onsite").pk
    with tries(cashier, MemberFactory(user=cashier).event, ["4711"]):
        pass


def test_sale_that_is_asked_for_again_is_told_and_guesses_nothing(guessed, event, cashier, adult, code):
    sale = Sale(event=event, lines=[Line(adult.pk, 1)], payment_mode="onsite", discount=Claim(code=code))
    sold = sell_onsite(sale, desk=Desk(by=cashier), key="the-same")
    guessed()
    assert sell_onsite(sale, desk=Desk(by=cashier), key="the-same").order == sold.order


def test_script_tries_as_often_as_it_likes(event, adult):
    for n in range(CODES.tries + 5):
        with pytest.raises(NotFound):
            sold_onsite(event=event, lines=[Line(adult.pk, 1, discount=Claim(code=f"{n:04}"))], seller=None)
    assert not SpentAllowance.objects.exists()


def test_table_names_neither_account_nor_code(guess, cashier):
    with pytest.raises(NotFound):
        guess("SECRET4711")
    assert "4711" not in SpentAllowance.objects.get().key


class TestByTheApi:
    def test_sale_is_told_when_to_try_again(self, api, cashier, event, adult, guessed, code):
        guessed()
        answer = api(cashier).sell(event, (adult, 1), discount={"code": code})
        assert (answer.status_code, errors(answer)[0]["code"]) == (429, "throttled")
        assert 0 < int(answer.headers["Retry-After"]) <= 30
        assert api(cashier).sell(event, (adult, 1)).status_code == 201

    def test_till_that_looks_a_code_up_shares_the_tries_with_sales(self, cashier, event, code, guessed):
        guessed(left=1)
        client = Client(headers={"X-Cashier": str(cashier.pk)})
        client.force_login(cashier)

        def asked(code):
            body = document("discount", code=code)
            return client.post(f"/till/{event.identifier}/api/discount", body, "application/vnd.api+json")

        assert asked(code).status_code == 200
        assert asked("4711").status_code == 404
        refused = asked(code)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 30


TOGETHER = CODES.tries + 4


@pytest.fixture
def rush(event, cashier):
    """Many guesses of one account at once."""

    def guess(n):
        with tries(cashier, event, [f"{n:04}"]):
            look(event, f"{n:04}", timezone.now())

    return lambda: Counter(type(each) for each in at_once(*(partial(guess, n) for n in range(TOGETHER))))


@pytest.mark.postgres
def test_guesses_at_once_are_all_counted(rush):
    assert rush() == {Unknown: CODES.tries, TooManyTries: TOGETHER - CODES.tries}


@pytest.mark.postgres
def test_control_counted_after_the_look_they_would_not_be(rush, monkeypatch):
    everybody_has_looked = threading.Barrier(TOGETHER)
    take = limits._take

    def looks_first(share, at):
        row = SpentAllowance.objects.filter(key=share.key)
        is_left = row.count() < CODES.tries
        everybody_has_looked.wait(timeout=30)
        take(share, at)
        return is_left

    monkeypatch.setattr(limits, "_take", looks_first)
    assert rush() == {Unknown: TOGETHER}
