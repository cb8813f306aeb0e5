"""Who is told that something broke, and what: by mail, and by a Sentry server."""

import gzip
import logging
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from base.reports import Seldom

BREAKS = "onsite_project.tests.breaking.BreakingMiddleware"
SECRET = "s3cretS3crets3cret"


def brotli(body):
    from brotli import decompress  # sent only where it is installed

    return decompress(body)


UNPACK = {"gzip": gzip.decompress, "br": brotli, "": bytes}
ASK = f"""
import django, sentry_sdk
django.setup()
from django.conf import settings
from django.test import Client
settings.MIDDLEWARE = [*settings.MIDDLEWARE, "{BREAKS}"]
settings.SECURE_SSL_REDIRECT = False
client = Client(raise_request_exception=False)
client.cookies["sessionid"] = "{SECRET}"
sent = {{"authorization": "Bearer {SECRET}", "x-request-id": "the-id-of-it", "host": "localhost"}}
assert client.post("/join/{SECRET}?code={SECRET}", {{"pin": "{SECRET}"}}, headers=sent).status_code == 500
sentry_sdk.flush(10)
"""


@pytest.fixture
def server():
    """A Sentry server, as far as it takes what it is sent."""

    class Takes(BaseHTTPRequestHandler):
        told = []

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.told.append(UNPACK[self.headers.get("Content-Encoding", "")](body).decode())
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_args):
            pass

    listening = HTTPServer(("127.0.0.1", 0), Takes)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield f"http://key@127.0.0.1:{listening.server_port}/1", Takes.told
    listening.shutdown()
    thread.join()
    listening.server_close()


def test_sentry_is_told_what_broke_and_where_and_nothing_that_was_sent(server, tmp_path):
    address, told = server
    environment = {
        **os.environ,
        "SENTRY_DSN": address,
        "DJANGO_SETTINGS_MODULE": "onsite_project.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
    }
    subprocess.run([sys.executable, "-c", ASK], cwd=settings.BASE_DIR, env=environment, check=True)
    (event,) = [body for body in told if '"exception"' in body]
    assert "RuntimeError" in event
    assert "breaking.py" in event
    assert "the-id-of-it" in event
    assert SECRET not in "".join(told)
    assert (
        "values at hand" not in event.split("raise RuntimeError")[0]
    )  # the line of the code, not the message
    assert "broken, with 3" not in event


@pytest.mark.django_db
@pytest.mark.parametrize("link", ["join/{}", "c/{}/"])
def test_admins_get_one_mail_in_a_while(settings, link):
    settings.ADMINS = [("", "operator@example.com")]
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, BREAKS]
    settings.ERROR_MAIL_EVERY = 60
    (handler,) = logging.getLogger("django").handlers
    (seldom,) = [one for one in handler.filters if isinstance(one, Seldom)]
    seldom.again = 0.0
    browser = Client(raise_request_exception=False)
    for _each in range(3):
        browser.get("/" + link.format(SECRET))
    seldom.again = 0.0
    assert [sent.to for sent in mail.outbox] == [["operator@example.com"]]
    assert "RuntimeError" in mail.outbox[0].body
    assert SECRET not in mail.outbox[0].body + mail.outbox[0].subject
