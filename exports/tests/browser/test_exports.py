"""An organizer asks for Excel, sees how far it is, and gets it; by script and without."""

import os

import pytest
from openpyxl import load_workbook

from exports.models import Export
from exports.tests.factories import asked_for, written
from exports.tests.test_files import sold_to
from onsite_project.tests.browser import DESKTOP, PHONE, TABLET
from orders.models import Order


def test_excel_is_asked_for_watched_and_fetched(open_browser, event, organizer, working, axe, tmp_path):
    sold_to(event, "Ana")
    page = open_browser(organizer)
    page.goto(f"/till/{event.identifier}/totals/")
    page.get_by_role("link", name="Exports").click()
    page.get_by_role("button", name="Orders for Excel, into a file").click()
    page.wait_for_selector("progress")
    axe(page)
    page.get_by_role("button", name="Attendees for Excel, into a file").focus()
    with working():
        page.wait_for_selector("text=Download")
    assert page.locator("progress").count() == 0
    assert page.evaluate("document.activeElement.value") == "attendees:xlsx", "the focus was lost"
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Download").click()
    fetched.value.save_as(tmp_path / "orders.xlsx")
    (sheet,) = load_workbook(tmp_path / "orders.xlsx")
    assert sheet["A2"].value == Order.objects.get().identifier


def test_csv_is_downloaded_at_once(open_browser, event, organizer):
    sold_to(event, "Ana")
    page = open_browser(organizer)
    page.goto(f"/events/{event.identifier}/exports/")
    page.get_by_label("CSV for").select_option("de")
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Payments as CSV, at once").click()
    assert fetched.value.suggested_filename == f"{event.identifier}-payments.csv"
    assert "20,00" in fetched.value.path().read_text()
    assert Export.objects.get().state == "done"


@pytest.mark.parametrize(
    ("size", "dark"), [(DESKTOP, False), (DESKTOP, True), (TABLET, False), (PHONE, True), (PHONE, False)]
)
def test_fits_every_screen(open_browser, event, organizer, axe, size, dark):
    sold_to(event, "Ana")
    written(event, organizer)
    asked_for(event, organizer, "attendees", "csv")
    Export.objects.filter(table="attendees").update(state="running", rows_done=700, rows_total=2000)
    asked_for(event, organizer, "payments")
    Export.objects.filter(table="payments").update(state="failed", ended_at=event.starts_at)
    page = open_browser(organizer, size, dark=dark)
    page.goto(f"/events/{event.identifier}/exports/")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/exports-{size[0]}{'-dark' if dark else ''}.png", full_page=True)
