"""The event is called otherwise while its door is open, or while a tablet is without the network."""

import pytest

from door.tests.browser.scanning import offline, online, seen, stand, type_code, wait_for_scans
from events.models import Event
from events.planning import change_event
from onsite_project.tests.browser import TABLET
from onsite_project.tests.waiting import until

NEW = "autumn-ball"


@pytest.fixture
def page(open_browser, registrar, event, codes):
    """A door that was opened before."""
    page = open_browser(registrar, TABLET)
    for _time in range(2):
        page.goto(f"/door/{event.identifier}/")
        until(page, "navigator.serviceWorker.controller !== null")
    stand(page)
    page.wait_for_timeout(500)  # the list
    return page


@pytest.fixture
def rename(event):
    return lambda: change_event(Event.objects.get(pk=event.pk), identifier=NEW)


def kept_pages(page):
    return page.evaluate(
        """async () => {
            const pages = await caches.open("onsite-door-pages");
            return (await pages.keys()).map(({ url }) => new URL(url).pathname).sort();
        }"""
    )


def test_it_scans_on(page, rename, codes):
    rename()
    for code in codes[:3]:
        type_code(page, code)
    wait_for_scans(page, 3)
    page.wait_for_timeout(6000)  # a poll
    assert page.inner_text("#connection") == "Online"
    assert seen() == codes[:3]


def test_scans_that_waited_arrive_by_the_new_name(page, rename, codes):
    offline(page, *codes[:2])
    rename()
    online(page)
    assert seen() == codes[:2]


def test_page_of_before_opens_without_the_network_and_its_scans_arrive(page, rename, codes):
    rename()
    page.context.set_offline(True)
    page.reload()
    stand(page)
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-state=ok][data-offline=true]")
    online(page)
    assert seen() == [codes[0]]


def test_former_address_leads_to_the_kept_page_without_the_network(page, event, rename, codes):
    rename()
    page.reload()
    assert page.url.endswith(f"/door/{NEW}/")
    page.wait_for_selector("html.ready")
    until(page, f"caches.match('/door/{NEW}/').then(Boolean)")
    assert kept_pages(page) == sorted([f"/door/{event.identifier}/", f"/door/{NEW}/"])
    page.context.set_offline(True)
    page.goto(f"/door/{event.identifier}/")
    assert page.url.endswith(f"/door/{NEW}/")
    stand(page)
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-state=ok][data-offline=true]")
    online(page)
    assert seen() == [codes[0]]


def test_who_is_logged_out_loses_the_page_still(page, event, rename):
    rename()
    page.context.clear_cookies()
    page.goto(f"/door/{event.identifier}/")
    assert "/admin/login/" in page.url
    assert kept_pages(page) == []
