"""What is told of each request: a line in the log, and a count for whoever watches."""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from base import metrics, sending
from base.asking import Asker, asker
from base.metrics import harmless
from onsite_project import __version__
from outbox.figures import figures as figures_of_outbox

logger = logging.getLogger("onsite.requests")

NO_ROUTE = "none"
TCP, LISTENS = (Path("/proc/net/tcp"), Path("/proc/net/tcp6")), "0A"
LINE = "%(method)s %(route)s %(status)d, %(ms).1f ms, %(sql)d SQL in %(sql_ms).1f ms, user %(user)s"


class Watches:
    """Tells of each request how it was answered and what that took: nothing that was sent, and no address,
    which may hold a secret, but the pattern that led to the view.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = perf_counter()
        harmless(metrics.in_flight.inc)
        try:
            response = self.get_response(request)
        finally:
            harmless(metrics.in_flight.dec)
        facts = _facts(request, response, asker(), perf_counter() - begun)
        harmless(lambda: _count(facts))
        logger.info(LINE, facts, extra={"facts": facts})
        return response


def _facts(request: HttpRequest, response: HttpResponse, who: Asker | None, seconds: float) -> dict[str, Any]:
    statements, waited = sending.spent()
    facts: dict[str, Any] = {
        "method": request.method,
        "route": _route(request),
        "status": response.status_code,
        "user": who and who.known_user_id,
        "event": who and who.event_id,
        "ms": round(seconds * 1000, 1),
        "sql": statements,
        "sql_ms": round(waited * 1000, 1),
    }
    if who is not None and who.codes and response.status_code >= 400:
        facts["codes"] = sorted(set(who.codes))
    return facts


def _route(request: HttpRequest) -> str:
    if request.resolver_match is not None:
        return request.resolver_match.route or "/"
    is_static = request.path_info.startswith(settings.STATIC_URL)
    return "static" if is_static else NO_ROUTE


def _count(facts: dict[str, Any]) -> None:
    method = facts["method"] if facts["method"] in metrics.METHODS else "other"
    metrics.requests.labels(method, facts["route"], str(facts["status"])).inc()
    metrics.duration.labels(facts["route"]).observe(facts["ms"] / 1000)
    metrics.sql.observe(facts["sql_ms"] / 1000)
    for code in facts.get("codes", ()):
        metrics.refusals.labels(code).inc()


@never_cache
def figures(request: HttpRequest) -> HttpResponse:
    """`/metrics`: what was counted, for whoever sends the token of the settings. Without one in the settings
    there is no such page.
    """
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(
        request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"
    ):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    now = CollectorRegistry()
    now.register(Now(int(request.META.get("SERVER_PORT") or 0)))
    return HttpResponse(metrics.exposition() + generate_latest(now), content_type=CONTENT_TYPE_LATEST)


class Now(Collector):
    """What is not counted but looked at: the version, and who waits for a worker of this `port`."""

    def __init__(self, port: int) -> None:
        self.port = port

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("onsite_info", "Which version this is.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        queue = _queue(self.port)
        if queue is not None:
            yield GaugeMetricFamily("onsite_queue", "Connections that no worker has taken yet.", value=queue)
        # Where the database does not answer, this is not known, and all else is.
        with suppress(Error):
            yield from _outbox()


def _outbox() -> list[Metric]:
    found = figures_of_outbox(timezone.now())
    tries = CounterMetricFamily("onsite_webhook_tries", "Messages sent to webhooks.", labels=["outcome"])
    tries.add_metric(["delivered"], found.delivered)
    tries.add_metric(["failed"], found.failed)
    return [
        GaugeMetricFamily("onsite_outbox_waiting", "Messages that are to leave.", value=found.waiting),
        GaugeMetricFamily(
            "onsite_outbox_late_seconds", "How late the first is that is due.", value=found.late
        ),
        tries,
    ]


def _queue(port: int) -> int | None:
    """How many connections wait for a worker, as the kernel tells; None where it does not.
    https://docs.kernel.org/networking/proc_net_tcp.html
    """
    waiting = None
    for file in TCP:
        with suppress(OSError):
            for line in file.read_text().splitlines()[1:]:
                _slot, local, _remote, state, queues, *_rest = line.split()
                if state == LISTENS and int(local.rpartition(":")[2], 16) == port:
                    waiting = (waiting or 0) + int(queues.rpartition(":")[2], 16)
    return waiting
