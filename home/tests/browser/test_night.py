"""The night afterwards in a browser and on paper, and the treasurer's Sunday."""

import csv
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from events.days import business_day
from home.tests.browser.test_live import IDS, LOOKS, an_evening, sell
from onsite_project.tests.browser import DESKTOP
from orders.sale import Line
from orders.tests.factories import sold_onsite
from shifts import drawer
from tickets.tests.factories import TicketFactory

# Boxes with a number that is wider than they are.
SPILT = """() => [...document.querySelectorAll(".numbers dd, .card .figure, .card")]
  .filter((one) => one.scrollWidth > one.clientWidth && getComputedStyle(one).overflowX === "visible")
  .map((one) => one.textContent.trim())"""


def after(event, house, cashier, organizer):
    """The same evening, with a comp, and a drawer in which three are missing."""
    an_evening(event, house, cashier, organizer)
    comp = Line(house[0].pk, 2, Decimal(0), reason="Band")
    sold_onsite(event=event, lines=[comp], seller=organizer, at=timezone.now())
    shift = cashier.shifts.get()
    cash = drawer.expected_cash(shift) - 3
    drawer.count(shift=shift, cash=cash, card=drawer.expected_card(shift), by=cashier)
    drawer.close_shift(shift=shift, by=cashier, note="A guest was given back too much")


@pytest.mark.parametrize(("size", "dark"), LOOKS, ids=IDS)
def test_report_is_accessible(open_browser, axe, event, house, cashier, organizer, size, dark):
    after(event, house, cashier, organizer)
    page = open_browser(organizer, size, dark=dark)
    page.goto(f"/events/{event.identifier}/night/")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(("size", "dark"), LOOKS, ids=IDS)
def test_a_large_sum_stays_within_its_box(open_browser, event, house, cashier, organizer, size, dark):
    after(event, house, cashier, organizer)
    sell(event, TicketFactory(event=event, price="123456.78"), organizer, 9, at=timezone.now())
    page = open_browser(organizer, size, dark=dark)
    for path in ("", "live/", "night/"):
        page.goto(f"/events/{event.identifier}/{path}")
        assert page.evaluate(SPILT) == [], path


def test_report_is_one_page_of_a4(open_browser, event, house, cashier, organizer):
    after(event, house, cashier, organizer)
    for number in range(12):
        kind = TicketFactory(event=event, name=f"Kind of ticket {number}", price=5)
        sell(event, kind, organizer, 1, at=timezone.now())
    page = open_browser(organizer)
    page.goto(f"/events/{event.identifier}/night/")
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") == 1


def test_treasurer_finds_the_difference_and_takes_the_table_along(
    open_browser, event, house, cashier, organizer
):
    after(event, house, cashier, organizer)
    page = open_browser(organizer)
    page.goto(f"/events/{event.identifier}/")
    page.get_by_role("link", name="The night").click()
    row = page.locator("tr.differs")
    expect(row).to_contain_text(str(cashier))
    expect(row).to_contain_text("-3.00")
    expect(row).to_contain_text("A guest was given back too much")
    with page.expect_download() as found:
        page.get_by_role("button", name="Download as a table").click()
    day = business_day(event, timezone.now()).isoformat()
    assert found.value.suggested_filename == f"{event.identifier}-night-{day}.csv"
    with open(found.value.path(), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[5] for row in rows if row[1] == "cash difference"] == ["-3.00"]
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Z report 1")).to_be_visible()


def test_totals_of_sixty_kinds_are_one_screen(open_browser, axe, event, cashier, organizer):
    kinds = [TicketFactory(event=event, name=f"Workshop number {n}", price=10) for n in range(60)]
    for number, kind in enumerate(kinds):
        sell(event, kind, cashier, 1 + number % 5)
    page = open_browser(organizer, DESKTOP)
    page.goto(f"/till/{event.identifier}/totals/")
    axe(page)
    assert page.locator(".by-ticket .gauge").count() == 60
    last = page.locator(".by-ticket").bounding_box()
    assert last["y"] + last["height"] <= DESKTOP[1]
