"""What was measured, as MILLION.md tells it."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from benchmarks.million.fill import EVENTS
from benchmarks.million.places import Place

WORST, LONGEST = 10, 1500


def report(places: Sequence[Place], attendees: int) -> str:
    worst = sorted(places, key=lambda place: -place.p50)
    rows = "\n".join(
        f"| {place.name} | {place.p50:.0f} | {place.p95:.0f} | {len(place.sent)} |" for place in worst
    )
    plans = "\n\n".join(_plans(places))
    return f"""# A million guests

Measured by `make bench-million` on {datetime.now(UTC):%Y-%m-%d}: {attendees:,} attendees of {EVENTS} events,
the largest of {attendees // 10:,}; one client in one process, {len(places[0].taken)} rounds,
{os.cpu_count()} cores, with a load of {os.getloadavg()[0]:.1f}.

| what | p50 ms | p95 ms | SQL |
| ---- | ------ | ------ | --- |
{rows}

## The statements that took longest

{plans}
"""


def _plans(places: Sequence[Place]) -> Iterator[str]:
    """Of each kind of statement the slowest, with its plan."""
    from django.db import connection

    asked = ((float(query["time"]), query["sql"], place.name) for place in places for query in place.sent)
    slowest: dict[str, tuple[float, str, str]] = {}
    for took, sql, name in asked:
        kind = sql.partition(" WHERE ")[0]
        if sql.startswith("SELECT"):
            slowest[kind] = max(slowest.get(kind, (0.0, "", "")), (took, sql, name))
    with connection.cursor() as cursor:
        for _took, sql, name in sorted(slowest.values(), reverse=True)[:WORST]:
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + sql.replace("%", "%%"), [])
            plan = "\n".join(line for (line,) in cursor.fetchall())
            yield f"{name}:\n\n```\n{sql[:LONGEST]}\n\n{plan}\n```"
