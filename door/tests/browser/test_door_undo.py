"""What was scanned by mistake is taken back, without the network too; and the last scans are told apart."""

import pytest

from door.models import CheckIn
from door.tests.browser.scanning import offline, online, seen, state, type_code, wait_for_list, wait_for_scans
from onsite_project.tests.waiting import until
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite

SCANS = "**/api/check-ins"


def undo(page):
    page.locator("#last").get_by_role("button", name="Undo").first.click()
    page.wait_for_selector("#last >> text=Undone")


def moves():
    return list(CheckIn.objects.order_by("pk").values_list("moved", flat=True))


@pytest.fixture
def page(door, codes):
    page = door()
    wait_for_list(page)
    return page


def test_scan_that_waits_leaves_the_queue(page, codes):
    offline(page, *codes[:2])
    undo(page)
    page.wait_for_selector("#connection >> text=OFFLINE 1")
    online(page)
    assert seen() == [codes[0]]


def test_guest_may_come_again_at_once(page, codes):
    offline(page, codes[0])
    undo(page)
    type_code(page, codes[0])
    page.wait_for_selector("#connection >> text=OFFLINE 1")
    assert state(page) == "ok"
    online(page)
    assert seen() == [codes[0]]


def test_code_that_is_on_no_list_is_unknown_again(page):
    offline(page, "BCDFBCDFBCDFBCDFBCDF")
    undo(page)
    type_code(page, "BCDFBCDFBCDFBCDFBCDF")
    page.wait_for_selector("#connection >> text=OFFLINE 1")
    assert state(page) == "look"


def test_way_out_is_taken_back(page, codes):
    offline(page, codes[0])
    page.get_by_role("group", name="Direction").get_by_role("button", name="Out").click()
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-state=out]")
    undo(page)
    type_code(page, codes[0])
    until(page, "document.querySelectorAll('#last > li').length === 3")
    assert state(page) == "out"


def test_scan_after_which_the_guest_has_passed_again_stays(page, codes):
    offline(page, codes[0])
    page.get_by_role("group", name="Direction").get_by_role("button", name="Out").click()
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-state=out]")
    page.locator("#last").get_by_role("button", name="Undo").last.click()
    page.wait_for_selector("dialog >> text=The guest has passed again since.")


def test_scan_that_had_arrived_is_taken_back_once_the_network_is_back(page, codes):
    type_code(page, codes[0])
    wait_for_scans(page, 1)
    page.context.set_offline(True)
    page.wait_for_selector("#connection >> text=OFFLINE 0")
    undo(page)
    page.wait_for_selector("#connection >> text=OFFLINE 1")
    type_code(page, codes[0])  # outside by now
    page.wait_for_selector("#connection >> text=OFFLINE 2")
    assert state(page) == "ok"
    online(page)
    assert moves() == [1, -1, 1]


def test_scan_that_was_sent_meanwhile_is_taken_back_there(page, codes):
    offline(page, codes[0])
    online(page)
    undo(page)
    assert moves() == [1, -1]


def test_scan_whose_answer_was_lost_is_taken_back_there(page, codes):
    page.route(SCANS, lambda route: (route.fetch(), route.abort()), times=1)
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-offline=true]")
    page.context.set_offline(True)
    undo(page)
    online(page)
    assert moves() == [1, -1]


def test_online_and_then_offline_the_guest_is_outside(page, codes):
    type_code(page, codes[0])
    wait_for_scans(page, 1)
    undo(page)
    page.context.set_offline(True)
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-offline=true]")
    assert state(page) == "ok"


def test_inside_says_how_old_it_is_without_the_network(page, codes):
    type_code(page, codes[0])
    wait_for_scans(page, 1)
    assert page.inner_text("#inside-age") == ""
    page.context.set_offline(True)
    page.wait_for_selector("#inside-age >> text=less than a minute ago")
    assert page.inner_text("#inside") == "1"


def test_inside_is_known_after_a_reload_without_the_network(page, codes):
    type_code(page, codes[0])
    wait_for_scans(page, 1)
    with page.expect_response("**/api/occupancy"):
        page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_timeout(500)
    page.wait_for_selector("#readiness[data-ready=true]", state="attached")
    page.context.set_offline(True)
    page.reload()
    page.locator("#gates").get_by_role("button", name="In").first.click()
    page.wait_for_selector("#inside-age >> text=ago")
    assert page.inner_text("#inside") == "1"


def test_last_scans_tell_guests_apart(page, event, house, codes):
    guest = Guest("Ana", "Silva", "ana@example.com")
    lines = [Line(house[0].pk, 1, guests=(guest,))]
    order = sold_onsite(event=event, lines=lines, status="completed", payment_mode="onsite")
    for number, code in enumerate([order.attendees.get().code, codes[0], "NNTTNNTTNNTTNNTTNNTT"], 1):
        type_code(page, code)
        wait_for_scans(page, number)
    offline(page, codes[1])
    rows = page.locator("#last > li").all_inner_texts()
    told = [
        (f"Adult ...{codes[1][:4]}", "ADMIT"),
        ("...NNTT", "STOP, not on the list"),
        (f"Adult ...{codes[0][:4]}", "ADMIT"),
        ("Ana Silva", "ADMIT"),
    ]
    for row, parts in zip(rows, told, strict=True):
        assert all(part in row for part in parts), row
