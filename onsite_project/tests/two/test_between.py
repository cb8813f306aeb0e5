"""A proxy before two applications: who is asked, who is told of, and what is sent twice."""

from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from onsite_project.tests.two.between import HOST, MAY_BE_SENT_TWICE, Balancer, Nginx, has_nginx

TWICE = "proxy_next_upstream error timeout"


class Application(ThreadingHTTPServer):
    """Keeps what it hears. One that `dies` of it hears a request whole, and hangs up."""

    def __init__(self):
        self.heard, self.dies = [], False
        super().__init__(("127.0.0.1", 0), Hearing)
        self._thread = Thread(target=self.serve_forever)
        self._thread.start()

    def end(self):
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
            self.server_close()


class Hearing(BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.heard.append((self.command, body, self.headers))
        if self.server.dies:
            self.close_connection = True
            return
        self.send_response(200)
        self.end_headers()

    do_GET = do_POST = answer

    def log_message(self, *_said):
        pass


@pytest.fixture
def applications():
    both = [Application() for _ in range(2)]
    yield both
    for one in both:
        one.end()


@pytest.fixture(params=["balancer", "nginx"])
def between(request, applications, tmp_path):
    """`between()`: a proxy before both; one that sends everything `twice` is the control."""
    if request.param == "nginx" and not has_nginx():
        pytest.skip("no nginx here")
    begun, ports = [], [one.server_port for one in applications]

    def begin(*, twice=False):
        if request.param == "balancer":
            proxy = Balancer(ports, repeats=MAY_BE_SENT_TWICE | {"POST"} if twice else MAY_BE_SENT_TWICE)
        else:
            proxy = Nginx(tmp_path, ports, {TWICE: f"{TWICE} non_idempotent"} if twice else None)
        begun.append(proxy)
        return proxy

    yield begin
    for proxy in begun:
        proxy.end()


def ask(proxy, method="GET", body=None, address="127.0.0.1", **headers):
    with closing(proxy.connect(address)) as link:
        link.request(method, "/v1/orders", body, {"Host": HOST, **headers})
        return link.getresponse().status


def heard(applications):
    return [what for one in applications for what in one.heard]


def test_each_request_goes_to_the_next(between, applications):
    proxy = between()
    assert [ask(proxy, "POST", "a sale") for _ in range(4)] == [200] * 4
    assert [[body for _method, body, _headers in one.heard] for one in applications] == [[b"a sale"] * 2] * 2


def test_application_is_told_whom_it_answers_and_how_they_came(between, applications):
    ask(between(), address="127.0.0.5", **{"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "gopher"})
    ((_method, _body, headers),) = heard(applications)
    assert headers["X-Forwarded-For"] == "198.51.100.7, 127.0.0.5"
    assert (headers["X-Forwarded-Proto"], headers["Host"]) == ("https", HOST)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_one_that_is_gone_was_not_sent_goes_to_the_other(between, applications, method):
    gone, there = applications
    proxy = between()
    gone.end()
    assert [ask(proxy, method) for _ in range(4)] == [200] * 4
    assert len(there.heard) == 4


def test_what_may_be_sent_twice_goes_to_the_other_when_one_dies_of_it(between, applications):
    for one in applications:
        one.dies = True
    assert ask(between()) == 502
    assert [len(one.heard) for one in applications] == [1, 1]


@pytest.mark.parametrize(("twice", "times"), [(False, 1), (True, 2)])
def test_sale_that_may_have_been_heard_is_not_sent_again(between, applications, twice, times):
    """And would be heard twice if the proxy did send it."""
    for one in applications:
        one.dies = True
    assert ask(between(twice=twice), "POST", "a sale") == 502
    assert len(heard(applications)) == times
