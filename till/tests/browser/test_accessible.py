"""axe-core finds nothing on any screen: light and dark, wide and narrow, in every phase of a sale."""

import pytest

from accounts.pins import set_pin
from onsite_project.tests.browser import DESKTOP, PHONE
from orders.sale import Line
from orders.tests.factories import sold_onsite

ZOOMED = (DESKTOP[0] // 2, DESKTOP[1] // 2)  # what is left of a desktop's screen at 200 %


@pytest.fixture(
    params=[(DESKTOP, False), (PHONE, True), (ZOOMED, False)],
    ids=["desktop-light", "phone-dark", "zoomed-light"],
)
def look(request):
    return request.param


def test_till_in_every_phase(till, look, axe, event, house, organizer):
    set_pin(organizer, "482913")
    hand = till(look[0], dark=look[1])
    axe(hand.page)
    for keys in ("1 1 2", "Enter", "Escape s 2 0", "Escape f", "1", "Enter", "Escape Escape *", "Escape"):
        hand.press(keys)
        axe(hand.page)
    hand.press("c")
    hand.after_answer(".huge")
    axe(hand.page)
    hand.press("Enter")
    hand.after_answer(".done-panel")
    hand.page.wait_for_selector(".codes svg")
    axe(hand.page)
    hand.press("Enter 2 2 2")
    sold_onsite(event=event, lines=[Line(house[1].pk, 8)])
    hand.press("Enter Enter")
    hand.after_answer(".problems")
    axe(hand.page)


def test_dialogs_of_the_till(till, look, axe, event, house):
    sold_onsite(event=event, lines=[Line(house[0].pk, 2)], status="pending", payment_mode="onsite")
    hand = till(look[0], dark=look[1])
    hand.press("1")
    for key in ("n", "?", "/"):
        hand.press(key)
        hand.page.wait_for_selector("dialog[open]")
        axe(hand.page)
        hand.press("Escape")
    hand.page.click("#recent")
    hand.page.wait_for_selector("dialog .orders, dialog .empty")
    axe(hand.page)


PAGES = [
    "",
    "recent/",
    "display/",
    "orders/{order}/",
    "orders/{order}/guests/{guest}/",
    "orders/{order}/print/",
    "orders/{order}/print/?paper=a4",
    "shift/",
    "shift/count/",
    "shift/movement/?direction=in",
    "shifts/",
    "shifts/{shift}/report/",
    "totals/",
]


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_the_server(open_browser, look, axe, event, house, cashier, organizer, shift, page):
    order = sold_onsite(event=event, lines=[Line(house[0].pk, 2), Line(house[1].pk, 1)], seller=cashier)
    browser = open_browser(organizer if page.startswith(("shifts/", "totals")) else cashier, *look)
    named = {"order": order.identifier, "guest": order.attendees.first().pk, "shift": shift.pk}
    browser.goto(f"/till/{event.identifier}/{page.format(**named)}")
    axe(browser)


def test_pairing_page(open_browser, look, axe, cashier):
    browser = open_browser(cashier, *look)
    browser.goto("/door/pair/?code=ACDEFGHJ")
    axe(browser)
    browser.keyboard.press("Enter")
    browser.wait_for_selector(".errorlist")
    axe(browser)


def test_axe_notices_what_is_wrong(open_browser, cashier, axe):
    page = open_browser(cashier)
    page.set_content("<main><img src='x.png'><p style='color: #ccc'>pale</p></main>")
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)
