"""Who comes to an event, when, and how long they keep a desk and a door busy. All of it is drawn before
anybody is served, so that two staffings of one night meet the same people.
"""

import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Seconds, lognormal: half take less than `median`, one in six more than `median * exp(sigma)`."""

    median: float
    sigma: float

    def draw(self, dice: random.Random) -> float:
        return dice.lognormvariate(math.log(self.median), self.sigma)

    @property
    def mean(self) -> float:
        return self.median * math.exp(self.sigma**2 / 2)


@dataclass(frozen=True)
class Stretch:
    """So many guests are expected from one moment to another (seconds), at the same rate all the time."""

    begins: float
    ends: float
    guests: float

    @property
    def rate(self) -> float:
        """Guests a second."""
        return self.guests / (self.ends - self.begins)


@dataclass(frozen=True)
class Crowd:
    """What is assumed of people; nobody has measured it. Shares are of 1, times seconds of hands and talk,
    without the application's answer.
    """

    sizes: tuple[float, ...] = (0.22, 0.42, 0.13, 0.15, 0.04, 0.04)  # groups of one, two and so on
    walk_ups: float = 0.2  # of the groups
    cash: float = 0.35
    cash_sale: Spread = Spread(30, 0.5)
    card_sale: Spread = Spread(22, 0.5)
    walk: float = 60  # from a desk to a door
    scan: Spread = Spread(4, 0.4)
    looks: float = 0.05  # bag, name, torn paper: a second look
    look: Spread = Spread(20, 0.5)
    refused: float = 0.01
    refusal: Spread = Spread(25, 0.5)
    back: float = 0  # who goes out once and comes back
    away: Spread = Spread(3600, 0.5)

    @property
    def size(self) -> float:
        """How many are in a group, on average."""
        return sum(size * share for size, share in enumerate(self.sizes, 1)) / sum(self.sizes)

    @property
    def sale(self) -> float:
        """Seconds of a sale, on average."""
        return self.cash * self.cash_sale.mean + (1 - self.cash) * self.card_sale.mean

    @property
    def entry(self) -> float:
        """Seconds of a guest at a door, on average."""
        return self.scan.mean + self.looks * self.look.mean + self.refused * self.refusal.mean


@dataclass(frozen=True)
class Guest:
    """`scan` is the time at the door until the scan is sent. With `away`, who goes out so long after coming
    in and keeps a door busy for `again`.
    """

    scan: float
    is_refused: bool = False
    away: float | None = None
    again: float = 0


@dataclass(frozen=True)
class Party:
    """Who come together; with `sale`, so long at a desk until the sale is sent."""

    came: float
    guests: tuple[Guest, ...]
    sale: float | None = None


def parties(crowd: Crowd, arrivals: Iterable[Stretch], seed: int) -> list[Party]:
    """One night's, in the order in which they come; the same for the same seed."""
    dice = random.Random(seed)
    return [_party(crowd, dice, came) for came in _moments(arrivals, crowd.size, dice)]


def _moments(arrivals: Iterable[Stretch], size: float, dice: random.Random) -> Iterator[float]:
    """A Poisson process, which forgets: it may begin anew with each stretch."""
    for stretch in arrivals:
        at = stretch.begins
        while stretch.guests and (at := at + dice.expovariate(stretch.rate / size)) < stretch.ends:
            yield at


def _party(crowd: Crowd, dice: random.Random, came: float) -> Party:
    (size,) = dice.choices(range(1, len(crowd.sizes) + 1), crowd.sizes)
    sale = None
    if dice.random() < crowd.walk_ups:
        sale = (crowd.cash_sale if dice.random() < crowd.cash else crowd.card_sale).draw(dice)
    return Party(came, tuple(_guest(crowd, dice) for _one in range(size)), sale)


def _guest(crowd: Crowd, dice: random.Random) -> Guest:
    scan = _passing(crowd, dice)
    if dice.random() < crowd.refused:
        return Guest(scan + crowd.refusal.draw(dice), is_refused=True)
    if dice.random() < crowd.back:
        return Guest(scan, away=crowd.away.draw(dice), again=_passing(crowd, dice))
    return Guest(scan)


def _passing(crowd: Crowd, dice: random.Random) -> float:
    look = crowd.look.draw(dice) if dice.random() < crowd.looks else 0
    return crowd.scan.draw(dice) + look
