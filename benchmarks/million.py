"""How long organizers wait where a million guests of twenty events are: every list of the admin with its
search, its filters and its second page, reports, totals, the live picture, the night, and an export's first
byte; one client, over the whole middleware, in this process. Writes MILLION.md.

python tools/with_postgres.py --durable python -m benchmarks.million          ten minutes
python tools/with_postgres.py --durable python -m benchmarks.million 10       does it work? writes nothing
"""

import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# By the thousand: an event of 100, nineteen of 900 together; 300 orders of 3 or 4.
THOUSANDS, EVENTS, TILLS, TICKETS = 1000, 20, 20, 5
AT_MOST, ROUNDS, WORST = 300, 7, 10
HERE = Path(__file__).resolve().parent

ORDERS = """
    INSERT INTO orders_order (
        id, identifier, event_id, seller_id, channel, status, payment_mode, amount, currency, order_notes,
        company, tax_business_info, address, city, state, zipcode, country, created_at, completed_at,
        cancelled_at, cancel_reason, fingerprint, shift_id, awaits_card
    )
    SELECT n, translate(lpad(to_hex(n * 2654435761 % 4294967296), 8, '0'), '0123456789abcdef',
            'ACDEFGHJKMNPQRTU'),
        e.event, (%(cashiers)s::bigint[])[e.shift], 'onsite',
        CASE WHEN n % 50 = 0 THEN 'cancelled' ELSE 'completed' END,
        'onsite', 10 * (3 + CAST(n % 3 = 0 AS int)), 'EUR', '',
        CASE WHEN n % 100 = 0 THEN 'Company ' || n ELSE '' END, '', '', '', '', '', '', e.at, e.at,
        CASE WHEN n % 50 = 0 THEN e.at END, '', '', (%(shifts)s::bigint[])[e.shift], false
    FROM (
        SELECT n, i.event, 1 + (i.event - 1) * %(tills)s + n % %(tills)s AS shift,
            %(now)s::timestamptz - interval '1 day' * (i.event - 1)
                - interval '1 second' * (n::bigint * 7919 % 28800) AS at
        FROM generate_series(1, %(orders)s) AS n,
            LATERAL (SELECT CASE WHEN n * 10 <= %(orders)s THEN 1
                ELSE 2 + n % (%(events)s - 1) END AS event) AS i
    ) AS e
"""
PAYMENTS = """
    INSERT INTO orders_payment (order_id, amount, tender, reference, created_by_id, created_at, shift_id)
    SELECT id, amount, CASE id % 3 WHEN 0 THEN 'card' ELSE 'cash' END, '', seller_id, completed_at, shift_id
    FROM orders_order ORDER BY id
"""
ATTENDEES = """
    INSERT INTO attendees_attendee (
        ticket_id, order_id, price_paid, sold_as, price_reason, firstname, lastname, email, is_inside, code
    )
    SELECT (%(tickets_of)s::bigint[])[1 + (o.event_id - 1) * %(tickets)s + (o.id + k) % %(tickets)s], o.id,
        10, 'Ticket', '', 'First' || (o.id * 4 + k) % 1000, 'Last' || (o.id * 4 + k) % 50000,
        'guest' || o.id * 4 + k || '@example.com', o.status = 'completed' AND (o.id + k) % 20 <> 0,
        translate(lpad(to_hex((o.id * 4 + k) * 2654435761 % 4294967296), 8, '0'), '0123456789abcdef',
            'BCDFGHJKLNPRSTVX') || 'BCDFGHJKLNPR'
    FROM orders_order o, LATERAL generate_series(1, 3 + CAST(o.id % 3 = 0 AS int)) AS k
    ORDER BY o.id
"""
WORDS = """
    INSERT INTO attendees_nameword (event_id, word, place, attendee_id)
    SELECT o.event_id, w.word, w.place, a.id
    FROM attendees_attendee a JOIN orders_order o ON o.id = a.order_id,
        LATERAL (VALUES (lower(a.lastname), 0), (lower(a.firstname), 1), (a.email, 2)) AS w (word, place)
"""
CAME = """
    INSERT INTO door_checkin (event_id, attendee_id, station_id, code, direction, answer, moved, occurred_at,
        received_at, clock_is_off, reason, fingerprint)
    SELECT o.event_id, a.id, s.id, '', 'in', 'ok', 1, o.completed_at + interval '4 minutes',
        o.completed_at + interval '4 minutes', false, '', ''
    FROM attendees_attendee a JOIN orders_order o ON o.id = a.order_id
        JOIN door_station s ON s.event_id = o.event_id AND s.name = 'Gate ' || (1 + a.id % 4)
    WHERE a.is_inside ORDER BY o.completed_at
"""
COUNTED = """
    UPDATE events_event e SET inside = c.n
    FROM (SELECT event_id, count(*) AS n FROM door_checkin GROUP BY 1) AS c WHERE c.event_id = e.id;
    UPDATE tickets_ticket t SET sold = c.n
    FROM (
        SELECT a.ticket_id, count(*) AS n FROM attendees_attendee a JOIN orders_order o ON o.id = a.order_id
        WHERE o.status = 'completed' GROUP BY 1
    ) AS c WHERE c.ticket_id = t.id
"""


