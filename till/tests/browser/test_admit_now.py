"""The till lets guests in with the sale, if the cashier says so."""

import pytest

from attendees.models import Attendee
from door.models import CheckIn
from onsite_project.tests.browser import DESKTOP, PHONE
from orders.models import Order


def inside():
    return list(Attendee.objects.order_by("pk").values_list("is_inside", flat=True))


@pytest.fixture
def admits(event):
    event.admit_now = True
    event.save(update_fields=["admit_now"])


def test_guests_admitted_by_key_go_out_again_with_undo(till):
    hand = till()
    hand.press("1 1 a")
    hand.page.wait_for_selector("#polite >> text=The guests are let in with the sale.")
    hand.press("Enter Enter")
    hand.after_answer(".done-panel")
    assert inside() == [True, True]
    hand.tap("Undo")
    hand.page.wait_for_selector("text=is undone")
    assert inside() == [False, False]
    assert sum(CheckIn.objects.values_list("moved", flat=True)) == 0


@pytest.mark.usefixtures("admits")
def test_event_that_admits_is_overruled_for_one_sale(till):
    hand = till()
    hand.press("1")
    assert hand.page.get_attribute(".admit-now", "aria-checked") == "true"
    hand.tap("Admit now")
    hand.press("Enter Enter")
    hand.after_answer(".done-panel")
    hand.press("Enter 1")
    assert hand.page.get_attribute(".admit-now", "aria-checked") == "true"
    hand.press("Enter Enter")
    hand.after_answer(".done-panel")
    assert inside() == [False, True]


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_card_lets_in_once_it_is_approved(till, axe, size):
    hand = till(size)
    hand.ticket("Adult")
    if size == PHONE:
        hand.tap("1 ticket")
    hand.tap("Admit now")
    axe(hand.page)
    box = hand.page.locator(".admit-now").bounding_box()
    assert box["height"] >= 48
    hand.tap("Card")
    hand.after_answer(".huge")
    assert inside() == [False]
    hand.tap("Approved")
    hand.after_answer(".done-panel")
    assert inside() == [True]


def test_full_house_is_sold_to_without_letting_in(till, event):
    event.capacity = 0
    event.save(update_fields=["capacity"])
    hand = till()
    hand.press("1 a Enter Enter")
    hand.after_answer("text=The house is full")
    assert Order.objects.count() == 0
    hand.tap("Admit now")
    hand.press("Enter Enter")
    hand.after_answer(".done-panel")
    assert inside() == [False]


def test_plain_form_has_a_checkbox(open_browser, event, house, cashier):
    page = open_browser(cashier, scripts=False)
    page.goto(f"/till/{event.identifier}/?till={cashier.shifts.get().till_id}")
    page.locator("input[name^=quantity]").first.fill("1")
    page.get_by_label("Admit now").check()
    page.get_by_role("button", name="Sell").click()
    page.wait_for_selector(".change, .qr")
    assert inside() == [True]
