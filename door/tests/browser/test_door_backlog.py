"""Scans that wait on a tablet: none is lost, none is booked by the wrong person, and none tells a name."""

from datetime import datetime
from uuid import UUID

import pytest

from door.admission import Scan, check_in
from door.models import CheckIn
from door.tests.browser.scanning import (
    offline,
    online,
    seen,
    stand,
    type_code,
    wait_for_scans,
    wait_until_sent,
)
from onsite_project.tests.waiting import soon, until
from orders.models import Order
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite

SCANS = "**/api/check-ins"
# Everything that the browser keeps for the site, as one text.
KEPT = """async () => {
  const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const kept = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames)
      kept.push(JSON.stringify(await done(database.transaction(store).objectStore(store).getAll())));
    database.close();
  }
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys())
      kept.push(await (await (await caches.open(name)).match(request, { ignoreVary: true })).text());
  return kept.join("\\n");
}"""

# The first version of the tablet's database, with a scan that waits.
OLDER = """([name, scan]) => new Promise((resolve) => {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("queue", { keyPath: "nonce" }).put(scan);
    const guest = { ticket: 1, refusal: "", inside: false, came: false };
    request.result.createObjectStore("guests").put(guest, "0".repeat(20));
    request.result.createObjectStore("facts").put(Date.now(), "listed");
  };
  request.onsuccess = () => resolve(request.result.close());
})"""

QUEUE = """(name) => new Promise((resolve) => {
  const request = indexedDB.open(name);
  request.onsuccess = () => {
    const all = request.result.transaction("queue").objectStore("queue").getAll();
    all.onsuccess = () => resolve(request.result.close() ?? all.result);
  };
})"""


def booked():
    """Who let in whom, in order."""
    return [(check.by, check.attendee.code) for check in CheckIn.objects.order_by("pk")]


def poll(page):
    """Now, not in five seconds."""
    page.evaluate("dispatchEvent(new Event('online'))")


def refuse(page, code, status, times=None):
    """The server refuses every scan of this code, or breaks on it, as often as that; returns its tries."""
    tries = []
    no = {"errors": [{"status": str(status), "code": "no", "detail": "Not this one."}]}

    def answer(route):
        attributes = route.request.post_data_json["data"]["attributes"]
        if attributes["code"] != code or (times and len(tries) >= times):
            return route.continue_()
        tries.append(attributes["nonce"])
        return route.fulfill(status=status, json=no)

    page.route(SCANS, answer)
    return tries


def test_scan_that_an_older_version_of_the_page_has_kept_is_sent(open_browser, event, codes, registrar):
    page = open_browser(registrar)
    page.goto("/static/onsite/common/tokens.css")
    scan = {
        "nonce": "0b0b6c3e-1e1f-4a5c-8d43-2b9c3a0f7f11",
        "code": codes[0],
        "direction": "in",
        "station": None,
        "order": 1,
        "admitted": True,
        "by": {"id": registrar.pk, "name": "Ana"},
    }
    page.evaluate(OLDER, [f"onsite.door.{event.pk}", scan])
    page.goto(f"/door/{event.identifier}/")
    wait_until_sent(page)
    assert seen() == [codes[0]]


def test_nothing_is_called_online_before_the_page_has_looked_what_waits(open_browser, event, registrar):
    page = open_browser(registrar)
    page.route("**/door/main*.js", lambda route: route.abort())
    page.goto(f"/door/{event.identifier}/")
    assert page.inner_text("#connection") == "\u2026"


class TestStubbornScan:
    @pytest.mark.parametrize(("status", "most"), [(500, 3), (403, 3), (422, 1)])
    def test_is_set_aside_and_the_rest_go_on(self, door, codes, status, most):
        page = door()
        offline(page, *codes[:3])
        tries = refuse(page, codes[0], status)
        page.context.set_offline(False)
        for _tick in range(4):
            poll(page)
            page.wait_for_timeout(700)
        online(page)
        assert len(tries) == most
        assert seen() == codes[1:3]
        page.wait_for_selector("#kept >> text=1 scan was not accepted")

    def test_is_kept_and_can_be_sent_again(self, door, codes):
        page = door()
        offline(page, *codes[:2])
        tries = refuse(page, codes[0], 422)
        online(page)
        page.reload()
        stand(page)
        assert codes[0] in page.inner_text("#kept")
        assert "Not this one." in page.inner_text("#kept")
        assert len(tries) == 1
        page.unroute(SCANS)
        page.get_by_role("button", name="Try again").click()
        wait_until_sent(page)
        assert seen() == [codes[1], codes[0]]

    def test_is_discarded_only_by_who_says_so_twice(self, door, codes):
        page = door()
        offline(page, codes[0])
        refuse(page, codes[0], 422)
        online(page)
        page.get_by_role("button", name="Discard").click()
        page.get_by_role("button", name="Close").click()
        assert codes[0] in page.inner_text("#kept")
        page.get_by_role("button", name="Discard").click()
        page.locator("dialog").get_by_role("button", name="Discard").click()
        page.wait_for_selector("#kept:empty", state="attached")
        page.reload()
        stand(page)
        assert page.inner_text("#kept") == ""

    @pytest.mark.parametrize("status", [429, 503])
    def test_is_not_one_for_which_the_server_has_no_time(self, door, codes, status):
        page = door()
        offline(page, codes[0])
        tries = refuse(page, codes[0], status, times=4)
        page.context.set_offline(False)
        for _tick in range(5):
            poll(page)
            page.wait_for_timeout(500)
        online(page)
        assert len(tries) == 4
        assert seen() == [codes[0]]


