"""A list is imported by taps and by keys, and a guest who has still to pay pays and comes in at once."""

import pytest

from attendees.models import Attendee
from door.models import CheckIn
from guests.tests.files import csv_of, xlsx_of
from onsite_project.tests.browser import DESKTOP, PHONE, TABLET
from orders.guest_list import Entry, Way, put_on_list
from orders.models import Order

ROWS = [
    ("First name", "Last name", "E-mail", "Ticket", "Paid", "Diet"),
    ("Ana", "Silva", "ana@example.com", "Adult", "free", "none"),
    ("Bo", "Li", "", "Adult", "unpaid", ""),
    ("عائشة", "الزهراء", "", "Child", "paid", ""),
]
LOOKS = [(DESKTOP, False), (DESKTOP, True), (TABLET, False), (TABLET, True), (PHONE, False), (PHONE, True)]


@pytest.fixture
def listed(event, house, organizer):
    entries = [
        Entry(house[0].pk, "Ana", "Silva", "ana@example.com"),
        Entry(house[0].pk, "Bo", "Li", way=Way.AT_DOOR),
        Entry(house[1].pk, "Maximiliana" * 9, "Featherstonehaugh" * 5, way=Way.PAID),
    ]
    return put_on_list(event, entries, by=organizer).guests


def choose(page, content, name):
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "", "buffer": content})


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_list_is_imported_by_taps(open_browser, event, house, organizer, size):
    page = open_browser(organizer, size)
    page.goto(f"/events/{event.identifier}/guests/")
    page.get_by_role("link", name="Import a list").click()
    choose(page, xlsx_of(ROWS), "list.xlsx")
    page.get_by_role("button", name="Look at it").click()
    page.wait_for_selector("text=Columns that are not read: Diet")
    assert not Order.objects.exists()
    page.get_by_role("button", name="Put 3 guests on the list").click()
    page.wait_for_selector("text=The list is in")
    assert Order.objects.count() == 3
    page.get_by_role("link", name="Guest list").click()
    page.wait_for_selector("text=عائشة")


def test_list_is_imported_by_keys(open_browser, event, house, organizer):
    page = open_browser(organizer)
    page.goto(f"/events/{event.identifier}/guests/import/")
    choose(page, csv_of(ROWS, ";", "utf-8-sig"), "list.csv")  # what the system's own dialog does
    page.locator("input[type=file]").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.locator("input[value=at-door]").is_checked()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Put 3 guests on the list")
    button.wait_for()
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The list is in")
    assert Order.objects.filter(status="pending").count() == 1


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_listed_guest_pays_and_comes_in_within_three_taps(open_browser, event, listed, cashier, size):
    page = open_browser(cashier, size)
    page.goto(f"/events/{event.identifier}/guests/?q=li")
    page.get_by_role("link", name="Take 20.00 EUR Bo Li").click()
    page.get_by_role("button", name="Paid, let in").click()
    page.wait_for_selector("text=completed")
    order = Order.objects.get(pk=listed[1].order_id)
    assert order.shift == cashier.shifts.get()
    assert Attendee.objects.get(pk=listed[1].pk).is_inside


def test_listed_guest_is_found_and_paid_at_the_till_by_keys(till, listed):
    hand = till()
    page = hand.page
    page.click("#recent")
    page.wait_for_selector("dialog input[name=q]")
    page.fill("dialog input[name=q]", "li bo")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog >> text=Bo Li")
    page.locator("dialog .orders a").first.focus()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Paid, let in")
    button.wait_for()
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog >> text=completed")
    assert Attendee.objects.get(pk=listed[1].pk).is_inside


def test_guest_is_let_in_from_the_list(open_browser, event, listed, registrar):
    page = open_browser(registrar, TABLET)
    page.goto(f"/events/{event.identifier}/guests/?q=silva")
    page.get_by_role("button", name="Let in Ana Silva").click()
    page.wait_for_selector("text=inside")
    assert CheckIn.objects.get().by == registrar


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look[0][0]}-{'dark' if look[1] else 'light'}")
def test_pages_are_accessible_and_fit(open_browser, axe, event, house, listed, organizer, look):
    page = open_browser(organizer, *look)

    def check(name):
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        for box in page.locator("main .button, main button, main select, main label:has(input)").all():
            assert not box.is_visible() or box.bounding_box()["height"] >= 47.5, box.inner_html()

    base = f"/events/{event.identifier}/guests/"
    page.goto(base)
    check("list")
    page.goto(f"{base}add/")
    page.get_by_role("button", name="Put on the list").click()
    page.wait_for_selector(".has-error")
    check("add")
    page.goto(f"{base}import/")
    check("import")
    choose(page, csv_of([*ROWS, ("x" * 300, "Li", "nowhere", "Adult", "20")]), "list.csv")
    page.get_by_role("button", name="Look at it").click()
    page.wait_for_selector("text=Nobody was put on the list")
    check("faults")
    page.goto(f"{base}import/")
    choose(page, csv_of(ROWS), "list.csv")
    page.get_by_role("button", name="Look at it").click()
    page.wait_for_selector("text=What the list says")
    check("preview")
    page.get_by_role("button", name="Put 1 guest on the list").click()
    page.wait_for_selector("text=The list is in")
    check("done")
