"""The door's mishaps: somebody's Wi-Fi, another user, a second tab, a gate that is gone, no camera."""

import pytest

from door.models import CheckIn
from door.tests.browser.scanning import (
    offline,
    online,
    seen,
    stand,
    type_code,
    wait_for_list,
    wait_for_scans,
)
from onsite_project.tests.browser import PHONE
from orders.models import Order

SCANS = "**/api/check-ins"
API = "**/api/**"
PORTAL = "<!doctype html><title>Welcome to our Wi-Fi</title>"


class TestSomebodysWiFi:
    """It answers in the server's place."""

    @pytest.fixture(params=["page", "redirect"])
    def portal(self, request, live_server):
        def answer(route):
            if request.param == "page":
                route.fulfill(status=200, content_type="text/html", body=PORTAL)
            else:
                route.fulfill(status=302, headers={"Location": f"{live_server.url}/door/pair/"})

        return answer

    def test_scan_is_decided_here_and_sent_once_it_is_gone(self, door, codes, portal):
        page = door()
        page.wait_for_timeout(500)
        page.route(API, portal)
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-state=ok][data-offline=true]")
        page.wait_for_timeout(6000)  # as many polls
        assert page.locator("dialog").is_hidden()
        assert page.inner_text("#connection").startswith("OFFLINE 1")
        page.unroute(API)
        online(page)
        assert seen() == [codes[0]]

    def test_its_page_is_no_list(self, open_browser, registrar, event, codes, portal):
        page = open_browser(registrar)
        page.route("**/list/", portal)
        page.goto(f"/door/{event.identifier}/")
        stand(page)
        page.wait_for_selector("#connection >> text=no list on this tablet")
        assert page.locator("dialog").is_hidden()

    def test_its_page_finds_nobody(self, door, codes, portal):
        page = door()
        page.route("**/search/*", portal)
        page.fill("#search-text", "sil")
        page.wait_for_selector("#found >> text=Names cannot be looked up")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_server_that_breaks_is_a_server_that_is_gone(door, codes, status):
    page = door()
    wait_for_list(page)
    page.route(SCANS, lambda route: route.fulfill(status=status, body="Oh no"), times=1)
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-state=ok][data-offline=true]")
    online(page)
    assert seen() == [codes[0]]


def test_nothing_is_done_in_the_name_of_who_logs_in_in_another_tab(door, codes, log_in, member):
    page = door()
    for asked in ("api/occupancy", "list/"):  # it learns by its scan
        page.route(f"**/{asked}", lambda route: route.fulfill(status=304))
    log_in(page.context, member("registrar"))
    type_code(page, codes[0])
    page.wait_for_selector("dialog >> text=Your session has ended")
    page.wait_for_selector("#answer[data-state=no]")
    assert not CheckIn.objects.exists()


def test_door_works_on_once_somebody_has_logged_in_again(door, codes, log_in, member, registrar):
    page = door()
    log_in(page.context, member("registrar"))
    page.wait_for_selector("dialog >> text=Your session has ended")
    log_in(page.context, registrar)
    page.wait_for_selector("dialog", state="hidden")
    stand(page)
    type_code(page, codes[0])
    wait_for_scans(page, 1)


class TestTwoTabs:
    @pytest.fixture
    def tabs(self, door, event):
        first = door()
        second = first.context.new_page()
        second.goto(f"/door/{event.identifier}/")
        stand(second)
        second.wait_for_timeout(500)
        return first, second

    def test_send_each_scan_once(self, tabs, codes):
        sent = []
        first = tabs[0]
        first.context.on("request", lambda request: sent.append(request.post_data_json))
        first.context.set_offline(True)
        for number, code in enumerate(codes[:6]):
            type_code(tabs[number % 2], code)
            tabs[number % 2].wait_for_timeout(200)
        sent.clear()
        first.context.set_offline(False)
        for tab in tabs:
            tab.wait_for_selector("#connection[data-online=true] >> text=Online", timeout=30_000)
        nonces = [document["data"]["attributes"]["nonce"] for document in sent if document]
        assert len(nonces) == len(set(nonces)) == 6
        assert seen() == codes[:6]

    def test_keep_the_conflicts_of_both(self, tabs, codes):
        first = tabs[0]
        first.context.set_offline(True)
        for tab, code in zip(tabs, codes, strict=False):
            type_code(tab, code)
            tab.wait_for_timeout(200)
        Order.objects.filter(attendees__code__in=codes[:2]).update(status="cancelled")
        first.context.set_offline(False)
        for tab in tabs:
            tab.wait_for_selector("#connection[data-online=true] >> text=Online", timeout=30_000)
            tab.wait_for_selector("text=Conflicts: 2")
        first.reload()
        stand(first)
        first.wait_for_selector("text=Conflicts: 2")


class TestOrder:
    def slowly(self, page):
        page.route(SCANS, lambda route: (page.wait_for_timeout(300), route.continue_()))

    def test_new_scans_wait_for_those_that_are_being_sent(self, door, codes):
        page = door()
        offline(page, *codes[:4])
        self.slowly(page)
        page.context.set_offline(False)
        for code in codes[4:7]:
            type_code(page, code)
            page.wait_for_timeout(250)
        online(page)
        assert seen() == codes[:7]

    def test_new_scans_wait_for_those_from_before_a_reload(self, door, codes):
        page = door()
        page.wait_for_timeout(500)
        page.route(SCANS, lambda route: route.abort())
        for code in codes[:3]:
            type_code(page, code)
            page.wait_for_timeout(200)
        page.unroute(SCANS)
        self.slowly(page)
        page.reload()
        stand(page)
        type_code(page, codes[3])
        online(page)
        assert seen() == codes[:4]


class TestGateThatIsGone:
    @pytest.fixture
    def gate(self, event):
        event.stations.create(name="South")
        return event.stations.create(name="North")

    def test_scan_says_so_and_another_gate_can_be_chosen(self, door, codes, gate):
        page = door(way="North In")
        gate.delete()
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-state=no] >> text=This gate is gone")
        assert not CheckIn.objects.exists()
        page.get_by_role("button", name="Change gate").click()
        assert page.get_by_role("button", name="North").count() == 0
        page.get_by_role("button", name="South In").click()
        page.wait_for_timeout(300)
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-state=ok]")

    def test_scan_that_waits_arrives_without_it(self, door, codes, gate):
        page = door(way="North In")
        offline(page, codes[0])
        gate.delete()
        online(page)
        check = CheckIn.objects.get()
        assert (check.moved, check.station) == (1, None)


class TestCamera:
    def test_that_is_forbidden_is_explained(self, camera_door):
        page = camera_door()
        page.get_by_role("button", name="Camera").click()
        page.wait_for_selector("dialog >> text=allow it")
        assert page.locator("#camera").is_hidden()
        assert page.get_by_role("button", name="Camera").is_enabled()

    def test_that_is_missing_is_explained(self, door, codes):
        page = door(PHONE)
        page.context.grant_permissions(["camera"])
        page.get_by_role("button", name="Camera").click()
        page.wait_for_selector("dialog >> text=The camera cannot be used here.")
        page.get_by_role("button", name="Close").click()
        type_code(page, codes[0])
        page.wait_for_selector("#answer[data-state=ok]")
