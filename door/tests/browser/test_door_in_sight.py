"""Whatever the door has to say, its answer is whole, its gate is named, and what is tapped is in sight."""

import pytest

from door.tests.browser.scanning import offline, online, type_code
from door.tests.browser.test_door_backlog import refuse
from onsite_project.tests.browser import DESKTOP, PHONE, TABLET
from onsite_project.tests.waiting import until
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite

# What is tapped and is smaller than a finger, or wider than the screen.
SMALL = """() => [...document.querySelectorAll("button, a, input")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width && (box.width < 48 || box.height < 48 || box.right > innerWidth);
}).map((one) => one.textContent || one.id)"""


def bottom(page, selector):
    box = page.locator(selector).bounding_box()
    return box["y"] + box["height"]


@pytest.mark.parametrize("size", [DESKTOP, TABLET], ids=["desktop", "tablet"])
def test_answer_beside_scans_that_were_not_taken(door, codes, size):
    page = door(size)
    offline(page, codes[0])
    refuse(page, codes[0], 422)
    online(page)
    page.wait_for_selector("#connection >> text=Online · 1 not sent")
    for code in codes[1:10]:  # as many as are listed, and one
        type_code(page, code)
        page.wait_for_selector("#answer[data-offline=false]")
    until(page, "document.querySelectorAll('#last > li').length === 8")
    assert bottom(page, "#answer") <= size[1]
    assert page.locator("#answer").bounding_box()["height"] > size[1] * 0.85
    assert page.evaluate(SMALL) == []


def test_rest_of_a_group_under_the_camera(camera_door, event, house):
    guests = (Guest("Anastasia Wilhelmine", "Silva e Vasconcelos", "ana@example.com"),)
    lines = [Line(house[1].pk, 4, guests=guests)]  # a ticket with a door note
    order = sold_onsite(event=event, lines=lines, status="completed", payment_mode="onsite")
    page = camera_door(permissions=["camera"])
    page.get_by_role("button", name="Camera").click()
    until(page, "document.querySelector('#video').videoWidth")
    type_code(page, order.attendees.get(firstname__startswith="Ana").code)
    page.wait_for_selector("text=3 more on this order")
    assert bottom(page, "#answer") <= page.viewport_size["height"]
    page.locator(".group-admit").scroll_into_view_if_needed()
    assert bottom(page, ".group-admit") <= bottom(page, "#answer")


def test_gate_and_all_controls_on_a_phone(door, event, codes):
    event.stations.create(name="North")
    page = door(PHONE, way="North In")
    page.context.set_offline(True)
    page.wait_for_selector("#connection >> text=OFFLINE 0")
    assert page.inner_text("h1").strip() == "North"
    for one in ("h1", "#change-gate"):
        wide, room = page.evaluate("(one) => [one.scrollWidth, one.clientWidth]", page.query_selector(one))
        assert wide <= room, one
    assert bottom(page, ".bar") <= 57
    for one in ("#connection", "#change-gate"):
        assert bottom(page, one) <= bottom(page, ".bar")
    assert bottom(page, "#use-camera") <= PHONE[1]
    assert page.evaluate(SMALL) == []


def test_capacity_is_no_matter_where_there_is_none(door, event):
    page = door()
    until(page, "document.querySelector('#inside').textContent === '0'")
    page.context.set_offline(True)
    page.wait_for_selector("#connection >> text=OFFLINE 0")
    assert page.inner_text("#capacity") == ""


def test_capacity_is_watched_again_once_the_network_is_back(door, event, codes):
    event.capacity = 40
    event.save()
    page = door()
    offline(page, codes[0])
    assert page.inner_text("#capacity") == "The capacity is not watched while offline."
    online(page)
    assert page.inner_text("#capacity") == "of 40"


def test_log_in_has_the_focus_once_the_session_has_ended(door):
    page = door()
    page.context.clear_cookies()
    page.wait_for_selector("dialog a:focus >> text=Log in")
