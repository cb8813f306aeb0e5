"""The pages for one's own account, in a real browser."""

import time

import pytest
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.tests.factories import PASSWORD
from onsite_project.tests.browser import DESKTOP, PHONE


@pytest.mark.parametrize(("size", "dark"), [(DESKTOP, False), (PHONE, True)], ids=["desktop", "phone-dark"])
def test_two_step_log_in_is_turned_on(open_browser, organizer, axe, size, dark):
    page = open_browser(organizer, size, dark)
    page.goto("/two-step/")
    axe(page)
    page.click("text=Begin")
    page.wait_for_selector("svg")
    axe(page)
    app = TOTP(TOTPDevice.objects.get().bin_key)
    app.time = time.time()
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=code]", f"{app.token():06d}")
    page.click("text=Turn it on")
    page.wait_for_selector("text=Your recovery codes")
    assert page.locator("li code").count() == 10
    axe(page)
    page.click("text=I have them")
    page.wait_for_selector("text=Turn it off")
    page.goto("/log-ins/")
    assert "This browser" in page.content()
    axe(page)
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0, "nothing is wider than the screen"


def test_log_in_has_a_field_for_the_code(open_browser, organizer, axe):
    page = open_browser(None)
    page.goto("/admin/login/")
    page.fill("[name=username]", organizer.email)
    page.fill("[name=password]", PASSWORD)
    assert page.get_by_label("Code of your app, if you use one").is_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")
