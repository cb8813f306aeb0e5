"""The guest's page in a real browser: on a telephone and wide, by day and by night."""

import pytest
from playwright.sync_api import expect

from claims.tokens import token_of
from door.admission import check_in
from door.scan import Scan
from onsite_project.tests.browser import DESKTOP, PHONE
from orders.models import Order
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite

LOOKS = [(DESKTOP, False), (DESKTOP, True), (PHONE, False), (PHONE, True)]
IDS = ["desktop", "desktop-dark", "phone", "phone-dark"]
SMALL = """(least) => [...document.querySelectorAll("button, a.button, summary, input[type=text]")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < least)
    .map((one) => one.outerHTML)"""


@pytest.fixture
def order(event, house):
    guests = (Guest("سارة", "العلي"),)
    lines = [Line(house[0].pk, 2, guests=guests), Line(house[1].pk, 1)]
    return sold_onsite(event=event, lines=lines, status="completed", payment_mode="onsite")


@pytest.fixture
def opened(open_browser, order):
    """`opened(size, dark)`: the page behind the order's link, of nobody who is logged in."""

    def open_(size=PHONE, dark=False, **more):
        page = open_browser(None, size, dark, **more)
        page.goto(f"/c/{token_of(Order.objects.get(pk=order.pk))}/")
        return page

    return open_


def seen(page, axe):
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert not page.evaluate(SMALL, 48)


@pytest.mark.parametrize(("size", "dark"), LOOKS, ids=IDS)
def test_page_is_accessible_in_every_state(opened, order, event, axe, size, dark):
    check_in(Scan(event=event, attendee_id=order.attendees.first().pk), by=None)
    page = opened(size, dark)
    page.locator("summary").first.click()
    seen(page, axe)
    page.get_by_role("button", name="Show large").nth(1).click()
    page.wait_for_selector("dialog[open]")
    axe(page)
    Order.objects.update(status="pending")
    page.reload()
    seen(page, axe)
    page.goto("/c/nothing/")
    seen(page, axe)


def test_large_codes_follow_each_other(opened, order):
    page = opened()
    second = order.attendees.order_by("pk")[1]
    page.get_by_role("button", name="Show large").nth(1).click()
    count = page.locator("#strip section").nth(1).locator(".count")
    expect(count).to_be_in_viewport()
    expect(count).to_have_text("2 / 3")
    code = page.locator("#strip section").nth(1).locator("svg.qr")
    expect(code).to_be_in_viewport(ratio=1)
    assert code.bounding_box()["width"] > 300
    assert page.locator("#strip section").nth(1).locator("code").inner_text().replace("\n", "") == second.code
    page.get_by_role("button", name="The next one").click()
    expect(page.locator("#strip section").nth(2).locator("svg.qr")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="The next one")).to_be_disabled()
    page.keyboard.press("ArrowLeft")
    expect(code).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).not_to_be_visible()


def test_name_is_put_in_with_and_without_scripts(opened, order):
    for scripts, name in ((True, "Bo"), (False, "Bosse")):
        page = opened(scripts=scripts)
        page.locator("summary").first.click()
        page.get_by_label("First name").first.fill(name)
        page.get_by_role("button", name="Save").first.click()
        expect(page.locator(".guest").nth(1)).to_have_text(name)
        assert order.attendees.filter(firstname=name).count() == 1


def test_files_of_the_page_are_asked_for_without_its_address(opened, order):
    referrers = []
    page = opened()
    page.on("request", lambda request: referrers.append(request.all_headers().get("referer", "")))
    page.reload()
    page.wait_for_load_state("networkidle")
    assert len(referrers) > 3
    assert not any("/c/" in referrer for referrer in referrers)
