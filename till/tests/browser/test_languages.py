"""Till and door in the language of who works there: its words, its sums, and nothing pushed out of sight."""

import pytest
from django.conf import settings

from onsite_project.tests.browser import DESKTOP, PHONE
from orders.models import Order, Payment

TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(params=settings.COMPLETE_LANGUAGES)
def language(request, cashier, registrar):
    """Of the cashier and the registrar."""
    for user in (cashier, registrar):
        user.language = request.param
        user.save()
    return request.param


def test_a_sale_in_german(till, cashier, axe):
    cashier.language = "de"
    cashier.save()
    hand = till()
    page = hand.page
    assert page.get_attribute("html", "lang") == "de"
    assert "20,00\u00a0€" in page.inner_text(".tile >> nth=0").replace(" ", "\u00a0")
    hand.press("1 1 2 Enter")
    assert "Zu zahlen" in page.inner_text("#payment")
    assert page.get_by_role("button", name=",", exact=True).is_visible()  # of the pad
    hand.press("5 0 , 5 0")
    assert "50,50" in page.inner_text("#payment")
    axe(page)
    hand.press("Enter")
    page.wait_for_selector(".done-panel")
    assert "2,50" in page.inner_text(".done-panel")
    assert Order.objects.get().status == "completed"
    assert str(Payment.objects.get().tendered) == "50.50"


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_nothing_of_a_till_is_pushed_out_of_sight(till, language, size):
    hand = till(size)
    assert hand.page.evaluate(TOO_WIDE) <= 0
    if size == DESKTOP:
        hand.press("1 1 2 Enter")
        assert hand.page.evaluate(TOO_WIDE) <= 0


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_nothing_of_a_door_is_pushed_out_of_sight(open_browser, event, house, registrar, language, size):
    page = open_browser(registrar, size)
    page.goto(f"/door/{event.identifier}/")
    page.wait_for_selector("html.ready")
    assert page.evaluate(TOO_WIDE) <= 0
    page.locator("#gates button").first.click()
    page.wait_for_selector("#work:not([hidden])")
    page.wait_for_selector("#change-gate:not([hidden])")
    assert page.evaluate(TOO_WIDE) <= 0
