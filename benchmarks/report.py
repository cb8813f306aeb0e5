"""The results as Markdown, for the terminal and for RESULTS.md."""

import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.matrix import Row
from benchmarks.results import Results, Summary
from benchmarks.server import WORKERS
from benchmarks.stage import FAR_AWAY
from benchmarks.world import NEARLY_NONE

PACKAGES = ("Django", "djangorestframework", "djangorestframework-jsonapi", "psycopg2-binary", "gunicorn")
MEASURES = ("rounds", "p50 ms", "p99 ms", "app CPU ms", "DB CPU ms", "wrk CPU")


def markdown(results: Results, *, command: str, postgres: str) -> str:
    plan = results.plan
    parts = [
        "# What a sale costs",
        f"Measured by `{command}` on {datetime.now(UTC):%Y-%m-%d}: {plan.rounds} round(s), {plan.seconds} s "
        "for each row in each round, those of the first table five times, lists once; medians over all.",
        _machine(postgres),
        "## What must hold",
        _musts(results),
        "## Orders",
        _explanation(),
        _sales(results),
        "![Orders a second](throughput.svg)",
        "## Against the least that the same tools can do",
        "4 attendees, 8 clients, same database. pgbench sends the SQL statements of the application's own "
        "sale one by one; the bare view locks, inserts and counts, without log-in, permission, check or "
        "payment. pgbench sends plain SQL, keeps its connections.",
        _table(("what", "orders/s", *MEASURES), [_yardstick(results, row) for row in _compared(results)]),
        "## Attendees already sold",
        f"4 attendees, 8 clients. 0 stands for {NEARLY_NONE:,}: with empty tables PostgreSQL plans for "
        "empty tables. Half of those sold are of the hot ticket. Other sizes and numbers of clients were "
        "measured with none sold only.",
        _amounts(results, "sold", "sold before"),
        "## How long the ticket's row is locked",
        "One seller, no load, from the answer to `FOR NO KEY UPDATE` until the commit is on disk.",
        _locks(results),
        "## A network between application and database",
        f"4 attendees, hot, 8 clients, {FAR_AWAY} workers; the delay is added to what goes to the database, "
        "so it is the round trip's. All rows go through the proxy.",
        _delays(results),
        "## SQLite",
        "4 attendees, hot; `synchronous=FULL`. The database's work is part of the application's.",
        _sqlite(results),
        "## At the door",
        "`POST /v1/check-ins` with a new nonce each, of a random guest of "
        f"{plan.sold[1]:,}, at a station of an event that counts who is inside; every answer must be 201. "
        f'{results.door_sql:g} SQL statements, `BEGIN` and `COMMIT` included. "Bare DRF + ORM" locks the '
        "guest, keeps the scan and where they are now, and asks nothing: not who scans, nor whether they may "
        "come in.",
        _table(
            ("what", "clients", "requests/s", *MEASURES),
            [(row.what, str(row.clients), *_read(results, row)[1:]) for row in results.group("check-in")],
        ),
        "## Reads, and the generator's own limit",
        f"8 clients; pages of 20, with links and ETags. Orders are read among {plan.sold[1]:,} sold, "
        "attendees of an event with a thousand and what was sold of it meanwhile: their list says how many. "
        '"No database" is what wrk and gunicorn reach when a view does nothing.',
        _table(("what", "requests/s", *MEASURES), [_read(results, row) for row in results.group("read")]),
        "## Lists of an event",
        "8 clients; an organizer reads the first 20 of what an event with a thousand guests has lists of.",
        _table(("what", "requests/s", *MEASURES), [_read(results, row) for row in results.group("list")]),
    ]
    return "\n\n".join(parts) + "\n"


