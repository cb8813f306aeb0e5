"""The faults, one function each: it breaks something, and what stands behind its `yield` heals it."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass

from faults import proxy
from faults.log import DOOR, LANES, TILL
from faults.stage import CLOCKED, DIRECT, POOLED, PROXIED, Missing, Stage

Strike = Callable[[Stage], Iterator[None]]
POSTGRESQL, SQLITE = "postgresql", "sqlite"


@dataclass(frozen=True)
class Fault:
    """What is broken for some seconds (`held`, and `briefly` in the short run; 0: not in that). `closed` are
    the watchers whom the fault itself stops, so that their gap is no finding while it lasts. Of a `quiet`
    one nobody needs to notice anything, of a `seamless` one nobody may go without an answer.
    """

    name: str
    strike: Callable[[Stage], AbstractContextManager[None]]
    heals: str
    held: float
    briefly: float
    way: str = DIRECT
    databases: tuple[str, ...] = (POSTGRESQL,)
    closed: tuple[str, ...] = ()
    quiet: bool = False
    seamless: bool = False

    def seconds(self, short: bool) -> float:
        return self.briefly if short else self.held


FAULTS: list[Fault] = []


def fault(
    name: str,
    *,
    heals: str,
    held: float,
    briefly: float = 0,
    way: str = DIRECT,
    databases: tuple[str, ...] = (POSTGRESQL,),
    closed: tuple[str, ...] = (),
    quiet: bool = False,
    seamless: bool = False,
) -> Callable[[Strike], Strike]:
    """Put a fault into the table."""

    def put(strike: Strike) -> Strike:
        FAULTS.append(
            Fault(name, contextmanager(strike), heals, held, briefly, way, databases, closed, quiet, seamless)
        )
        return strike

    return put


BOTH = (POSTGRESQL, SQLITE)


@fault("none", heals="nothing to heal", held=5, databases=BOTH, quiet=True)
def none(_stage: Stage) -> Iterator[None]:
    yield


@fault(
    "a worker killed, every second",
    heals="gunicorn starts another",
    held=6,
    briefly=2,
    databases=BOTH,
    quiet=True,
)
def worker_killed(stage: Stage) -> Iterator[None]:
    for _ in range(3):
        for worker in stage.site.workers[:1]:
            worker.kill()
        time.sleep(1)
    yield


@fault("everything killed", heals="started again", held=3, briefly=1, databases=BOTH, closed=LANES)
def everything_killed(stage: Stage) -> Iterator[None]:
    stage.site.kill()
    if stage.database.vendor == POSTGRESQL:
        stage.database.kill()
    yield
    if stage.database.vendor == POSTGRESQL:
        stage.database.start()
    stage.site.start()


@fault("gunicorn: HUP", heals="new workers", held=3, databases=BOTH, quiet=True)
def hung_up(stage: Stage) -> Iterator[None]:
    stage.site.tell(signal.SIGHUP)
    yield


@fault(
    "gunicorn: USR2, then TERM to the old master",
    heals="the new one serves",
    held=2,
    quiet=True,
    seamless=True,
    databases=BOTH,
)
def renewed(stage: Stage) -> Iterator[None]:
    stage.site.renew()
    yield


@fault("gunicorn: TERM", heals="started again", held=1, databases=BOTH)
def terminated(stage: Stage) -> Iterator[None]:
    stage.site.end()
    yield
    stage.site.start()


@fault("PostgreSQL stopped, immediately", heals="started again", held=5, briefly=2, closed=LANES)
def database_stopped(stage: Stage) -> Iterator[None]:
    stage.database.stop()
    yield
    stage.database.start()


@fault(
    "its connections terminated, over and over",
    heals="nothing to heal",
    held=1,
)
def backends_terminated(stage: Stage) -> Iterator[None]:
    for _ in range(6):
        stage.database.terminate()
        time.sleep(0.4)
    yield


@fault("no connection left", heals="the limit is lifted", held=8, briefly=3, closed=LANES)
def no_connections(stage: Stage) -> Iterator[None]:
    stage.database.execute("ALTER ROLE onsite CONNECTION LIMIT 0")
    stage.database.terminate()
    yield
    stage.database.execute("ALTER ROLE onsite CONNECTION LIMIT -1")


@fault("a ticket's row locked", heals="its transaction ends", held=30, briefly=6)
def row_locked(stage: Stage) -> Iterator[None]:
    with closing(stage.database.connect()) as other:
        ticket = stage.world.tickets["hot"]
        other.cursor().execute(f"SELECT 1 FROM tickets_ticket WHERE id = {ticket} FOR UPDATE")
        yield


@fault("ALTER TABLE orders_order held", heals="rolled back", held=15, closed=(DOOR, TILL))
def table_altered(stage: Stage) -> Iterator[None]:
    with closing(stage.database.connect()) as other:
        other.cursor().execute("ALTER TABLE orders_order ADD COLUMN planted integer")
        yield


@fault("disk full", heals="room is made", held=8, briefly=3, databases=BOTH, closed=(DOOR, TILL))
def disk_full(stage: Stage) -> Iterator[None]:
    if not stage.disk.is_small:
        raise Missing("a small disk is mounted by root only")
    stage.disk.fill()
    yield
    stage.disk.clear()


@fault("PostgreSQL read-only", heals="writable again", held=8, briefly=3, closed=(DOOR, TILL))
def read_only(stage: Stage) -> Iterator[None]:
    """As a primary that another one has taken over from."""
    stage.database.execute("ALTER DATABASE onsite SET default_transaction_read_only = on")
    stage.database.terminate()
    yield
    stage.database.execute("ALTER DATABASE onsite RESET default_transaction_read_only")


@fault(
    "a foreign writer holds SQLite",
    heals="it commits",
    held=20,
    briefly=4,
    databases=(SQLITE,),
    closed=(DOOR, TILL),
)
def foreign_writer(stage: Stage) -> Iterator[None]:
    with closing(stage.database.connect()) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@fault("cut before each second COMMIT", heals="passes", held=6, briefly=3, way=PROXIED)
def cut_before_commit(stage: Stage) -> Iterator[None]:
    yield from _network(stage, proxy.BEFORE_COMMIT)


@fault("cut after each second COMMIT", heals="passes", held=6, briefly=3, way=PROXIED)
def cut_after_commit(stage: Stage) -> Iterator[None]:
    yield from _network(stage, proxy.AFTER_COMMIT)


@fault("network stalls", heals="goes on", held=5, way=PROXIED, closed=LANES)
def network_stalls(stage: Stage) -> Iterator[None]:
    yield from _network(stage, proxy.DEAF)


@fault("network silent", heals="connections cut", held=25, briefly=10, way=PROXIED, closed=LANES)
def network_silent(stage: Stage) -> Iterator[None]:
    """Nothing is even acknowledged, as if the cable were out."""
    yield from _network(stage, proxy.SILENT)


@fault("network takes all and answers nothing", heals="goes on", held=25, way=PROXIED, closed=LANES)
def network_deaf(stage: Stage) -> Iterator[None]:
    """As a database host that hangs: its kernel acknowledges everything."""
    yield from _network(stage, proxy.DEAF)


def _network(stage: Stage, mode: str) -> Iterator[None]:
    stage.proxy.turn(mode)
    yield
    cut = stage.proxy.turn(proxy.PASS)
    if mode in (proxy.BEFORE_COMMIT, proxy.AFTER_COMMIT) and not cut:
        raise RuntimeError("The proxy has seen no COMMIT.")


@fault("PgBouncer killed", heals="started again", held=4, way=POOLED, closed=LANES)
def pooler_killed(stage: Stage) -> Iterator[None]:
    stage.pooler.kill()
    yield
    stage.pooler.start()


@fault(
    "clock jumps, an hour on and two back",
    heals="right again",
    held=3,
    way=CLOCKED,
    databases=BOTH,
    quiet=True,
)
def clock_jumps(stage: Stage) -> Iterator[None]:
    for off in ("3600", "-3600"):
        stage.clock.write_text(off)
        time.sleep(2)
    yield
    stage.clock.write_text("0")


def faults_of(vendor: str, short: bool) -> list[Fault]:
    """In such an order that no site is started twice."""
    found = [one for one in FAULTS if vendor in one.databases and one.seconds(short)]
    return sorted(found, key=lambda one: (DIRECT, PROXIED, POOLED, CLOCKED).index(one.way))
