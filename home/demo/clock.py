from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

Act = Callable[[datetime], object]


class Clock:
    """Has acts happen one after the other, each told its time (UTC); an act may plan others."""

    def __init__(self) -> None:
        self._acts: list[tuple[datetime, int, Act]] = []
        self._number = count()

    def plan(self, at: datetime, act: Act) -> None:
        # Of two at the same moment the one that was planned first.
        heappush(self._acts, (at, next(self._number), act))

    def run(self, until: datetime) -> None:
        """Do all that is planned for before `until`; the rest has not happened yet."""
        while self._acts and self._acts[0][0] < until:
            at, _number, act = heappop(self._acts)
            act(at)
