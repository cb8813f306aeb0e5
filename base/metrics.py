"""What is counted for whoever watches the box office: names and labels stand here, and nowhere else.

Every worker counts for itself, in a file of the folder `PROMETHEUS_MULTIPROC_DIR` if there is one
(gunicorn.conf.py), and whichever worker is asked adds them up:
https://prometheus.github.io/client_python/multiprocess/. No label has values that guests or clients choose,
nor an event's: each would be a series of its own for ever.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from django.db import transaction
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

logger = logging.getLogger(__name__)

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
REGISTRY = CollectorRegistry()
# Seconds: a scan, a sale, what a guest notices, what a lock is waited for, what a proxy gives up on.
DURATIONS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30)
METHODS = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS")

requests = Counter(
    "onsite_requests",
    "Requests that were answered.",
    ["method", "route", "status"],
    registry=REGISTRY,
)
duration = Histogram(
    "onsite_request_duration_seconds",
    "How long a worker was busy with a request.",
    ["route"],
    buckets=DURATIONS,
    registry=REGISTRY,
)
sql = Histogram(
    "onsite_request_sql_seconds",
    "How long a request waited for the database.",
    buckets=DURATIONS,
    registry=REGISTRY,
)
in_flight = Gauge(
    "onsite_requests_in_flight",
    "Requests that workers are busy with.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
refusals = Counter(
    "onsite_refusals", "Requests that were refused, by the code of the reason.", ["code"], registry=REGISTRY
)
orders = Counter(
    "onsite_orders",
    "Orders that were made: sold onsite or ordered online, to be paid how, and what they then were.",
    ["channel", "mode", "status"],
    registry=REGISTRY,
)
order_ends = Counter(
    "onsite_order_changes",
    "Orders that became something later: completed, cancelled, expired.",
    ["status"],
    registry=REGISTRY,
)
tickets = Counter(
    "onsite_tickets", "Tickets that left the stock, and that came back.", ["change"], registry=REGISTRY
)
payments = Counter(
    "onsite_payments", "Movements of money on orders, in and out.", ["tender", "direction"], registry=REGISTRY
)
scans = Counter("onsite_scans", "Guests scanned, by the answer.", ["direction", "answer"], registry=REGISTRY)
lock_waits = Histogram(
    "onsite_lock_wait_seconds",
    "How long somebody waited for others: for tickets, or for SQLite's one writer.",
    ["what"],
    buckets=DURATIONS,
    registry=REGISTRY,
)
waiting = Gauge(
    "onsite_lock_waiting",
    "Requests that wait for tickets which others have locked.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
places_busy = Counter(
    "onsite_places_busy",
    "Requests refused because enough others wait for tickets already.",
    registry=REGISTRY,
)


def counted(counter: Counter, *labels: str, by: int = 1) -> None:
    """Count once the open transaction is on disk; at once where there is none. Never fails."""
    transaction.on_commit(lambda: _add(counter, labels, by), robust=True)


def _add(counter: Counter, labels: tuple[str, ...], by: int) -> None:
    (counter.labels(*labels) if labels else counter).inc(by)


def harmless(count: Callable[[], None]) -> None:
    """Count, or say in the log why that failed: nobody is refused anything for it."""
    try:
        count()
    except Exception:
        logger.exception("This was not counted")


@contextmanager
def wait_for(what: str) -> Iterator[None]:
    """Time what is done inside, which waits for others."""
    begun = perf_counter()
    harmless(waiting.inc)
    try:
        yield
    finally:
        harmless(waiting.dec)
        waited(what, perf_counter() - begun)


def waited(what: str, seconds: float) -> None:
    """Somebody waited so long for others."""
    harmless(lambda: lock_waits.labels(what).observe(seconds))


def exposition() -> bytes:
    """All figures of all workers, in Prometheus' text format."""
    if FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # it has no types
    return generate_latest(together)
