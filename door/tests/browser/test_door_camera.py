"""A camera sees one guest at a time, says so where it sees two, and starts again by itself."""

import pytest

from door.models import CheckIn
from door.tests.browser.scanning import seen, state, wait_for_scans
from door.tests.browser.sights import show, show_by_turns, use_camera
from onsite_project.tests.waiting import until
from orders.sale import Line
from orders.tests.factories import sold_onsite


@pytest.fixture
def page(camera_door, codes):
    page = camera_door(permissions=["camera"])
    use_camera(page)
    return page


def test_two_codes_in_sight_are_one_too_many(page, codes):
    show(page, *codes[:2])
    page.wait_for_selector("#answer[data-state=crowd] >> text=One at a time")
    page.wait_for_timeout(1500)
    assert not CheckIn.objects.exists()
    show(page, codes[1])
    page.wait_for_selector("#answer[data-state=ok]")
    assert seen() == [codes[1]]


def test_two_codes_that_are_read_by_turns_let_nobody_in(page, codes):
    looked = page.evaluate("window.looks")
    show_by_turns(page, *codes[:2], looks=looked + 12)
    assert not CheckIn.objects.exists()


def test_one_too_many_is_forgotten_once_they_are_gone(page, codes):
    show(page, *codes[:2])
    page.wait_for_selector("#answer[data-state=crowd]")
    show(page)
    page.wait_for_selector("#answer[data-state=ready]")


def test_same_code_is_silent_while_it_is_in_sight_and_a_while_after(page, codes):
    show(page, codes[0])
    wait_for_scans(page, 1)
    page.wait_for_timeout(3500)
    show(page, moment=1000)
    show(page, codes[0], moment=1000)
    assert CheckIn.objects.count() == 1
    assert state(page) == "ok" or state(page) == "ready"
    show(page, moment=3200)
    show(page, codes[0])
    page.wait_for_selector("#answer[data-state=no] >> text=already in")


def test_code_that_stays_in_sight_leaves_the_buttons_in_place(page, event, house):
    order = sold_onsite(event=event, lines=[Line(house[0].pk, 4)], status="completed", payment_mode="onsite")
    show(page, order.attendees.first().code)
    page.wait_for_selector("text=3 more on this order")
    page.get_by_role("button", name="One fewer").click()
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Admit 2").click()
    page.wait_for_selector("text=1 more on this order")


def test_camera_that_stops_says_so_and_starts_again(page, codes):
    page.evaluate("""() => {
        const [track] = video.srcObject.getTracks();
        track.stop();
        track.dispatchEvent(new Event("ended"));
    }""")
    page.wait_for_selector("#camera-says >> text=The camera has stopped")
    until(page, "document.querySelector('#camera-says').textContent === ''")
    show(page, codes[0])
    wait_for_scans(page, 1)


def test_camera_that_is_not_back_yet_is_tried_again(page, codes):
    page.evaluate("""() => {
        const devices = navigator.mediaDevices, open = devices.getUserMedia.bind(devices);
        let left = 2;
        devices.getUserMedia = (wanted) =>
            left-- > 0 ? Promise.reject(new DOMException("", "NotReadableError")) : open(wanted);
        const [track] = video.srcObject.getTracks();
        track.stop();
        track.dispatchEvent(new Event("ended"));
    }""")
    until(page, "document.querySelector('#camera-says').textContent === '' && video.srcObject.active")
    show(page, codes[0])
    wait_for_scans(page, 1)


def test_camera_that_was_hidden_is_not_started_again(page, codes):
    page.evaluate("video.srcObject.getTracks()[0].dispatchEvent(new Event('ended'))")
    page.get_by_role("button", name="Camera").click()
    page.wait_for_timeout(1200)
    assert page.locator("#camera").is_hidden()
    assert page.evaluate("video.srcObject") is None


def test_another_lens_is_chosen_and_remembered(camera_door, codes):
    page = camera_door("--use-fake-device-for-media-stream=device-count=2", permissions=["camera"])
    use_camera(page)
    lens = page.get_by_label("Lens")
    chosen = lens.locator("option").nth(1).get_attribute("value")
    lens.select_option(chosen)
    now = "video.srcObject?.getVideoTracks()[0].getSettings().deviceId"
    until(page, f"{now} === '{chosen}'")
    page.get_by_role("button", name="Camera").click()
    page.get_by_role("button", name="Camera").click()
    until(page, f"{now} === '{chosen}'")
    show(page, codes[0])
    wait_for_scans(page, 1)


def test_light_is_switched_where_there_is_one(camera_door):
    page = camera_door(permissions=["camera"])
    page.evaluate("""() => {
        MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
        MediaStreamTrack.prototype.applyConstraints = (wanted) => {
            window.light = wanted.advanced[0].torch;
            return Promise.resolve();
        };
    }""")
    use_camera(page)
    light = page.get_by_role("button", name="Light")
    for on in (True, False):
        light.click()
        until(page, f"window.light === {str(on).lower()}")
        assert light.get_attribute("aria-pressed") == str(on).lower()


def test_there_is_no_light_where_there_is_none(page):
    assert page.get_by_role("button", name="Light").count() == 0
