"""How long clients waited: what holds for each fault, and by how much."""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from faults.checker import Violation
from faults.log import LANES, Said

LATE, DOWN = "late", "down"
LONGEST, GAP = 15.0, 12.0


def longest(said: Sequence[Said]) -> float:
    """Seconds of the longest request, those that their client gave up included."""
    return max((one.took for one in said), default=0.0)


def gap(said: Sequence[Said], lane: str) -> float:
    """The longest time, in seconds, in which the lane was not served."""
    of_lane = [one for one in said if one.who == lane]
    if not of_lane:
        return 0.0
    served = sorted(one.answered for one in of_lane if one.is_done)
    first, last = min(one.sent for one in of_lane), max(one.answered for one in of_lane)
    moments = [first, *served, last]
    return max(later - earlier for earlier, later in pairwise(moments))


def recovery(said: Sequence[Said], healed: float) -> float | None:
    """Seconds from `healed` until all lanes had been served again; None if one never was."""
    first = []
    for lane in LANES:
        served = [one.answered for one in said if one.who == lane and one.is_done and one.sent >= healed]
        if not served:
            return None
        first.append(min(served))
    return max(first) - healed


def late(said: Sequence[Said], closed: Collection[str], *, held: float = 0.0) -> Iterator[Violation]:
    """What took too long. The lanes that are `closed` by the fault itself may have a gap as long as it was
    `held` on top.
    """
    for one in said:
        if one.took > LONGEST:
            yield Violation(LATE, f"{one.took:.1f} s for one request, {one.status} {one.code}: {one}")
    for lane in LANES:
        allowed = GAP + (held if lane in closed else 0.0)
        if (found := gap(said, lane)) > allowed:
            yield Violation(LATE, f"{lane} was not served for {found:.1f} s, {allowed:.1f} s are allowed")
