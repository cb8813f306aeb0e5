"""Scans that wait on a tablet: none is lost, none is booked by the wrong person, and none tells a name."""

import pytest

from orders.models import Order
from orders.sales import Guest, Line, sell_onsite
from orders.tests.browser.scanning import (
    offline,
    online,
    stand,
)

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


class TestNames:
    @pytest.fixture
    def ana(self, event, house):
        lines = [Line(house[0].pk, 1, guests=(Guest("Ana", "Silva", "ana@example.com"),))]
        order = sell_onsite(event=event, lines=lines, status="completed", payment_mode="onsite")
        return order.attendees.get()

    @pytest.fixture
    def page(self, door, ana):
        """A door at which Ana was let in although her order was cancelled."""
        page = door()
        page.wait_for_function("navigator.serviceWorker.controller !== null")
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
        page.wait_for_selector("#found >> text=Ana Silva")
        log_in(page.context, member("registrar"))
        page.wait_for_selector("dialog >> text=Your session has ended")
        assert "Silva" not in page.content()
