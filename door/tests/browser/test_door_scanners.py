"""A scan is only ever a scan: whatever the scanner sends behind its code, before it, and how slowly."""

from datetime import timedelta

import pytest
from django.utils import timezone

from door.models import CheckIn, Station
from door.tests.browser.scanning import offline, seen, state, type_code, wait_for_scans
from onsite_project.tests.scanner import scan
from onsite_project.tests.waiting import until
from orders.models import Order
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

# One page's colours, as they change.
WATCH = """() => {
    window.colours = [];
    const panel = document.getElementById("answer");
    new MutationObserver(() => {
        const colour = panel.dataset.state;
        if (window.colours.at(-1) !== colour) window.colours.push(colour);
    }).observe(panel, { attributes: true });
}"""


@pytest.mark.parametrize("pace", [0, 40])
@pytest.mark.parametrize("end", [(), ("Enter",), ("Enter", "Enter"), ("Tab",)], ids=lambda end: "-".join(end))
def test_codes_are_heard_whatever_ends_them(door, codes, end, pace):
    page = door()
    for code in codes[:3]:
        scan(page, code, *end, pace=pace)
        page.wait_for_timeout(600)
    wait_for_scans(page, 3)
    assert seen() == codes[:3]


@pytest.mark.parametrize("text", ["]Q1{}", "https://onsite.example/t/{}", "https://x.example/?a=1&code={}"])
def test_code_is_found_in_what_is_around_it(door, codes, text):
    page = door()
    scan(page, text.format(codes[0]), "Enter")
    page.wait_for_selector("#answer[data-state=ok]")
    assert seen() == [codes[0]]


def test_second_enter_does_not_answer_for_the_guest_before(door, codes, organizer):
    Order.objects.filter(attendees__code=codes[0]).update(status="pending")
    page = door(user=organizer)
    scan(page, codes[0], "Enter")
    page.wait_for_selector("#answer >> text=not paid")
    page.locator(".anyway").focus()
    scan(page, codes[1], "Enter", "Enter")
    wait_for_scans(page, 2)
    page.wait_for_timeout(300)
    assert page.locator("dialog").is_hidden()
    assert CheckIn.objects.filter(moved=1).count() == 1


def test_keyboard_of_another_alphabet_is_understood(door, codes):
    page = door()
    page.evaluate(
        """(code) => {
            for (const [n, letter] of [...code].entries())
                document.dispatchEvent(new KeyboardEvent("keydown", {
                    key: String.fromCharCode(0x430 + n), code: `Key${letter}`, bubbles: true,
                }));
        }""",
        codes[0],
    )
    page.wait_for_selector("#answer[data-state=ok]")
    assert seen() == [codes[0]]


@pytest.mark.parametrize("text", ["https://menu.example/7", "WIFI:T:WPA;S:My Net;P:x;;", "4006381333931"])
@pytest.mark.parametrize("is_online", [True, False])
def test_what_is_no_ticket_is_stopped(door, codes, text, is_online):
    page = door()
    if not is_online:
        offline(page)
    scan(page, text, "Enter")
    page.wait_for_selector("#answer[data-state=no] >> text=not a ticket")
    if is_online:
        assert CheckIn.objects.get().answer == "unknown"


def test_code_of_nobody_is_not_on_the_list(door, codes):
    page = door()
    type_code(page, "BCDFBCDFBCDFBCDFBCDF")
    page.wait_for_selector("#answer[data-state=no] >> text=not on the list")


class TestFast:
    def test_scans_are_listed_at_once_and_shown_one_after_the_other(self, door, codes):
        Order.objects.filter(attendees__code__in=codes[1:5:2]).update(status="cancelled")
        page = door()
        page.evaluate(WATCH)
        for code in codes[:5]:
            scan(page, code, "Enter")
            page.wait_for_timeout(150)
        until(page, "document.querySelectorAll('#last > li').length === 5")
        # How long each stands, js_tests/turns.test.mjs asks, whose clock waits for nobody.
        until(page, "window.colours.filter((colour) => !['ready', 'waiting'].includes(colour)).length === 5")
        shown = [colour for colour in page.evaluate("window.colours") if colour not in ("ready", "waiting")]
        assert shown == ["ok", "no", "ok", "no", "ok"]


