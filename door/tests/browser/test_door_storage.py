"""Every scan has an answer, whatever becomes of what the tablet keeps."""

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
from onsite_project.tests.waiting import until
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite

SCANS = "**/api/check-ins"

MISSING = "Object.defineProperty(window, 'indexedDB', { value: undefined });"
FORBIDDEN = "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); };"
BLOCKED = "IDBFactory.prototype.open = () => ({});"
BROKEN = "IDBDatabase.prototype.transaction = () => { throw new DOMException('no', 'UnknownError'); };"
FULL = """for (const name of ['put', 'add'])
  IDBObjectStore.prototype[name] = () => { throw new DOMException('full', 'QuotaExceededError'); };"""
HANGS = """Object.defineProperty(IDBTransaction.prototype, 'oncomplete', { set() {} });
Object.defineProperty(IDBRequest.prototype, 'onsuccess', { set() {} });"""
NO_STORAGE = [MISSING, FORBIDDEN, BLOCKED, BROKEN, FULL, HANGS]
NAMES = ["missing", "forbidden", "blocked", "broken", "full", "hangs"]

DELETE = """() => Promise.all(["", 0].map(() => indexedDB.databases())).then(([all]) => Promise.all(all.map(
  ({ name }) => new Promise((resolve) => (indexedDB.deleteDatabase(name).onsuccess = resolve)))))"""


def delete_databases(page):
    page.evaluate(DELETE)


def clear_origin(page):
    session = page.context.new_cdp_session(page)
    terms = {"origin": page.evaluate("location.origin"), "storageTypes": "indexeddb,websql"}
    session.send("Storage.clearDataForOrigin", terms)


@pytest.fixture
def open_door(open_browser, registrar, event):
    """`open_door(script)`: a door in a browser in which the script has run before any other."""

    def open_(script):
        page = open_browser(registrar)
        page.add_init_script(script)
        page.goto(f"/door/{event.identifier}/")
        stand(page)
        return page

    return open_


@pytest.mark.parametrize("lose", [delete_databases, clear_origin])
def test_what_waits_outlives_that_its_storage_is_wiped(door, codes, lose):
    page = door()
    wait_for_list(page)
    offline(page, codes[0])
    lose(page)
    page.wait_for_timeout(300)
    type_code(page, codes[1])
    page.wait_for_selector("#connection >> text=OFFLINE 2")
    assert state(page) == "ok"
    page.wait_for_timeout(3100)
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-state=no] >> text=already in")
    online(page)
    assert seen() == [*codes[:2], codes[0]]


@pytest.mark.parametrize("script", NO_STORAGE, ids=NAMES)
def test_without_storage_the_server_alone_lets_in(open_door, codes, script):
    page = open_door(script)
    page.wait_for_selector("#connection >> text=nothing is kept here")
    page.wait_for_selector("#readiness >> text=storage on this tablet")
    for number, code in enumerate(codes[:2], 1):
        type_code(page, code)
        wait_for_scans(page, number)
        page.wait_for_selector("#answer[data-state=ok][data-offline=false]")
    page.context.set_offline(True)
    type_code(page, codes[2])
    page.wait_for_selector("#answer[data-state=no] >> text=no network, nothing kept: ask")
    page.context.set_offline(False)
    page.wait_for_selector("#connection >> text=Online")
    type_code(page, codes[3])
    page.wait_for_selector("#answer[data-state=ok][data-offline=false]")
    assert seen() == [*codes[:2], codes[3]]


@pytest.mark.parametrize("script", [FULL, BROKEN, HANGS], ids=["full", "broken", "hangs"])
def test_storage_that_breaks_meanwhile_stops_guests_and_no_answer(door, codes, script):
    page = door()
    wait_for_list(page)
    page.context.set_offline(True)
    page.wait_for_selector("#connection >> text=OFFLINE 0")
    page.evaluate(f"() => {{ {script} }}")
    for code in codes[:2]:
        type_code(page, code)
        page.wait_for_selector("#answer[data-state=no] >> text=no network, nothing kept: ask")


def test_storage_that_comes_back_is_used_again(door, codes):
    page = door()
    wait_for_list(page)
    page.evaluate("() => { window.put = IDBObjectStore.prototype.put; }")
    page.evaluate(f"() => {{ {FULL} }}")
    page.context.set_offline(True)
    type_code(page, codes[0])
    page.wait_for_selector("#answer >> text=nothing kept: ask")
    page.evaluate("() => { IDBObjectStore.prototype.put = window.put; }")
    page.wait_for_timeout(5500)
    type_code(page, codes[1])
    page.wait_for_selector("#answer[data-state=ok][data-offline=true]")


def test_browser_is_asked_to_keep_what_is_stored(open_door):
    page = open_door("StorageManager.prototype.persist = async () => (window.asked = true);")
    until(page, "window.asked === true")