class TestNames:
    @pytest.fixture
    def ana(self, event, house):
        lines = [Line(house[0].pk, 1, guests=(Guest("Ana", "Silva", "ana@example.com"),))]
        order = sold_onsite(event=event, lines=lines, status="completed", payment_mode="onsite")
        return order.attendees.get()

    @pytest.fixture
    def page(self, door, ana):
        """A door at which Ana was let in although her order was cancelled."""
        page = door()
        until(page, "navigator.serviceWorker.controller !== null")
        offline(page, ana.code)
        Order.objects.update(status="cancelled")
        online(page)
        page.wait_for_selector("text=Conflicts: 1")
        return page

    def test_of_guests_are_never_kept_on_the_tablet(self, page, ana):
        assert "Ana Silva" in page.inner_text("#conflicts")
        kept = page.evaluate(KEPT)
        assert ana.order.identifier in kept
        assert "Silva" not in kept
        page.reload()
        stand(page)
        assert ana.order.identifier in page.inner_text("#conflicts")

    def test_of_guests_leave_the_screen_at_the_log_out(self, page, ana, event, log_in, member):
        page.fill("#search-text", "sil")
        page.click("#found button")
        page.wait_for_selector("#answer >> text=Ana Silva")
        page.fill("#search-text", "sil")
        page.wait_for_selector("#found >> text=Ana Silva")
        log_in(page.context, member("registrar"))
        page.wait_for_selector("dialog >> text=Your session has ended")
        assert "Silva" not in page.content()


class TestScansOfSomebodyElse:
    @pytest.fixture
    def ana(self, registrar):
        return named(registrar, "Ana")

    @pytest.fixture
    def ben(self, member):
        return named(member("registrar"), "Ben")

    @pytest.fixture
    def page(self, door, ana, ben, codes, event, log_in):
        """Ben's door, on a tablet on which two scans of Ana's wait."""
        page = door(user=ana)
        until(page, "navigator.serviceWorker.controller !== null")
        page.wait_for_timeout(500)
        page.route(SCANS, lambda route: route.abort())
        for code in codes[:2]:
            type_code(page, code)
            page.wait_for_timeout(200)
        page.wait_for_selector("#connection >> text=OFFLINE 2")
        log_in(page.context, ben)
        page.unroute(SCANS)
        page.goto(f"/door/{event.identifier}/")
        stand(page)
        page.wait_for_selector("#kept >> text=2 scans of Ana wait")
        return page

    def test_wait_while_another_works(self, page, codes, ben):
        type_code(page, codes[2])
        page.wait_for_selector("#answer[data-state=ok][data-offline=false]")
        wait_for_scans(page, 1)
        poll(page)
        page.wait_for_timeout(1000)
        assert booked() == [(ben, codes[2])]

    def test_are_sent_when_that_person_logs_in(self, page, codes, ana, event, log_in):
        log_in(page.context, ana)
        page.goto(f"/door/{event.identifier}/")
        stand(page)
        wait_until_sent(page)
        assert booked() == [(ana, code) for code in codes[:2]]

    def test_are_sent_under_the_name_of_who_takes_them_over(self, page, codes, ben):
        page.get_by_role("button", name="Send as Ben").click()
        wait_until_sent(page)
        assert booked() == [(ben, code) for code in codes[:2]]

    def test_stay_of_who_scanned_them_if_they_had_arrived(self, page, event, codes, ana, ben):
        first = min(page.evaluate(QUEUE, f"onsite.door.{event.pk}"), key=lambda one: one["order"])
        at = datetime.fromisoformat(first["occurredAt"])
        check_in(Scan(event=event, code=first["code"], occurred_at=at, nonce=UUID(first["nonce"])), by=ana)
        page.get_by_role("button", name="Send as Ben").click()
        wait_until_sent(page)
        assert booked() == [(ana, codes[0]), (ben, codes[1])]
        assert page.locator("#conflicts li").count() == 0

    def test_count_where_the_tablet_decides_by_itself(self, page, codes):
        page.wait_for_timeout(500)  # the list, on which they are outside
        page.context.set_offline(True)
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-state=no][data-offline=true] >> text=already in")


def named(user, name):
    user.name = name
    user.save()
    return user


def test_scans_that_wait_on_somebodys_own_phone_are_known_until_they_are_sent(door, codes, event, registrar):
    page = door()
    page.route(SCANS, lambda route: route.abort())
    for code in codes[:2]:
        type_code(page, code)
        page.wait_for_timeout(200)
    page.wait_for_selector("#connection >> text=OFFLINE 2")
    poll(page)
    soon(lambda: [(phone.user, phone.waiting) for phone in event.phones.all()] == [(registrar, 2)])
    page.unroute(SCANS)
    poll(page)
    wait_until_sent(page)
    poll(page)
    soon(lambda: not event.phones.exists())
