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
        hand.press("1 Enter 5 . 0 0 0 Enter")
        hand.after_answer(".done-panel")
        assert hand.page.inner_text(".change strong") == "1999"
        assert paid() == ("completed", "3001.00", [("cash", "3001.00")])

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