def _machine(postgres: str) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    wrk = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False).stdout.split()[1]
    memory = psutil.virtual_memory().total / 2**30
    return "\n".join(
        (
            f"- Machine: {_processor()}, {psutil.cpu_count()} cores, {memory:.0f} GiB, "
            f"{platform.system()} {platform.release()}; load, application and database share it",
            f"- Python {platform.python_version()}, {packages}",
            f"- PostgreSQL {postgres} with its defaults (fsync on), over a Unix socket",
            f"- gunicorn with {WORKERS} sync workers and DEBUG=0; wrk {wrk} with 1 thread",
        )
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _explanation() -> str:
    return (
        "`POST /v1/orders?onsite=true`, `status: completed`, with a token and an own Idempotency-Key each. "
        'Every answer must be 201, else the row has failed. "Rounds" are the slowest and the fastest. CPU '
        "is user and system time of all processes, for one order; wrk's is its share of one core. "
        "SQL counts every statement on the wire, `BEGIN` and `COMMIT`, too."
    )


def _musts(results: Results) -> str:
    rows = []
    for must in results.musts():
        bound = f"{'at most' if must.at_most else 'at least'} {must.bound:g}"
        rows.append((must.text, bound, f"{must.found:.2f}", "pass" if must.is_met else "**MISS**"))
    return _table(("ratio", "must be", "is", ""), rows)


def _sales(results: Results) -> str:
    rows = []
    for row in sorted(results.group("sale"), key=lambda row: (row.spread, row.clients, row.attendees)):
        first = (_tickets(row), str(row.clients), str(row.attendees))
        rows.append((*first, *_measures(results.summary(row)), str(results.sql(row.attendees))))
    return _table(("tickets", "clients", "attendees", "orders/s", *MEASURES, "SQL"), rows)


def _compared(results: Results) -> list[Row]:
    ours = [results.find(group="sale", clients=8, attendees=4, spread=spread) for spread in (False, True)]
    return sorted([*ours, *results.group("yardstick")], key=lambda row: row.spread)


def _yardstick(results: Results, row: Row) -> tuple[str, ...]:
    return row.what or f"Onsite, {_tickets(row)}", *_measures(results.summary(row))


def _read(results: Results, row: Row) -> tuple[str, ...]:
    return row.what, *_measures(results.summary(row))


def _amounts(results: Results, group: str, title: str) -> str:
    rows = [
        (_tickets(row), f"{row.amount:,}", *_measures(results.summary(row))) for row in results.group(group)
    ]
    return _table(("tickets", title, "orders/s", *MEASURES), rows)


def _locks(results: Results) -> str:
    rows = [
        (size, f"{found['median']:.1f}", f"{found['p95']:.1f}", f"{1000 / found['median']:.0f}")
        for size, found in results.locks.items()
    ]
    return _table(("attendees", "median ms", "p95 ms", "most orders/s of one ticket"), rows)


def _delays(results: Results) -> str:
    rows = [
        (str(row.amount), f"{results.round_trips[row.amount]:.2f}", *_measures(results.summary(row)))
        for row in results.group("delay")
    ]
    return _table(("delay ms", "measured round trip ms", "orders/s", *MEASURES), rows)


def _sqlite(results: Results) -> str:
    rows = [
        (str(row.clients), f"{row.amount:,}", *_measures(results.summary(row)))
        for row in sorted(results.group("sqlite"), key=lambda row: (row.amount, row.clients))
    ]
    return _table(("clients", "sold before", "orders/s", *MEASURES), rows)


def _measures(summary: Summary) -> tuple[str, ...]:
    rate = f"**FAILED**: {summary.failures}" if summary.failures else f"{summary.rate:.0f}"
    return (
        rate,
        f"{summary.slowest:.0f}-{summary.fastest:.0f}",
        f"{summary.p50:.1f}",
        f"{summary.p99:.1f}",
        _milliseconds(summary.application),
        _milliseconds(summary.database),
        f"{summary.generator:.0%}",
    )


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _tickets(row: Row) -> str:
    return "spread" if row.spread else "hot"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns also line up as plain text."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )
