"""A Wi-Fi that takes every connection and lets nothing come back."""

import socket
import socketserver
import threading
import time
from contextlib import suppress

import pytest

from door.tests.browser.scanning import online, seen, stand, type_code
from onsite_project.tests.browser import TABLET
from onsite_project.tests.waiting import until


class Pipe(socketserver.BaseRequestHandler):
    def handle(self):
        with socket.create_connection(self.server.target) as far:
            back = threading.Thread(target=self.pump, args=(far, self.request))
            back.start()
            self.pump(self.request, far)
            back.join()

    def pump(self, source, sink):
        with suppress(OSError):
            while chunk := source.recv(65536):
                while self.server.is_dead:
                    time.sleep(0.05)
                sink.sendall(chunk)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


class WiFi(socketserver.ThreadingTCPServer):
    """A way to the server."""

    daemon_threads = True
    is_dead = False

    def __init__(self, target):
        super().__init__(("localhost", 0), Pipe)
        self.target = target
        self.url = f"http://localhost:{self.server_address[1]}"


@pytest.fixture
def wifi(live_server):
    with WiFi((live_server.thread.host, live_server.thread.port)) as wifi:
        serving = threading.Thread(target=wifi.serve_forever)
        serving.start()
        yield wifi
        wifi.is_dead = False
        wifi.shutdown()
        serving.join()


@pytest.fixture
def page(open_browser, wifi, registrar, event, codes):
    """A door that was opened before."""
    page = open_browser(registrar, TABLET)
    for _time in range(2):
        page.goto(f"{wifi.url}/door/{event.identifier}/")
        until(page, "navigator.serviceWorker.controller !== null")
    stand(page)
    page.wait_for_timeout(500)  # the list
    return page


def test_page_opens_and_scans_and_sends_once_it_is_back(page, wifi, codes):
    wifi.is_dead = True
    page.reload()
    stand(page)
    type_code(page, codes[0])
    page.wait_for_selector("#answer[data-state=ok][data-offline=true]")
    wifi.is_dead = False
    online(page)
    assert seen() == [codes[0]]


def test_page_leads_to_the_log_in_through_the_worker(page, event):
    page.context.clear_cookies()
    page.reload()
    page.wait_for_selector("[name=username]")
    assert page.url.endswith(f"/admin/login/?next=/door/{event.identifier}/")
