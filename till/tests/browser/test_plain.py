"""Without JavaScript: slower, but nothing is missing."""

import pytest

from accounts.tests.factories import PASSWORD
from onsite_project.tests.browser import DESKTOP, PHONE, TABLET
from orders.models import Order
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts.models import Shift
from shifts.tests.factories import TillFactory


def test_a_whole_shift_from_log_in_to_the_report(open_browser, event, house, member):
    cashier = member("cashier")
    TillFactory(event=event, name="North")
    TillFactory(event=event, name="South")
    page = open_browser(cashier, scripts=False)
    page.context.clear_cookies()
    page.goto(f"/till/{event.identifier}/")
    page.get_by_label("E-mail").fill(cashier.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")

    page.get_by_role("link", name="Open a shift").click()
    page.locator("li:has-text('South')").get_by_role("link", name="Choose").click()
    page.get_by_label("Cash in the drawer").fill("100")
    page.get_by_role("button", name="Open South").click()
    page.get_by_role("link", name="Sell").click()

    page.locator("input[name^=quantity]").first.fill("2")
    page.get_by_label("Cash given").fill("50")
    page.get_by_label("Cash given").press("Enter")
    assert page.inner_text(".total strong") == "40.00 EUR"
    assert Order.objects.count() == 0
    page.get_by_role("button", name="Sell").click()
    assert "10.00" in page.inner_text(".change")
    assert page.locator("figure[data-code]").count() == 2
    page.get_by_role("link", name="Next sale").click()

    page.locator("input[name^=quantity]").first.fill("1")
    page.get_by_label("not paid yet").check()
    page.get_by_role("button", name="Sell").click()
    page.get_by_label("card").check()
    page.get_by_role("button", name="Paid", exact=True).click()
    page.get_by_role("link", name="Recent").click()
    page.locator(".orders a").first.click()
    page.get_by_role("button", name="Undo").click()
    assert "Reverse it on the card terminal" in page.inner_text("main")

    page.goto(f"/till/{event.identifier}/shift/")
    page.get_by_role("link", name="Count and close").click()
    page.get_by_label("Cash in the drawer").fill("140")
    page.get_by_label("Total of the card slips").fill("0")
    page.get_by_role("button", name="That is what I counted").click()
    page.get_by_role("button", name="Close shift").click()
    assert "140.00" in page.inner_text("main")
    assert not Shift.objects.get(cashier=cashier).is_open


@pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE])
def test_order_of_the_widest_letters_fits(open_browser, event, house, organizer, size):
    sold_onsite(event=event, lines=[Line(house[0].pk, 1)], seller=organizer, payments=[Paid("card")])
    Order.objects.update(identifier="WWWWWWWW")
    page = open_browser(organizer, size)
    page.goto(f"/till/{event.identifier}/orders/WWWWWWWW/")
    page.wait_for_selector(".code")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
