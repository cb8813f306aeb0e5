"""One fault injected while everybody is at work, and what was found afterwards."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from faults.books import Books, read_books
from faults.checker import (
    ANSWER,
    CONTROL,
    DOUBLED,
    INSIDE,
    LOST,
    MONEY,
    OVERSOLD,
    Case,
    Violation,
    count,
    violations,
)
from faults.crew import Crew
from faults.log import LANES, Log, Said
from faults.matrix import Fault
from faults.stage import Stage
from faults.timing import DOWN, gap, late, longest, recovery
from faults.world import World

CALM, SHORTLY = 2.0, 1.0  # seconds of work without a fault, before and after it
HEALED_WITHIN = 60.0


@dataclass(frozen=True)
class Outcome:
    """What came of a fault. Times in seconds; `recovery` is None where not all was served again."""

    vendor: str
    fault: Fault
    requests: int
    acknowledged: int
    busy: int
    unanswered: int
    faults: int
    longest: float
    gaps: dict[str, float]
    recovery: float | None
    violations: Sequence[Violation]

    @property
    def counts(self) -> Counter[str]:
        return count(self.violations)

    @property
    def figures(self) -> tuple[int, ...]:
        """Lost, doubled, oversold, and whatever else does not add up."""
        found = self.counts
        return (found[LOST], found[DOUBLED], found[OVERSOLD], found[MONEY] + found[INSIDE])


def inject(fault: Fault, stage: Stage, log: Log, began: float, short: bool) -> Outcome:
    """Raises `Missing` where the fault cannot be had on this machine."""
    stage.reach(fault.way)
    world = stage.next_world()
    crew = Crew(stage.ports, world, log, began)
    calm = SHORTLY if short else CALM
    crew.start()
    try:
        time.sleep(calm)
        struck = time.monotonic()
        with fault.strike(stage):
            time.sleep(fault.seconds(short))
        healed = time.monotonic()
        _wait_until_served(crew, healed)
        time.sleep(calm)
    finally:
        crew.stop()
    said = log.of(world.event)
    return _outcome(fault, stage, world, said, struck - began, healed - began)


def _wait_until_served(crew: Crew, since: float) -> None:
    deadline = since + HEALED_WITHIN
    while time.monotonic() < deadline and any(crew.served.get(lane, 0) < since for lane in LANES):
        time.sleep(0.1)


def _outcome(
    fault: Fault, stage: Stage, world: World, said: Sequence[Said], struck: float, healed: float
) -> Outcome:
    found = violations(Case(said, books_of(stage, world), frozenset(world.orders)))
    found += late(said, fault.closed, held=healed - struck)
    if not fault.quiet and not any(one.is_noticed(struck, healed) for one in said):
        found.append(Violation(CONTROL, "nobody noticed the fault"))
    if fault.seamless:
        found += [Violation(ANSWER, f"no answer, {one.code}: {one}") for one in said if one.was_hung_up_on]
    recovered = recovery(said, healed)
    if recovered is None:
        found.append(Violation(DOWN, f"not everybody was served again within {HEALED_WITHIN:.0f} s"))
    return Outcome(
        vendor=stage.database.vendor,
        fault=fault,
        requests=len(said),
        acknowledged=sum(one.is_done for one in said),
        busy=sum(one.status == 503 for one in said),
        unanswered=sum(one.status == 0 for one in said),
        faults=sum(one.status >= 500 and one.status != 503 for one in said),
        longest=longest(said),
        gaps={lane: gap(said, lane) for lane in LANES},
        recovery=recovered,
        violations=found,
    )


def books_of(stage: Stage, world: World) -> Books:
    with closing(stage.database.connect()) as connection, closing(connection.cursor()) as cursor:
        return read_books(cursor, world.event)
