"""A guest gets a discount: of the whole basket, of one ticket, or by the code of a voucher."""

import pytest

from onsite_project.tests.browser import DESKTOP, PHONE, TABLET
from orders.models import Order
from prices.models import Discount
from prices.tests.factories import discount_of

SIZES = pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])


def prices(order):
    return [str(attendee.price_paid) for attendee in order.attendees.order_by("pk")]


def opened(hand, size):
    """The basket is in sight; on a phone it is opened first."""
    if size == PHONE:
        hand.page.locator("#phone-bar .summary").click()


@SIZES
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_of_the_whole_basket_by_taps(till, house, axe, event, size, dark):
    discount_of(event, percent=25)
    hand = till(size, dark=dark)
    hand.ticket("Adult")
    hand.ticket("Child")
    opened(hand, size)
    hand.tap("Discount")
    axe(hand.page)
    hand.tap("Student")
    row = hand.page.locator(".reduction")
    assert "Student" in row.inner_text()
    total = sum(ticket.price for ticket in house)
    assert f"{total / 4:.2f}" in row.inner_text()
    axe(hand.page)
    hand.tap("Exact")
    hand.after_answer(".done-panel")
    order = Order.objects.get()
    assert order.amount == total * 3 / 4
    assert {a.price_reason for a in order.attendees.all()} == {"Student"}


def test_by_keys(till, house, event):
    discount_of(event, name="Crew", amount=5)
    discount_of(event, percent=50)
    hand = till()
    hand.press("1 1 d 2 Enter Enter")
    hand.after_answer(".done-panel")
    assert Order.objects.get().amount == house[0].price
    assert hand.taps == 0


def test_of_one_ticket_and_not_of_the_next(till, house, event):
    discount_of(event, amount=5)
    hand = till()
    hand.ticket("Adult")
    hand.page.locator(".price-button").first.click()
    hand.tap("Discount")
    hand.tap("Student")
    hand.ticket("Adult")
    hand.tap("Exact")
    hand.after_answer(".done-panel")
    full = house[0].price
    assert prices(Order.objects.get()) == [f"{full - 5:.2f}", f"{full:.2f}"]


def test_voucher_by_its_code_works_once(till, house, event):
    discount_of(event, name="Voucher", amount=10, once_per_sale=True, code="TEN", limit=1)
    hand = till()
    for outcome in ("sold", "refused"):
        hand.ticket("Adult")
        hand.tap("Discount")
        hand.tap("Type a code")
        hand.page.get_by_label("Code", exact=True).fill("t e n")
        hand.page.keyboard.press("Enter")
        if outcome == "refused":
            hand.page.wait_for_selector("text=Voucher was used already")
            hand.press("Escape")
            break
        hand.page.wait_for_selector(".reduction")
        hand.tap("Exact")
        hand.after_answer(".done-panel")
    assert Order.objects.get().amount == house[0].price - 10
    assert not hand.page.locator(".reduction").count()


def test_code_that_nobody_knows_is_said_so(till, event):
    discount_of(event, percent=10, code="ABC")
    hand = till()
    hand.ticket("Adult")
    hand.tap("Discount")
    hand.tap("Type a code")
    hand.page.get_by_label("Code", exact=True).fill("ABD")
    hand.page.keyboard.press("Enter")
    hand.page.wait_for_selector("text=The event has no such discount.")


def test_taken_back_again(till, house, event):
    discount_of(event, percent=25)
    hand = till()
    hand.press("1 d 1")
    hand.tap("Discount")
    hand.tap("No discount")
    assert not hand.page.locator(".reduction").count()
    hand.tap("Exact")
    hand.after_answer(".done-panel")
    assert Order.objects.get().amount == house[0].price


def test_changed_meanwhile_costs_what_it_costs_now(till, house, event):
    student = discount_of(event, percent=25)
    hand = till()
    hand.press("1 d 1")
    Discount.objects.filter(pk=student.pk).update(percent=50)
    half = f"{house[0].price / 2:.2f}"
    hand.page.wait_for_function(
        "text => document.querySelector('.reduction').textContent.includes(text)", arg=half
    )
    hand.page.wait_for_timeout(800)
    hand.tap("Exact")
    hand.after_answer(".done-panel")
    assert Order.objects.get().amount == house[0].price / 2


def test_basket_has_it_still_after_a_reload(till, house, event):
    discount_of(event, percent=25)
    hand = till()
    hand.press("1 d 1")
    hand.page.reload()
    hand.page.wait_for_selector(".reduction")


def test_event_without_discounts_shows_no_button(till):
    hand = till()
    hand.ticket("Adult")
    assert not hand.page.get_by_role("button", name="Discount").count()
