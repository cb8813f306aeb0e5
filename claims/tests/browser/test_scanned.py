"""A receipt's link under the scanner of a door or a till."""

import pytest
from playwright.sync_api import expect

from claims.tokens import token_of
from door.models import CheckIn
from door.tests.browser.scanning import state, type_code, wait_for_list, wait_for_scans
from onsite_project.tests.scanner import scan
from orders.sale import Line
from orders.tests.factories import sold_onsite


@pytest.fixture
def order(event, house):
    return sold_onsite(event=event, lines=[Line(house[0].pk, 1)], status="completed", payment_mode="onsite")


@pytest.fixture
def link(order):
    return f"https://box.example.org/c/{token_of(order)}/"


def kept_on(page):
    """Everything that the browser keeps for the page."""
    return page.evaluate(
        """async () => {
            const told = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
            for (const {name} of await indexedDB.databases()) {
                const db = await new Promise((go) => {
                    const asked = indexedDB.open(name);
                    asked.onsuccess = () => go(asked.result);
                });
                for (const store of db.objectStoreNames) {
                    const rows = db.transaction(store).objectStore(store).getAll();
                    await new Promise((go) => (rows.onsuccess = go));
                    told.push(JSON.stringify(rows.result));
                }
                db.close();
            }
            return told.join();
        }"""
    )


@pytest.mark.parametrize("network", [True, False], ids=["online", "offline"])
def test_door_calls_it_the_receipt_and_tells_nobody(door, order, link, network):
    page, told = door(), []
    wait_for_list(page)
    page.on("request", lambda request: told.append(f"{request.url} {request.post_data}"))
    page.context.set_offline(not network)
    type_code(page, link)
    expect(page.locator("#answer")).to_contain_text("this is the receipt: show a ticket")
    assert state(page) == "no"
    expect(page.locator("#answer")).to_contain_text("STOP")
    expect(page.locator("#last > li").first).to_contain_text("Receipt")
    page.wait_for_timeout(500)
    for text in (*told, page.content(), kept_on(page)):
        assert token_of(order)[8:] not in text.lower()
    page.context.set_offline(False)
    type_code(page, order.attendees.get().code)
    page.wait_for_selector("#answer[data-state=ok]")
    wait_for_scans(page, 1)  # what came before would have arrived before
    assert CheckIn.objects.get().attendee is not None


def test_till_finds_the_order_and_sends_no_link(till, order, link):
    page, told = till().page, []
    page.on("request", lambda request: told.append(request.url))
    scan(page, link, "Enter")
    page.wait_for_selector("dialog[open]")
    page.wait_for_selector(f"dialog[open] .order-page >> text={order.identifier}")
    assert told
    assert not any(token_of(order)[8:] in address.lower() for address in told)
