"""One queue before several who serve, first come, first served, of whom more may begin later and some may go.

There is no list of things that will happen: who comes next begins as soon as those before have begun and
somebody is free, and that is known once the ends of those before are known. So a night is worked off guest by
guest, in the order in which they come, with a heap of ends.
"""

from bisect import bisect_right
from heapq import heappop, heappush
from itertools import chain
from math import inf

# From when on (seconds) how many serve; before the first nobody does.
Staff = tuple[tuple[float, int], ...]


def always(number: int) -> Staff:
    return ((0.0, number),)


class Line:
    def __init__(self, staff: Staff) -> None:
        self._changes = [0.0, *(since for since, _number in staff)]
        self._numbers = [0, *(number for _since, number in staff)]
        self._ends: list[float] = []
        self._last = 0.0  # when the one before began

    def begins(self, came: float) -> float:
        """When whoever comes at `came` is served, not before those who came earlier; infinity: never."""
        at = max(came, self._last)
        while not self._is_free(at):
            at = min(chain(self._ends[:1], self._later_changes(at)), default=inf)
            if at == inf:
                break
        self._last = at
        return at

    def ends(self, at: float) -> None:
        """Whoever was begun last is served until `at`; who goes home serves to the end."""
        heappush(self._ends, at)

    def _is_free(self, at: float) -> bool:
        while self._ends and self._ends[0] <= at:
            heappop(self._ends)
        return len(self._ends) < self._numbers[bisect_right(self._changes, at) - 1]

    def _later_changes(self, at: float) -> list[float]:
        place = bisect_right(self._changes, at)
        return self._changes[place : place + 1]
