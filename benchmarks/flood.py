"""How long a sale takes while somebody tries log-ins without a pause: tills that sell, with and without
a flood, in turns. Writes FLOOD.md.

make bench-flood        four minutes
"""

import json
import secrets
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.load import JSON, JSON_API
from benchmarks.server import Site, django, gunicorn, postgres
from benchmarks.world import HOT, World, sale_body

ROUNDS, SECONDS = 4, 30
TILLS, SALE_EVERY = 4, 0.4
CLIENTS, LOG_INS_A_SECOND = 6, 20
AT_MOST = 3


@dataclass
class Half:
    """What was answered in the rounds of one kind: times in milliseconds."""

    sales: list[float] = field(default_factory=list)
    log_ins: list[float] = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.sales, n=20)[-1]


def ask(site: Site, path: str, body: str, **headers: str) -> tuple[int, float]:
    """The status, and the milliseconds until the answer was there."""
    connection = HTTPConnection("127.0.0.1", site.port, timeout=30)
    begun = time.monotonic()
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, (time.monotonic() - begun) * 1000
    finally:
        connection.close()


def over_and_over(act: Callable[[], None], every: float, until: float) -> None:
    """Do it in its time; what took longer is followed by the next at once."""
    due = time.monotonic() + secrets.randbelow(1000) / 1000 * every
    while due < until:
        time.sleep(max(0.0, due - time.monotonic()))
        act()
        due = max(due + every, time.monotonic())


def sell(site: Site, world: World, half: Half) -> None:
    headers = {
        "Content-Type": JSON_API,
        "Authorization": f"Bearer {world.token}",
        "Idempotency-Key": secrets.token_hex(8),
    }
    status, took = ask(site, "/v1/orders?onsite=true", sale_body(world.event, str(HOT), 2), **headers)
    if status != 201:
        raise SystemExit(f"A sale answered {status}.")
    half.sales.append(took)


def log_in(site: Site, half: Half) -> None:
    credentials = {"email": f"{secrets.token_hex(6)}@example.org", "password": secrets.token_hex(6)}
    headers = {"Content-Type": JSON, "X-Forwarded-For": "203.0.113.5"}
    status, took = ask(site, "/auth/session", json.dumps(credentials), **headers)
    half.log_ins.append(took)
    half.statuses[status] += 1


def run(site: Site, world: World, half: Half, *, flooded: bool) -> None:
    until = time.monotonic() + SECONDS
    with ThreadPoolExecutor(TILLS + CLIENTS) as pool:
        work = [
            pool.submit(over_and_over, lambda: sell(site, world, half), SALE_EVERY, until)
            for _ in range(TILLS)
        ]
        if flooded:
            every = CLIENTS / LOG_INS_A_SECOND
            work += [
                pool.submit(over_and_over, lambda: log_in(site, half), every, until) for _ in range(CLIENTS)
            ]
        for done in work:
            done.result()


def measure() -> tuple[Half, Half]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onsite-bench-", dir="/tmp")))
        server = stack.enter_context(postgres(folder))
        server.execute("CREATE DATABASE flood")
        url = server.url("flood")
        world = World(**json.loads(django("fill", url, "10000")))
        site = stack.enter_context(gunicorn(url))
        quiet, flooded = Half(), Half()
        for _ in range(12):
            sell(site, world, Half())
        for number in range(ROUNDS):
            run(site, world, quiet, flooded=False)
            run(site, world, flooded, flooded=True)
            print(
                f"round {number + 1} of {ROUNDS}: {quiet.p95:.0f} and {flooded.p95:.0f} ms", file=sys.stderr
            )
    return quiet, flooded


def report(quiet: Half, flooded: Half) -> str:
    ratio = flooded.p95 / quiet.p95
    lines = [
        "# A sale while somebody tries log-ins",
        "",
        f"Measured by `make bench-flood`: {TILLS} tills sell, each every {SALE_EVERY} s. In every other "
        f"{SECONDS} s {CLIENTS} clients behind one network address try log-ins of unknown e-mail addresses, "
        f"{LOG_INS_A_SECOND} a second together; {ROUNDS} rounds of each, in turns. gunicorn with two "
        "workers, PostgreSQL and the clients share this machine. Milliseconds of a sale:",
        "",
        "| | sales | p50 | p95 | slowest |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, half in (("without", quiet), ("with the flood", flooded)):
        times = [statistics.median(half.sales), half.p95, max(half.sales)]
        lines.append(f"| {name} | {len(half.sales)} | {' | '.join(f'{took:.0f}' for took in times)} |")
    tried = sum(flooded.statuses.values())
    lines += [
        "",
        f"At p95 {ratio:.1f} times as long, at most {AT_MOST}: {'pass' if ratio <= AT_MOST else '**MISS**'}. "
        f"Of {tried} log-ins, {tried / (ROUNDS * SECONDS):.1f} a second, {flooded.statuses[401]} were hashed "
        f"and refused (401), {flooded.statuses[429]} refused before that (429); half of all were answered "
        f"within {statistics.median(flooded.log_ins):.0f} ms.",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    text = report(*measure())
    Path(__file__).with_name("FLOOD.md").write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
