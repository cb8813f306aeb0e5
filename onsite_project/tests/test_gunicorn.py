"""What only shows where gunicorn serves with several workers."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings

from onsite_project.tests.waiting import soon

ROOT = Path(settings.BASE_DIR)
pytestmark = pytest.mark.walk

TOKEN = "0123456789abcdef0123"


class Served:
    """Onsite as it is run, with two workers and an empty SQLite."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.pidfile = folder / "pid"
        self.environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
            "PORT": str(self.port),
            "PIDFILE": str(self.pidfile),
            "WEB_CONCURRENCY": "2",
            "METRICS_TOKEN": TOKEN,
            "METRICS_FOLDER": str(folder / "figures"),
            "HASHED_STATIC_FILES": "0",
        }
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], **self.place, check=True)
        with (folder / "log").open("w") as log:
            # The script: as `python -m gunicorn` it cannot start itself again.
            command = [Path(sys.executable).with_name("gunicorn"), "onsite_project.wsgi"]
            self.process = subprocess.Popen(command, **self.place, stderr=log)
        soon(self.answers, seconds=60)

    @property
    def place(self):
        return {"cwd": ROOT, "env": self.environment}

    @property
    def master(self):
        """None while one hands over to the next."""
        return int(self.pidfile.read_text()) if self.pidfile.exists() else None

    def get(self, path):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        link.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
        answer = link.getresponse()
        return answer.status, answer.read().decode()

    def answers(self):
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def figure(self, name):
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.get("/metrics")[1], re.MULTILINE)
        return float(found[1]) if found else 0

    def workers(self):
        children = Path(f"/proc/{self.master}/task/{self.master}/children").read_text()
        return [int(pid) for pid in children.split()]

    def end(self):
        os.kill(self.master, signal.SIGTERM)
        self.process.wait(timeout=60)
        soon(lambda: not self.pidfile.exists(), seconds=60)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    one = Served(tmp_path_factory.mktemp("served"))
    yield one
    one.end()


HEALTHY = 'onsite_requests_total{method="GET",route="healthz",status="200"}'


def test_figures_of_all_workers_are_added_up_and_outlive_a_worker(served):
    before = served.figure(HEALTHY)
    for _each in range(20):
        assert served.get("/healthz")[0] == 200
    assert served.figure(HEALTHY) == before + 20
    killed = served.workers()[0]
    os.kill(killed, signal.SIGKILL)
    soon(lambda: killed not in served.workers() and len(served.workers()) == 2)
    assert served.figure(HEALTHY) == before + 20
    assert served.figure("onsite_requests_in_flight") == 1
    assert "onsite_queue" in served.get("/metrics")[1]


def test_master_is_replaced_and_no_request_is_lost(served):
    old, answers, over = served.master, [], threading.Event()

    def ask():
        while not over.is_set():
            answers.append(served.get("/healthz")[0])
            time.sleep(0.01)

    asking = [threading.Thread(target=ask) for _each in range(3)]
    for thread in asking:
        thread.start()
    script = subprocess.Popen([ROOT / "ops/replace-master", served.pidfile, "60"])
    try:
        served.process.wait(timeout=90)  # the old master, whose parent we are
        assert script.wait(timeout=30) == 0
        soon(lambda: served.master not in (None, old))
    finally:
        over.set()
        for thread in asking:
            thread.join()
    assert set(answers) == {200}
    assert served.answers()
