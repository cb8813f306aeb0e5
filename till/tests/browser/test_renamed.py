"""The event is called otherwise while the till is open."""

import pytest

from events.models import Event
from events.planning import change_event
from onsite_project.tests.browser import TABLET
from orders.models import Order
from prices.tests.factories import discount_of


@pytest.fixture
def hand(till, event):
    """A till that was open before."""
    discount_of(event, name="Crew", amount=5, code="CREW")
    hand = till(TABLET)
    change_event(Event.objects.get(pk=event.pk), identifier="autumn-ball")
    return hand


def test_it_sells_on(hand, event):
    for sold in (1, 2):
        hand.ticket("Adult")
        hand.tap("Exact")
        hand.after_answer(".done-panel")
        assert Order.objects.count() == sold
    assert f"/till/{event.identifier}/" in hand.page.url


def test_what_it_asks_is_answered(hand):
    hand.ticket("Adult")
    hand.tap("Discount")
    hand.tap("Type a code")
    hand.page.get_by_label("Code", exact=True).fill("crew")
    hand.page.keyboard.press("Enter")
    hand.page.wait_for_selector(".reduction >> text=Crew")
    hand.page.wait_for_timeout(7000)  # a poll
    assert hand.page.locator("text=No answer").count() == 0


def test_order_of_before_opens_by_the_new_name(hand):
    hand.ticket("Adult")
    hand.tap("Exact")
    hand.after_answer(".done-panel")
    identifier = Order.objects.get().identifier
    hand.page.goto(hand.page.url.partition("?")[0] + f"orders/{identifier}/")
    assert hand.page.url.endswith(f"/till/autumn-ball/orders/{identifier}/")
    assert identifier in hand.page.inner_text("main")


def test_reload_goes_on_by_the_new_name(hand):
    hand.ticket("Adult")
    hand.page.reload()
    hand.page.wait_for_selector("html.ready")
    assert "/till/autumn-ball/?till=" in hand.page.url
    hand.tap("Exact")
    hand.after_answer(".done-panel")
    assert Order.objects.count() == 1
