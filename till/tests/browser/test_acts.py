"""What is done to an order after the sale, beside the basket: each in three taps, and by keys alone."""

import pytest

from attendees.models import Attendee
from onsite_project.tests.browser import DESKTOP, PHONE
from onsite_project.tests.waiting import until
from orders.models import Order
from orders.sale import Guest, Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite

TABLET = (810, 1080)
# What the focus is on is called.
HERE = """[...(document.activeElement.labels ?? []), document.activeElement.closest("a, button")]
    .map((it) => it?.textContent ?? "").join()"""
ACTS = ["cancel-attendees", "refund", "exchange", "swap-code", "transfer"]


@pytest.fixture
def sold(event, house, cashier):
    lines = [Line(house[1].pk, 2, guests=(Guest("Ana", "Silva"),))]
    return sold_onsite(event=event, lines=lines, seller=cashier, payments=[Paid("cash")])


@pytest.fixture
def at_order(till, sold):
    """The till's page with the order in the dialog; counts what is tapped from there."""

    def show():
        page = till().page
        page.click("#recent")
        page.click(f"dialog .orders a:has-text('{sold.identifier}')")
        page.wait_for_selector("dialog .acts")
        return Taps(page)

    return show


class Taps:
    def __init__(self, page):
        self.page, self.number = page, 0

    def tap(self, selector):
        self.page.click(f"dialog {selector}")
        self.number += 1

    def told(self, text):
        self.page.wait_for_selector(f"dialog .story:has-text('{text}')")


def test_a_ticket_is_cancelled_in_three_taps(at_order, sold):
    taps = at_order()
    taps.tap("a:has-text('Cancel tickets')")
    taps.tap(".choices label:has-text('Ana Silva')")
    taps.tap("button:has-text('Sold by mistake')")
    taps.told("Tickets cancelled")
    order = Order.objects.get(pk=sold.pk)
    assert (taps.number, order.balance, order.amount) == (3, order.amount, sold.amount / 2)


def test_a_lost_ticket_in_two(at_order, sold):
    taps = at_order()
    code = sold.attendees.order_by("pk")[0].code
    taps.tap("a:has-text('Lost ticket')")
    taps.tap("button:has-text('Ana Silva')")
    taps.told("New code for a lost ticket")
    assert (taps.number, Attendee.objects.filter(code=code).exists()) == (2, False)


def press(page, name, key="Enter", inside="dialog "):
    """Go by Tab to what is called so, and press the key there."""
    page.wait_for_selector(f"{inside}:is(a, button, label):has-text('{name}')")
    for _step in range(40):
        page.keyboard.press("Tab")
        if name in page.evaluate(HERE):
            return page.keyboard.press(key)
    raise AssertionError(f"No Tab leads to {name}.")


def test_a_lost_ticket_by_keys(at_order, sold):
    page = at_order().page
    code = sold.attendees.order_by("pk")[0].code
    press(page, "Lost ticket")
    press(page, "Ana Silva")
    page.wait_for_selector("dialog .story:has-text('New code for a lost ticket')")
    assert not Attendee.objects.filter(code=code).exists()


def test_an_exchange_by_keys(at_order, house, sold):
    page = at_order().page
    press(page, "Exchange tickets")
    press(page, "Ana Silva", "Space")
    press(page, f"{house[0].name}, card")
    page.wait_for_selector(f"dialog .story:has-text('Exchanged for {house[0].name}')")
    assert Order.objects.get(pk=sold.pk).paid_by["card"] == house[0].price - house[1].price


def test_money_back_by_keys_by_an_organizer(open_browser, event, organizer, sold):
    page = open_browser(organizer)
    page.goto(f"/till/{event.identifier}/orders/{sold.identifier}/")
    press(page, "Give money back", inside="")
    page.wait_for_selector(".choices :checked")
    assert page.input_value(".choices :checked") == f"{sold.amount / 2:.2f}"
    press(page, "Not as promised", inside="")
    page.wait_for_selector(".story:has-text('Money given back')")
    assert Order.objects.get(pk=sold.pk).balance == sold.amount / 2


def test_an_exchange_in_three_taps(at_order, event, house, sold):
    taps = at_order()
    taps.tap("a:has-text('Exchange tickets')")
    taps.tap(".choices label:has-text('Ana Silva')")
    taps.tap(f"button[value^='{house[0].pk}:card:']")
    taps.told(f"Exchanged for {house[0].name}")
    order = Order.objects.get(pk=sold.pk)
    assert (taps.number, order.balance) == (3, order.amount)
    assert order.paid_by["card"] == house[0].price - house[1].price


def test_money_back_in_three_taps_by_an_organizer(open_browser, event, organizer, sold):
    page = open_browser(organizer)
    page.goto(f"/till/{event.identifier}/orders/{sold.identifier}/")
    page.click("a:has-text('Give money back')")
    page.click(f".choices label:has-text('{sold.amount / 2:.2f}')")
    page.click("button:has-text('Not as promised')")
    page.wait_for_selector(".story:has-text('Money given back')")
    assert Order.objects.get(pk=sold.pk).balance == sold.amount / 2


@pytest.mark.parametrize(
    ("size", "dark"),
    [(DESKTOP, False), (DESKTOP, True), (TABLET, False), (TABLET, True), (PHONE, False), (PHONE, True)],
    ids=lambda value: str(value),
)
def test_pages_are_accessible(open_browser, axe, event, organizer, cashier, sold, size, dark):
    for who in (cashier, organizer):
        browser = open_browser(who, size, dark=dark)
        for page in ["", *(f"acts/{act}/" for act in ACTS)]:
            browser.goto(f"/till/{event.identifier}/orders/{sold.identifier}/{page}")
            axe(browser)


def test_nothing_is_wider_than_a_phone(open_browser, event, organizer, sold):
    browser = open_browser(organizer, PHONE)
    for page in ["", *(f"acts/{act}/" for act in ACTS)]:
        browser.goto(f"/till/{event.identifier}/orders/{sold.identifier}/{page}")
        until(browser, "document.documentElement.scrollWidth <= innerWidth")
