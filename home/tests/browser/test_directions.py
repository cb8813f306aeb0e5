"""The screens in a language that is read from the right, and in those whose words are long: they turn round,
and nothing is cut off or pushed out of sight.
"""

import pytest

from onsite_project.tests.browser import DESKTOP, PHONE
from orders.sale import Line
from orders.tests.factories import sold_onsite

TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Buttons and headings whose words do not fit or are broken in two; what ends in an ellipsis is so by design.
CUT = """() => {
  const isBroken = (text) => [...text.data.matchAll(/\\S+/g)].some((word) => {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return new Set([...range.getClientRects()].map((rect) => Math.round(rect.top))).size > 1;
  });
  const texts = (element) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) found.push(walker.currentNode);
    return found;
  };
  return [...document.querySelectorAll("button, .button, h1, h2, h3")]
    .filter((one) => one.checkVisibility() && one.clientWidth > 1)
    .filter((one) => getComputedStyle(one).textOverflow !== "ellipsis")
    .filter((one) => one.scrollWidth > one.clientWidth || texts(one).some(isBroken))
    .map((one) => one.textContent.trim());
}"""


@pytest.fixture
def speak(event, cashier, registrar, organizer):
    """`speak(language)`: everybody who works there does, and so do the papers."""

    def speak_(language):
        for one in (event, cashier, registrar, organizer):
            one.language = language
            one.save()

    return speak_


@pytest.fixture
def order(event, house, cashier):
    return sold_onsite(event=event, lines=[Line(house[0].pk, 2), Line(house[1].pk, 1)], seller=cashier)


def nothing_is_cut(page):
    assert page.evaluate(TOO_WIDE) <= 0, page.url
    assert page.evaluate(CUT) == [], page.url


def at_every_look(page, axe):
    """On a desk and on a telephone, by day and by night."""
    assert page.get_attribute("html", "dir") == "rtl", page.url
    for size, theme in ((DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=theme)
        nothing_is_cut(page)
        if (size == DESKTOP) == (theme == "light"):
            axe(page)


def walk(page, axe, *addresses):
    for address in addresses:
        page.goto(address)
        at_every_look(page, axe)


def test_every_screen_runs_from_the_right_in_arabic(
    speak, till, door, open_browser, axe, event, order, organizer
):
    """One user after the other: who logs in ends the session of the one before."""
    speak("ar")
    at_till, of_event = f"/till/{event.identifier}/", f"/events/{event.identifier}/"
    order_page = f"{at_till}orders/{order.identifier}/"
    hand = till()
    hand.press("1 1 2 Enter")
    keys = hand.page.locator(".pad button")
    assert keys.nth(0).bounding_box()["x"] < keys.nth(2).bounding_box()["x"]  # 1 2 3, as on every terminal
    at_every_look(hand.page, axe)
    walk(hand.page, axe, f"{at_till}shift/", order_page, f"{order_page}print/")
    at_every_look(door(way="دخول"), axe)
    walk(open_browser(organizer), axe, of_event, f"{of_event}live/", f"{of_event}guests/")


@pytest.mark.parametrize("language", ["de", "fr"])
def test_long_words_fit_on_a_telephone(speak, till, event, order, language):
    speak(language)
    page = till(PHONE).page
    page.click(".tile >> nth=0")
    nothing_is_cut(page)
    page.click(".summary")
    nothing_is_cut(page)
    page.goto(f"/till/{event.identifier}/orders/{order.identifier}/")
    nothing_is_cut(page)


@pytest.mark.parametrize("style", ["white-space: nowrap", "overflow-wrap: anywhere"])
def test_words_that_do_not_fit_are_noticed(open_browser, style):
    page = open_browser(None)
    page.set_content(f"<button style='width: 60px; {style}'>Entschuldigung</button>")
    assert page.evaluate(CUT) == ["Entschuldigung"]
    page.set_content("<button>Entschuldigung</button>")
    assert page.evaluate(CUT) == []
