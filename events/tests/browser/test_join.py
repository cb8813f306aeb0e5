"""An invitation is redeemed on a phone."""

import pytest

from events import invitations
from onsite_project.tests.browser import DESKTOP, PHONE


@pytest.fixture
def link(event):
    _invitation, token = invitations.invite(event=event, email="ana@example.com", role="organizer", by=None)
    return f"/join/{token}"


@pytest.mark.parametrize(("size", "dark"), [(DESKTOP, False), (PHONE, True)])
def test_new_account_by_keyboard_alone(open_browser, axe, event, link, size, dark):
    page = open_browser(None, size, dark, scripts=True)
    page.goto(link)
    assert page.url.endswith("/join/")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Your name").focus()
    page.keyboard.type("Ana")
    for _field in range(2):
        page.keyboard.press("Tab")
        page.keyboard.type("a long enough one")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/events/{event.identifier}/")
    assert event.members.get().user.name == "Ana"


def test_account_that_is_logged_in_joins_at_one_tap(open_browser, axe, event, link, stranger):
    page = open_browser(stranger, PHONE)
    page.goto(link)
    axe(page)
    page.get_by_role("button", name="Join", exact=True).tap()
    page.wait_for_url(f"**/events/{event.identifier}/")
    assert event.members.get().user == stranger


def test_somebody_else_logs_out_first(open_browser, event, link, stranger, organizer):
    page = open_browser(organizer, PHONE)
    page.goto(link)
    page.get_by_role("button", name="Log out").tap()
    page.wait_for_url("**/join/")
    page.locator("[name=username]").fill(stranger.email)
    page.locator("[name=password]").fill("correct horse")
    page.get_by_role("button", name="Log in and join").tap()
    page.wait_for_url(f"**/events/{event.identifier}/")
    assert event.members.filter(user=stranger).exists()
