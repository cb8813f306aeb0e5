"""A night: walk-ups queue at the desks and buy, then everybody queues at the doors."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import accumulate, count
from math import inf, isfinite

from benchmarks.queues.line import Line, Staff
from benchmarks.queues.night import Guest, Party


@dataclass(frozen=True)
class Answers:
    """Seconds until the application has answered a till and a door. A door that has none after `patience`
    decides by its own list, which takes `offline`.
    """

    till: float = 0
    door: float = 0
    offline: float = 0
    patience: float = 3


@dataclass(frozen=True)
class House:
    """Who serves; with `outage`, between which moments the network is out."""

    desks: Staff
    doors: Staff
    answers: Answers = Answers()
    outage: tuple[float, float] = (inf, inf)
    walk: float = 0

    def sold(self, asked: float) -> float:
        """When the till, which asked the application at this moment, has its answer: after an outage, because
        nothing is sold without it, and what was asked before it and not answered is asked again.
        """
        begins, ends = self.outage
        return (ends if begins - self.answers.till < asked < ends else asked) + self.answers.till

    def judged(self, asked: float) -> float:
        """When a door that scanned at this moment has an answer: in an outage its own."""
        begins, ends = self.outage
        answers = self.answers
        if begins <= asked < ends:
            return asked + answers.offline
        if answers.door > answers.patience:
            return asked + answers.patience + answers.offline
        return asked + answers.door


@dataclass(frozen=True)
class Visit:
    """At the desks or at the doors; whoever still waits has no beginning and no end (infinity)."""

    guests: int
    came: float
    begun: float
    ended: float

    @property
    def wait(self) -> float:
        return self.begun - self.came


@dataclass
class Run:
    """What came of a night. Whoever comes back came anew."""

    desks: list[Visit] = field(default_factory=list)
    doors: list[Visit] = field(default_factory=list)
    came: int = 0
    came_back: int = 0
    let_in: int = 0
    refused: int = 0

    @property
    def left_waiting(self) -> int:
        return sum(visit.guests for visit in [*self.desks, *self.doors] if not isfinite(visit.begun))


# When they come, a number that keeps the order of those who come at once, and to buy for so long first.
Coming = tuple[float, int, tuple[Guest, ...], float | None]


def simulate(house: House, parties: Iterable[Party]) -> Run:
    run, desks, doors = Run(), Line(house.desks), Line(house.doors)
    numbers = count()
    coming: list[Coming] = [(party.came, next(numbers), party.guests, party.sale) for party in parties]
    run.came = sum(len(guests) for _came, _number, guests, _sale in coming)
    heapify(coming)
    while coming:
        came, _number, guests, sale = heappop(coming)
        if sale is not None:
            visit = _sell(house, desks, came, guests, sale)
            run.desks.append(visit)
            if isfinite(visit.ended):
                heappush(coming, (visit.ended + house.walk, next(numbers), guests, None))
            continue
        for back, guest in _enter(house, doors, run, came, guests):
            heappush(coming, (back, next(numbers), (guest,), None))
    return run


def _sell(house: House, desks: Line, came: float, guests: tuple[Guest, ...], sale: float) -> Visit:
    begun = desks.begins(came)
    ended = house.sold(begun + sale)
    if isfinite(begun):
        desks.ends(ended)
    return Visit(len(guests), came, begun, ended)


def _enter(
    house: House, doors: Line, run: Run, came: float, guests: tuple[Guest, ...]
) -> list[tuple[float, Guest]]:
    """One after the other at one door. Who will come back, and when."""
    at = begun = doors.begins(came)
    back = []
    if isfinite(begun):
        for guest in guests:
            at = house.judged(at + guest.scan)
            if guest.away is not None:
                back.append((at + guest.away, Guest(guest.again)))
        doors.ends(at)
        refused = sum(guest.is_refused for guest in guests)
        run.refused += refused
        run.let_in += len(guests) - refused
    run.doors.append(Visit(len(guests), came, begun, at))
    run.came_back += len(back)
    return back


def waits(visits: Iterable[Visit]) -> list[float]:
    """Seconds, of each guest, the shortest first."""
    return sorted(visit.wait for visit in visits for _guest in range(visit.guests))


def quantile(ordered: list[float], share: float) -> float:
    """Which so many of them do not exceed; 0 of nobody."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0


def queue(visits: Iterable[Visit]) -> list[tuple[float, int]]:
    """From when on how many guests waited."""
    steps = sorted(
        (at, change)
        for visit in visits
        for at, change in ((visit.came, visit.guests), (visit.begun, -visit.guests))
        if isfinite(at) and visit.wait
    )
    lengths = accumulate(change for _at, change in steps)
    return [(at, length) for (at, _change), length in zip(steps, lengths, strict=True)]


def longest(visits: Iterable[Visit]) -> int:
    """How many guests waited at most."""
    return max((length for _at, length in queue(visits)), default=0)
