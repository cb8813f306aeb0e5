"""The door in a real browser: scanner, group, search, the network gone and back, the camera."""

import time
from datetime import timedelta

import pytest
import segno
from django.utils import timezone

from door.models import CheckIn
from door.tests.browser.scanning import state, type_code, wait_for_scans
from onsite_project.tests.browser import DESKTOP, PHONE
from onsite_project.tests.waiting import until
from orders.lifecycle import cancel
from orders.models import Order
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite


def test_twenty_codes_in_a_row_with_two_bad_ones(door, codes):
    page = door()
    Order.objects.filter(attendees__code=codes[5]).update(status="cancelled")
    row = [*codes[:10], "NONESUCHCODEATALL", *codes[10:19]]
    for number, code in enumerate(row, 1):
        type_code(page, code)
        wait_for_scans(page, number)
    answers = list(CheckIn.objects.order_by("pk").values_list("answer", flat=True))
    assert answers.count("ok") == 18
    assert (answers[5], answers[10]) == ("cancelled", "unknown")


def test_five_codes_150_ms_apart_are_all_answered_in_order(door, codes):
    page = door()
    for code in codes[:5]:
        type_code(page, code)
        page.wait_for_timeout(150)
    wait_for_scans(page, 5)
    assert list(CheckIn.objects.order_by("pk").values_list("attendee__code", flat=True)) == codes[:5]


def test_same_code_at_once_is_another_scan(door, codes):
    page = door()
    type_code(page, codes[0])
    wait_for_scans(page, 1)
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-state=no] >> text=already in")
    assert CheckIn.objects.count() == 2


def test_second_scan_says_where_and_by_whom(door, event, codes, registrar):
    event.stations.create(name="North")
    page = door(way="North In")
    type_code(page, codes[0])
    wait_for_scans(page, 1)
    page.wait_for_timeout(3100)
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-state=no] >> text=already in")
    assert f"North, {registrar}" in page.inner_text("#answer")


def test_door_note_is_amber_and_out_is_blue(door, event, house):
    order = sold_onsite(event=event, lines=[Line(house[1].pk, 1)], status="completed", payment_mode="onsite")
    code = order.attendees.get().code
    page = door()
    type_code(page, code)
    page.wait_for_selector("#answer[data-state=look] >> text=UP TO 12 YEARS")
    page.get_by_role("group", name="Direction").get_by_role("button", name="Out").click()
    type_code(page, code)
    page.wait_for_selector("#answer[data-state=out]")
    until(page, "document.querySelector('#inside').textContent === '0'")


def test_rest_of_a_group_is_admitted_by_one_tap(door, event, house):
    order = sold_onsite(event=event, lines=[Line(house[0].pk, 4)], status="completed", payment_mode="onsite")
    page = door(PHONE)
    type_code(page, order.attendees.first().code)
    page.wait_for_selector("text=3 more on this order")
    page.get_by_role("button", name="One fewer").click()
    page.get_by_role("button", name="Admit 2").click()
    page.wait_for_selector("text=1 more on this order")
    assert order.attendees.filter(is_inside=True).count() == 3


def test_guest_is_found_by_name_and_admitted(door, event, house):
    guest = Guest("Ana", "Silva", "ana@example.com")
    lines = [Line(house[0].pk, 1, guests=(guest,))]
    order = sold_onsite(event=event, lines=lines, status="completed", payment_mode="onsite")
    page = door()
    page.fill("#search-text", "sil")
    page.wait_for_selector("#found >> text=Ana Silva")
    assert "ana@example.com" not in page.inner_text("#found")
    page.click("#found button")
    page.wait_for_selector("#answer >> text=Ana Silva")
    assert order.attendees.get().is_inside


def test_undo_takes_a_guest_out_again(door, codes):
    page = door()
    type_code(page, codes[0])
    wait_for_scans(page, 1)
    page.get_by_role("button", name="Undo").first.click()
    page.wait_for_selector("text=Undone")
    assert [check.moved for check in CheckIn.objects.order_by("pk")] == [1, -1]


def test_organizers_pin_admits_anyway(door, event, codes, organizer):
    from accounts.pins import set_pin

    set_pin(organizer, "482913")
    Order.objects.filter(attendees__code=codes[0]).update(status="pending")
    page = door()
    type_code(page, codes[0])
    page.wait_for_selector("#answer >> text=not paid")
    page.get_by_role("button", name="Admit anyway").click()
    page.fill("dialog [name=reason]", "Paid at the office")
    page.fill("dialog [name=pin]", "482913")
    page.get_by_role("button", name="Admit", exact=True).click()
    page.wait_for_selector("#answer >> text=let in, although")
    assert CheckIn.objects.get(approved_by=organizer).moved == 1