class TestList:
    """One that does not parse is none, and the last one that did goes on."""

    BROKEN = [
        "guests 1\nhalf of a lin",
        "guests\n" + "x" * 28,
        "guests x\n",
        "{}",
        "",
        "guests 1\n" + "0" * 27 + "\n",
    ]

    @pytest.mark.parametrize("text", BROKEN)
    def test_that_comes_broken_keeps_the_door_online(self, open_browser, registrar, event, codes, text):
        page = open_browser(registrar)
        page.route("**/list/", lambda route: route.fulfill(status=200, body=text))
        page.goto(f"/door/{event.identifier}/")
        stand(page)
        page.wait_for_selector("#connection[data-online=true] >> text=no list on this tablet")
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-state=ok][data-offline=false]")
        page.context.set_offline(True)
        type_code(page, codes[1])
        page.wait_for_selector("#answer[data-state=look][data-offline=true]")

    @pytest.mark.parametrize("kept", ["'guests 1\\nrubbish'", "{}", "7", "null"])
    def test_that_is_kept_broken_is_not_used(self, door, codes, event, kept):
        page = door()
        wait_for_list(page)
        page.evaluate(
            """([name, kept]) => new Promise((resolve) => {
              const request = indexedDB.open(name);
              request.onsuccess = () => {
                const transaction = request.result.transaction("facts", "readwrite");
                transaction.objectStore("facts").put(kept, "list");
                transaction.oncomplete = () => resolve(request.result.close());
              };
            })""",
            [f"onsite.door.{event.pk}", page.evaluate(f"({kept})")],
        )
        page.route("**/list/", lambda route: route.abort())
        page.reload()
        stand(page)
        page.context.set_offline(True)
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-state=look][data-offline=true]")


class TestWhileAScanIsDecided:
    @pytest.fixture
    def ana(self, event, house):
        lines = [Line(house[0].pk, 1, guests=(Guest("Ana", "Silva", "ana@example.com"),))]
        order = sold_onsite(event=event, lines=lines, status="completed", payment_mode="onsite")
        return order.attendees.get()

    def test_nothing_of_the_guest_before_is_in_sight(self, door, codes, ana):
        page = door()
        type_code(page, ana.code)
        page.wait_for_selector("#answer >> text=Ana Silva")
        page.wait_for_timeout(1100)  # for which it is read, and its colour stays
        page.route(SCANS, lambda route: (page.wait_for_timeout(700), route.continue_()))
        page.evaluate(
            """() => {
              addEventListener("keydown", ({ key }) => key === "Enter" && setTimeout(() => {
                const { dataset, innerText } = document.getElementById("answer");
                window.after50 = [dataset.state, innerText.trim()];
              }, 50));
            }"""
        )
        type_code(page, codes[0])
        until(page, "window.after50")
        assert page.evaluate("window.after50") == ["waiting", "..."]
        page.wait_for_selector("#answer[data-state=ok]")

    def test_an_answer_goes_when_the_next_guest_waits_for_theirs(self, door, codes, ana):
        page = door()
        page.evaluate(
            """() => {
              window.shown = [];
              const panel = document.getElementById("answer");
              const note = () => window.shown.push(panel.innerText.trim());
              new MutationObserver(note).observe(panel, { childList: true });
            }"""
        )
        page.route(SCANS, lambda route: (page.wait_for_timeout(900), route.continue_()))
        type_code(page, ana.code)
        type_code(page, codes[0])
        wait_for_scans(page, 2)
        first, second, answer, again, last = page.evaluate("window.shown")
        assert [first, second, again] == ["..."] * 3
        assert "Ana Silva" in answer
        assert "Adult" in last

    THROWS = {
        "digest": "SubtleCrypto.prototype.digest = async () => { throw new Error('no'); };",
        "digest at once": "SubtleCrypto.prototype.digest = () => { throw new Error('no'); };",
        "random": "Crypto.prototype.getRandomValues = () => { throw new Error('no'); };",
    }

    @pytest.mark.parametrize("script", THROWS.values(), ids=THROWS)
    def test_whatever_throws_ends_in_an_answer(self, door, codes, script):
        page = door()
        wait_for_list(page)
        page.context.set_offline(True)
        page.wait_for_selector("#connection >> text=OFFLINE 0")
        page.evaluate(f"() => {{ {script} }}")
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-state=no] >> text=cannot decide")
        assert not CheckIn.objects.exists()

    @pytest.mark.parametrize("body", ["null", "{}", '{"data": {}}', '{"data": {"attributes": {}}}', "7"])
    def test_answer_that_nobody_understands_is_none(self, door, codes, body):
        page = door()
        page.route(SCANS, lambda route: route.fulfill(status=201, body=body))
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-state=no]")
