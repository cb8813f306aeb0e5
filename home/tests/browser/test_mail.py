"""axe-core finds nothing where an event's mail is looked at, and where a password was forgotten."""

import pytest

from onsite_project.tests.browser import DESKTOP, PHONE, TABLET

LOOKS = [(DESKTOP, False), (TABLET, False), (PHONE, True)]


@pytest.fixture(params=LOOKS, ids=["desktop", "tablet", "phone-dark"])
def look(request, settings):
    settings.SENDS_MAIL = True
    return request.param


def test_mail_of_an_event(open_browser, look, axe, event, house, organizer):
    page = open_browser(organizer, *look)
    page.goto(f"/events/{event.identifier}/mail/")
    page.fill("[name=paragraph_en]", "Bus 7 until two.")
    page.fill("[name=paragraph_ar]", "الحافلة ٧ حتى الثانية.")
    assert page.locator("[name=paragraph_ar]").evaluate("(one) => getComputedStyle(one).direction") == "rtl"
    page.click("button:text-is('Look at it')")
    page.wait_for_selector(".sample p:text-is('Bus 7 until two.')")
    arabic = page.locator(".sample p:text-is('الحافلة ٧ حتى الثانية.')")
    assert arabic.evaluate("(one) => getComputedStyle(one).direction") == "rtl"
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_password_forgotten(open_browser, look, axe):
    page = open_browser(None, *look)
    page.goto("/admin/login/")
    page.click("a:text-is('Password forgotten?')")
    page.wait_for_selector("[name=email]")
    axe(page)
    page.fill("[name=email]", "somebody@example.com")
    page.click("button:text-is('Send the link')")
    page.wait_for_selector("[role=status]")
    axe(page)
