"""Break what is there twice, a machine or a network at a time, while eight people work with it.

make test-ha    five minutes; as root on Linux, with Debian's etcd-server, postgresql and iproute2

Two PostgreSQL under Patroni, three etcd and two applications, by the files of ops/ha. Nobody mends anything
before all is served again. Ends with 1 and says each thing that must not be. `--write` puts the figures into
docs/reliability.md.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.server import ROOT, production
from faults import network, report
from faults.between import HOSTS, WAYS, between
from faults.checker import ANSWER, DOUBLED, LOST, Case, Violation, violations
from faults.cluster import Cluster, Node, missing
from faults.control import Planted, control
from faults.log import DOOR, LANES, TILL, Log
from faults.matrix import Fault
from faults.outcome import Outcome, books_of, inject
from faults.server import Site, make_worlds
from faults.timing import LATE
from faults.world import World

SITES = 2
AGAIN = 20.0  # seconds until all is served again, without a hand
HELD = AGAIN + 2  # seconds for which nobody mends anything,
BRIEFLY = 8  # and for which, where nobody has to find out first
BEGIN, END = (
    "<!-- figures: written by `python -m faults.machines --write` -->",
    "<!-- end of the pair's figures -->",
)


@dataclass
class Machines:
    """All of it, as the faults see it; what they find out themselves is `found`."""

    database: Cluster
    sites: Sequence[Site]
    worlds: Sequence[World]
    used: int = 0
    found: list[Violation] = field(default_factory=list)

    def reach(self, way: str) -> None:
        """There is but one way."""

    def next_world(self) -> World:
        """The event of the next fault."""
        self.used += 1
        return self.worlds[self.used - 1]

    @property
    def ports(self) -> list[int]:
        return [site.port for site in self.sites]

    def refuses(self, old: Node, times: int = 1) -> None:
        """Find whether a primary of before acknowledges what is written to it past its network."""
        for _ in range(times):
            if old.takes_a_write(self.database.password):
                self.found.append(Violation(DOUBLED, f"{old} took a write as a second primary"))

    def is_mended(self) -> None:
        """Wait until nothing is missing, and nothing that was refused has come back."""
        self.database.wait_until_whole()
        for what in self.database.tried():
            self.found.append(Violation(DOUBLED, f"a write that was not acknowledged is there: {what}"))


# What nobody has fenced still answers what it is asked, from before: an order that was sold elsewhere is not
# there. It can only not acknowledge.
SECOND_PRIMARY = "the primary's Patroni killed, and not its PostgreSQL"

Strike = Callable[[Machines], Iterator[None]]
FAULTS: list[Fault] = []


def fault(name: str, heals: str, *, held: float = HELD, quiet: bool = False) -> Callable[[Strike], Strike]:
    def put(strike: Strike) -> Strike:
        FAULTS.append(Fault(name, contextmanager(strike), heals, held, held, closed=LANES, quiet=quiet))
        return strike

    return put


@fault("the primary's PostgreSQL killed", heals="its Patroni starts it as the standby", held=BRIEFLY)
def postgres_killed(machines: Machines) -> Iterator[None]:
    old = machines.database.primary
    old.kill_postgres()
    yield
    machines.refuses(old)


@fault("the primary cut off from everybody", heals="its cable is put in")
def cut_off(machines: Machines) -> Iterator[None]:
    old = machines.database.primary
    old.host.unplug()
    yield
    machines.refuses(old)
    old.host.plug_in()
    machines.refuses(old)


@fault("the primary's machine frozen", heals="it goes on, as if nothing had been")
def frozen(machines: Machines) -> Iterator[None]:
    old = machines.database.primary
    old.freeze()
    yield
    old.thaw()
    machines.refuses(old, times=5)


@fault(SECOND_PRIMARY, heals="Patroni is started")
def patroni_killed(machines: Machines) -> Iterator[None]:
    old = machines.database.primary
    old.stop(signal.SIGKILL)
    yield
    machines.refuses(old)
    old.start()


@fault("the primary's Patroni stopped", heals="it is started", held=BRIEFLY)
def patroni_stopped(machines: Machines) -> Iterator[None]:
    old = machines.database.primary
    old.stop()
    yield
    machines.refuses(old)
    old.start()


@fault("switched over by hand", heals="nothing to heal", held=BRIEFLY)
def switched_over(machines: Machines) -> Iterator[None]:
    old = machines.database.primary
    machines.database.switch_over()
    yield
    machines.refuses(old)


@fault("the standby frozen", heals="it goes on", held=15)
def standby_frozen(machines: Machines) -> Iterator[None]:
    standby = machines.database.standby
    standby.freeze()
    yield
    standby.thaw()
    machines.refuses(standby)


@fault("one of three etcd killed", heals="it is started", held=BRIEFLY, quiet=True)
def etcd_killed(machines: Machines) -> Iterator[None]:
    etcd = machines.database.etcds[0]
    etcd.stop(signal.SIGKILL)
    yield
    etcd.start()


@contextmanager
def assembled(folder: Path, events: int, by: str) -> Iterator[Machines]:
    """The whole of it, with an event for each fault."""
    cluster = Cluster(folder)
    cluster.start()
    worlds = make_worlds(cluster.url(), events)
    with ExitStack() as stack:
        way = stack.enter_context(between(by, cluster, folder))
        sites = []
        for number in range(SITES):
            own = folder / f"site{number}"
            own.mkdir()
            sites.append(Site(own, way.url, WEB_CONCURRENCY="3", **way.settings))
            sites[-1].start()
            stack.callback(sites[-1].end)
        yield Machines(cluster, sites, worlds)


@dataclass
class Run:
    """What came of it."""

    outcomes: list[Outcome] = field(default_factory=list)
    found: list[Violation] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        is_proven = bool(self.planted) and all(one.found for one in self.planted)
        return bool(self.found) or not is_proven

    def through(self, faults: Sequence[Fault], machines: Machines, log: Log) -> None:
        began = time.monotonic()
        for one in faults:
            outcome = inject(one, machines, log, began, short=False)
            machines.is_mended()
            self.outcomes.append(outcome)
            found = [*_broken(outcome), *machines.found]
            machines.found.clear()
            print(report.line(outcome), *(f"    {each}" for each in found), sep="\n", flush=True)
            self.found += found
        self.found += _afterwards(machines, log)
        first = machines.worlds[0]
        self.planted += control(machines.database, log.of(first.event), first)


def _broken(outcome: Outcome) -> Iterator[Violation]:
    passes = {LATE, ANSWER} if outcome.fault.name == SECOND_PRIMARY else {LATE}
    yield from (one for one in outcome.violations if one.kind not in passes)
    for lane, gap in outcome.gaps.items():
        if gap > AGAIN:
            yield Violation(LATE, f"{lane} was not served for {gap:.1f} s, {AGAIN:.0f} s are allowed")


def _afterwards(machines: Machines, log: Log) -> Iterator[Violation]:
    """What a later fault has taken away, and what the application itself finds in its books."""
    for world in machines.worlds[: machines.used]:
        case = Case(log.of(world.event), books_of(machines, world), frozenset(world.orders))
        yield from (found for found in violations(case) if found.kind != ANSWER)
    command = [sys.executable, "manage.py", "check_books"]
    url = machines.database.url()
    done = subprocess.run(command, cwd=ROOT, env=production(url), check=False, capture_output=True, text=True)
    if done.returncode:
        yield Violation(LOST, f"check_books: {done.stdout}{done.stderr}")


HEADS = (
    *("fault", "requests", "acknowledged", "503", "no answer", "other 5xx", "lost", "doubled", "oversold"),
    *("books", "longest request", "scans again after", "sells again after"),
)


def table(outcomes: Sequence[Outcome]) -> str:
    rows = [HEADS, ["---", *["---:"] * (len(HEADS) - 1)], *map(_cells, outcomes)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def _cells(outcome: Outcome) -> list[str]:
    counts = (outcome.requests, outcome.acknowledged, outcome.busy, outcome.unanswered, outcome.faults)
    seconds = (outcome.longest, outcome.gaps[DOOR], outcome.gaps[TILL])
    return [
        outcome.fault.name,
        *(f"{number:,}" for number in (*counts, *outcome.figures)),
        *(f"{time_:.1f}" for time_ in seconds),
    ]


def written(run: Run) -> str:
    found = sum(one.found for one in run.planted)
    return (
        f"Measured by `python -m faults.machines --write` on {datetime.now(UTC):%Y-%m-%d};"
        f" everything ran on {os.cpu_count()} cores. Times are seconds.\n\n{table(run.outcomes)}\n\n"
        f"The control: {found} of {len(run.planted)} planted losses were found."
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m faults.machines", description=__doc__)
    parser.add_argument("--only", default="", help="faults with this in their name")
    parser.add_argument("--by", default=HOSTS, choices=WAYS, help="how the applications reach the primary")
    parser.add_argument("--write", action="store_true", help="the figures into docs/reliability.md")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)  # said to ourselves, in our network
    asked = parser.parse_args()
    if asked.folder is None:
        return _alone()
    os.environ["STATIC_ROOT"] = str(asked.folder / "static")  # for all sites
    faults = [one for one in FAULTS if asked.only in one.name]
    run = Run()
    with assembled(asked.folder, len(faults), asked.by) as machines:
        run.through(faults, machines, Log(asked.folder / "requests.jsonl"))
    print(table(run.outcomes))
    for one in run.found:
        print(f"FAILED: {one}")
    for one in run.planted:
        if not one.found:
            print(f"NOT FOUND: {one.name} ({one.kind}, {one.names})")
    if asked.write:
        report.write(written(run), marks=(BEGIN, END))
    return int(run.failed)


def _alone() -> int:
    """The same again, in a network of its own that ends with it."""
    if not network.is_possible():
        print("This needs Linux, root, iproute2 and util-linux.")
        return 2
    if lacking := missing():
        print(f"There is no {', no '.join(lacking)} here.")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="onsite-ha-", dir="/tmp"))
    folder.chmod(0o755)  # PostgreSQL runs as somebody else
    command = [sys.executable, "-m", "faults.machines", *sys.argv[1:], "--folder", str(folder)]
    code = subprocess.run(network.alone(command), cwd=ROOT, check=False).returncode
    if code:
        print(f"FAILED. Every request, and all logs, are in {folder}")
    else:
        shutil.rmtree(folder)
    return code


if __name__ == "__main__":
    sys.exit(main())
