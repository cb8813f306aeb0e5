"""From an empty installation to the first sale: in one sitting, without a document, and in few clicks."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from accounts.models import User
from accounts.tests.factories import PASSWORD
from events.models import Event
from home.sheet_forms import SECTIONS
from limits.tests.factories import hold_of, quota_of
from onsite_project.tests.browser import DESKTOP, PHONE, TABLET
from orders.models import Order
from till.tests.browser.hand import Hand

TARGET = 44
SMALL = """(least) => {
    const pressed = "a.button, button, select, summary, input:not([type=hidden], [type=checkbox])";
    return [...document.querySelectorAll(`main :is(${pressed})`)]
        .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < least)
        .map((one) => one.outerHTML.slice(0, 80));
}"""


class Counted:
    """A page whose clicks are counted, and the fields that are typed into."""

    def __init__(self, page):
        self.page, self.clicks, self.typed = page, 0, 0

    def click(self, name, role="button"):
        self.clicks += 1
        self.page.get_by_role(role, name=name).first.click()

    def type(self, label, text):
        self.typed += 1
        self.page.get_by_label(label, exact=True).first.fill(text)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_empty_installation_sells_after_ten_clicks(open_browser, live_server, db, size):
    User.objects.create_superuser("treasurer@example.com", PASSWORD, name="Tina")
    page = open_browser(None, size, timezone_id="Europe/Berlin")
    hand = Counted(page)
    page.goto(live_server.url)
    hand.type("E-mail:", "treasurer@example.com")
    hand.type("Password:", PASSWORD)
    hand.click("Log in")
    hand.click("Create your first event", "link")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    hand.type("Name", "Summer night")
    hand.type("Starts at", "2030-07-06T20:00")
    hand.type("Ends at", "2030-07-07T02:00")
    hand.type("Name, 1", "Adult")
    hand.type("Price, 1", "20")
    hand.click("Make the event")
    page.wait_for_selector("text=Before doors open")
    event = Event.objects.get()
    assert event.starts_at == datetime(2030, 7, 6, 18, tzinfo=UTC)
    hand.click("Publish it")
    hand.click("Sell", "link")
    page.wait_for_selector("html.ready")
    at_till = Hand(page)
    at_till.ticket("Adult")
    at_till.tap("Card")
    at_till.tap("Sell anyway")  # years before it begins
    at_till.tap("Approved")
    at_till.after_answer(".done-panel")
    assert Order.objects.get().status == "completed"
    assert hand.clicks + at_till.taps <= 10
    assert hand.typed <= 7


LOOKS = [(DESKTOP, False), (DESKTOP, True), (TABLET, False), (PHONE, False), (PHONE, True)]
IDS = ["desktop", "desktop-dark", "tablet", "phone", "phone-dark"]


def looked_at(page, axe, address):
    """No fault that axe finds, nothing wider than the screen, nothing too small for a finger."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
    small = page.evaluate(SMALL, TARGET)
    assert not small, small


@pytest.mark.parametrize(("size", "dark"), LOOKS, ids=IDS)
def test_pages_of_the_first_hour_are_accessible(open_browser, axe, stranger, size, dark):
    page = open_browser(stranger, size, dark=dark)
    looked_at(page, axe, "/events/new/")
    page.goto("/admin/")
    axe(page)


@pytest.mark.parametrize(("size", "dark"), LOOKS, ids=IDS)
def test_pages_of_an_event_are_accessible(open_browser, axe, event, house, organizer, size, dark):
    quota_of(*house, size=100)
    hold_of(house[0], 2)
    event.starts_at = event.ends_at = datetime(2035, 1, 1, 20, tzinfo=UTC)
    event.save()
    page = open_browser(organizer, size, dark=dark)
    home = f"/events/{event.identifier}/"
    for address in [home, f"{home}printer/", *(f"{home}edit/{tab}/" for tab in SECTIONS)]:
        looked_at(page, axe, address)
    page.goto("/admin/")
    axe(page)


def test_row_is_saved_without_what_is_typed_elsewhere(open_browser, event, house, organizer):
    adult, child = house
    page = open_browser(organizer)
    page.goto(f"/events/{event.identifier}/edit/tickets/")
    page.get_by_label("Name, Child", exact=True).fill("Kid")
    page.get_by_label("Price, Adult", exact=True).fill("22,50")
    page.get_by_role("button", name="Save Adult").click()
    expect(page.locator("#saved")).to_have_text("Saved.")
    assert page.get_by_label("Name, Child", exact=True).input_value() == "Kid"
    adult.refresh_from_db()
    child.refresh_from_db()
    assert (str(adult.price), child.name) == ("22.50", "Child")
    page.get_by_label("Quantity, Adult", exact=True).fill("many")
    page.get_by_role("button", name="Save Adult").click()
    expect(page.locator("#saved")).to_contain_text("Not saved")
    expect(page.locator("tr.refused .errorlist")).to_contain_text("whole number")
    assert page.get_by_label("Name, Child", exact=True).input_value() == "Kid"


def test_row_is_added_and_deleted(open_browser, event, house, organizer):
    page = open_browser(organizer)
    page.goto(f"/events/{event.identifier}/edit/tickets/")
    page.get_by_label("Name, new", exact=True).fill("Late")
    page.get_by_label("Price, new", exact=True).fill("12")
    page.get_by_role("button", name="Add new").click()
    page.get_by_label("Name, Late", exact=True).wait_for()
    assert page.get_by_label("Name, new", exact=True).input_value() == ""
    assert event.tickets.get(name="Late").price == 12
    page.locator('summary:has-text("More Late")').click()
    page.get_by_role("button", name="Delete Late").click()
    page.get_by_label("Name, Late", exact=True).wait_for(state="detached")
    assert not event.tickets.filter(name="Late").exists()


def test_rows_work_without_scripts(open_browser, event, house, organizer):
    page = open_browser(organizer, scripts=False)
    page.goto(f"/events/{event.identifier}/edit/tickets/")
    page.get_by_label("Price, Adult", exact=True).fill("21")
    page.get_by_role("button", name="Save Adult").click()
    page.wait_for_selector("text=Saved.")
    assert event.tickets.get(name="Adult").price == 21


def test_device_is_named_and_paired_from_there(open_browser, event, organizer):
    page = open_browser(organizer)
    page.goto(f"/events/{event.identifier}/edit/devices/")
    page.get_by_label("Name, new", exact=True).fill("North tablet")
    page.get_by_role("button", name="Add new").click()
    page.get_by_role("button", name="Pair North tablet").click()
    code = page.locator(".code").inner_text().replace(" ", "")
    tablet = open_browser(None, TABLET)
    tablet.goto("/door/pair/")
    tablet.get_by_label("Code").fill(code)
    tablet.get_by_role("button").first.click()
    tablet.wait_for_url("**/door/**")
    tablet.goto("/")
    assert tablet.url.endswith(f"/door/{event.identifier}/")
