"""gunicorn as it serves, with the timeouts that it has: a locked ticket stops nobody else, a new version
loses no request; and `manage.py`, which has timeouts of its own.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from accounts.models import ApiToken
from base.tests.client import order_document
from benchmarks.server import free_port
from onsite_project.health import _newest
from onsite_project.tests.databases import environment
from orders.models import Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.django_db(transaction=True)]


@contextmanager
def somebody_locks(statement):
    at = connection.settings_dict
    host = at["OPTIONS"].get("host", at["HOST"])
    with closing(psycopg2.connect(host=host, user=at["USER"], dbname=at["NAME"])) as session:
        session.cursor().execute(statement)
        yield


class Site:
    def __init__(self, port):
        self.port, self.token = port, ""

    def ask(self, path, document=None):
        """The status and the JSON of an answer."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/vnd.api+json"}
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def until_it_answers(self):
        def answers():
            try:
                return self.ask("/healthz")
            except OSError:
                return None

        until(answers)


@pytest.fixture
def site(tmp_path):
    port = free_port()
    more = {
        "PORT": str(port),
        "WEB_CONCURRENCY": "4",
        "STATIC_ROOT": str(tmp_path / "static"),
        "PIDFILE": str(tmp_path / "pid"),
    }
    log = (tmp_path / "log").open("w")
    # The script, which starts itself anew for a new version; `python -m gunicorn` would not find its modules.
    command = [str(Path(sys.executable).with_name("gunicorn")), "onsite_project.wsgi"]
    process = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment(**more), stdout=log, stderr=subprocess.STDOUT
    )
    site = Site(port)
    site.pids = tmp_path
    try:
        site.until_it_answers()
        yield site
    finally:
        named = tmp_path / "pid"  # another than we have started, if it was reloaded
        os.kill(int(named.read_text()) if named.exists() else process.pid, signal.SIGTERM)
        process.wait(timeout=60)
        until(lambda: not (tmp_path / "pid").exists())
        log.close()


def until(it_is):
    deadline = time.monotonic() + 150
    while not it_is():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)


@pytest.mark.walk
@pytest.mark.postgres
def test_locked_ticket_stops_no_other_sale_and_no_door(site, event, cashier):
    locked, other = TicketFactory.create_batch(2, event=event)
    guest = sold_onsite(event=event, lines=[Line(other.pk, 1)], status="completed").attendees.get()
    station = event.stations.create(name="North")
    _row, site.token = ApiToken.objects.create(user=cashier)
    scan = {
        "type": "check-in",
        "attributes": {"code": guest.code, "direction": "in"},
        "relationships": {"station": {"data": {"type": "station", "id": str(station.pk)}}},
    }
    told, stop = [], threading.Event()

    def sell_what_is_locked():
        while not stop.is_set():
            told.append(site.ask("/v1/orders?onsite=true", order_document(event, (locked, 1))))

    crowd = [threading.Thread(target=sell_what_is_locked, daemon=True) for _till in range(8)]
    with somebody_locks(f"SELECT 1 FROM tickets_ticket WHERE id = {locked.pk} FOR UPDATE"):
        for till in crowd:
            till.start()
        try:
            for _time in range(5):
                mixed = order_document(event, (other, 1))
                assert site.ask("/v1/orders?onsite=true", mixed)[0] == 201
                assert site.ask("/v1/check-ins", {"data": scan})[0] == 201
                assert site.ask("/healthz")[0] == site.ask("/readyz")[0] == 200
                time.sleep(0.5)
        finally:
            stop.set()
            for till in crowd:
                till.join()
    assert {(status, body["errors"][0]["code"]) for status, body in told} == {(503, "busy")}
    assert site.ask("/v1/orders?onsite=true", order_document(event, (locked, 1)))[0] == 201
    assert Order.objects.count() == 7


@pytest.mark.walk
@pytest.mark.postgres
def test_new_master_takes_over_without_losing_a_request(site):
    told, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            told.append(site.ask("/readyz"))
            time.sleep(0.1)

    crowd = [threading.Thread(target=ask, daemon=True) for _client in range(3)]
    for client in crowd:
        client.start()
    old = int((site.pids / "pid").read_text())
    try:
        os.kill(old, signal.SIGUSR2)
        until((site.pids / "pid.2").exists)
        time.sleep(1)
        os.kill(old, signal.SIGTERM)
        until(lambda: not (site.pids / "pid.2").exists())
        time.sleep(0.5)
    finally:
        stop.set()
        for client in crowd:
            client.join(timeout=30)
    assert int((site.pids / "pid").read_text()) != old
    assert {status for status, _body in told} == {200}


@pytest.mark.postgres
def test_migrate_that_gets_no_lock_says_so_on_one_line(tmp_path):
    command = [sys.executable, "manage.py", "migrate", "otp_totp", "zero"]
    with somebody_locks("SELECT 1 FROM otp_totp_totpdevice"):
        done = subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            env=environment(MIGRATE_LOCK_TIMEOUT="0.3"),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "MIGRATE_LOCK_TIMEOUT" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probe_is_answered_by_any_name_and_without_https(client, settings, path):
    settings.ALLOWED_HOSTS = ["box.example.org"]
    settings.SECURE_SSL_REDIRECT = True
    response = client.get(path, headers={"Host": "10.1.2.3"})
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert client.get("/pin/", headers={"Host": "10.1.2.3"}).status_code == 400


def test_is_not_ready_before_it_is_migrated(client):
    app, name = _newest()[0]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET name = 'x' WHERE app = %s AND name = %s", [app, name])
        try:
            response = client.get("/readyz")
            assert (response.status_code, response.json()) == (503, {"status": "not-migrated"})
            assert client.get("/healthz").status_code == 200
        finally:
            cursor.execute(
                "UPDATE django_migrations SET name = %s WHERE app = %s AND name = 'x'", [name, app]
            )
    assert client.get("/readyz").status_code == 200
