"""Scans that wait on a tablet for another event are named on every page of it, and can be sent from there."""

import pytest

from door.models import CheckIn
from door.tests.browser.scanning import offline, seen, stand, type_code, wait_for_list
from events.models import Member
from events.tests.factories import EventFactory, MemberFactory

WAIT = "#elsewhere >> text=2 scans of Hall A wait here."


@pytest.fixture
def page(open_browser, event, registrar, codes):
    """A tablet on which two scans of Hall A wait."""
    event.name = "Hall A"
    event.save()
    page = open_browser(registrar)
    page.goto(f"/door/{event.identifier}/")
    stand(page)
    wait_for_list(page)
    offline(page, *codes[:2])
    page.goto("about:blank")
    page.context.set_offline(False)
    return page


@pytest.fixture
def hall_b(registrar):
    event = EventFactory(name="Hall B")
    Member.objects.create(event=event, user=registrar, role="registrar")
    return event


def send(page, name="Send"):
    page.locator("#elsewhere").get_by_role("button", name=name).click()


def test_at_the_door_of_another_event(page, hall_b, codes):
    page.goto(f"/door/{hall_b.identifier}/")
    page.wait_for_selector(WAIT)
    send(page)
    page.wait_for_selector("#elsewhere:empty", state="attached")
    assert seen() == codes[:2]
    page.reload()
    stand(page)
    assert page.inner_text("#elsewhere") == ""


def test_at_their_own_door_they_go_by_themselves(page, event, codes):
    page.goto(f"/door/{event.identifier}/")
    stand(page)
    page.wait_for_selector("#connection >> text=Online")
    assert page.inner_text("#elsewhere") == ""


@pytest.mark.parametrize("address", ["/door/pair/", "/pin/", "/door/nosuchevent/", "/log-ins/"])
def test_on_other_pages(page, codes, address):
    page.goto(address)
    page.wait_for_selector(WAIT)
    send(page)
    page.wait_for_selector("#elsewhere:empty", state="attached")
    assert seen() == codes[:2]


def test_at_the_till(page, event, house, log_in, cashier, codes):
    log_in(page.context, cashier)
    page.goto(f"/till/{event.identifier}/?till={cashier.shifts.get().till_id}")
    page.wait_for_selector(WAIT)
    send(page, f"Send as {cashier}")
    page.wait_for_selector("#elsewhere:empty", state="attached")
    assert {check.by for check in CheckIn.objects.all()} == {cashier}


def test_guests_see_none_of_it(page, event, log_in, cashier):
    log_in(page.context, cashier)
    page.goto(f"/till/{event.identifier}/display/?till={cashier.shifts.get().till_id}")
    page.wait_for_timeout(1000)
    assert page.locator("#elsewhere").count() == 0


@pytest.mark.parametrize("address", ["/door/pair/", "/admin/login/"])
def test_nobody_is_logged_in(page, event, codes, address):
    page.context.clear_cookies()
    page.goto(address)
    page.wait_for_selector(WAIT)
    send(page)
    page.wait_for_selector("#elsewhere >> text=as somebody who may scan at Hall A")
    assert not CheckIn.objects.exists()


def test_who_may_not_scan_there_takes_nothing_over(page, event, log_in, registrar, codes):
    other = EventFactory()
    stranger = MemberFactory(event=other, role="registrar").user
    log_in(page.context, stranger)
    page.goto(f"/door/{other.identifier}/")
    page.wait_for_selector(WAIT)
    send(page, f"Send as {stranger}")
    page.wait_for_selector("#elsewhere >> text=as somebody who may scan at Hall A")
    log_in(page.context, registrar)
    page.goto(f"/door/{event.identifier}/")
    page.wait_for_selector("#connection >> text=Online", timeout=20_000)
    page.wait_for_timeout(1500)
    assert {check.by for check in CheckIn.objects.all()} == {registrar}
    assert seen() == codes[:2]


def test_server_that_is_gone_is_said(page, hall_b):
    page.goto(f"/door/{hall_b.identifier}/")
    page.wait_for_selector(WAIT)
    page.context.set_offline(True)
    send(page)
    page.wait_for_selector("#elsewhere >> text=No answer from the server. They wait on.")


def test_scan_that_is_refused_says_why_and_waits_on(page, hall_b, codes):
    page.goto(f"/door/{hall_b.identifier}/")
    page.wait_for_selector(WAIT)
    no = {"errors": [{"status": "422", "code": "no", "detail": "Not this one."}]}
    page.route("**/api/check-ins", lambda route: route.fulfill(status=422, json=no), times=1)
    send(page)
    page.wait_for_selector("#elsewhere >> text=1 scan of Hall A waits here.")
    assert "Not this one." in page.inner_text("#elsewhere")
    assert seen() == [codes[1]]
    type_code(page, codes[0])
