"""The live picture in a browser: on a wall, at a desk and on a phone; fresh, and honest when it is not."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.pins import set_pin
from devices import lifecycle
from devices.tests.factories import add_device
from door.admission import check_in
from door.models import Station
from door.scan import Scan
from events.tests.factories import EventFactory, MemberFactory
from onsite_project.tests.browser import DESKTOP, PHONE, TABLET
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import TicketFactory

WALL = (1920, 1080)
MINUTE = timedelta(minutes=1)


def sell(event, ticket, by, quantity=1, tender="card", at=None):
    line = Line(ticket.pk, quantity)
    return sold_onsite(event=event, lines=[line], payments=[Paid(tender)], seller=by, at=at)


def an_evening(event, house, cashier, organizer):
    """Two hours of sales and scans at two gates, and the same night a week ago."""
    now = timezone.now()
    event.starts_at, event.ends_at = now - timedelta(hours=2), now + timedelta(hours=4)
    event.capacity = 60
    event.save()
    gates = [Station.objects.create(event=event, name=name) for name in ("North", "South")]
    second = ShiftFactory(till__event=event, till__name="Desk 2", opened_at=now - timedelta(hours=2))
    lifecycle.seen(add_device(event, name="North tablet").user, waiting=2, at=now - 2 * MINUTE)
    TicketFactory(event=event, name="Programme", price=3, quantity=None, admits=False)
    for number in range(18):
        at = now - (90 - 5 * number) * MINUTE
        ticket, by = house[number % 5 == 4], second.cashier if number < 9 else cashier
        order = sell(event, ticket, by, 1 + number % 3, ("cash", "card", "card")[number % 3], at)
        for guest in order.attendees.all():
            check_in(Scan(event, attendee_id=guest.pk, station=gates[number % 2]), by=by, at=at + 3 * MINUTE)
    for number in range(5):
        check_in(Scan(event, code=f"nobody{number}", station=gates[1]), by=cashier, at=now - MINUTE)
    week = timedelta(days=7)
    before = EventFactory(name=event.name, starts_at=event.starts_at - week, ends_at=event.ends_at - week)
    MemberFactory(event=before, user=organizer, role="organizer")
    old = TicketFactory(event=before)
    for number in range(20):
        sell(before, old, None, 1 + (number * 7) % 4, at=now - week - (100 - 6 * number) * MINUTE)


LOOKS = [(DESKTOP, False), (DESKTOP, True), (TABLET, False), (PHONE, False), (PHONE, True)]
IDS = ["desktop", "desktop-dark", "tablet", "phone", "phone-dark"]


def shown(page, address):
    page.goto(address)
    page.wait_for_selector("html.ready")


@pytest.mark.parametrize(("size", "dark"), LOOKS, ids=IDS)
def test_live_picture_is_accessible(open_browser, axe, event, house, cashier, organizer, size, dark):
    an_evening(event, house, cashier, organizer)
    page = open_browser(organizer, size, dark=dark)
    shown(page, f"/events/{event.identifier}/live/")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for table in page.locator("summary").all():
        table.click()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_wall_fits_one_screen(open_browser, axe, event, house, cashier, organizer, dark):
    an_evening(event, house, cashier, organizer)
    page = open_browser(organizer, WALL, dark=dark)
    shown(page, f"/events/{event.identifier}/live/?wall")
    axe(page)
    assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.big')).fontSize)") >= 72
    expect(page.get_by_role("link")).to_have_count(0)


def test_new_sale_is_seen_without_a_reload(open_browser, event, house, cashier, organizer):
    page = open_browser(organizer)
    shown(page, f"/events/{event.identifier}/live/")
    page.evaluate("window.stillHere = true")
    page.locator("[data-part=tickets] summary").click()
    expect(page.locator("[data-part=money] .figure")).to_have_text("0.00 EUR")
    sell(event, house[0], cashier, 2)
    expect(page.locator("[data-part=money] .figure")).to_have_text("40.00 EUR", timeout=15_000)
    expect(page.locator("[data-part=tickets] table")).to_be_visible()  # stays unfolded
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert page.evaluate("window.stillHere")


def test_till_that_is_locked_is_seen_to_be(open_browser, client, event, house, cashier, shift, organizer):
    set_pin(cashier, "729104")
    desk = open_browser(cashier)
    desk.goto(f"/till/{event.identifier}/?till={shift.till_id}")
    desk.wait_for_selector("html.ready")
    client.cookies.clear()  # or this log-in would end that one
    page = open_browser(organizer)
    shown(page, f"/events/{event.identifier}/live/")
    status = page.locator("[data-part=desks] .status")
    expect(status).to_have_text("open")
    desk.get_by_role("button", name="Lock").click()
    frame = desk.frame_locator("iframe.log-in")
    frame.locator(".pin-keys").wait_for()
    expect(status).to_contain_text("locked since", timeout=15_000)
    frame.get_by_label(str(cashier), exact=True).click()
    for digit in "729104":
        frame.locator(f".pin-keys button:text-is('{digit}')").click()
    desk.wait_for_selector("iframe.log-in", state="detached")
    expect(status).to_have_text("open", timeout=15_000)


def test_age_warns_while_no_answer_comes(open_browser, event, house, organizer):
    page = open_browser(organizer)
    page.clock.install()
    shown(page, f"/events/{event.identifier}/live/")
    expect(page.locator("[data-age]")).to_have_text("0 s ago")
    page.context.set_offline(True)
    page.clock.run_for(10_000)
    expect(page.locator("[data-age]")).to_have_text("10 s ago")
    page.clock.run_for(10_000)
    expect(page.locator("[data-age].late")).to_have_text("No answer for 20 s")
    page.context.set_offline(False)
    page.clock.run_for(6_000)
    expect(page.locator("[data-age]:not(.late)")).to_be_visible()


def test_without_script_a_link_looks_again(open_browser, event, house, organizer):
    page = open_browser(organizer, scripts=False)
    page.goto(f"/events/{event.identifier}/live/")
    expect(page.locator("[data-age]")).to_contain_text("(Europe/Berlin)")
    page.get_by_role("link", name="Look again").click()
    expect(page.locator("[data-live]")).to_be_visible()
