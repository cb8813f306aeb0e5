"""The till asks before it sells a ticket that the door would not admit now."""

from datetime import timedelta

import pytest

from events.models import Event
from onsite_project.tests.browser import DESKTOP, PHONE
from orders.models import Order


@pytest.fixture
def tomorrow(event, house, now):
    times = {"starts_at": now + timedelta(days=2), "ends_at": now + timedelta(days=3)}
    Event.objects.filter(pk=event.pk).update(margin_hours=12, **times)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_sale_is_asked_about_and_made_anyway(till, tomorrow, axe, size):
    page = till(size).page
    page.locator(".tile").first.click()
    page.locator("#phone-bar .primary, [data-exact]").locator("visible=true").first.click()
    page.wait_for_selector("text=Not admitted now")
    page.wait_for_selector("text=Adult: admitted from")
    page.wait_for_timeout(400)  # the end of a double tap presses nothing
    axe(page)
    assert not Order.objects.exists()
    page.get_by_role("button", name="Sell anyway").click()
    page.wait_for_selector(".done-panel")
    assert Order.objects.get().attendees.count() == 1


def test_enter_alone_does_not_sell(till, tomorrow):
    page = till().page
    for key in ("1", "Enter", "Enter", "Enter"):
        page.keyboard.press(key)
        page.wait_for_timeout(400)
    page.wait_for_selector("text=Not admitted now")
    assert not Order.objects.exists()
    page.keyboard.press("Escape")
    page.wait_for_selector("#till[data-phase=basket]")