class TestWithoutNetwork:
    def test_ten_scans_a_reload_and_a_replay_with_its_conflicts(self, door, event, codes):
        page = door()
        until(page, "navigator.serviceWorker.controller !== null")
        page.reload()  # through the worker, which keeps the page
        page.wait_for_selector("html.ready")
        page.get_by_role("button", name="In").first.click()
        page.wait_for_timeout(800)
        context = page.context
        context.set_offline(True)
        for code in codes[:10]:
            type_code(page, code)
            page.wait_for_timeout(250)
        page.wait_for_selector("#answer[data-offline=true] >> text=OFFLINE 10")
        assert state(page) == "ok"
        assert CheckIn.objects.count() == 0
        page.reload()
        page.wait_for_selector("html.ready")
        page.wait_for_selector("#connection >> text=OFFLINE 10")
        # Meanwhile, elsewhere, one of the orders is cancelled.
        cancel(Order.objects.get(attendees__code=codes[3]))
        context.set_offline(False)
        page.wait_for_selector("#connection[data-online=true] >> text=Online", timeout=20_000)
        checks = CheckIn.objects.order_by("pk")
        assert list(checks.values_list("attendee__code", flat=True)) == codes[:10]
        assert list(CheckIn.objects.conflicts().values_list("attendee__code", flat=True)) == [codes[3]]
        page.get_by_role("button", name="In").first.click()
        page.wait_for_selector("text=Conflicts: 1")
        assert sum(check.moved for check in checks) == 10

    def test_code_that_is_not_on_the_list_is_amber(self, door, codes):
        page = door()
        page.wait_for_timeout(500)
        page.context.set_offline(True)
        type_code(page, "BCDFBCDFBCDFBCDFBCDF")
        page.wait_for_selector("#answer[data-state=look][data-offline=true]")

    def test_guest_who_came_before_is_known_without_the_network(self, door, codes):
        page = door()
        page.wait_for_timeout(800)  # the list is older than the scan
        type_code(page, codes[0])
        wait_for_scans(page, 1)
        page.wait_for_timeout(3100)
        page.context.set_offline(True)
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-offline=true]")
        assert state(page) == "no"

    def test_code_that_is_on_no_list_is_let_in_once(self, door, codes):
        page = door()
        page.wait_for_timeout(800)
        page.context.set_offline(True)
        type_code(page, "BCDFBCDFBCDFBCDFBCDF")
        page.wait_for_selector("#answer[data-state=look]")
        type_code(page, "BCDFBCDFBCDFBCDFBCDF")
        page.wait_for_selector("#answer[data-state=no]")

    def test_ticket_of_another_day_is_refused(self, door, event, house, codes):
        event.tickets.filter(pk=house[0].pk).update(valid_from=timezone.now() + timedelta(days=1))
        page = door()
        page.wait_for_timeout(800)
        page.context.set_offline(True)
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-state=no] >> text=other day")

    def test_scan_whose_first_try_arrived_is_sent_once(self, door, codes):
        page = door()
        page.wait_for_timeout(800)

        def swallow(route):
            route.fetch()
            route.abort()

        page.route("**/api/check-ins", swallow, times=1)
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-offline=true]")
        page.wait_for_selector("#connection[data-online=true] >> text=Online", timeout=20_000)
        assert CheckIn.objects.get().moved == 1
        assert page.locator("#conflicts li").count() == 0

    def test_scans_are_kept_while_the_server_forbids_them(self, door, event, codes, registrar):
        page = door()
        page.wait_for_timeout(800)
        page.context.set_offline(True)
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-offline=true] >> text=OFFLINE 1")
        no = {"errors": [{"status": "403", "code": "forbidden", "detail": "No."}]}
        page.route("**/api/check-ins", lambda route: route.fulfill(status=403, json=no), times=1)
        page.context.set_offline(False)
        page.wait_for_selector("#connection[data-online=true] >> text=Online", timeout=20_000)
        assert CheckIn.objects.get().moved == 1

    def test_page_is_forgotten_at_the_log_in(self, door, event):
        page = door()
        until(page, "navigator.serviceWorker.controller !== null")
        page.reload()
        page.wait_for_selector("html.ready")
        page.goto("/door/pair/?code=ABCD")
        page.wait_for_timeout(300)
        kept = "caches.open('onsite-door-pages').then((c) => c.keys()).then((keys) => keys.map((k) => k.url))"
        assert not [url for url in page.evaluate(kept) if "/door/" in url.replace("/static/onsite/door/", "")]


def test_scan_into_a_dialog_presses_nothing(door, event, codes, organizer):
    Order.objects.filter(attendees__code=codes[0]).update(status="pending")
    page = door(user=organizer)
    type_code(page, codes[0])
    page.get_by_role("button", name="Admit anyway").click()
    page.wait_for_selector("dialog [name=reason]:focus")
    at_once(page, codes[1])
    page.wait_for_selector("dialog >> text=Not scanned")
    assert page.input_value("dialog [name=reason]") == ""
    assert not CheckIn.objects.filter(moved=1).exists()


