"""However many tickets and however long their names, what takes the money is in sight."""

import pytest

from onsite_project.tests.browser import DESKTOP, PHONE, TABLET
from onsite_project.tests.waiting import until
from tickets.tests.factories import TicketFactory

LONG = "Donaudampfschifffahrtsgesellschaftskapitänskajüte with breakfast on Sunday"
# Buttons of which the middle is covered, outside of the window, or wider than their region.
HIDDEN = """() => [...document.querySelectorAll(".pay button")].filter((button) => {
  const box = button.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return !button.contains(top) || box.right > innerWidth;
}).map((button) => button.textContent)"""


@pytest.fixture
def fair(event):
    """Forty kinds of ticket, the first with a long name and a high price."""
    TicketFactory(event=event, name=LONG, price=12345, quantity=10, position=0)
    for position in range(1, 40):
        TicketFactory(event=event, name=f"Ticket {position}", price=position, quantity=10, position=position)


@pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
def test_every_button_of_every_panel(till, fair, size):
    hand = till(size)
    for index in range(10):
        hand.page.locator(f".tile >> nth={index}").click()
    hidden = {}
    for phase, keys in {"cash": "Enter", "split": "s", "free": "f", "card": "c"}.items():
        hand.press(keys)
        hand.page.wait_for_selector(f"#till[data-phase={phase}]")
        hand.page.wait_for_timeout(350)
        hidden[phase] = hand.page.evaluate(HIDDEN)
        if phase != "card":
            hand.press("Escape")
            if size != PHONE:
                hidden["basket"] = hand.page.evaluate(HIDDEN)
    assert not any(hidden.values()), hidden


@pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
def test_till_has_all_that_the_bar_leaves(till, size):
    hand = till(size)
    bar, main = (hand.page.locator(part).bounding_box() for part in (".bar", "main"))
    assert main["y"] == bar["height"]
    assert main["y"] + main["height"] == size[1]


def test_every_target_of_the_bar_is_big_enough(till):
    hand = till()
    targets = hand.page.locator(".bar :is(a, button):visible").all()
    boxes = [target.bounding_box() for target in targets]
    assert min(min(box["width"], box["height"]) for box in boxes) >= 48
    assert hand.page.locator(".bar").bounding_box()["height"] == 56


def test_sum_that_no_note_reaches_has_next_ones(till, fair):
    hand = till()
    hand.press("1")
    until(hand.page, "document.querySelectorAll('.quick button').length > 1")
    assert hand.page.locator(".quick button").all_inner_texts()[1:] == ["12350.00", "12360.00", "12400.00"]


def test_tickets_of_a_phone_are_rows_of_one_height(till, fair):
    hand = till(PHONE)
    heights = {tile.bounding_box()["height"] for tile in hand.page.locator(".tile").all()[1:]}
    assert heights == {72}


def test_strip_of_the_last_sale_says_no_more_than_there_is(till):
    hand = till()
    hand.press("1 Enter Enter")
    hand.after_answer(".done-panel")
    hand.press("Enter")
    hand.page.wait_for_selector("#strip button")
    assert "false" not in hand.page.inner_text("#strip")
