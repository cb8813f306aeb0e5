"""A guest's tickets are mailed from the done panel in two taps, with what comes next still in sight."""

import pytest

from onsite_project.tests.browser import DESKTOP, PHONE, TABLET
from onsite_project.tests.waiting import until
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from outbox.models import MailTopic
from outbox.tests.post_office import mails
from till.tests.browser.test_in_sight import HIDDEN

LOOKS = [(DESKTOP, False), (TABLET, False), (PHONE, False), (DESKTOP, True), (PHONE, True)]
NAMES = ["desktop", "tablet", "phone", "desktop-dark", "phone-dark"]


@pytest.fixture
def sends(settings):
    settings.SENDS_MAIL = True


@pytest.fixture(params=LOOKS, ids=NAMES)
def look(request):
    return request.param


def sell(hand):
    """Sell one ticket by what every size of the till has."""
    hand.ticket("Adult")
    hand.tap("Exact") if hand.page.viewport_size["width"] < 600 else hand.press("Enter Enter")
    hand.after_answer(".done-panel .codes svg")


def test_tickets_are_mailed_in_two_taps(till, look, sends, axe):
    hand = till(look[0], dark=look[1])
    sell(hand)
    axe(hand.page)
    assert not hand.page.evaluate(HIDDEN)
    first = hand.page.locator(".done-panel .codes svg").first.bounding_box()
    assert first["y"] + first["height"] <= look[0][1]
    hand.taps = 0
    hand.tap("Mail")
    until(hand.page, "document.activeElement?.name === 'to'")
    axe(hand.page)
    hand.page.keyboard.type("guest@example.com")
    hand.tap("Send")
    assert hand.taps == 2
    hand.page.wait_for_selector("dialog :text('On its way to g…@example.com')")
    axe(hand.page)
    (posted,) = mails()
    assert (posted.topic, posted.recipient) == (MailTopic.TICKETS, "guest@example.com")
    assert posted.payload["order"] == Order.objects.get().pk
    hand.press("Escape Enter")
    hand.page.wait_for_selector("#till[data-phase=basket]")


def test_by_keys_alone(till, sends):
    hand = till()
    sell(hand)
    hand.press("m")
    until(hand.page, "document.activeElement?.name === 'to'")
    hand.page.keyboard.type("guest@example.com")
    hand.press("Enter")
    hand.page.wait_for_selector("dialog :text('On its way')")
    assert len(mails()) == 1


def test_no_answer_sends_it_at_the_next_press(till, sends):
    hand = till()
    sell(hand)
    hand.tap("Mail")
    until(hand.page, "document.activeElement?.name === 'to'")
    hand.page.route("**/mail/**", lambda route: route.abort())
    hand.page.keyboard.type("guest@example.com")
    hand.tap("Send")
    hand.page.wait_for_selector("dialog :text('No answer from the server.')")
    hand.page.unroute("**/mail/**")
    hand.tap("Try again")
    hand.page.wait_for_selector("dialog :text('On its way')")
    assert len(mails()) == 1


def test_from_the_orders_page_later(open_browser, event, house, cashier, sends, axe):
    order = sold_onsite(event=event, lines=[Line(house[0].pk, 2)], seller=cashier, status="completed")
    page = open_browser(cashier, scripts=False)
    page.goto(f"/till/{event.identifier}/orders/{order.identifier}/")
    page.click("a:text-is('Mail')")
    page.fill("[name=to]", "guest@example.com")
    page.click("button:text-is('Send')")
    page.wait_for_selector(":text('On its way')")
    assert len(mails()) == 1


def test_without_a_mail_server_the_till_offers_none(till):
    hand = till()
    sell(hand)
    assert hand.page.locator("button:has-text('Mail')").count() == 0
    hand.press("m")
    assert hand.page.locator("dialog[open]").count() == 0


@pytest.mark.parametrize(("size", "dark"), [(DESKTOP, False), (PHONE, True)], ids=["desktop", "phone-dark"])
def test_guest_says_which_language_they_read(till, event, sends, axe, size, dark):
    for language, text in (("en", "Bus 7"), ("ar", "الحافلة ٧")):
        event.paragraphs.create(language=language, text=text)
    hand = till(size, dark=dark)
    sell(hand)
    hand.tap("Mail")
    until(hand.page, "document.activeElement?.name === 'to'")
    hand.page.keyboard.type("guest@example.com")
    hand.page.get_by_label("The guest reads").select_option(label="العربية")
    axe(hand.page)
    hand.tap("Send")
    hand.page.wait_for_selector("dialog :text('On its way to g…@example.com')")
    assert [posted.payload["language"] for posted in mails()] == ["ar"]
