"""Cashiers change by a PIN at a till that is locked, and the basket stays whose it was."""

import pytest

from accounts.pins import set_pin
from accounts.tests.factories import PASSWORD
from onsite_project.tests.browser import DESKTOP, PHONE, TABLET
from orders.models import Order
from shifts.models import Relief

SIZES = pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])


@pytest.fixture
def people(member, cashier):
    """The cashier, and a colleague."""
    other = member("cashier")
    for user, name, pin in ((cashier, "Ana", "729104"), (other, "Ben", "482913")):
        user.name = name
        set_pin(user, pin)
        user.save()
    return cashier, other


def frame_of(hand):
    return hand.page.frame_locator("iframe.log-in")


def lock(hand):
    hand.page.evaluate("document.getElementById('lock').requestSubmit()")
    frame_of(hand).locator(".pin-keys").wait_for()


def come(hand, name, pin):
    frame_of(hand).get_by_label(name, exact=True).click()
    for digit in pin:
        frame_of(hand).locator(f".pin-keys button:text-is('{digit}')").click()


def is_unlocked(hand):
    hand.page.wait_for_selector("iframe.log-in", state="detached")


def test_colleague_comes_by_six_digits_and_sells(till, people, shift):
    hand = till()
    hand.page.get_by_role("button", name="Lock").click()
    frame_of(hand).locator(".pin-keys").wait_for()
    come(hand, "Ben", "482913")
    is_unlocked(hand)
    hand.page.wait_for_selector("#who >> text=Ben")
    assert Relief.objects.get(shift=shift).user == people[1]
    hand.press("1 Enter Enter")
    hand.after_answer(".done-panel")
    order = Order.objects.get()
    assert (order.seller, order.shift) == (people[1], shift)


def test_keys_of_a_keyboard_do_the_same(till, people):
    hand = till()
    lock(hand)
    frame_of(hand).get_by_label("Ben", exact=True).click()
    hand.page.keyboard.type("482913")
    is_unlocked(hand)
    hand.page.wait_for_selector("#who >> text=Ben")


@SIZES
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_says_whose_basket_waits_and_how_many_tries_are_left(till, people, axe, size, dark):
    hand = till(size, dark=dark)
    hand.ticket("Adult")
    lock(hand)
    hand.page.wait_for_selector("dialog >> text=The basket of Ana waits: 1 Adult, 20.00 EUR")
    come(hand, "Ben", "111112")
    frame_of(hand).get_by_text("4 tries left").wait_for()
    for key in frame_of(hand).locator(".pin-keys button").all():
        box = key.bounding_box()
        assert min(box["height"], box["width"]) >= 64
    axe(hand.page)
    come(hand, "Ana", "729104")
    is_unlocked(hand)
    assert hand.page.inner_text("#who") == "Ana"
    assert hand.page.locator(".rows .row").count() == 1


class TestBasket:
    @pytest.fixture
    def hand(self, till, people):
        hand = till()
        hand.ticket("Adult")
        lock(hand)
        come(hand, "Ben", "482913")
        hand.page.wait_for_selector("text=This basket is of Ana")
        return hand

    def test_is_taken_over(self, hand, people):
        hand.tap("Take it over")
        hand.press("Enter Enter")
        hand.after_answer(".done-panel")
        assert Order.objects.get().seller == people[1]

    def test_waits_for_its_cashier(self, hand):
        hand.tap("Let it wait")
        hand.page.wait_for_selector(".waiting >> text=The basket of Ana waits: 1 Adult, 20.00")
        assert hand.page.is_visible(".rows .empty")
        lock(hand)
        come(hand, "Ana", "729104")
        is_unlocked(hand)
        hand.page.wait_for_selector(".rows .row >> text=Adult")
        assert hand.page.locator(".waiting").count() == 0

    def test_that_waits_is_taken_over_later(self, hand):
        hand.tap("Let it wait")
        hand.ticket("Child")
        take = hand.page.get_by_role("button", name="Take it over")
        assert take.is_disabled(), "somebody is being served"
        hand.press("Escape")
        take.click()
        assert hand.page.inner_text(".row .name") == "Adult"


def test_locked_till_stays_locked_whatever_is_pressed_or_loaded(till, people, event):
    hand = till()
    lock(hand)
    hand.page.locator("#dialog-title").click()
    hand.press("Escape Escape 1 Enter Enter")
    assert hand.page.is_visible("iframe.log-in")
    hand.page.reload()
    hand.page.wait_for_selector(".unlock")
    hand.page.get_by_label("Ben", exact=True).click()
    hand.page.keyboard.type("482913")
    hand.page.wait_for_selector("html.ready")
    assert hand.page.inner_text("#who") == "Ben"
    assert Order.objects.count() == 0


def test_password_is_the_other_way(till, people):
    hand = till()
    lock(hand)
    frame = frame_of(hand)
    frame.get_by_role("link", name="Log in with a password").click()
    frame.get_by_label("E-mail").fill(people[1].email)
    frame.get_by_label("Password").fill(PASSWORD)
    frame.get_by_role("button", name="Log in").click()
    hand.page.wait_for_selector("#who >> text=Ben")


def test_till_that_could_not_be_locked_says_so(till, people):
    hand = till()
    hand.page.route("**/lock/**", lambda route: route.abort())
    hand.page.get_by_role("button", name="Lock").click()
    hand.page.wait_for_selector("#toast >> text=the till is not locked")


def test_without_scripts_a_form_asks_for_the_same(open_browser, event, shift, people):
    page = open_browser(people[0], scripts=False)
    page.goto(f"/till/{event.identifier}/?till={shift.till_id}")
    page.get_by_role("button", name="Lock").click()
    page.get_by_label("Ben", exact=True).check()
    page.get_by_label("PIN", exact=True).fill("482913")
    page.get_by_role("button", name="Unlock").click()
    page.wait_for_selector("text=You work at the drawer of Ana")


def test_basket_that_waits_outlives_a_reload(till, people):
    hand = till()
    hand.ticket("Adult")
    lock(hand)
    come(hand, "Ben", "482913")
    hand.tap("Let it wait")
    hand.page.reload()
    hand.page.wait_for_selector(".waiting >> text=The basket of Ana waits: 1 Adult, 20.00")
    lock(hand)
    come(hand, "Ana", "729104")
    is_unlocked(hand)
    hand.page.wait_for_selector(".rows .row >> text=Adult")


def test_basket_of_a_page_that_was_loaded_anew_while_locked_is_asked_about(till, people):
    hand = till()
    hand.ticket("Adult")
    lock(hand)
    hand.page.reload()
    hand.page.get_by_label("Ben", exact=True).click()
    hand.page.keyboard.type("482913")
    hand.page.wait_for_selector("dialog >> text=This basket is of Ana")
    hand.tap("Let it wait")
    hand.page.wait_for_selector(".waiting >> text=The basket of Ana waits")
