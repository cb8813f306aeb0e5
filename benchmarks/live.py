"""How long an event's live picture and its night's report take, of 100,000 guests who came in eight hours,
beside another such event of the same name: over the whole middleware, one client, in this process.

python tools/with_postgres.py --durable python -m benchmarks.live          two minutes
python tools/with_postgres.py --durable python -m benchmarks.live 4000     does it work?
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

GUESTS = 100_000
AT_MOST = 300  # milliseconds, for the live picture
ROUNDS, PLANS = 15, 3
# The later half of the orders is of the earlier event. All are spread over the eight hours, and their guests
# come four minutes later; one in twenty is turned away.
EARLIER = "UPDATE orders_order SET event_id = %s WHERE id > %s"
ITS_TICKETS = "UPDATE attendees_attendee SET ticket_id = %s, sold_as = 'Ticket' WHERE order_id > %s"
SPREAD = """
    UPDATE orders_order SET completed_at = at, created_at = at
    FROM (
        SELECT o.id, e.ends_at - interval '1 second' * (o.id * 7919 % 28800) AS at
        FROM orders_order o JOIN events_event e ON e.id = o.event_id
    ) AS spread
    WHERE spread.id = orders_order.id
"""
PAID = """
    UPDATE orders_payment
    SET created_at = o.completed_at, tender = CASE o.id % 3 WHEN 0 THEN 'card' ELSE 'cash' END
    FROM orders_order o WHERE o.id = order_id
"""
GATES = """
    INSERT INTO door_station (event_id, name, direction)
    SELECT e, 'Gate ' || n, 'both' FROM unnest(%s) AS e, generate_series(1, 4) AS n
"""
CAME = """
    INSERT INTO door_checkin (event_id, attendee_id, station_id, code, direction, answer, moved, occurred_at,
        received_at, clock_is_off, reason, fingerprint)
    SELECT o.event_id, a.id, s.id, '', 'in', CASE WHEN a.id % 20 = 0 THEN 'already-checked-in' ELSE 'ok' END,
        CASE WHEN a.id % 20 = 0 THEN 0 ELSE 1 END, o.completed_at + interval '4 minutes',
        o.completed_at + interval '4 minutes', false, '', ''
    FROM attendees_attendee a
    JOIN orders_order o ON o.id = a.order_id
    JOIN door_station s ON s.event_id = o.event_id AND s.name = 'Gate ' || (1 + a.id % 4)
    ORDER BY o.completed_at
"""
INSIDE = """
    UPDATE attendees_attendee a SET is_inside = true, entered_at = c.occurred_at
    FROM door_checkin c WHERE c.attendee_id = a.id AND c.moved = 1
"""
COUNTED = """
    UPDATE events_event
    SET inside = (SELECT count(*) FROM door_checkin c WHERE c.event_id = events_event.id AND moved = 1)
"""


def fill(guests: int) -> Any:
    """The event, as its organizer sees it."""
    from datetime import timedelta

    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from accounts.models import User
    from benchmarks.fill import make_event, sell
    from events.models import Event, Member, Role
    from shifts.models import Shift
    from tickets.models import Ticket

    call_command("migrate", verbosity=0)
    pk, _token = make_event()
    orders = sell(pk, 2 * guests)
    now = timezone.now()
    event = Event.objects.get(pk=pk)
    week = timedelta(days=7)
    begins, ends = now - timedelta(hours=8), now
    Event.objects.filter(pk=pk).update(starts_at=begins, ends_at=ends, day_ends_at=begins.time())
    last = Event.objects.create(
        name=event.name, starts_at=begins - week, ends_at=ends - week, day_ends_at=begins.time()
    )
    ticket = Ticket.objects.create(event=last, name="Ticket", price=10)
    organizer = User.objects.create_user("organizer@example.org")
    for one in (event, last):
        Member.objects.create(event=one, user=organizer, role=Role.ORGANIZER)
    Shift.objects.update(opened_at=begins)
    with connection.cursor() as cursor:
        cursor.execute(EARLIER, [last.pk, orders // 2])
        cursor.execute(ITS_TICKETS, [ticket.pk, orders // 2])
        cursor.execute(SPREAD)
        cursor.execute(PAID)
        cursor.execute(GATES, [[event.pk, last.pk]])
        cursor.execute(CAME)
        cursor.execute(INSIDE)
        cursor.execute(COUNTED)
        cursor.execute("VACUUM ANALYZE")
    return organizer, event


def milliseconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


def measure(client: Any, name: str, address: str) -> float:
    """The median of the rounds; prints it with the slowest of them, and the statements that take longest."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def look() -> None:
        answer = client.get(address)
        assert answer.status_code == 200, answer.status_code

    look()
    taken = sorted(milliseconds(look) for _round in range(ROUNDS))
    with CaptureQueriesContext(connection) as queries:
        look()
    caught = list(queries.captured_queries)
    half, most = statistics.median(taken), taken[int(ROUNDS * 0.95)]
    ours, its = cpu(look)
    print(f"{name}: p50 {half:.0f} ms, p95 {most:.0f} ms, {len(caught)} statements")
    print(f"  CPU, which others at work hardly change: {ours:.0f} ms here, {its:.0f} ms in the database")
    slowest = sorted(caught, key=lambda query: -float(query["time"]))[:PLANS]
    for query in slowest:
        print(f"  {float(query['time']) * 1000:.0f} ms: ... {query['sql'].partition(' FROM ')[2][:110]} ...")
    return half


def cpu(act: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds that one of `ROUNDS` keeps this process busy, and the database, which is not to share it
    among its workers meanwhile.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    begun = time.process_time(), _busy(pid)
    for _round in range(ROUNDS):
        act()
    ours, its = time.process_time() - begun[0], _busy(pid) - begun[1]
    with connection.cursor() as cursor:
        cursor.execute("RESET max_parallel_workers_per_gather")
    return ours * 1000 / ROUNDS, its * 1000 / ROUNDS


def _busy(pid: int) -> float:
    """Seconds that a process of this machine has computed (Linux)."""
    after_its_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_its_name[11]) + int(after_its_name[12])) / os.sysconf("SC_CLK_TCK")


def explain(client: Any, address: str) -> None:
    """The plans of the statements that take longest."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    slowest = sorted(queries.captured_queries, key=lambda query: -float(query["time"]))[:PLANS]
    with connection.cursor() as cursor:
        for query in slowest:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {query['sql']}")
            print("\n" + query["sql"] + "\n" + "\n".join(line for (line,) in cursor.fetchall()))


def main(guests: int) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")
    os.environ["ONSITE_MAINTENANCE"] = "1"  # for what fills it
    django.setup()
    from django.conf import settings
    from django.test import Client

    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["*"], False
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES["staticfiles"] = plain  # nothing was collected
    organizer, event = fill(guests)
    client = Client()
    client.force_login(organizer)
    base = f"/events/{event.identifier}"
    print(f"{guests} guests, load {os.getloadavg()[0]:.1f}")
    live = measure(client, "live picture", f"{base}/live/")
    measure(client, "night's report", f"{base}/night/")
    for page in ("live", "night"):
        explain(client, f"{base}/{page}/")
    if guests == GUESTS and live > AT_MOST:
        sys.exit(f"The live picture takes {live:.0f} ms, more than {AT_MOST}.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else GUESTS)
