"""With how many workers Onsite sells most and its door waits least, on so many cores: 2, 3, 5 and 9 in
turns. Writes WORKERS.md.

make bench-workers      six minutes; needs wrk
"""

import json
import os
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import uuid4

import psutil

from benchmarks import load
from benchmarks.flood import ask
from benchmarks.load import JSON_API, Request
from benchmarks.server import Postgres, Site, connect, django, gunicorn, postgres
from benchmarks.world import HOT, SPREAD, World, check_in_body, code_of, sale_body

NUMBERS = (2, 3, 5, 9)
ROUNDS, SECONDS = 9, 2
CLIENTS, SCAN_EVERY = 8, 0.1
DATABASE = "workers"


@dataclass
class Measured:
    """Of one number of workers: sales a second of each round, and milliseconds of each scan."""

    hot: list[float] = field(default_factory=list)
    spread: list[float] = field(default_factory=list)
    beside_sales: list[float] = field(default_factory=list)
    beside_a_lock: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)


def sale(world: World, ticket: str, *, first: int = 0, last: int = 0) -> Request:
    path = "/v1/orders?onsite=true"
    return Request("POST", path, sale_body(world.event, ticket, 4), world.token, first=first, last=last)


def sales_a_second(site: Site, request: Request) -> float:
    done = load.run(site.url(""), request, clients=CLIENTS, seconds=SECONDS)
    if done.failures:
        raise SystemExit(f"A sale failed: {done.failures}")
    return done.requests / done.seconds


def scan(site: Site, world: World) -> float:
    """Milliseconds."""
    code = code_of(1 + secrets.randbelow(world.attendees))
    headers = {"Content-Type": JSON_API, "Authorization": f"Bearer {world.token}"}
    status, took = ask(site, "/v1/check-ins", check_in_body(world.station, code, str(uuid4())), **headers)
    if status != 201:
        raise SystemExit(f"A scan answered {status}.")
    return took


def scans(site: Site, world: World) -> list[float]:
    until, times = time.monotonic() + SECONDS, []
    while time.monotonic() < until:
        times.append(scan(site, world))
        time.sleep(SCAN_EVERY)
    return times


@contextmanager
def tills(site: Site, world: World, ticket: int) -> Iterator[None]:
    """Eight of them sell without a pause, whatever they are answered."""
    over = threading.Event()
    headers = {"Content-Type": JSON_API, "Authorization": f"Bearer {world.token}"}

    def sell() -> None:
        while not over.is_set():
            ask(site, "/v1/orders?onsite=true", sale_body(world.event, str(ticket), 4), **headers)

    crowd = [threading.Thread(target=sell) for _till in range(CLIENTS)]
    for till in crowd:
        till.start()
    try:
        time.sleep(0.3)
        yield
    finally:
        over.set()
        for till in crowd:
            till.join()


@contextmanager
def locked(server: Postgres, ticket: int) -> Iterator[None]:
    """Somebody's transaction holds its row."""
    with closing(connect(server.socket_folder, DATABASE)) as session:
        session.cursor().execute("SELECT 1 FROM tickets_ticket WHERE id = %s FOR UPDATE", [ticket])
        yield


def run_round(
    server: Postgres, world: World, sites: dict[int, Site], found: dict[int, Measured], *, backwards: bool
) -> None:
    """Row by row, the numbers one after the other: a busy machine changes its speed within seconds."""
    hot, spread = sale(world, str(HOT)), sale(world, "{n}", first=SPREAD[0], last=SPREAD[1])
    order = sorted(sites, reverse=backwards)
    for number in order:
        load.warm_up(sites[number].url(""), hot)
    for number in order:
        found[number].hot.append(sales_a_second(sites[number], hot))
    for number in order:
        found[number].spread.append(sales_a_second(sites[number], spread))
    for number in order:
        with tills(sites[number], world, HOT):
            found[number].beside_sales += scans(sites[number], world)
    for number in order:
        with locked(server, SPREAD[0]), tills(sites[number], world, SPREAD[0]):
            found[number].beside_a_lock += scans(sites[number], world)
    for number in order:
        workers = psutil.Process(sites[number].pid).children()
        found[number].megabytes.append(sum(worker.memory_full_info().uss for worker in workers) / 2**20)


def measure() -> dict[int, Measured]:
    found: dict[int, Measured] = defaultdict(Measured)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onsite-bench-", dir="/tmp")))
        server = stack.enter_context(postgres(folder))
        server.execute(f"CREATE DATABASE {DATABASE}")
        url = server.url(DATABASE)
        world = World(**json.loads(django("fill", url, "10000")))
        serve = partial(gunicorn, url)
        sites = {number: stack.enter_context(serve(WEB_CONCURRENCY=str(number))) for number in NUMBERS}
        for number_of_round in range(ROUNDS):
            run_round(server, world, sites, found, backwards=bool(number_of_round % 2))
            print(f"round {number_of_round + 1} of {ROUNDS}", file=sys.stderr)
    return {number: found[number] for number in NUMBERS}


def report(found: dict[int, Measured]) -> str:
    first, rows = found[NUMBERS[0]], []
    for number, of in found.items():
        sold = [paired(of.hot, first.hot), paired(of.spread, first.spread)]
        waits = [statistics.quantiles(times, n=20) for times in (of.beside_sales, of.beside_a_lock)]
        told = [
            *(f"{ratio:.2f}" for ratio in sold),
            *(f"{twentieths[9]:.0f} / {twentieths[18]:.0f}" for twentieths in waits),
            f"{statistics.median(of.megabytes):.0f}",
        ]
        rows.append(f"| {number} | {' | '.join(told)} |")
    table = "\n".join(rows)
    return f"""# How many workers

Measured by `make bench-workers` on {os.cpu_count()} cores, which gunicorn, PostgreSQL and the clients share:
{ROUNDS} rounds, in each every number of workers in turn. Sales: {CLIENTS} clients without a pause for
{SECONDS} s, four attendees each; how many times as many as with {NUMBERS[0]} workers in the same round, the
median. Scans: every {SCAN_EVERY} s while {CLIENTS} tills sell, and while they all want a ticket that
somebody has locked; milliseconds until the answer, p50 / p95. Memory: what the workers do not share.

| workers | sales, one ticket | sales, 100 tickets | scans beside sales | beside a lock | MB |
| --- | --- | --- | --- | --- | --- |
{table}
"""


def paired(these: list[float], those: list[float]) -> float:
    return statistics.median(this / that for this, that in zip(these, those, strict=True))


def main() -> int:
    load.check_generator()
    text = report(measure())
    Path(__file__).with_name("WORKERS.md").write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
