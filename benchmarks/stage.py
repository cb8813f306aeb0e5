"""Everything that runs while the rows are measured, and how one row is measured."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks import load
from benchmarks.delay_proxy import delayed, round_trip
from benchmarks.load import JSON, Outcome, Request
from benchmarks.matrix import APP, BARE, BARE_DOOR, LISTS_SITE, LONG_LIST, Plan, Row, sold_site, sqlite_site
from benchmarks.pgbench import Pgbench
from benchmarks.server import Postgres, Site, cpu_seconds, django, gunicorn, postgres
from benchmarks.world import HOT, SPREAD, World, bare_scan_body, check_in_body, sale_body

FAR_AWAY = 8  # workers


@dataclass(frozen=True)
class Sample:
    """One row in one round. `application` and `database` are CPU milliseconds for each request."""

    outcome: Outcome
    application: float | None
    database: float | None

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.outcome.requests / self.outcome.seconds


@dataclass
class Stage:
    plan: Plan
    folder: Path
    postgres: Postgres
    sites: dict[str, Site] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    worlds: dict[str, World] = field(default_factory=dict)
    round_trips: dict[int, float] = field(default_factory=dict)
    statements: dict[str, dict] = field(default_factory=dict)
    locks: dict[str, dict[str, float]] = field(default_factory=dict)
    pgbench: Pgbench | None = None

    def measure(self, row: Row) -> Sample:
        site, database = self.sites.get(row.site), self.postgres.pid
        if site is not None:
            load.warm_up(site.url(""), self._request(row))
        before = (cpu_seconds(site.pid) if site else 0, cpu_seconds(database))
        outcome = self._run(row, site)
        spent = (cpu_seconds(site.pid) - before[0] if site else 0, cpu_seconds(database) - before[1])
        requests = max(outcome.requests, 1)
        return Sample(
            outcome,
            application=spent[0] * 1000 / requests if site else None,
            database=None if row.group == "sqlite" else spent[1] * 1000 / requests,
        )

    def _run(self, row: Row, site: Site | None) -> Outcome:
        if site is None:
            tickets = SPREAD if row.spread else (HOT, HOT)
            return self.pgbench.run(tickets=tickets, clients=row.clients, seconds=self.plan.seconds)
        return load.run(site.url(""), self._request(row), clients=row.clients, seconds=self.plan.seconds)

    def _request(self, row: Row) -> Request:
        first, last = SPREAD if row.spread else (HOT, HOT)
        if row.group == "yardstick":
            body = json.dumps({"ticket": "TICKET", "quantity": row.attendees}).replace('"TICKET"', "{n}")
            return Request("POST", "/sell", body, "", first, last, JSON)
        world = self.worlds[self._database(row.site)]
        if row.site == BARE_DOOR:
            body = bare_scan_body(world, "{code}", "{nonce}")
            return Request("POST", "/check-in", body, "", 1, world.attendees, JSON)
        if row.what == "check-in":
            body = check_in_body(world.station, "{code}", "{nonce}")
            return Request("POST", "/v1/check-ins", body, world.token, 1, world.attendees)
        if row.group not in ("read", "list", "check-in"):
            body = sale_body(world.event, "{n}", row.attendees)
            return Request("POST", "/v1/orders?onsite=true", body, world.token, first, last)
        paths = {
            "order detail": "/v1/orders/{n}",
            "guests of an order": "/v1/orders/{n}/attendees",
            "event list": "/v1/events",
            "ticket list": f"/v1/events/{world.event}/tickets",
            "attendee list": f"/v1/events/{world.event}/attendees",
            LONG_LIST: f"/v1/events/{world.event}/attendees",
            "bare SELECT": f"/select/{HOT}",
            "no database": "/nothing",
        }
        path = paths.get(row.what) or f"/v1/events/{world.event}/{row.what}"
        return Request("GET", path, "", world.token, 1, world.orders)

    def _database(self, site: str) -> str:
        """Whose database it has."""
        return {BARE: APP, BARE_DOOR: self.plan.read_site}.get(site, site)

    def start_round(self) -> None:
        """Take away what the round before has sold, where a row speaks of none sold."""
        for name in (APP, sold_site(0), sqlite_site(0)):
            self.fill(name, 0)

    def fill(self, name: str, sold: int) -> None:
        known = self.worlds.get(name)
        again = (str(known.event), known.token) if known else ()
        self.worlds[name] = World(**json.loads(django("fill", self.urls[name], str(sold), *again)))

    def fill_lists(self) -> None:
        """More than a page of everything, read by an organizer."""
        world = self.worlds[LISTS_SITE]
        token = django("lists", self.urls[LISTS_SITE], str(world.event)).strip()
        self.worlds[LISTS_SITE] = replace(world, token=token)

    def watch_one_sale(self) -> None:
        """What is learnt from single sales in one process: their statements, and the lock's time."""
        world, sizes = self.worlds[APP], ",".join(map(str, self.plan.attendees))
        who = (str(world.event), world.token, sizes)
        # As plain SQL, which pgbench can send as well.
        plainly = django("statements", self.urls[APP], *who, PREPARE_STATEMENTS="0")
        self.statements = json.loads(plainly)
        self.locks = json.loads(django("lock_time", self.urls[APP], *who, str(self.plan.lock_sales)))
        self.pgbench = Pgbench(self.postgres, APP, self.folder, self.statements["4"])


@contextmanager
def staged(plan: Plan, folder: Path) -> Iterator[Stage]:
    """Start and fill everything in `folder`; stop it afterwards."""
    with ExitStack() as stack:
        stage = Stage(plan, folder, stack.enter_context(postgres(folder)))
        filled = {APP: 0, LISTS_SITE: 0} | {sold_site(sold): sold for sold in plan.sold}
        for name, sold in filled.items():
            stage.postgres.execute(f'CREATE DATABASE "{name}"')
            stage.urls[name] = stage.postgres.url(name)
            stage.fill(name, sold)
        for sold in (0, plan.sqlite_sold):
            name = sqlite_site(sold)
            stage.urls[name] = f"sqlite:///{folder / name}.sqlite3"
            stage.fill(name, sold)
        stage.fill_lists()
        stage.watch_one_sale()
        for name, url in list(stage.urls.items()):
            stage.sites[name] = stack.enter_context(gunicorn(url))
        for name in (BARE, BARE_DOOR):
            url, settings = stage.urls[stage._database(name)], "benchmarks.bare.settings"
            bare = gunicorn(url, "benchmarks.bare.wsgi", DJANGO_SETTINGS_MODULE=settings)
            stage.sites[name] = stack.enter_context(bare)
        _far_away(stage, stack)
        yield stage


def _far_away(stage: Stage, stack: ExitStack) -> None:
    """The sites that reach their database through a delay."""
    for delay in stage.plan.delays:
        port = stack.enter_context(delayed(stage.postgres.socket, delay))
        name = f"delay-{delay}"
        stage.worlds[name] = stage.worlds[APP]
        # As many workers as clients, or these would be what a long way leaves waiting, and not the ticket.
        site = gunicorn(stage.postgres.url(APP, port), WEB_CONCURRENCY=str(FAR_AWAY))
        stage.sites[name] = stack.enter_context(site)
        stage.round_trips[delay] = round_trip("127.0.0.1", APP, port)
