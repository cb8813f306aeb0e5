"""What is told of each request: one line in the log, and figures for whoever watches."""

import json
import logging
import re
from datetime import timedelta

import pytest
from django.test import Client

from base import metrics
from base.logs import JsonLines
from door.admission import check_in
from door.scan import Scan
from orders.lifecycle import cancel, complete
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from outbox.tests.factories import HookFactory, MessageFactory, without
from shifts.desk import Desk
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "0123456789abcdef0123"


class Lines(logging.Handler):
    """The log as it is written where it is JSON."""

    def __init__(self):
        super().__init__()
        self.setFormatter(JsonLines())
        self.written = []

    def emit(self, record):
        self.written.append(self.format(record))

    @property
    def requests(self):
        lines = [json.loads(line) for line in self.written]
        return [line for line in lines if line["logger"] == "onsite.requests"]


@pytest.fixture
def log():
    lines, root = Lines(), logging.getLogger()
    root.addHandler(lines)
    yield lines
    root.removeHandler(lines)


@pytest.fixture
def watcher(settings):
    """Reads the figures."""
    settings.METRICS_TOKEN = TOKEN
    return lambda: Client().get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).content.decode()


def value(name, **labels):
    return metrics.REGISTRY.get_sample_value(name, labels) or 0


def sold_out():
    return value("onsite_refusals_total", code="sold-out")


def became(status):
    return value("onsite_order_changes_total", status=status)


def seen(answer):
    return value("onsite_scans_total", direction="in", answer=answer)


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, quantity=10, price=20)


def sell(ticket, quantity=1, key=None, seller=None, **terms):
    terms = terms or {"payments": [Paid("card")]}
    lines = [Line(ticket.pk, quantity)]
    return sold_onsite(event=ticket.event, lines=lines, seller=seller, idempotency_key=key, **terms)


class TestLine:
    def test_of_a_sale_says_all_that_is_known(self, log, api, cashier, event, ticket):
        response = api(cashier).sell(event, (ticket, 2), status="completed")
        (line,) = log.requests
        assert line["time"].endswith("Z")
        assert line["level"] == "INFO"
        assert line["request"] == response["X-Request-ID"]
        assert (line["method"], line["route"], line["status"]) == ("POST", "v1/orders", 201)
        assert (line["user"], line["event"]) == (cashier.pk, event.pk)
        assert 0 < line["sql_ms"] < line["ms"]
        assert line["sql"] >= 5
        assert "codes" not in line

    def test_of_a_refusal_says_its_codes(self, log, api, cashier, event, ticket):
        api(cashier).sell(event, (ticket, 11), status="completed")
        (line,) = log.requests
        assert (line["status"], line["codes"]) == (409, ["sold-out"])

    def test_of_a_form_that_does_not_fit_says_its_codes(self, log, api, cashier, event, ticket):
        api(cashier).sell(event, {"id": ticket.pk, "quantity": "x"}, status="completed")
        assert log.requests[0]["codes"]

    @pytest.mark.parametrize("path", ["/till/{event}/", "/door/{event}/", "/v1/events/{event}"])
    def test_of_a_page_names_its_event_and_who_asked(self, log, client, api, cashier, event, path):
        client.force_login(cashier)
        asks = api(cashier) if path.startswith("/v1") else client
        assert asks.get(path.format(event=event.identifier)).status_code == 200
        line = log.requests[-1]
        assert (line["event"], line["user"]) == (event.pk, cashier.pk)
        assert event.identifier not in line["route"]

    def test_of_an_order_and_of_a_scan_names_their_event(self, log, api, cashier, organizer, event, ticket):
        order = sell(ticket)
        api(organizer).get(f"/v1/orders/{order.identifier}")
        assert log.requests[-1]["event"] == event.pk
        code = order.attendees.get().code
        body = {"data": {"type": "check-in", "attributes": {"code": code, "direction": "in"}}}
        body["data"]["relationships"] = {"event": {"data": {"type": "event", "id": str(event.pk)}}}
        assert api(cashier).post("/v1/check-ins", body).status_code == 201
        assert log.requests[-1]["event"] == event.pk
        assert code not in "".join(log.written)

    @pytest.mark.parametrize(
        "path",
        [
            "/join/secretsecretsecret",
            "/c/secretsecretsecret/",
            "/set-password/MQ/abcdef-0123456789abcdef0123/",
            "/v1/s3cret",
            "/s3cret",
        ],
    )
    def test_tells_no_address(self, log, client, path):
        client.get(path)
        assert len(log.requests) == 1
        assert path.split("/")[-2 if path.endswith("/") else -1] not in "".join(log.written)

    def test_of_a_file_and_of_nothing(self, log, client):
        client.get("/static/onsite/no-such-file.css")
        client.get("/nothing?q=ana@example.com")
        assert [line["route"] for line in log.requests] == ["static", "none"]
        assert "ana" not in "".join(log.written)

    def test_that_breaks_is_told_with_its_traceback_on_one_line(self, log, settings):
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, "onsite_project.tests.breaking.BreakingMiddleware"]
        Client(raise_request_exception=False).get("/join/secretsecretsecret")
        broken = [json.loads(line) for line in log.written if "traceback" in line]
        assert [line["logger"] for line in broken] == ["django.request"]
        assert "RuntimeError" in broken[0]["traceback"]
        assert all("\n" not in line for line in log.written)
        assert "secretsecretsecret" not in "".join(log.written)
        assert log.requests[0]["status"] == 500

    def test_of_nobody_asks_nothing_of_the_database(self, log, client):
        client.get("/nothing")
        assert log.requests[0]["user"] is None
        assert log.requests[0]["sql"] == 0


