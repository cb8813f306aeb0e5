"""What a scanner types at the till is looked for and never sold, whatever it sends, wherever the focus is."""

import pytest

from claims.tokens import token_of
from onsite_project.tests.browser import DESKTOP, PHONE
from onsite_project.tests.scanner import scan
from orders.models import Order
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite


@pytest.mark.parametrize("pace", [0, 40])
@pytest.mark.parametrize("end", [(), ("Enter",), ("Enter", "Enter"), ("Tab",)], ids=lambda end: "-".join(end))
def test_scan_is_looked_for(till, end, pace):
    page = till().page
    scan(page, "4006381333931", *end, pace=pace)
    page.wait_for_selector("dialog[open]")
    page.wait_for_timeout(300)
    assert page.get_attribute("#till", "data-phase") == "basket"
    assert not Order.objects.exists()


def test_scan_does_not_press_the_button_that_has_the_focus(till):
    page = till().page
    page.locator(".tile").first.click()
    page.get_by_role("button", name="Card").locator("visible=true").first.focus()
    scan(page, "BCDFGHJKLNPRSTVXBCDF", "Enter", "Enter")
    page.wait_for_selector("dialog[open]")
    page.wait_for_timeout(300)
    assert page.get_attribute("#till", "data-phase") == "basket"
    assert not Order.objects.exists()


def test_scan_sells_nothing_where_the_shortcuts_are_off(till, cashier):
    page = till().page
    page.evaluate("(id) => localStorage.setItem(`onsite.keys.${id}`, 'off')", cashier.pk)
    page.locator(".tile").first.click()
    scan(page, "BCDFGHJKLNPRSTVXBCDF", "Enter", "Enter")
    page.wait_for_timeout(500)
    assert page.get_attribute("#till", "data-phase") == "basket"
    assert not Order.objects.exists()


@pytest.fixture
def order(event, house, cashier):
    lines = [Line(house[0].pk, 2)]
    return sold_onsite(event=event, lines=lines, payments=[Paid("cash")], seller=cashier)


class TestReceipt:
    LINK = "https://box.example.org/c/{}/"

    @pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
    def test_opens_its_order(self, till, order, axe, size):
        page = till(size).page
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        scan(page, self.LINK.format(token_of(order)), "Enter")
        page.wait_for_selector(f"dialog[open] .order-page >> text={order.identifier}")
        assert not any(token_of(order)[8:] in url for url in asked), "the secret is not sent on"
        assert page.locator("dialog").evaluate("(box) => box.scrollWidth <= box.clientWidth")
        axe(page)

    def test_leaves_the_basket_alone_and_esc_leads_back_to_it(self, till, order):
        hand = till()
        hand.ticket("Adult")
        scan(hand.page, self.LINK.format(token_of(order)), "Enter")
        hand.page.wait_for_selector("dialog[open] .order-page")
        hand.press("Escape")
        hand.page.wait_for_selector("dialog:not([open])", state="attached")
        hand.press("1")
        assert hand.page.inner_text(".row .quantity") == "2"

    def test_that_is_nobodys_says_so_in_place(self, till, order):
        page = till().page
        scan(page, self.LINK.format("acdefghj" + "a" * 26), "Enter")
        page.wait_for_selector("dialog[open] >> text=Nothing found.")


def test_without_scripts_back_leads_to_the_list(open_browser, event, shift, order, cashier):
    page = open_browser(cashier, scripts=False)
    recent = f"/till/{event.identifier}/recent/?till={shift.till_id}"
    page.goto(recent)
    page.get_by_label("Code, name or e-mail").fill(order.identifier.lower())
    page.get_by_role("button", name="Search").click()
    page.wait_for_selector(f".order-page >> text={order.identifier}")
    page.go_back()
    assert page.url.endswith(recent)
