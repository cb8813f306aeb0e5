"""The question beside the price, in the admin."""

import pytest

from onsite_project.tests.browser import DESKTOP, PHONE, TABLET
from tickets.models import Ticket


@pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
def test_it_is_answered_by_one_tap(open_browser, event, organizer, size):
    page = open_browser(organizer, size)
    page.goto("/admin/tickets/ticket/add/")
    page.get_by_label("Event:").select_option(label=event.name)
    page.get_by_label("Name:").fill("Crew")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("Yes, paid, at 0.00 EUR").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/tickets/ticket/")
    assert Ticket.objects.get().name == "Crew"
