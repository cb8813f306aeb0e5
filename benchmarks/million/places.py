"""Where organizers wait: the addresses, what they took, and the statements that they sent."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from benchmarks.million import lists

NAMES = ("last77", "first5 last12", "first", "guest4711@example.com", "nobody at all")


@dataclass
class Place:
    """An address, as whose client it is asked, what it took, and its statements by how long they took."""

    name: str
    url: str
    client: Any = None
    taken: list[float] = field(default_factory=list)
    sent: list[dict[str, str]] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return statistics.median(self.taken)

    @property
    def p95(self) -> float:
        return sorted(self.taken)[int(len(self.taken) * 0.95)]


def everywhere(organizer: Any, superuser: Any, tool: Any) -> Iterator[Place]:
    """The pages of the largest event, the API (as a tool asks it) and the whole admin for an organizer of all
    events; and the whole admin once more for a superuser.
    """
    yield from (Place(name, url, organizer) for name, url in pages())
    yield from (Place(name, url, tool) for name, url in api())
    for who, client in (("", organizer), ("superuser: ", superuser)):
        for name, url in [*lists.of(client), *forms(client)]:
            yield Place(who + name, url, client)


def pages() -> Iterator[tuple[str, str]]:
    """What organizers look at of the largest event."""
    from shifts.models import Shift

    shift = Shift.objects.filter(till__event=1).order_by("pk").first()
    yield "report of a shift", f"/till/night-1/shifts/{shift.pk}/report/"
    yield "list of shifts", "/till/night-1/shifts/"
    yield "totals", "/till/night-1/totals/"
    yield "live picture", "/events/night-1/live/"
    yield "night", "/events/night-1/night/"
    yield "home", "/events/night-1/"
    yield "tills and gates", "/events/night-1/edit/places/"
    yield "guest list", "/events/night-1/guests/"
    yield "export of shifts", "/till/night-1/totals.csv"
    yield "exports", "/events/night-1/exports/"


def api() -> Iterator[tuple[str, str]]:
    """What an organizer's tool asks the API for."""
    from exports.catalogue import TABLES
    from orders.models import Order

    for table in TABLES:
        yield f"API export of {table}, its first byte", f"/v1/events/night-1/exports/{table}.csv"

    code = Order.objects.filter(event=1).order_by("pk").values_list("identifier", flat=True)[0]
    guests: list[dict[str, Any]] = [{"filter[name]": name} for name in NAMES]
    guests += [{}, {"page[number]": 10}, {"filter[order]": code}, {"filter[is-checked-in]": "false"}]
    guests += [{"filter[email]": NAMES[3]}, {"filter[ticket]": 1}, {"sort": "-id"}]
    orders: list[dict[str, Any]] = [
        {},
        {"page[number]": 10},
        {"filter[status]": "cancelled"},
        {"filter[identifier]": code},
    ]
    asked: dict[str, list[dict[str, Any]]] = {
        "events/night-1/attendees": guests,
        "events/night-1/orders": orders,
        "orders": [*orders, {"filter[event]": 7}],
        "events/night-1/check-ins": [{}, {"filter[answer]": "unpaid"}, {"filter[conflict]": "true"}],
        "events/night-1/payments": [{}, {"filter[tender]": "card"}],
        "events/night-1/changes": [{}, {"filter[kind]": "tickets.ticket"}],
    }
    for path, queries in asked.items():
        for query in queries:
            named = " ".join(f"{key}={value}" for key, value in query.items())
            yield f"API {path} {named}".strip(), f"/v1/{path}?{urlencode(query)}"


def forms(client: Any) -> Iterator[tuple[str, str]]:
    """Of each model of the admin one row: its form, its history, and what is asked before it is deleted; and
    what completes a field.
    """
    from django.contrib import admin
    from django.urls import reverse

    for model in admin.site._registry:
        row = model._default_manager.order_by("-pk").first()
        names = f"{model._meta.app_label}_{model._meta.model_name}"
        for page in ("change", "history", "delete") if row else ():
            url = reverse(f"admin:{names}_{page}", args=[row.pk])
            if client.get(url).status_code == 200:
                yield f"{model._meta.verbose_name}: {page}", url
    for app, model, name in (("events", "member", "user"),):
        asked = {"app_label": app, "model_name": model, "field_name": name, "term": "cashier1"}
        url = f"{reverse('admin:autocomplete')}?{urlencode(asked)}"
        if client.get(url).status_code == 200:
            yield f"{model}: {name} completed", url


def measure(place: Place, rounds: int) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        begun(place)
        place.sent = list(queries.captured_queries)
    place.taken = [begun(place) for _round in range(rounds)]


def begun(place: Place) -> float:
    """Milliseconds until the first byte."""
    start = time.perf_counter()
    answer = place.client.get(place.url)
    if answer.streaming:
        next(iter(answer.streaming_content))
    elif answer.status_code != 200:
        raise SystemExit(f"{place.url} answered {answer.status_code}")
    taken = (time.perf_counter() - start) * 1000
    answer.close()
    return taken