def fill(thousands: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    made = stage()
    values = {**made, "orders": 300 * thousands, "events": EVENTS, "tills": TILLS, "tickets": TICKETS}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # what is written fits: no key is looked up
        for statement in (ORDERS, PAYMENTS, ATTENDEES, WORDS, CAME, COUNTED):
            cursor.execute(statement.replace("%", "%%").replace("%%(", "%("), values)
        cursor.execute("SELECT setval('orders_order_id_seq', 400 * %s)", [thousands])
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE")


def stage() -> dict[str, Any]:
    """Events 1 to `EVENTS`, with an organizer of all; the ids that the statements above go by."""
    from accounts.models import User
    from door.models import Station
    from events.models import Event, Member, Role
    from shifts.models import Shift, Till
    from tickets.models import Ticket

    now = datetime.now(UTC)
    days = [now - timedelta(days=number) for number in range(EVENTS)]
    events = [
        Event.objects.create(
            pk=number,
            name=f"Night {number}",
            identifier=f"night-{number}",
            starts_at=at - timedelta(hours=8),
            ends_at=at,
            day_ends_at=(at - timedelta(hours=8)).time(),
            state=Event.State.PUBLISHED,
            capacity=1_000_000,
        )
        for number, at in enumerate(days, 1)
    ]
    organizer = User.objects.create_user("organizer@example.org")
    Member.objects.bulk_create(Member(event=event, user=organizer, role=Role.ORGANIZER) for event in events)
    Station.objects.bulk_create(
        Station(event=event, name=f"Gate {gate}", direction="both")
        for event in events
        for gate in range(1, 5)
    )
    tickets = Ticket.objects.bulk_create(
        Ticket(event=event, name=f"Ticket {n}", price=10) for event in events for n in range(TICKETS)
    )
    cashiers = User.objects.bulk_create(
        User(email=f"cashier{n}@example.org", password="!") for n in range(EVENTS * TILLS)
    )
    tills = Till.objects.bulk_create(
        Till(event=event, name=f"Till {n}") for event in events for n in range(TILLS)
    )
    shifts = Shift.objects.bulk_create(
        Shift(till=till, cashier=cashier, opened_at=now - timedelta(days=30), opening_float=100)
        for till, cashier in zip(tills, cashiers, strict=True)
    )
    ids = {"cashiers": cashiers, "shifts": shifts, "tickets_of": tickets}
    return {"now": now, **{name: [row.pk for row in rows] for name, rows in ids.items()}}


@dataclass
class Place:
    """An address, what it took, and its statements by how long they took."""

    name: str
    url: str
    taken: list[float] = field(default_factory=list)
    sent: list[dict[str, str]] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return statistics.median(self.taken)

    @property
    def p95(self) -> float:
        return sorted(self.taken)[int(len(self.taken) * 0.95)]


def pages() -> Iterator[Place]:
    """What organizers look at of the largest event."""
    from shifts.models import Shift

    shift = Shift.objects.filter(till__event=1).order_by("pk").first()
    yield Place("report of a shift", f"/till/night-1/shifts/{shift.pk}/report/")
    yield Place("list of shifts", "/till/night-1/shifts/")
    yield Place("totals", "/till/night-1/totals/")
    yield Place("live picture", "/events/night-1/live/")
    yield Place("night", "/events/night-1/night/")
    yield Place("home", "/events/night-1/")
    yield Place("guest list", "/events/night-1/guests/")
    yield Place("export of shifts", "/till/night-1/totals.csv")


def lists(client: Any) -> Iterator[Place]:
    """Every list of the admin, with what its page offers: a search, the first choice of each filter, and
    the second page.
    """
    from django.contrib import admin
    from django.urls import reverse

    for model, model_admin in admin.site._registry.items():
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        answer = client.get(url)
        if answer.status_code != 200:
            continue  # for superusers
        listed, name = answer.context_data["cl"], str(model._meta.verbose_name_plural)
        yield Place(f"{name}", url)
        if model_admin.search_fields:
            for text in ("last77", "first5 last12", "A7C", "guest4711@example.com", "nobody at all"):
                yield Place(f"{name}, search: {text}", f"{url}?q={text.replace(' ', '+')}")
        for spec in listed.filter_specs:
            choice = [*spec.choices(listed)][1]
            yield Place(f"{name}, by {spec.title}", url + choice["query_string"])
        if listed.multi_page or listed.can_show_all:
            yield Place(f"{name}, page 2", f"{url}?p=2")


def measure(client: Any, place: Place, rounds: int) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        begun(client, place.url)
        place.sent = list(queries.captured_queries)
    place.taken = [begun(client, place.url) for _round in range(rounds)]


def begun(client: Any, url: str) -> float:
    """Milliseconds until the first byte."""
    start = time.perf_counter()
    answer = client.get(url)
    if answer.streaming:
        next(iter(answer.streaming_content))
    elif answer.status_code != 200:
        raise SystemExit(f"{url} answered {answer.status_code}")
    taken = (time.perf_counter() - start) * 1000
    answer.close()
    return taken


def report(places: list[Place], attendees: int) -> str:
    worst = sorted(places, key=lambda place: -place.p50)
    rows = "\n".join(
        f"| {place.name} | {place.p50:.0f} | {place.p95:.0f} | {len(place.sent)} |" for place in worst
    )
    return f"""# A million guests

Measured by `make bench-million` on {datetime.now(UTC):%Y-%m-%d}: {attendees:,} attendees of {EVENTS} events,
the largest of {attendees // 10:,}; one client in one process, {ROUNDS} rounds, {os.cpu_count()} cores, with a
load of {os.getloadavg()[0]:.1f}.

| what | p50 ms | p95 ms | SQL |
| ---- | ------ | ------ | --- |
{rows}

## The statements that took longest

{plans(places)}
"""


def plans(places: list[Place]) -> str:
    """Of each kind of statement the slowest, with its plan."""
    from django.db import connection

    each = {query["sql"].partition(" WHERE ")[0]: (query, place) for place in places for query in place.sent}
    slowest = sorted(each.values(), key=lambda found: -float(found[0]["time"]))[:WORST]
    told = []
    with connection.cursor() as cursor:
        for query, place in slowest:
            if query["sql"].startswith("SELECT"):
                cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + query["sql"].replace("%", "%%"), [])
                plan = "\n".join(line for (line,) in cursor.fetchall())
                told.append(f"{place.name}:\n\n```\n{query['sql'][:1500]}\n\n{plan}\n```")
    return "\n\n".join(told)


def main(thousands: int) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")
    os.environ["ONSITE_MAINTENANCE"] = "1"  # for what fills it
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client

    from accounts.models import User
    from attendees.models import Attendee

    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["*"], False
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES["staticfiles"] = plain  # nothing was collected
    fill(thousands)
    client = Client()
    client.force_login(User.objects.get(email="organizer@example.org"))
    places = [*pages(), *lists(client)]
    for place in places:
        measure(client, place, ROUNDS)
        print(f"{place.p50:6.0f} {place.p95:6.0f}  {place.name}", flush=True)
    text = report(places, Attendee.objects.count())
    if thousands < THOUSANDS:
        print(text)
        return 0
    (HERE / "MILLION.md").write_text(text)
    return int(any(place.p50 > AT_MOST for place in places))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else THOUSANDS))
