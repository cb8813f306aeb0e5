"""Donations, currencies without decimals, and sums that no coin makes."""

import pytest

from events.tests.factories import EventFactory
from orders.models import Order
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import TicketFactory
from till.tests.browser.hand import Hand


def paid():
    order = Order.objects.get()
    payments = [(payment.tender, str(payment.amount)) for payment in order.payments.order_by("pk")]
    return order.status, str(order.amount), payments


def test_sum_that_is_rounded_to_nothing_is_sold_for_nothing(till, event, house):
    event.cash_rounding = "0.05"
    event.save()
    TicketFactory(event=event, name="Sticker", price="0.02", quantity=5, position=3)
    hand = till()
    hand.press("3 Enter Enter")
    hand.after_answer(".done-panel")
    assert paid() == ("completed", "0.02", [("rounding", "0.02")])


class TestTyped:
    def test_comma_and_point(self, till):
        hand = till()
        hand.press("1 Enter 5 0 , 0 0 Enter")
        hand.after_answer(".done-panel")
        assert hand.page.inner_text(".change strong") == "30.00"
        hand.press("Enter 1 Enter 1 , 0 2 0 . 5 Enter")
        hand.after_answer(".done-panel")
        assert hand.page.inner_text(".change strong") == "1000.50"

    def test_what_can_be_read_in_two_ways_takes_no_money(self, till):
        hand = till()
        hand.press("1 Enter 1 , 2 3 4 Enter")
        hand.page.wait_for_selector("#payment >> text=If you mean 1234, type it without")
        assert hand.page.get_by_role("button", name="Take cash").is_disabled()
        assert not Order.objects.exists()
        hand.press("Backspace Backspace Backspace Backspace 2 3 4 Enter")
        hand.after_answer(".done-panel")
        assert hand.page.inner_text(".change strong") == "1214.00"

    def test_another_price_that_is_no_sum_is_not_used(self, till, organizer):
        hand = till(user=organizer)
        hand.press("1")
        hand.page.locator(".row .price-button").first.click()
        hand.press("1 . 2 . 3")
        hand.tap("Goodwill")
        assert hand.page.get_by_role("button", name="Use this price").is_disabled()
        hand.press("Backspace Backspace 5 Enter")
        assert hand.page.inner_text(".total strong") == "1.25"

    def test_cash_that_no_coins_make(self, till, event, house):
        event.cash_rounding = "0.05"
        event.save()
        hand = till()
        hand.press("1 Enter 2 0 . 0 3 Enter")
        hand.page.wait_for_selector("#payment >> text=cash goes in steps of 0.05")
        assert not Order.objects.exists()
        hand.press("Backspace 5 Enter")
        hand.after_answer(".done-panel")
        assert hand.page.inner_text(".change strong") == "0.05"


class TestYen:
    @pytest.fixture
    def hand(self, open_browser):
        event = EventFactory(currency="JPY")
        shift = ShiftFactory(till__event=event)
        TicketFactory(event=event, name="Adult", price=3001, quantity=5)
        page = open_browser(shift.cashier)
        page.goto(f"/till/{event.identifier}/")
        page.wait_for_selector("html.ready")
        return Hand(page)

    def test_change(self, hand):
        hand.press("1 Enter 5 0 0 0 Enter")
        hand.after_answer(".done-panel")
        assert hand.page.inner_text(".change strong") == "1999"
        assert paid() == ("completed", "3001.00", [("cash", "3001.00")])

    @pytest.mark.parametrize("typed", ["5 . 0 0 0", "5 , 0 0 0", "4 0 0 0 . 5"])
    def test_decimals_are_no_zeros(self, hand, typed):
        hand.press(f"1 Enter {typed} Enter")
        assert hand.page.locator("#payment [data-misread]").is_visible()
        assert hand.page.get_by_role("button", name=".", exact=True).is_disabled()
        assert not Order.objects.exists()

    def test_half_of_an_odd_sum(self, hand):
        hand.press("1 s")
        hand.page.locator(".quick button").first.click()
        hand.press("Enter Enter Enter")
        hand.after_answer(".done-panel")
        assert sum(float(amount) for _tender, amount in paid()[2]) == 3001


class TestDonation:
    @pytest.fixture
    def gift(self, event):
        return TicketFactory(event=event, name="Gift", type="donation", price=0, quantity=None, position=0)

    def test_without_a_minimum_may_be_nothing(self, till, gift):
        hand = till()
        hand.press("1 Enter")
        assert hand.page.inner_text(".row .name") == "Gift"
        hand.press("Enter")
        hand.after_answer(".done-panel")
        assert paid() == ("completed", "0.00", [])

    def test_of_two_sums_is_two_lines(self, till, gift):
        hand = till()
        hand.press("1 5 Enter 1 7 . 5 Enter 1 5 Enter Enter Enter")
        hand.after_answer(".done-panel")
        assert paid()[:2] == ("completed", "17.50")

    def test_outside_of_its_bounds_says_so(self, till, gift):
        gift.min_price, gift.max_price = 5, 50
        gift.save()
        hand = till()
        for typed in ("4", "5 1"):
            hand.press(f"1 {typed} Enter")
            hand.page.wait_for_selector(".hint.problem >> text=at least 5.00")
            hand.press("Escape")
        assert hand.page.locator(".row").count() == 0
