"""A rehearsal from the button to its end, and the mark that nobody overlooks."""

import pytest

from door.models import Station
from events.models import Event
from home.copying import rehearse
from onsite_project.tests.browser import DESKTOP, PHONE, TABLET
from orders.models import Order
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts.tests.factories import TillFactory

LOOKS = [(DESKTOP, False), (DESKTOP, True), (TABLET, False), (TABLET, True), (PHONE, False), (PHONE, True)]
# What lies at the very top of what is seen, whatever was opened.
AT_TOP = "document.elementFromPoint(innerWidth / 2, 8).closest('.test-mark') !== null"


@pytest.fixture
def gate(event, house):
    TillFactory(event=event, name="North")
    return Station.objects.create(event=event, name="Gate")


@pytest.fixture
def rehearsal(event, gate, organizer):
    return rehearse(event, by=organizer)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_event_is_rehearsed_and_the_rehearsal_deleted(open_browser, event, gate, organizer, size):
    page = open_browser(organizer, size)
    page.goto(f"/events/{event.identifier}/rehearse/")
    page.get_by_role("button", name="Start the rehearsal").click()
    page.wait_for_selector(".test-mark")
    test = Event.objects.get(is_test=True)
    page.goto(f"/till/{test.identifier}/")
    page.wait_for_selector("html.ready")
    sold_onsite(
        event=test, lines=[Line(test.tickets.first().pk, 1)], seller=organizer, payments=[Paid("card")]
    )
    page.goto(f"/events/{test.identifier}/delete/")
    page.get_by_label("Its name").fill(test.name)
    page.get_by_role("button", name="Delete it all").click()
    page.wait_for_selector("text=is deleted")
    assert not Order.objects.exists()


def test_event_is_copied_by_keys(open_browser, event, gate, organizer):
    page = open_browser(organizer)
    page.goto(f"/events/{event.identifier}/copy/")
    page.get_by_label("Name").fill("Next year")
    page.keyboard.press("Enter")
    page.wait_for_url("**/events/*/")
    assert Event.objects.get(name="Next year").tickets.count() == 2


def scan(page, code):
    page.locator("body").press_sequentially(code, delay=5)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_answer_at_the_gate_of_a_test_says_so(open_browser, rehearsal, organizer, size):
    line = [Line(rehearsal.tickets.first().pk, 1)]
    order = sold_onsite(event=rehearsal, lines=line, seller=organizer, payments=[Paid("card")])
    page = open_browser(organizer, size)
    page.goto(f"/door/{rehearsal.identifier}/")
    page.wait_for_selector("html.ready")
    page.locator("#gates").get_by_role("button", name="In").first.click()
    page.wait_for_selector("#work:not([hidden])")
    scan(page, order.attendees.get().code)
    page.wait_for_selector("#answer[data-state=ok]")
    shown = "getComputedStyle(document.getElementById('answer'), '::before').content"
    assert page.evaluate(shown) == '"TEST"'
    assert page.evaluate(AT_TOP)
    page.wait_for_timeout(300)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look[0][0]}-{'dark' if look[1] else 'light'}")
def test_pages_are_accessible_and_fit(open_browser, axe, event, rehearsal, organizer, look):
    page = open_browser(organizer, *look)
    line = [Line(rehearsal.tickets.first().pk, 1)]
    order = sold_onsite(event=rehearsal, lines=line, seller=organizer, payments=[Paid("card")])
    till = f"/till/{rehearsal.identifier}"
    for path in (
        f"/events/{event.identifier}/copy/",
        f"/events/{event.identifier}/rehearse/",
        f"/events/{rehearsal.identifier}/delete/",
        f"{till}/",
        f"{till}/display/",
        f"{till}/orders/{order.identifier}/",
        f"{till}/orders/{order.identifier}/print/",
        f"{till}/totals/",
        f"/door/{rehearsal.identifier}/",
    ):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.evaluate(AT_TOP) is (rehearsal.identifier in path), path
        for box in page.locator("main .button, main button, main input").all():
            assert not box.is_visible() or box.bounding_box()["height"] >= 47.5 or "till" in path
    page.goto(f"/events/{event.identifier}/copy/")
    page.get_by_label("Name").fill("")
    page.get_by_role("button", name="Make the copy").click()
    page.wait_for_selector(".has-error")
    axe(page)
