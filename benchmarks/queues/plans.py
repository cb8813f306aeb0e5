"""Houses to be planned, and how many must serve in them."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from math import ceil, isfinite
from pathlib import Path
from statistics import median

from benchmarks.queues.line import Staff, always
from benchmarks.queues.night import Crowd, Party, Spread, Stretch, parties
from benchmarks.queues.simulation import Answers, House, Run, Visit, longest, quantile, simulate, waits

NIGHTS = 10
MINUTE = 60.0
MOST = 512  # who serve at one queue
ENOUGH = always(MOST)
SCREENS = Path(__file__).parents[1] / "SCREENS.md"

# From which minute to which what share of all guests comes.
Curve = tuple[tuple[float, float, float], ...]
CONCERT: Curve = ((0, 45, 0.15), (45, 75, 0.20), (75, 120, 0.60), (120, 150, 0.05))
STADIUM: Curve = ((0, 60, 0.20), (60, 90, 0.30), (90, 120, 0.45), (120, 150, 0.05))
FESTIVAL: Curve = ((0, 120, 0.20), (120, 300, 0.50), (300, 480, 0.30))


@dataclass(frozen=True)
class Plan:
    """An event of `guests` who come to so many entrances, each with queues of its own."""

    name: str
    guests: int
    entrances: int
    curve: Curve
    crowd: Crowd

    @property
    def arrivals(self) -> list[Stretch]:
        """At one entrance."""
        each = self.guests / self.entrances
        return [Stretch(a * MINUTE, b * MINUTE, share * each) for a, b, share in self.curve]

    @property
    def busiest(self) -> Stretch:
        return max(self.arrivals, key=lambda stretch: stretch.rate)

    @property
    def peak(self) -> float:
        """Guests a second at all entrances together, when most come."""
        return self.busiest.rate * self.entrances


PLANS = (
    Plan("club", 800, 1, CONCERT, Crowd(walk_ups=0.5)),
    Plan("concert hall", 5_000, 1, CONCERT, Crowd(walk_ups=0.2)),
    Plan("stadium", 100_000, 20, STADIUM, Crowd(walk_ups=0.02)),
    Plan(
        "festival, every bag",
        150_000,
        20,
        FESTIVAL,
        Crowd(walk_ups=0.1, looks=1, look=Spread(15, 0.5), back=0.3),
    ),
)


def measured(what: str) -> float:
    """The seconds that SCREENS.md has as p95 of a row."""
    row = re.search(rf"^\| {re.escape(what)} \| \d+ \| (\d+) \|", SCREENS.read_text(), re.MULTILINE)
    if row is None:
        raise SystemExit(f"{SCREENS.name} has no row {what!r}: make bench-screens")
    return int(row[1]) / 1000


def measured_answers() -> Answers:
    """What 19 of 20 answers take at most, on a slow tablet."""
    return Answers(
        till=measured("till, CPU slowed 4x"),
        door=measured("door online, CPU slowed 4x"),
        offline=measured("door offline, CPU slowed 4x"),
    )


@dataclass(frozen=True)
class Served:
    """What came of some nights at one entrance with one staffing."""

    runs: tuple[Run, ...]

    def wait(self, desks: bool, share: float = 0.95) -> float:
        """Minutes that so many of the guests waited at most, of all nights together."""
        return quantile(waits(visit for run in self.runs for visit in _at(run, desks)), share) / MINUTE

    def longest(self, desks: bool) -> float:
        """Guests in the queue at its longest: the median of the nights."""
        return median(longest(_at(run, desks)) for run in self.runs)

    def busiest_minute(self, desks: bool) -> float:
        """How many were done with in the busiest minute: orders at the desks, guests at the doors."""
        return median(_busiest_minute(_at(run, desks), each=desks) for run in self.runs)


def _at(run: Run, desks: bool) -> list[Visit]:
    return run.desks if desks else run.doors


def _busiest_minute(visits: Iterable[Visit], each: bool) -> int:
    done = Counter[int]()
    for visit in filter(lambda visit: isfinite(visit.ended), visits):
        done[int(visit.ended // MINUTE)] += 1 if each else visit.guests
    return max(done.values(), default=0)


@cache
def nights(plan: Plan) -> list[list[Party]]:
    return [parties(plan.crowd, plan.arrivals, seed) for seed in range(NIGHTS)]


def house(plan: Plan, desks: Staff, doors: Staff, answers: Answers) -> House:
    return House(desks=desks, doors=doors, answers=answers, walk=plan.crowd.walk)


def serve(plan: Plan, house: House) -> Served:
    return Served(tuple(simulate(house, night) for night in nights(plan)))


def fewest(wait: Callable[[int], float], within: float) -> int:
    """How many must serve so that `wait` of them is at most this, where one more never makes it longer."""
    return bisect_left(range(1, MOST), True, key=lambda number: wait(number) <= within) + 1


def fewest_desks(plan: Plan, answers: Answers, within: float) -> int:
    """So that 19 of 20 who buy wait so many minutes at most; the doors have nothing to do with it."""

    buyers = [[party for party in night if party.sale is not None] for night in nights(plan)]

    def wait(number: int) -> float:
        there = house(plan, always(number), ENOUGH, answers)
        return Served(tuple(simulate(there, night) for night in buyers)).wait(desks=True)

    return fewest(wait, within)


def fewest_doors(plan: Plan, answers: Answers, within: float, desks: Staff) -> int:
    """So that 19 of 20 guests wait so many minutes at most at the doors of one entrance."""

    def wait(number: int) -> float:
        return serve(plan, house(plan, desks, always(number), answers)).wait(desks=False)

    return fewest(wait, within)


def fewest_together(plan: Plan, answers: Answers, within: float) -> int:
    """Desks, if all walk-ups of the event queue at one box office."""
    buyers = replace(plan.crowd, walk_ups=1)
    guests = round(plan.guests * plan.crowd.walk_ups)
    return fewest_desks(replace(plan, guests=guests, entrances=1, crowd=buyers), answers, within)


def half_at_first(number: int, plan: Plan) -> Staff:
    """Half of them (one at least) from the beginning, all from when most begin to come."""
    return ((0.0, ceil(number / 2)), (plan.busiest.begins, number))


def crowded(plan: Plan, by: float) -> Plan:
    """All its entrances, had each so many times its share of the guests."""
    return replace(plan, guests=round(plan.guests * by))


def by_minute(steps: list[tuple[float, int]], until: int) -> list[int]:
    """How many wait at the end of each minute."""
    lengths, waiting, coming = [], 0, list(reversed(steps))
    for minute in range(until + 1):
        while coming and coming[-1][0] <= minute * MINUTE:
            waiting = coming.pop()[1]
        lengths.append(waiting)
    return lengths
