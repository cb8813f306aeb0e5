"""What a scanner types at the till is looked for and never sold, whatever it sends, wherever the focus is."""

import pytest

from onsite_project.tests.scanner import scan
from orders.models import Order


@pytest.mark.parametrize("pace", [0, 40])
@pytest.mark.parametrize("end", [(), ("Enter",), ("Enter", "Enter"), ("Tab",)], ids=lambda end: "-".join(end))
def test_scan_is_looked_for(till, end, pace):
    page = till().page
    scan(page, "4006381333931", *end, pace=pace)
    page.wait_for_selector("dialog[open]")
    page.wait_for_timeout(300)
    assert page.get_attribute("#till", "data-phase") == "basket"
    assert not Order.objects.exists()


def test_scan_does_not_press_the_button_that_has_the_focus(till):
    page = till().page
    page.locator(".tile").first.click()
    page.get_by_role("button", name="Card").locator("visible=true").first.focus()
    scan(page, "BCDFGHJKLNPRSTVXBCDF", "Enter", "Enter")
    page.wait_for_selector("dialog[open]")
    page.wait_for_timeout(300)
    assert page.get_attribute("#till", "data-phase") == "basket"
    assert not Order.objects.exists()


def test_scan_sells_nothing_where_the_shortcuts_are_off(till, cashier):
    page = till().page
    page.evaluate("(id) => localStorage.setItem(`onsite.keys.${id}`, 'off')", cashier.pk)
    page.locator(".tile").first.click()
    scan(page, "BCDFGHJKLNPRSTVXBCDF", "Enter", "Enter")
    page.wait_for_timeout(500)
    assert page.get_attribute("#till", "data-phase") == "basket"
    assert not Order.objects.exists()
