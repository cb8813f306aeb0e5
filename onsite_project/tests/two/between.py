"""What stands between clients and several applications: nginx with the configuration in `ops/`, and a small
proxy that does as that says, for where there is none. Each request goes to the next application.

(`base/tests/proxy.py` and `benchmarks/delay_proxy.py` pass bytes on to a database, and know no requests.)
"""

import re
import shutil
import ssl
import subprocess
from collections import Counter
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Lock, Thread

import psutil
from django.conf import settings

from benchmarks.server import free_port
from faults.server import listens
from onsite_project.tests.waiting import soon

SITE = Path(settings.BASE_DIR) / "ops/nginx"
HOST = "box.example.org"
SERVED_BY = "X-Served-By"  # the header that tells which application has answered, the last that was asked
PATIENCE = 60
MAY_BE_SENT_TWICE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})  # as nginx sees it
OF_ONE_LINE = {"connection", "keep-alive", "transfer-encoding", "content-length"}
BODILESS = {204, 304}


class Balancer(ThreadingHTTPServer):
    """Behind TLS, as it says itself. `repeats` are the methods that it sends to the other application when
    the first has fallen silent. Unless it `forwards`, it tells nothing of whom it speaks for; where it
    `hides` them, it calls all by its own address. It `loses` every so-manieth answer that tells one client of
    a thing made, as if the application had died between what it did and what it said.
    """

    request_queue_size = 128  # of clients that come at once

    def __init__(self, ports, *, repeats=MAY_BE_SENT_TWICE, forwards=True, hides=False, loses=0):
        self.ports, self.repeats, self._loses = ports, repeats, loses
        self.forwards, self.hides = forwards, hides
        self._turns, self._told, self._lock = count(), Counter(), Lock()
        super().__init__(("127.0.0.1", 0), Passing)
        self._thread = Thread(target=self.serve_forever)
        self._thread.start()

    def turn(self):
        """The applications in the order in which this request tries them."""
        first = next(self._turns) % len(self.ports)
        return [*self.ports[first:], *self.ports[:first]]

    def heard(self, answer, client):
        """What is in it. Raises `HTTPException` where it is lost on this client."""
        said = answer.read()
        if self._loses and answer.status == HTTPStatus.CREATED:
            with self._lock:
                self._told[client] += 1
                is_lost = self._told[client] % self._loses == 0
            if is_lost:
                raise HTTPException("lost")
        return said

    def connect(self, address="127.0.0.1"):
        """Of a client at this address of loopback."""
        return HTTPConnection("127.0.0.1", self.server_port, timeout=PATIENCE, source_address=(address, 0))

    def handle_error(self, *_connection):
        """A client that hangs up is no fault."""

    def end(self):
        self.shutdown()
        self._thread.join()
        self.server_close()


class Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE

    def pass_on(self):
        """To whoever is there; to another, if nothing was sent yet or it may be sent twice."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        for port in self.server.turn():
            was_sent = False
            try:
                with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as link:
                    link.connect()
                    was_sent = True
                    link.request(self.command, self.path, body, self._forwarded())
                    answer = link.getresponse()
                    said = self.server.heard(answer, self.headers["Authorization"])
            except (OSError, HTTPException):
                if was_sent and self.command not in self.server.repeats:
                    break
            else:
                return self._answer(port, answer, said)
        return self.send_error(502)

    do_GET = do_POST = do_PATCH = do_DELETE = pass_on

    def _forwarded(self):
        headers = {name: value for name, value in self.headers.items() if name.lower() not in OF_ONE_LINE}
        if self.server.forwards:
            headers |= {"X-Forwarded-For": self._hops(), "X-Forwarded-Proto": "https"}
        return headers

    def _hops(self):
        """As they came, and who is here."""
        if self.server.hides:
            return "127.0.0.1"
        return ", ".join(filter(None, [self.headers.get("X-Forwarded-For"), self.client_address[0]]))

    def _answer(self, port, answer, said):
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in OF_ONE_LINE:
                self.send_header(name, value)
        self.send_header(SERVED_BY, f"127.0.0.1:{port}")
        if answer.status not in BODILESS:
            self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_said):
        pass


class Nginx:
    """Before two applications, as before two machines; `changes` are made to the configuration, text by
    text.
    """

    def __init__(self, folder, ports, changes=None):
        self.port = free_port()
        upstreams = (SITE / "upstreams.two.conf").read_text()
        for address, port in zip(("10.77.0.11", "10.77.0.12"), ports, strict=True):
            upstreams = re.sub(rf"{re.escape(address)}:800[01]", f"127.0.0.1:{port}", upstreams)
        file = configured(folder, upstreams, plain=free_port(), tls=self.port, changes=changes)
        self._context = ssl.create_default_context(cafile=folder / "fullchain.pem")
        self._context.check_hostname = False
        self._process = psutil.Popen(["nginx", "-c", file, "-p", folder, "-g", "daemon off;"])
        soon(lambda: listens(self.port))

    def connect(self, address="127.0.0.1"):
        """Of a client at this address of loopback."""
        where = {"timeout": PATIENCE, "source_address": (address, 0)}
        return HTTPSConnection("127.0.0.1", self.port, context=self._context, **where)

    def end(self):
        self._process.terminate()
        self._process.wait(PATIENCE)


def has_nginx():
    return shutil.which("nginx") is not None


def configured(folder, upstreams, *, plain, tls, changes=None):
    """The file of an nginx whose all lies in `folder`: `ops/nginx/onsite.conf` beside these `upstreams`,
    listening at other ports, with a certificate of its own.
    """
    _make_certificate(folder)
    site = (SITE / "onsite.conf").read_text().replace("/etc/ssl/onsite", str(folder))
    for before, after in (changes or {}).items():
        assert before in site
        site = site.replace(before, after)
    for usual, port in (("80", plain), ("443", tls)):
        site = re.sub(rf"(listen (?:\[::\]:)?){usual}\b", rf"\g<1>{port}", site)
    (folder / "site.conf").write_text(site)
    (folder / "upstreams.conf").write_text(upstreams)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    own = [f"{kind}_temp_path {folder}/{kind};" for kind in kinds]
    file = folder / "nginx.conf"
    file.write_text(
        f"""{_user()}
worker_processes 1;  # so that each request goes to the next application: every worker counts by itself
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
    {" ".join(own)}
    add_header {SERVED_BY} $upstream_addr always;
    include {folder}/upstreams.conf;
    include {folder}/site.conf;
}}
"""
    )
    return file


def _user():
    """Root's workers are to read what root's tests have made."""
    return "user root;" if psutil.Process().uids().effective == 0 else ""


def _make_certificate(folder):
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    where = ["-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"]
    command = ["openssl", "req", *kind, "-subj", f"/CN={HOST}", *where]
    subprocess.run(command, check=True, capture_output=True)
