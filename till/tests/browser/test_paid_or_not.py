"""What a guest hands over, and what the till says when it is not enough."""

import pytest

from onsite_project.tests.browser import DESKTOP, PHONE


def test_quick_cash_is_what_people_hand_over(till, event):
    hand = till()
    hand.press("1 1 2")
    assert hand.page.locator(".quick button").all_inner_texts()[1:] == ["50.00", "60.00", "100.00"]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_too_little_cash_cannot_be_taken_and_says_what_is_missing(till, size):
    hand = till(size)
    hand.press("1 1 Enter 3 5 . 5 0")
    assert hand.page.inner_text(".missing output") == "4.50 EUR"
    take = hand.page.get_by_role("button", name="Take cash")
    assert take.is_disabled()
    hand.page.wait_for_selector("#polite >> text=Missing 4.50 EUR")
    hand.press("Enter")
    assert hand.page.get_attribute("#till", "data-phase") == "cash"
    hand.press("Backspace Backspace Backspace Backspace 5 0")
    assert take.is_enabled()
    assert not hand.page.locator(".missing").count()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("before", ["", "s 2 0 Enter "], ids=["all of it", "a part of it"])
def test_declined_card_says_so(till, size, before):
    hand = till(size)
    hand.press(f"1 1 {before}c")
    hand.after_answer(".huge")
    hand.tap("Declined")
    said = f"The card was declined: {'20.00' if before else '40.00'} EUR is not paid."
    hand.page.wait_for_selector(f"#toast >> text={said}")
    assert hand.page.inner_text("#urgent") == said
    hand.page.wait_for_selector("#till[data-phase=basket]")
