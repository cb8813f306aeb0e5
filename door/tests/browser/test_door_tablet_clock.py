"""The tablet's clock is wrong, or put right meanwhile: no scan counts for another time by it."""

from datetime import UTC, datetime, timedelta

import pytest

from door.models import CheckIn
from door.tests.browser.scanning import (
    offline,
    online,
    seen,
    stand,
    state,
    type_code,
    wait_for_list,
    wait_for_scans,
)

HOUR = timedelta(hours=1)
MOVES = [HOUR, -HOUR, timedelta(days=400), timedelta(days=-400)]
NAMES = ["forwards", "backwards", "a year ahead", "a year back"]


@pytest.fixture
def page(open_browser, registrar, event, codes):
    """A door whose tablet's clock can be put."""
    page = open_browser(registrar)
    page.clock.install()
    page.goto(f"/door/{event.identifier}/")
    stand(page)
    wait_for_list(page)
    return page


def set_clock(page, to):
    """Put the tablet's clock that far off; it goes on from there."""
    page.clock.set_system_time(datetime.now(UTC) + to)


def is_now(check):
    return abs(check.received_at - check.occurred_at) < timedelta(seconds=30) and not check.clock_is_off


@pytest.mark.parametrize("off", MOVES, ids=NAMES)
def test_live_scan_counts_from_its_arrival(page, codes, off):
    set_clock(page, off)
    type_code(page, codes[0])
    wait_for_scans(page, 1)
    check = CheckIn.objects.get()
    assert (check.occurred_at, check.clock_is_off) == (check.received_at, False)


@pytest.mark.parametrize("off", MOVES, ids=NAMES)
def test_clock_that_is_put_right_between_scan_and_sending_changes_nothing(page, codes, off):
    set_clock(page, off)
    offline(page, codes[0])
    set_clock(page, -off)
    type_code(page, codes[1])
    page.wait_for_selector("#connection >> text=OFFLINE 2")
    set_clock(page, timedelta(0))
    online(page)
    assert seen() == codes[:2]
    first, second = CheckIn.objects.order_by("pk")
    assert is_now(first)
    assert is_now(second)
    assert first.occurred_at < second.occurred_at


@pytest.mark.parametrize("off", MOVES, ids=NAMES)
def test_clock_that_was_always_wrong_changes_nothing_after_a_reload(page, codes, off):
    page.wait_for_selector("#readiness[data-ready=true]")
    set_clock(page, off)
    page.context.set_offline(True)
    page.reload()
    stand(page)
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-state=ok][data-offline=true]")
    page.reload()
    page.wait_for_selector("#connection >> text=OFFLINE 1")
    online(page)
    assert is_now(CheckIn.objects.get())


@pytest.mark.parametrize("off", MOVES, ids=NAMES)
def test_polls_and_lists_go_on(page, codes, off):
    type_code(page, codes[0])
    wait_for_scans(page, 1)
    set_clock(page, off)
    with page.expect_request("**/api/occupancy", timeout=12_000):
        pass
    with page.expect_request("**/list/", timeout=25_000):
        page.get_by_role("button", name="Undo").click()


@pytest.mark.parametrize("off", MOVES, ids=NAMES)
def test_what_the_door_has_done_is_newer_than_its_list(page, codes, off):
    type_code(page, codes[0])
    wait_for_scans(page, 1)
    set_clock(page, off)
    page.wait_for_timeout(3100)
    page.context.set_offline(True)
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-offline=true]")
    assert state(page) == "no"