class TestWords:
    def test_guest_of_another_day(self, door, event, house, codes):
        tomorrow = timezone.now() + timedelta(days=2)
        event.tickets.filter(pk=house[0].pk).update(valid_from=tomorrow)
        page = door()
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-state=no] >> text=other day: ")

    @pytest.mark.parametrize("is_online", [True, False])
    def test_guest_of_another_gate(self, door, event, house, codes, is_online):
        for name, ticket in (("North", house[0]), ("South", house[1])):
            Station.objects.create(event=event, name=name).tickets.set([ticket])
        page = door(way="South In")
        if not is_online:
            offline(page)
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-state=no] >> text=other gate: North")

    def test_whoever_may_sell_takes_what_is_left_to_pay(self, door, event, codes, cashier):
        order = Order.objects.get(attendees__code=codes[0])
        Order.objects.filter(pk=order.pk).update(status="pending")
        page = door(user=cashier)
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-state=no] >> text=not paid")
        link = page.locator("#answer .take")
        assert link.inner_text().startswith("Take ")
        with page.context.expect_page() as opened:
            link.click()
        opened.value.wait_for_selector(f"text={order.identifier}")

    def test_order_that_the_organizer_app_left_pending_is_paid_and_let_in(
        self, door, api, event, house, cashier
    ):
        api(cashier).sell(event, (house[0], 1))
        order = Order.objects.get(status="pending")
        page = door(user=cashier)
        type_code(page, order.attendees.get().code)
        page.wait_for_selector("#answer[data-state=no] >> text=not paid")
        link = page.locator("#answer .take")
        assert link.inner_text() == f"Take {house[0].price:.2f} EUR"
        with page.context.expect_page() as opened:
            link.click()
        opened.value.get_by_role("button", name="Paid", exact=True).click()
        opened.value.wait_for_selector(r"text=/Paid \d/")
        order.refresh_from_db()
        assert (order.status, order.payments.get().tender) == ("completed", "cash")
        type_code(page, order.attendees.get().code)
        page.wait_for_selector("#answer[data-state=ok]")

    def test_everybody_else_sends_to_the_till(self, door, codes):
        Order.objects.filter(attendees__code=codes[0]).update(status="pending")
        page = door()
        type_code(page, codes[0])
        page.wait_for_selector("#answer >> text=to the till")
        assert page.locator("#answer .take").count() == 0


class TestGroup:
    @pytest.fixture
    def order(self, event, house):
        """Ana, Bo and Cy with tickets of the one kind, Di with one of another day."""
        sunday = TicketFactory(event=event, name="Sunday", valid_from=timezone.now() + timedelta(days=2))
        people = [Guest(firstname=name) for name in ("Ana", "Bo", "Cy", "Di")]
        lines = [Line(house[0].pk, 3, guests=tuple(people[:3])), Line(sunday.pk, 1, guests=tuple(people[3:]))]
        return sold_onsite(event=event, lines=lines, status="completed", payment_mode="onsite")

    def test_is_those_who_may_come_and_the_others_are_named(self, door, order):
        page = door()
        type_code(page, order.attendees.get(firstname="Ana").code)
        page.wait_for_selector("#answer >> text=2 more on this order")
        assert page.inner_text(".staying").startswith("Di: other day: ")
        page.get_by_role("button", name="Admit 2").click()
        until(page, "document.querySelectorAll('#last > li').length === 3")
        page.wait_for_selector(".group", state="detached")
        inside = order.attendees.filter(is_inside=True)
        assert sorted(inside.values_list("firstname", flat=True)) == ["Ana", "Bo", "Cy"]
        assert state(page) == "ok"
