"""A guest's name is put right from the till, in three taps, with the basket still there."""

from attendees.models import Correction
from onsite_project.tests.waiting import until
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite


def test_name_is_corrected_in_three_taps_beside_the_basket(till, event, house, cashier):
    lines = [Line(house[0].pk, 1, guests=(Guest("Ana", "Silva"),))]
    sold_onsite(event=event, lines=lines, seller=cashier, status="completed")
    page = till().page
    page.click("#recent")
    page.fill("dialog input[name=q]", "silva")
    page.press("dialog input[name=q]", "Enter")
    until(page, "document.querySelectorAll('dialog .orders a').length === 1")
    page.click("dialog .orders a")
    page.click("dialog a:has-text('Correct name')")
    page.fill("dialog input[name=lastname]", "Sousa")
    page.click("dialog button:has-text('Save')")
    page.wait_for_selector("dialog :text('Silva → Sousa')")
    assert Correction.objects.get().by == cashier
