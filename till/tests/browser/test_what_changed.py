"""What an organizer changes while the till is open, and which sums the till says at the end."""

import pytest

from onsite_project.tests.browser import DESKTOP, PHONE, TABLET
from onsite_project.tests.waiting import until
from orders.models import Order
from tickets.tests.factories import TicketFactory

SIZES = pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
STATE = "**/state/**"


def change(ticket, **fields):
    for name, value in fields.items():
        setattr(ticket, name, value)
    ticket.save()


def amounts():
    return [order.amount for order in Order.objects.order_by("pk")]


@SIZES
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_change_is_one_line_and_the_basket_stays(till, event, house, axe, size, dark):
    hand = till(size, dark=dark)
    hand.ticket("Adult")
    hand.ticket("Adult")
    change(house[0], price=25)
    TicketFactory(event=event, name="Late night", price=5, position=3)
    hand.page.wait_for_selector("#changed >> text=Adult is now 25.00, Late night is new")
    assert "Adult is now 25.00" in hand.page.inner_text("#polite")
    axe(hand.page)
    assert hand.page.locator(".tile").count() == 3
    assert hand.page.locator("button.tile:has-text('Adult') .price").inner_text() == "25.00 EUR"
    until(hand.page, "!document.querySelector('#payment').inert")
    hand.tap("Exact")
    hand.after_answer(".done-panel")
    assert amounts() == [50]
    assert not hand.page.is_visible("#changed")


def test_line_says_every_change_until_it_is_read(till, house):
    hand = till()
    change(house[1], name="Children")
    hand.page.wait_for_selector("#changed >> text=Child is now called Children")
    change(house[0], is_hidden=True)
    hand.page.wait_for_selector(
        "#changed >> text=Child is now called Children, Adult is sold at the door only"
    )
    hand.page.locator("#changed button").click()
    assert not hand.page.is_visible("#changed")
    assert hand.page.locator(".tile .name").all_inner_texts() == ["Adult", "Children"]


def test_digits_follow_the_tickets(till, house):
    hand = till()
    change(house[0], position=9)
    until(hand.page, "document.querySelector('.tile .name').textContent == 'Child'")
    hand.press("1 Enter Enter")
    hand.after_answer(".done-panel")
    assert amounts() == [8]


def test_price_that_changes_before_the_till_knows_sells_nothing(till, house):
    hand = till()
    hand.page.route(STATE, lambda route: route.abort())
    hand.press("1 1 Enter")
    change(house[0], price=25)
    hand.page.unroute(STATE)
    hand.press("Enter")
    hand.after_answer("text=Nothing sold yet")
    assert "50.00 EUR, not 40.00 EUR" in hand.page.inner_text("#payment")
    assert amounts() == []
    hand.page.wait_for_selector("#changed >> text=Adult is now 25.00")
    assert hand.page.locator(".row .sum").inner_text() == "50.00"
    until(hand.page, "!document.querySelector('#payment').inert")
    hand.press("Escape Enter Enter")
    hand.after_answer(".done-panel")
    assert amounts() == [50]


def test_whoever_is_just_pressing_takes_no_sum_that_nobody_has_seen(till, house):
    hand = till()
    hand.press("1 Enter")
    change(house[0], price=25)
    hand.page.wait_for_selector("#changed >> text=Adult is now 25.00")
    hand.page.keyboard.press("Enter")
    hand.page.wait_for_timeout(200)
    assert amounts() == []
    hand.page.wait_for_timeout(800)
    hand.press("Enter")
    hand.after_answer(".done-panel")
    assert amounts() == [25]


def test_ticket_that_is_no_more_is_named_and_the_rest_is_sold(till, house):
    hand = till()
    hand.press("1 2")
    house[1].delete()
    hand.page.wait_for_selector("#changed >> text=Child is not sold any more")
    assert "not sold any more" in hand.page.inner_text(".row:has-text('Child')")
    assert hand.page.locator(".row").count() == 2
    hand.press("Enter Enter")
    hand.after_answer("text=Nothing sold yet")
    assert "Child is not sold any more" in hand.page.inner_text("#payment")
    hand.tap("Sell 1 Adult, 20.00")
    hand.after_answer(".done-panel")
    assert amounts() == [20]


class TestSums:
    @SIZES
    @pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
    def test_what_goes_back_looks_like_nothing_else(self, till, axe, size, dark):
        hand = till(size, dark=dark)
        sizes = {}
        for name, keys in (("change", "1 Enter 5 0 Enter"), ("paid", "1 Enter Enter")):
            hand.press(keys)
            hand.after_answer(f".done-panel .{name}")
            axe(hand.page)
            sizes[name] = hand.page.evaluate(
                """() => {
                    const style = getComputedStyle(document.querySelector(".outcome strong, .outcome"));
                    return parseInt(style.fontSize);
                }"""
            )
            texts = " ".join(hand.page.inner_text(f".done-panel .{name}").split())
            assert texts == {"change": "Give back 30.00 EUR", "paid": "Paid 20.00 EUR"}[name]
            hand.press("Enter")
        assert sizes["paid"] == 20
        assert hand.page.locator("text=Sold 20.00").count() == 0

    @pytest.fixture
    def rounded(self, event):
        event.cash_rounding = "0.05"
        event.save()
        TicketFactory(event=event, name="Programme", price="26.98", quantity=9, position=0)

    def test_rounded_cash_is_what_was_asked(self, till, event, shift, rounded):
        hand = till()
        display = hand.page.context.new_page()
        display.goto(f"/till/{event.identifier}/display/?till={shift.till_id}")
        hand.page.bring_to_front()
        hand.press("1")
        display.wait_for_selector("text=27.00 EUR in cash, rounded")
        hand.press("Enter Enter")
        hand.after_answer(".done-panel")
        assert hand.page.inner_text(".outcome") == "Paid 27.00 EUR"
        assert "26.98 EUR" in hand.page.inner_text(".done-panel")
        display.wait_for_selector(".paid >> text=Paid 27.00 EUR")
        order = Order.objects.get()
        hand.page.goto(f"/till/{event.identifier}/orders/{order.identifier}/print/")
        lines = " ".join(hand.page.inner_text(".receipt").split())
        assert "Total 26.98 EUR Rounding 0.02 EUR To pay 27.00 EUR Cash" in lines

    def test_comp_was_not_paid(self, till, house):
        change(house[1], price=0)
        hand = till()
        hand.press("2 Enter")
        hand.after_answer(".done-panel")
        assert hand.page.inner_text(".outcome") == "Nothing to pay"

    def test_card_says_what_was_paid(self, till):
        hand = till()
        hand.press("1 c")
        hand.after_answer(".huge")
        hand.press("Enter")
        hand.after_answer(".done-panel")
        assert hand.page.inner_text(".outcome") == "Paid 20.00 EUR"