class TestFigures:
    def test_are_nowhere_without_a_token_in_the_settings(self, client, settings):
        settings.METRICS_TOKEN = ""
        for sent in ({}, {"authorization": "Bearer "}, {"authorization": "Bearer None"}):
            assert client.get("/metrics", headers=sent).status_code == 404

    @pytest.mark.parametrize(
        "sent", ["", f"Bearer {TOKEN}x", f"Token {TOKEN}", "Bearer ", f"Bearer {TOKEN[:-1]}", "é"]
    )
    def test_are_kept_from_whoever_has_not_the_token(self, client, settings, sent):
        settings.METRICS_TOKEN = TOKEN
        assert client.get("/metrics", headers={"authorization": sent}).status_code == 401

    def test_are_told_by_address_and_without_https(self, settings):
        settings.METRICS_TOKEN, settings.SECURE_SSL_REDIRECT = TOKEN, True
        asked = {"authorization": f"Bearer {TOKEN}", "host": "192.0.2.1:8000"}
        response = Client().get("/metrics", headers=asked)
        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/plain")

    def test_name_the_version_and_every_request(self, watcher, client):
        client.get("/healthz")
        told = watcher()
        assert "onsite_info{version=" in told
        assert 'onsite_requests_total{method="GET",route="healthz",status="200"}' in told
        assert 'onsite_request_duration_seconds_bucket{le="0.05",route="healthz"}' in told

    def test_grow_by_no_client(self, client):
        client.generic("BREW", "/nothing")
        assert value("onsite_requests_total", method="other", route="none", status="404") >= 1
        assert not value("onsite_requests_total", method="BREW", route="none", status="404")


class TestCounts:
    def test_of_a_sale(self, ticket):
        made = {"channel": "onsite", "mode": "onsite", "status": "completed"}
        before = [value("onsite_orders_total", **made), value("onsite_tickets_total", change="taken")]
        paid = value("onsite_payments_total", tender="card", direction="in")
        assert sell(ticket, 3).payment_mode == made["mode"]
        assert value("onsite_orders_total", **made) == before[0] + 1
        assert value("onsite_tickets_total", change="taken") == before[1] + 3
        assert value("onsite_payments_total", tender="card", direction="in") == paid + 1

    def test_of_a_sale_that_is_sent_again_stay(self, ticket, cashier):
        sell(ticket, key="one", seller=cashier)
        before = value("onsite_tickets_total", change="taken")
        sell(ticket, key="one", seller=cashier)
        assert value("onsite_tickets_total", change="taken") == before

    def test_of_a_sale_that_was_refused_stay(self, api, cashier, event, ticket):
        before = (
            value("onsite_tickets_total", change="taken"),
            value("onsite_refusals_total", code="sold-out"),
        )
        assert api(cashier).sell(event, (ticket, 11)).status_code == 409
        after = value("onsite_tickets_total", change="taken"), value("onsite_refusals_total", code="sold-out")
        assert after == (before[0], before[1] + 1)

    def test_of_what_becomes_of_orders(self, ticket, organizer):
        completed, cancelled = (
            value("onsite_order_changes_total", status=s) for s in ("completed", "cancelled")
        )
        back = value("onsite_tickets_total", change="given back")
        order = complete(sell(ticket, 2, status="pending"), payments=[Paid("card")])
        cancel(order, desk=Desk(organizer), reason="rain")
        assert (became("completed"), became("cancelled")) == (completed + 1, cancelled + 1)
        assert value("onsite_tickets_total", change="given back") == back + 2
        assert value("onsite_payments_total", tender="card", direction="out") >= 1

    def test_of_scans_by_their_answer(self, event, ticket):
        code = sell(ticket).attendees.get().code
        ok, already = seen("ok"), seen("already-checked-in")
        for _twice in range(2):
            check_in(Scan(event, code), by=None)
        assert (seen("ok"), seen("already-checked-in")) == (ok + 1, already + 1)

    def test_that_fail_stop_no_sale(self, ticket, monkeypatch, caplog):
        monkeypatch.setattr(metrics.orders, "labels", lambda *_: 1 / 0)
        assert sell(ticket).pk
        assert "division by zero" in caplog.text

    def test_that_fail_stop_no_request(self, client, monkeypatch, caplog):
        monkeypatch.setattr(metrics.requests, "labels", lambda *_: 1 / 0)
        for act in ("inc", "dec"):
            monkeypatch.setattr(metrics.in_flight, act, lambda: 1 / 0)
        assert client.get("/healthz").status_code == 200
        assert "was not counted" in caplog.text

    def test_nobody_is_in_flight_afterwards(self, client):
        client.get("/healthz")
        assert value("onsite_requests_in_flight") == 0


class TestOutbox:
    """What waits to leave is looked at, because the worker that has it leave is another process."""

    def test_is_told(self, watcher, now):
        hook = HookFactory(delivered=3, failed=2)
        MessageFactory(hook=hook, next_try_at=now - timedelta(seconds=100))
        MessageFactory(hook=hook, next_try_at=now + timedelta(seconds=100))
        MessageFactory(hook=hook, state="done", ended_at=now)
        MessageFactory(hook__failures=1, next_try_at=now - timedelta(days=1))
        page = watcher()
        assert "onsite_outbox_waiting 3.0" in page
        assert 100 <= float(re.search(r"^onsite_outbox_late_seconds (.*)$", page, re.MULTILINE)[1]) < 1000
        assert 'onsite_webhook_tries_total{outcome="delivered"} 3.0' in page
        assert 'onsite_webhook_tries_total{outcome="failed"} 2.0' in page

    def test_is_left_out_where_the_database_fails(self, watcher):
        with without("outbox_hook"):
            page = watcher()
        assert "onsite_outbox" not in page
        assert "onsite_info" in page
