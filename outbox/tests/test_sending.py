"""One request to a server that may be anything."""

import socket
import ssl
import threading
import time
from contextlib import contextmanager

import pytest

from outbox.sending import NotSent, post
from outbox.tests import targets
from outbox.tests.targets import answering, certificate, target

SECONDS = 1.0


def send(url, seconds=SECONDS):
    return post(url, b'{"a":1}', {"webhook-id": "evt_1"}, seconds=seconds)


@contextmanager
def refused(saying, within=SECONDS + 20):
    """Long before the target has ended, however busy the machine."""
    begun = time.monotonic()
    with pytest.raises(NotSent, match=saying):
        yield
    assert time.monotonic() - begun < within


@pytest.fixture
def names(monkeypatch):
    """What DNS says: a name's addresses, the first time and then the second; who asks again is told."""
    known, asked = {}, []
    real = socket.getaddrinfo

    def look_up(host, port, *args, **options):
        if host not in known:
            return real(host, port, *args, **options)
        asked.append(host)
        found = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    known["asked"] = asked
    return known


def test_status_and_what_was_sent(private):
    with target() as server:
        assert send(server.url) == 204
    ((headers, body),) = server.requests
    assert headers["first"] == "POST /hook?a=b HTTP/1.1"
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == "evt_1"
    assert body == b'{"a":1}'


@pytest.mark.parametrize("status", [200, 301, 302, 307, 308, 404, 410, 500, 503])
def test_redirect_is_an_answer_like_others(private, status):
    with target() as elsewhere:
        answer = f"HTTP/1.1 {status} X\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n".encode()
        with target(answering(answer)) as server:
            assert send(server.url) == status
        assert not elsewhere.connections


@pytest.mark.parametrize(
    "temper", [targets.silent, targets.dripping, targets.continuing], ids=lambda temper: temper.__name__
)
def test_who_takes_too_long_is_left(private, temper):
    with target(temper) as server, refused("no answer within 1 seconds"):
        send(server.url)


@pytest.mark.parametrize(
    "temper", [targets.closes, targets.garbage, targets.endless_head], ids=lambda temper: temper.__name__
)
def test_who_answers_nonsense_is_left(private, temper):
    with target(temper) as server, refused("."):
        send(server.url)


def test_of_a_huge_answer_only_the_head_is_read(private):
    with target(targets.huge) as server:
        assert send(server.url, 5) == 200
    assert server.sent < 20_000_000  # what lay in the buffers


def test_who_reads_nothing_is_left(private):
    with target(targets.silent, reads=False) as server, refused("no answer"):
        post(server.url, b"x" * 20_000_000, {}, seconds=SECONDS)


def test_who_listens_and_never_shakes_hands_is_left(private):
    """A server of TLS that says nothing."""
    with target(targets.silent, reads=False) as server, refused("no answer"):
        send(server.url.replace("http:", "https:"))


def test_nobody_there(private):
    with target() as server:
        pass
    with refused("refused"):
        send(server.url)


def test_name_that_is_none(private):
    with refused("no address"):
        send("https://there-is-no-such-name.invalid/", 5)


def test_resolver_that_is_silent_is_left(private, monkeypatch):
    over = threading.Event()

    def say_nothing(*_args, **_options):
        over.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", say_nothing)
    with refused("no answer within"):
        send("https://slow.example.com/")
    over.set()


class TestCertificates:
    def trust(self, monkeypatch, file):
        monkeypatch.setenv("SSL_CERT_FILE", str(file))

    def test_of_nobody_known(self, private, tmp_path, names):
        context, _file = certificate(tmp_path, "hook.example.com")
        names["hook.example.com"] = [["127.0.0.1"]]
        with target(context=context) as server, refused("wrong certificate"):
            send(f"https://hook.example.com:{server.port}/")
        assert not server.requests

    def test_of_another_name(self, private, tmp_path, names, monkeypatch):
        context, file = certificate(tmp_path, "other.example.com")
        self.trust(monkeypatch, file)
        names["hook.example.com"] = [["127.0.0.1"]]
        with target(context=context) as server, refused("wrong certificate"):
            send(f"https://hook.example.com:{server.port}/")
        assert not server.requests

    def test_of_the_name_that_was_asked_for(self, private, tmp_path, names, monkeypatch):
        context, file = certificate(tmp_path, "hook.example.com")
        self.trust(monkeypatch, file)
        names["hook.example.com"] = [["127.0.0.1"]]
        told = []
        context.sni_callback = lambda _socket, name, _context: told.append(name)
        with target(context=context) as server:
            assert send(f"https://hook.example.com:{server.port}/", 5) == 204
        assert told == ["hook.example.com"]
        assert server.requests[0][0]["host"] == f"hook.example.com:{server.port}"

    def test_old_protocol(self, private, tmp_path, names, monkeypatch):
        context, file = certificate(tmp_path, "hook.example.com")
        self.trust(monkeypatch, file)
        names["hook.example.com"] = [["127.0.0.1"]]
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLS"):
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        with target(context=context) as server, refused("."):
            send(f"https://hook.example.com:{server.port}/")


PRIVATE = [
    "127.0.0.1",
    "10.0.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "::1",
    "::ffff:127.0.0.1",
    "fe80::1%eth0",
]


class TestPrivateAddresses:
    @pytest.mark.parametrize("address", PRIVATE)
    def test_nothing_is_sent_there(self, names, address):
        with target() as server:
            names["hook.example.com"] = [[address]]
            with refused("private address"):
                send(f"https://hook.example.com:{server.port}/")
        assert not server.connections

    def test_not_by_its_number_either(self):
        with target() as server:
            for host in ("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "localhost"):
                with refused("."):
                    send(f"https://{host}:{server.port}/")
        assert not server.connections

    def test_not_if_one_of_several_is_private(self, names):
        names["hook.example.com"] = [["93.184.215.14", "10.0.0.1"]]
        with refused("private address"):
            send("https://hook.example.com/")

    def test_not_by_a_name_that_changes(self, names, monkeypatch):
        """The address that was looked at is the one that is connected to: the name is asked for once."""
        connected = []

        def connect(address, **_options):
            connected.append(address)
            raise ConnectionRefusedError("refused")

        monkeypatch.setattr(socket, "create_connection", connect)
        names["hook.example.com"] = [["93.184.215.14"], ["127.0.0.1"]]
        with refused("refused"):
            send("https://hook.example.com/")
        assert names["asked"] == ["hook.example.com"]
        assert connected == [("93.184.215.14", 443)]

    def test_not_by_http(self):
        with refused("https"):
            send("http://hook.example.com/")

    def test_no_proxy_is_asked(self, private, monkeypatch):
        with target() as proxy, target() as server:
            monkeypatch.setenv("http_proxy", proxy.url)
            monkeypatch.setenv("https_proxy", proxy.url)
            assert send(server.url) == 204
        assert not proxy.connections
