"""No page needs what its Content-Security-Policy forbids: what it forbids fails the test (`open_browser`)."""

import pytest

from onsite_project.tests.browser import watch_policy
from orders.sale import Line
from orders.tests.factories import sold_onsite


@pytest.fixture
def order(event, house, cashier):
    return sold_onsite(
        event=event, lines=[Line(house[0].pk, 2)], seller=cashier, status="completed", payment_mode="onsite"
    )


def test_till(till):
    hand = till()
    hand.page.locator("#recent").click()
    hand.page.wait_for_selector("dialog[open] .panel-page")


def test_paper_and_display(open_browser, event, order, cashier):
    page = open_browser(cashier)
    for path in ("print/", "codes/", ""):
        page.goto(f"/till/{event.identifier}/orders/{order.identifier}/{path}")
    page.goto(f"/till/{event.identifier}/display/")
    page.wait_for_selector("#display")


def test_door(door):
    door().wait_for_selector("#work:not([hidden])")


def test_decoder_of_the_door_may_run(open_browser, event, registrar):
    """Although nothing else may be made of text: WebAssembly yes, `eval` no."""
    page = open_browser(registrar)
    page.goto(f"/door/{event.identifier}/")
    empty = "new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])) && 'made'"
    assert page.evaluate(f"() => {empty}") == "made"


def test_shift(open_browser, event, cashier, order):
    page = open_browser(cashier)
    for path in ("shift/", "shift/movement/?direction=out", "shift/count/"):
        page.goto(f"/till/{event.identifier}/{path}")
        page.wait_for_selector("main .panel")


def test_admin(open_browser, event, organizer, order):
    page = open_browser(organizer)
    forms = ["tickets/ticket/add/", f"events/event/{event.pk}/change/", f"orders/order/{order.pk}/change/"]
    for path in ("", "orders/order/", "door/checkin/", "shifts/shift/", *forms):
        page.goto(f"/admin/{path}")
        page.wait_for_selector("#content")
    page.goto(f"/admin/events/event/{event.pk}/history/")


def test_schema_page(open_browser):
    page = open_browser(None)
    page.goto("/v1/schema/browse")
    group = page.locator(".opblock-tag").first
    group.wait_for(timeout=60_000)  # the whole document is read first
    group.click()
    page.locator(".opblock-summary").first.click()
    page.wait_for_selector(".opblock-body")


def test_inline_script_is_stopped_and_noticed(chromium, live_server, event, db):
    """The control: a violation is heard."""
    context, problems = chromium.new_context(base_url=live_server.url), []
    watch_policy(context, problems)
    page = context.new_page()
    page.goto("/admin/login/")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'ran = 1'}))")
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert problems
    context.close()
