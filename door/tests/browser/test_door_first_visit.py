"""A door that was opened once opens without the network."""

import pytest
from django.contrib.staticfiles import finders

from base import words
from door.kept_files import _kept
from door.tests.browser.scanning import online, seen, stand, type_code
from onsite_project.tests.browser import TABLET
from onsite_project.tests.waiting import until

READY = "#readiness[data-ready=true] >> text=Ready without network"
CACHES = "caches.keys()"
DECODES = """async () => {
  const { decoder } = JSON.parse(document.getElementById("door-data").textContent).urls;
  const all = await Promise.all(Object.values(decoder).map((url) => fetch(url)));
  return all.map(({ ok }) => ok);
}"""


@pytest.fixture
def page(open_browser, registrar, event, codes):
    """A door at its first visit."""
    page = open_browser(registrar, TABLET)
    page.goto(f"/door/{event.identifier}/")
    return page


def test_it_opens_and_scans_after_the_first_visit(page, codes):
    page.wait_for_selector(READY)
    page.context.set_offline(True)
    page.reload()
    stand(page)
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-state=ok][data-offline=true]")
    assert page.evaluate(DECODES) == [True, True]
    online(page)
    assert seen() == [codes[0]]


def test_it_opens_in_another_tab_and_at_an_address_with_a_query(page, event):
    page.wait_for_selector(READY)
    page.context.set_offline(True)
    other = page.context.new_page()
    other.goto(f"/door/{event.identifier}/?from=home")
    other.wait_for_selector("html.ready")


@pytest.mark.parametrize(("what", "missing"), [("**/list/", "the list of guests")])
def test_it_says_what_is_missing_still(open_browser, registrar, event, codes, what, missing):
    page = open_browser(registrar, TABLET)
    page.route(what, lambda route: route.abort())
    page.goto(f"/door/{event.identifier}/")
    page.wait_for_selector(f"#readiness >> text=Missing: {missing}.")
    page.unroute(what)
    page.wait_for_selector(READY, timeout=30_000)


def test_what_the_browser_throws_away_is_fetched_again(page):
    page.wait_for_selector(READY)
    page.evaluate("caches.keys().then((all) => Promise.all(all.map((name) => caches.delete(name))))")
    until(page, "caches.keys().then((all) => all.length === 2)")
    page.wait_for_timeout(500)
    page.wait_for_selector(READY)
    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector("html.ready")


@pytest.fixture
def new_version(settings, tmp_path, monkeypatch):
    """`new_version()`: from now on a file is another one, and so are the words."""

    def release():
        (tmp_path / "onsite" / "door").mkdir(parents=True)
        (tmp_path / "onsite" / "door" / "door.css").write_text("p { color: red }")
        settings.STATICFILES_DIRS = [tmp_path, *settings.STATICFILES_DIRS]
        monkeypatch.setattr(words, "SCRIPT", f"{words.SCRIPT}\n")
        forget()

    def forget():
        for cached in (finders.get_finder, _kept, words.script, words.version):
            cached.cache_clear()

    yield release
    monkeypatch.undo()
    forget()


def test_new_version_takes_the_place_of_the_one_before_when_the_page_is_opened_anew(page, codes, new_version):
    page.wait_for_selector(READY)
    first = set(page.evaluate(CACHES))
    new_version()
    page.evaluate("navigator.serviceWorker.getRegistration().then((one) => void one.update())")
    until(page, "caches.keys().then((all) => all.length === 3)")
    until(page, "navigator.serviceWorker.getRegistration().then((one) => !one.installing && !one.waiting)")
    stand(page)
    page.context.set_offline(True)  # the old page goes on, and opens once more
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-state=ok]")
    page.reload()
    page.wait_for_selector("html.ready")
    online(page)
    page.reload()
    until(page, "caches.keys().then((all) => all.length === 2)")
    assert set(page.evaluate(CACHES)) & first == {"onsite-door-pages"}
    page.wait_for_selector(READY)
    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector("html.ready")
