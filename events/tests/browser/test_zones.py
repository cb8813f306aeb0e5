"""The admin's forms name the time zone by which their times are read."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from events.tests.factories import EventFactory, MemberFactory

AUCKLAND, BERLIN = "Pacific/Auckland", "Europe/Berlin"


def zones(page):
    return set(page.locator(".zone").all_inner_texts())


def test_new_event_starts_in_the_time_zone_of_the_browser(open_browser, organizer):
    page = open_browser(organizer, timezone_id=AUCKLAND)
    page.goto("/admin/events/event/add/")
    assert page.input_value("#id_timezone") == AUCKLAND
    assert zones(page) == {AUCKLAND}
    page.fill("#id_timezone", "America/St_Johns")
    assert zones(page) == {"America/St_Johns"}
    page.fill("#id_timezone", "Moon")
    assert zones(page) == {"by the event's clock"}


def test_event_that_is_there_keeps_its_time_zone(open_browser, organizer, event):
    page = open_browser(organizer, timezone_id=AUCKLAND)
    page.goto(f"/admin/events/event/{event.pk}/change/")
    assert page.input_value("#id_timezone") == BERLIN
    assert zones(page) == {BERLIN}


def test_new_ticket_goes_by_the_event_that_is_chosen(open_browser, organizer, event):
    other = MemberFactory(event=EventFactory(timezone=AUCKLAND), user=organizer, role="organizer").event
    page = open_browser(organizer, timezone_id="America/St_Johns")
    page.goto("/admin/tickets/ticket/add/")
    assert zones(page) == {"by the event's clock"}
    for chosen in (event, other):
        page.select_option("#id_event", str(chosen.pk))
        assert zones(page) == {chosen.timezone}
        page.get_by_role("link", name="Now").first.click()
        there = datetime.now(ZoneInfo(chosen.timezone)).replace(tzinfo=None)
        page.get_by_role("link", name="Today").first.click()
        typed = f"{page.input_value('#id_sales_starts_at_0')} {page.input_value('#id_sales_starts_at_1')}"
        assert abs(datetime.fromisoformat(typed) - there) < timedelta(minutes=2)
