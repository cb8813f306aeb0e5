"""How large a database becomes, how long its backup takes, and what goes over the network. Writes SIZE.md.

python tools/with_postgres.py --durable python -m benchmarks.size          100,000 guests, two minutes
python tools/with_postgres.py --durable python -m benchmarks.size 4000     does it work?
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

GUESTS = 100_000
SALES = SCANS = 200
KINDS = 8
LISTS = 5
MB = 1_000_000
NAMED = "UPDATE attendees_attendee SET firstname = 'Ana', lastname = 'Guest ' || id"
SIZE = "SELECT pg_database_size(current_database())"
WRITTEN = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"
PROGRAMS = "SELECT setting FROM pg_config() WHERE name = 'BINDIR'"
LARGEST = """
    SELECT relname, pg_total_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC LIMIT 5
"""


@dataclass(frozen=True)
class Sent:
    """Of one kind of request: bytes of the body and of its answer, and of write-ahead log; milliseconds of a
    worker's CPU.
    """

    name: str
    asked: int
    answered: int
    log: float
    cpu: float


@dataclass(frozen=True)
class Found:
    guests: int
    empty: int
    filled: int
    largest: list[tuple[str, int]]
    sent: list[Sent]
    list_size: int
    list_seconds: float
    dump_size: int
    dump_seconds: float


def rows(sql: str) -> list[tuple]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def number(sql: str) -> int:
    return int(rows(sql)[0][0])


def fill(guests: int) -> tuple[int, str]:
    """As many guests, with names, four to an order, every second of whom has come; the event and a token."""
    from django.db import connection

    from benchmarks.books import COUNTED, ENTERED, INSIDE, TAXED
    from benchmarks.fill import make_event, sell

    event, token = make_event()
    sell(event, guests)
    with connection.cursor() as cursor:
        for statement in (NAMED, TAXED):
            cursor.execute(statement)
        cursor.execute(ENTERED, [event])
        for statement in (INSIDE, COUNTED, "VACUUM FULL ANALYZE", "CHECKPOINT"):
            cursor.execute(statement)
    return event, token


def watch(name: str, times: int, act: Callable[[], Any]) -> Sent:
    """What one of these requests takes: of bytes the median, of log and CPU the mean."""
    act()
    log, cpu, answers = number(WRITTEN), time.process_time(), []
    for _turn in range(times):
        answer = act()
        assert answer.status_code in (200, 201), answer.content
        answers.append(answer)
    log, cpu = number(WRITTEN) - log, time.process_time() - cpu
    asked = median(int(answer.wsgi_request.META.get("CONTENT_LENGTH") or 0) for answer in answers)
    answered = median(len(answer.content) for answer in answers)
    return Sent(name, int(asked), int(answered), log / times, cpu / times * 1000)


def requests(event: int, token: str) -> Iterator[Sent]:
    from benchmarks.load import JSON_API
    from benchmarks.statements import Seller
    from benchmarks.world import HOT, check_in_body, code_of, sale_body
    from door.models import Station

    client, station = Seller(event, token).client, Station.objects.get().pk

    def post(path: str, body: str) -> Any:
        return client.post(path, data=body, content_type=JSON_API, headers={"Idempotency-Key": str(uuid4())})

    sale = sale_body(event, str(HOT), 4)
    yield watch("sale of four", SALES, lambda: post("/v1/orders?onsite=true", sale))
    outside = map(code_of, count(1, 2))  # every second guest is
    yield watch(
        "scan",
        SCANS,
        lambda: post("/v1/check-ins", check_in_body(station, next(outside), str(uuid4()))),
    )
    yield from polls()


def polls() -> Iterator[Sent]:
    """What the pages of a till and of a door ask without end, at an event with no more kinds of tickets than
    most have.
    """
    from django.test import Client

    from accounts.models import User
    from events.models import Event, Member, Role
    from tickets.models import Ticket

    browser, cashier, event = Client(), User.objects.get(), Event.objects.earliest("pk")
    Member.objects.create(event=event, user=cashier, role=Role.CASHIER)
    for kind in range(KINDS):
        Ticket.objects.create(event=event, name=f"Kind {kind}", price=10)
    browser.force_login(cashier)
    for name, path in (
        (f"an open till, every 4 s ({KINDS} kinds of tickets)", f"/till/{event.pk}/state/"),
        ("an open door, every 5 s", f"/door/{event.pk}/api/occupancy"),
    ):
        yield watch(name, SALES, partial(browser.get, path, headers={"X-Cashier": str(cashier.pk)}))


def offline_lists(event: int) -> tuple[int, float]:
    """The bytes of a door's list, and the seconds for which one keeps a worker busy, without the database."""
    from door.offline_list import offline_list
    from events.models import Event

    row, taken, size = Event.objects.get(pk=event), [], 0
    for _turn in range(LISTS):
        begun = time.process_time()
        size = len(offline_list(row).encode())
        taken.append(time.process_time() - begun)
    return size, median(taken)


def dump() -> tuple[int, float]:
    """The bytes and the seconds of a backup as docs/operating.md makes it."""
    program = Path(rows(PROGRAMS)[0][0]) / "pg_dump"  # of the server's version
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "onsite.dump"
        begun = time.perf_counter()
        subprocess.run([program, "-Fc", "-f", path, os.environ["DATABASE_URL"]], check=True)
        return path.stat().st_size, time.perf_counter() - begun


def measure(guests: int) -> Found:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    empty = number(SIZE)
    event, token = fill(guests)
    filled, largest = number(SIZE), rows(LARGEST)
    list_size, list_seconds = offline_lists(event)
    dump_size, dump_seconds = dump()
    sent = list(requests(event, token))
    return Found(guests, empty, filled, largest, sent, list_size, list_seconds, dump_size, dump_seconds)


def report(found: Found) -> str:
    each = (found.filled - found.empty) / found.guests
    largest = ", ".join(f"{name} {size / MB:.0f}" for name, size in found.largest)
    lines = [
        "# How large it becomes",
        "",
        f"Measured by `make bench-size`: an event of {found.guests:,} guests with names, four to an order "
        "and a payment each; every second guest has come.",
        "",
        "| what | |",
        "| --- | --- |",
        f"| the database, without its log | {found.filled / MB:.0f} MB; empty {found.empty / MB:.0f} |",
        f"| a guest, with a quarter of an order and payment, and half a scan | {each:,.0f} bytes |",
        f"| the largest tables with their indexes, MB | {largest} |",
        f"| `pg_dump -Fc` | {found.dump_seconds:.1f} s, {found.dump_size / MB:.0f} MB |",
        f"| a door's list | {found.list_seconds:.2f} s of a worker's CPU, {found.list_size / MB:.1f} MB |",
        "",
        "Bytes of one request, without headers, and what it adds to PostgreSQL's log, with the full pages "
        f"that follow a checkpoint ({SALES} of each); CPU with the share of the client in the same process.",
        "",
        "| request | asked | answered | log | a worker's CPU, ms |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in found.sent:
        log = f"{one.log:,.0f}" if one.asked else "-"
        lines.append(f"| {one.name} | {one.asked:,} | {one.answered:,} | {log} | {one.cpu:.1f} |")
    return "\n".join(lines) + "\n"


def main(guests: int) -> None:
    os.environ.update(DEBUG="0", ALLOWED_HOSTS="testserver", SECURE_SSL_REDIRECT="0")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")
    os.environ["ONSITE_MAINTENANCE"] = "1"  # for what fills it
    import django

    django.setup()
    text = report(measure(guests))
    if guests == GUESTS:
        Path(__file__).with_name("SIZE.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else GUESTS)
