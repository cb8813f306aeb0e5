"""A real browser at a real server, for the tests in each room's `tests/browser`. The Chromium is the
machine's own: the one without a desktop around it (Debian's `chromium-headless-shell`) where there is one,
for it draws the same and takes a third of the time.
"""

import os
import shutil

import pytest
from django.conf import settings

from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory
from till.tests.browser.hand import Hand

# Playwright's own loop runs in this thread, which Django would take for an async view.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

DESKTOP, TABLET, PHONE = (1280, 800), (810, 1080), (390, 844)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# In the other, the fake camera shows nothing.
WITH_DESKTOP = "chromium", "google-chrome"


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in item.path.parent.parts:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


def installed(*names):
    """The path of the first Chromium of these names that this machine has. Without one the test is skipped,
    or fails where ONSITE_BROWSER=required.
    """
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None and os.environ.get("ONSITE_BROWSER") == "required":
        pytest.fail(f"There is no {names[0]} on this machine, and ONSITE_BROWSER=required.")
    if path is None:
        pytest.skip(f"no Chromium on this machine (apt install {names[0]})")
    return path


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright  # a third of a second, of each process of each run

    path = installed("chromium-headless-shell", *WITH_DESKTOP)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def log_in(live_server, client):
    """`log_in(context, user)`: from now on the browser is the user's, without a page being opened."""

    def log_in_(context, user):
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )

    return log_in_


def watch_policy(context, problems):
    """Note in `problems` what the Content-Security-Policy forbids to any page of the context."""

    def hear(message):
        if "Content Security Policy" in message.text or "Permissions-Policy" in message.text:
            problems.append(message.text)

    context.on("console", hear)


@pytest.fixture
def open_browser(chromium, live_server, log_in):
    """`open_browser(user, size=DESKTOP, dark=False, scripts=True)`: the page of a browser in which `user`
    is logged in, or nobody (None); `more` is Playwright's, `timezone_id` for one. Errors in its scripts
    fail the test, and so does what the Content-Security-Policy forbids.
    """
    contexts, problems = [], []

    def open_(user, size=DESKTOP, dark=False, scripts=True, **more):
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            base_url=live_server.url,
            java_script_enabled=scripts,
            has_touch=size != DESKTOP,
            **more,
        )
        if user is not None:
            log_in(context, user)
        context.set_default_timeout(30_000)
        contexts.append(context)
        watch_policy(context, problems)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not problems, problems


@pytest.fixture
def house(event):
    """Adult 20, Child 8, both with stock; by their digits 1 and 2."""
    adult = TicketFactory(event=event, name="Adult", price=20, quantity=40, position=1)
    child = TicketFactory(
        event=event, name="Child", price=8, quantity=10, position=2, door_note="up to 12 years"
    )
    return adult, child


@pytest.fixture
def till(open_browser, event, house, cashier):
    def open_(size=DESKTOP, user=cashier, dark=False):
        page = open_browser(user, size, dark)
        page.goto(f"/till/{event.identifier}/?till={cashier.shifts.get().till_id}")
        page.wait_for_selector("html.ready")
        return Hand(page)

    return open_


@pytest.fixture
def codes(event, house):
    """The codes of 22 guests of orders of one each."""
    adult = house[0]
    adult.door_note = ""
    orders = [
        sold_onsite(event=event, lines=[Line(adult.pk, 1)], status="completed", payment_mode="onsite")
        for _ in range(22)
    ]
    return [order.attendees.get().code for order in orders]


@pytest.fixture
def door(open_browser, event, house, registrar):
    """`door(size=DESKTOP, user=registrar, way="In", dark=False)`: the page of a door, its gate chosen."""

    def open_(size=DESKTOP, user=registrar, way="In", dark=False):
        page = open_browser(user, size, dark)
        page.goto(f"/door/{event.identifier}/")
        page.wait_for_selector("html.ready")
        page.locator("#gates").get_by_role("button", name=way).first.click()
        page.wait_for_selector("#work:not([hidden])")
        return page

    return open_


@pytest.fixture
def camera_door(chromium, live_server, event, registrar, log_in):
    """`camera_door(*flags, permissions=())`: the page of a door, its gate chosen, in a browser of its own
    that has a camera.
    """
    browsers = []

    def open_(*flags, permissions=()):
        camera = ["--use-fake-device-for-media-stream", *flags]
        path = installed(*WITH_DESKTOP)
        browsers.append(chromium.browser_type.launch(executable_path=path, args=[*QUIET, *camera]))
        context = browsers[-1].new_context(base_url=live_server.url, permissions=list(permissions))
        log_in(context, registrar)
        page = context.new_page()
        page.goto(f"/door/{event.identifier}/")
        page.wait_for_selector("html.ready")
        page.get_by_role("button", name="In").first.click()
        return page

    yield open_
    for browser in browsers:
        browser.close()


@pytest.fixture
def shift(event, cashier):
    return cashier.shifts.get()


@pytest.fixture
def axe():
    """`axe(page)`: no violation of the rules of axe-core on what the page shows now."""
    from axe_playwright_python.sync_playwright import Axe

    checker = Axe()

    def check(page):
        found = checker.run(page)
        assert found.violations_count == 0, found.generate_report()

    return check
