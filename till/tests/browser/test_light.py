"""A till of sixty kinds is light: what it costs over the network, as it is served where DEBUG is off."""

from collections import Counter

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test.testcases import LiveServerThread
from django.utils.functional import empty

from onsite_project.static_files import collect
from tickets.tests.factories import TicketFactory

COLD_BYTES, WARM_REQUESTS = 90_000, 4
# English stands in the scripts; another language comes beside it.
WORDS_BYTES = 8_000


@pytest.fixture
def server(settings, tmp_path):
    """The address of a server that has collected its static files, and sends them itself."""
    settings.HASHED_STATIC_FILES, settings.STATIC_ROOT = True, tmp_path
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = False
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "onsite_project.static_files.HashedFiles"},
    }
    staticfiles_storage._wrapped = empty
    collect()
    thread = LiveServerThread("localhost", lambda handler: handler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    yield f"http://localhost:{thread.port}"
    thread.terminate()
    staticfiles_storage._wrapped = empty


class Wire:
    """What comes over the network to a page."""

    def __init__(self, page):
        self.bytes, self.requests = 0, Counter()
        self.cached = set()
        tools = page.context.new_cdp_session(page)
        tools.send("Network.enable")
        tools.on("Network.loadingFinished", self._finished)
        tools.on("Network.requestServedFromCache", lambda event: self.cached.add(event["requestId"]))
        tools.on("Network.responseReceived", self._received)

    def _received(self, event):
        response = event["response"]
        if event["requestId"] in self.cached or response.get("fromDiskCache"):
            self.cached.add(event["requestId"])
        else:
            self.requests[response["url"].split("?")[0]] += 1

    def _finished(self, event):
        if event["requestId"] not in self.cached:
            self.bytes += event["encodedDataLength"]


@pytest.fixture
def sixty(event, house):
    for n in range(3, 61):
        TicketFactory(
            event=event,
            name=f"Kind of ticket {n}",
            price=n,
            position=n,
            group=f"Group {n % 5}",
            color="#1d4ed8",
        )


@pytest.mark.parametrize("language", settings.COMPLETE_LANGUAGES)
def test_till_of_sixty_kinds(chromium, log_in, server, event, cashier, sixty, language):
    cashier.language = language
    cashier.save()
    context = chromium.new_context()
    log_in(context, cashier)
    cold, warm = (load(context, f"{server}/till/{event.identifier}/") for _ in range(2))
    context.close()
    assert cold.bytes <= COLD_BYTES + (language != "en") * WORDS_BYTES, cold.requests
    assert sum(warm.requests.values()) <= WARM_REQUESTS, warm.requests


def load(context, url):
    """What the page takes until it has asked for the first news."""
    page = context.new_page()
    wire = Wire(page)
    with page.expect_response("**/state/*"):
        page.goto(url)
    page.wait_for_selector("html.ready .tile")
    page.wait_for_timeout(500)
    page.close()
    return wire