def test_scan_into_the_search_is_a_scan(door, codes):
    page = door()
    page.focus("#search-text")
    at_once(page, codes[0])
    page.wait_for_selector("#answer[data-state=ok]")
    assert page.input_value("#search-text") == ""


def test_key_that_is_held_is_no_code(door):
    page = door()
    for _ in range(12):
        page.keyboard.down("k")  # the first one presses, the others repeat
    page.keyboard.up("k")
    page.wait_for_timeout(700)
    assert CheckIn.objects.count() == 0


def test_group_is_admitted_once_by_a_double_tap(door, event, house):
    order = sold_onsite(event=event, lines=[Line(house[0].pk, 6)], status="completed", payment_mode="onsite")
    page = door(PHONE)
    type_code(page, order.attendees.first().code)
    page.wait_for_selector("text=5 more on this order")
    for _ in range(3):
        page.get_by_role("button", name="One fewer").click()
    page.evaluate("() => { const b = document.querySelector('.group-admit'); b.click(); b.click(); }")
    page.wait_for_selector("text=3 more on this order")
    page.wait_for_timeout(500)
    assert order.attendees.filter(is_inside=True).count() == 3


def test_guest_comes_in_again_at_once_after_undo(door, codes):
    page = door()
    type_code(page, codes[0])
    wait_for_scans(page, 1)
    page.get_by_role("button", name="Undo").first.click()
    page.wait_for_selector("text=Undone")
    type_code(page, codes[0])
    until(page, "document.querySelectorAll('#last > li').length === 2")
    assert [check.moved for check in CheckIn.objects.order_by("pk")] == [1, -1, 1]


def test_answer_takes_two_thirds_and_all_of_the_height(door, codes):
    page = door()
    until(page, "document.querySelector('#inside').textContent === '0'")
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-state=ok]")
    assert page.inner_text("#inside") == "1"
    box = page.locator("#answer").bounding_box()
    assert box["height"] > 680
    assert box["width"] == pytest.approx(DESKTOP[0] * 2 / 3, rel=0.05)


def test_answer_covers_the_phone_until_the_next(door, codes):
    page = door(PHONE)
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-state=ok]")
    box = page.locator("#answer").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, *PHONE)
    page.get_by_role("button", name="Next").click()
    assert state(page) == "ready"


def at_once(page, code):
    """As fast as a scanner, which no test is from outside of the page: true keys, one burst."""
    session = page.context.new_cdp_session(page)
    stamp = time.time()
    for number, key in enumerate(code):
        keys = {"key": key, "text": key, "timestamp": stamp + number * 0.005}
        session.send("Input.dispatchKeyEvent", {"type": "keyDown", **keys})
    enter = {"key": "Enter", "code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13}
    session.send(
        "Input.dispatchKeyEvent", {"type": "keyDown", **enter, "timestamp": stamp + 0.005 * len(code)}
    )


def film(path, code):
    """A video of a QR code, as Chromium's fake camera plays it."""
    size, frames = 480, 4
    rows = [list(row) for row in segno.make_qr(code).matrix_iter(scale=8, border=6)]
    width = len(rows[0])
    blank = bytes([235]) * size
    margin = (size - width) // 2
    lines = []
    for y in range(size):
        inner = y - margin
        if 0 <= inner < width:
            dark = bytes(16 if bit else 235 for bit in rows[inner])
            lines.append(blank[:margin] + dark + blank[: size - margin - width])
        else:
            lines.append(blank)
    luma, chroma = b"".join(lines), bytes([128]) * (size // 2) ** 2
    with open(path, "wb") as video:
        video.write(f"YUV4MPEG2 W{size} H{size} F10:1 Ip A1:1 C420jpeg\n".encode())
        for _ in range(frames):
            video.write(b"FRAME\n" + luma + chroma + chroma)


def test_camera_reads_a_code_once_however_long_it_is_shown(camera_door, codes, tmp_path):
    film(tmp_path / "code.y4m", codes[0])
    page = camera_door(f"--use-file-for-fake-video-capture={tmp_path / 'code.y4m'}", permissions=["camera"])
    page.get_by_role("button", name="Camera").click()
    page.wait_for_selector("#answer[data-state=ok]", timeout=20_000)
    page.wait_for_timeout(4500)  # longer than what counts as the same reading
    assert CheckIn.objects.count() == 1


@pytest.mark.parametrize(
    ("size", "dark"),
    [(DESKTOP, False), (PHONE, True), ((640, 400), False)],
    ids=["desktop", "phone", "zoomed"],
)
def test_axe_finds_nothing_at_the_door(door, axe, event, codes, house, size, dark):
    page = door(size, dark=dark)
    axe(page)
    Order.objects.filter(attendees__code=codes[1]).update(status="pending")
    for code in codes[:2]:
        type_code(page, code)
        page.wait_for_timeout(600)
        axe(page)
    page.context.set_offline(True)
    type_code(page, codes[2])
    page.wait_for_selector("#answer[data-offline=true]")
    axe(page)
