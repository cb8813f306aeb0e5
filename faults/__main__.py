"""Break everything around the application while eight people work with it, and see what was lost.

make test-faults    the most important faults, two to three minutes
make faults         all, about ten minutes; writes docs/reliability.md

Ends with 1 and says each thing that must not be; the log of all requests is kept then. In the short run
times are told, and fail nothing.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from faults import report
from faults.books import Books, cents
from faults.checker import ANSWER, MONEY, Case, Violation, drawer_sums, violations
from faults.control import Planted, control
from faults.log import Log
from faults.matrix import POSTGRESQL, SQLITE, Fault, faults_of
from faults.outcome import Outcome, books_of, inject
from faults.server import told_drawers
from faults.stage import Missing, Stage, staged
from faults.timing import LATE


class Run:
    """All that was injected and found."""

    def __init__(self, folder: Path, short: bool, only: str) -> None:
        self.folder, self.short, self.only = folder, short, only
        self.began = time.monotonic()
        self.outcomes: list[Outcome] = []
        self.planted: list[Planted] = []
        self.missing: list[str] = []
        self.afterwards: list[Violation] = []

    def through(self, vendor: str) -> None:
        """Every fault of one database, and then its control."""
        faults = [one for one in faults_of(vendor, self.short) if self.only in one.name]
        if not faults:
            return
        log = Log(self.folder / f"{vendor}.jsonl")
        # Their own folder, with a short name: a socket's path has at most 107 characters.
        with staged(vendor, self.folder / vendor[:2], len(faults)) as stage:
            for fault in faults:
                self._inject(fault, stage, log)
            self.afterwards += _afterwards(stage, log)
            self.planted += control(stage.database, log.of(stage.worlds[0].event), stage.worlds[0])

    def _inject(self, fault: Fault, stage: Stage, log: Log) -> None:
        try:
            outcome = inject(fault, stage, log, self.began, self.short)
        except Missing as missing:
            self.missing.append(f"{report.NAMES[stage.database.vendor]}, {fault.name}: {missing}")
            print(f"SKIPPED: {self.missing[-1]}", flush=True)
            return
        self.outcomes.append(outcome)
        print(report.line(outcome), flush=True)
        for violation in _some(outcome.violations):
            print(f"    {violation}", flush=True)

    @property
    def failed(self) -> bool:
        is_proven = bool(self.planted) and all(one.found for one in self.planted)
        return not is_proven or any(self._counts(one) for one in self.everything)

    @property
    def everything(self) -> list[Violation]:
        return [*self.afterwards, *(one for outcome in self.outcomes for one in outcome.violations)]

    def _counts(self, violation: Violation) -> bool:
        """A slow machine alone fails no short run: it may be anybody's."""
        return not (self.short and violation.kind == LATE)


def _afterwards(stage: Stage, log: Log) -> Iterator[Violation]:
    """What a later fault has taken away, and where the application adds up a drawer differently."""
    told = told_drawers(stage.database.url())
    for world in stage.worlds[: stage.used]:
        books = books_of(stage, world)
        for found in violations(Case(log.of(world.event), books, frozenset(world.orders))):
            if found.kind != ANSWER:
                yield found
        yield from _otherwise(books, told)


def _otherwise(books: Books, told: Mapping[int, str]) -> Iterator[Violation]:
    for shift, held in drawer_sums(books).items():
        if cents(told[shift]) != held:
            text = f"the drawer of shift {shift} holds {held}, the application says {told[shift]}"
            yield Violation(MONEY, text)


def _some(found: Sequence[Violation], most: int = 20) -> list[object]:
    more = len(found) - most
    return [*found[:most], *([f"and {more} more"] if more > 0 else [])]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the most important faults only")
    parser.add_argument("--only", default="", help="faults with this in their name; writes nothing")
    parser.add_argument("--database", choices=[POSTGRESQL, SQLITE], help="this one; writes nothing")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped
    folder = Path(tempfile.mkdtemp(prefix="onsite-faults-", dir="/tmp"))
    folder.chmod(0o755)  # PostgreSQL and PgBouncer run as somebody else, if we are root
    os.environ["STATIC_ROOT"] = str(folder / "static")  # for all sites
    run = Run(folder, asked.short, asked.only)
    for vendor in (asked.database,) if asked.database else (POSTGRESQL, SQLITE):
        run.through(vendor)
    _tell(run)
    if not (asked.short or asked.only or asked.database):
        report.write(report.markdown(run.outcomes, run.planted, run.missing))
    if run.failed:
        print(f"FAILED. Every request, and gunicorn's log, is in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def _tell(run: Run) -> None:
    for violation in _some(run.afterwards):
        print(f"AFTERWARDS: {violation}")
    for one in run.planted:
        if not one.found:
            print(f"NOT FOUND: {one.name} ({one.kind}, {one.names})")
    found = sum(one.found for one in run.planted)
    print(f"The control found {found} of {len(run.planted)} planted losses.")


if __name__ == "__main__":
    sys.exit(main())
