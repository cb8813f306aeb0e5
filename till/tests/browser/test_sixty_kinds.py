"""Sixty kinds of tickets are sold as easily as five."""

import pytest

from onsite_project.tests.browser import DESKTOP, PHONE
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

GROUPS = [("Day", "#d9480f"), ("Evening", "#1d4ed8"), ("Concessions", "")]


@pytest.fixture
def fair(event, house):
    """Sixty kinds: two that are of no group, and three groups, of which two have a colour."""
    kinds = []
    for n in range(3, 61):
        group, color = GROUPS[n % 3]
        kinds.append(
            TicketFactory(
                event=event, name=f"{group} {n}", price=n, quantity=50, position=n, group=group, color=color
            )
        )
    return kinds


def names(hand):
    return hand.page.locator(".tile .name").all_inner_texts()


def test_five_kinds_have_no_tabs(till):
    hand = till()
    assert not hand.page.locator("#tabs").is_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_groups_are_tabs_and_digits_number_what_they_show(till, axe, fair, size):
    hand = till(size)
    assert hand.page.get_by_role("tab").all_inner_texts() == [
        "All",
        "Most sold",
        "Day",
        "Evening",
        "Concessions",
    ]
    hand.page.get_by_role("tab", name="Evening").click()
    assert len(names(hand)) == 19
    assert {name.split()[0] for name in names(hand)} == {"Evening"}
    hand.press("2")
    axe(hand.page)
    assert hand.page.locator(".row .name").all_text_contents() == ["Evening 7"]
    hand.press("g")
    assert {name.split()[0] for name in names(hand)} == {"Concessions"}
    hand.press("g 1 Enter Enter")
    hand.after_answer(".done-panel")
    assert Order.objects.get().amount == 27


def test_arrows_walk_along_the_tabs(till, fair):
    hand = till()
    hand.page.get_by_role("tab", name="All").focus()
    hand.press("ArrowRight ArrowRight")
    assert hand.page.evaluate("document.activeElement.textContent") == "Day"
    assert names(hand)[0] == "Day 3"
    hand.press("ArrowLeft ArrowLeft ArrowLeft")
    assert hand.page.evaluate("document.activeElement.textContent") == "Concessions"


def test_digits_follow_what_is_scrolled_to(till, fair):
    hand = till()
    hand.page.locator(".tile >> nth=40").evaluate("(tile) => tile.scrollIntoView({block: 'start'})")
    hand.page.wait_for_timeout(300)
    numbered = hand.page.locator(".tile:has(.digit:text-is('1')) .name")
    expected = numbered.inner_text()
    assert expected not in names(hand)[:9]
    hand.press("1")
    assert hand.page.locator(".row .name").all_text_contents() == [expected]


def test_most_sold_tonight_come_first_when_asked_for(till, event, fair):
    sold_onsite(event=event, lines=[Line(fair[30].pk, 5)])
    sold_onsite(event=event, lines=[Line(fair[20].pk, 2)])
    hand = till()
    assert names(hand)[0] == "Adult"
    hand.press("1 Enter Enter")
    hand.after_answer(".done-panel")
    hand.page.get_by_role("tab", name="Most sold").click()
    assert names(hand)[:3] == [fair[30].name, fair[20].name, "Adult"]
    assert len(names(hand)) == 60


def test_find_shows_price_and_stock(till, event, fair):
    sold_onsite(event=event, lines=[Line(fair[0].pk, 50)])
    hand = till()
    hand.press("/")
    hand.page.keyboard.type("concessions 5")
    assert hand.page.locator(".result").first.inner_text().split("\n") == [
        "Concessions 5",
        "Concessions",
        "5.00 EUR",
        "50 left",
    ]
    hand.page.locator("dialog input").fill("day 3")
    assert "sold out" in hand.page.locator(".result").first.inner_text()
    hand.page.keyboard.press("Enter")
    hand.page.wait_for_selector("#toast >> text=Day 3 is sold out.")


def test_tile_has_an_edge_in_its_colour(till, fair):
    hand = till()
    edge = """(tile) => { const style = getComputedStyle(tile);
      return [style.borderInlineStartWidth, style.borderInlineStartColor]; }"""
    coloured = hand.page.locator(".tile:has(.name:text-is('Day 3'))")
    assert coloured.evaluate(edge) == ["6px", "rgb(217, 72, 15)"]
    plain = hand.page.locator(".tile:has(.name:text-is('Concessions 5'))")
    assert plain.evaluate(edge)[0] == "1px"
