"""The door goes by the event's clock, wherever the tablet thinks that it is."""

from datetime import datetime
from zoneinfo import ZoneInfo

from door.tests.browser.scanning import offline, stand, type_code, wait_for_scans


def clocks(event):
    """What the event's clock shows, as the minute may turn meanwhile."""
    now = datetime.now(ZoneInfo(event.timezone))
    return {f"{now:%H}:{minute % 60:02}" for minute in range(now.minute - 1, now.minute + 2)}


def shows(text, event):
    return any(clock in text for clock in clocks(event))


def test_last_scans_and_the_age_of_the_list_are_by_the_events_clock(open_browser, event, codes, registrar):
    event.timezone = "Asia/Kathmandu"
    event.save()
    page = open_browser(registrar, timezone_id="America/St_Johns")
    page.goto(f"/door/{event.identifier}/")
    stand(page)
    type_code(page, codes[0])
    wait_for_scans(page, 1)
    assert shows(page.inner_text("#last"), event)
    assert "Asia/Kathmandu" in page.inner_text("#work")
    page.wait_for_timeout(3100)
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-state=no] >> text=already in")
    assert shows(page.inner_text("#answer"), event)
    offline(page, codes[1])
    page.wait_for_selector("#connection >> text=list of")
    assert shows(page.inner_text("#connection"), event)
