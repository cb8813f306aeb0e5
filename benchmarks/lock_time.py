"""How long a sale keeps its ticket's row locked: from the answer to FOR NO KEY UPDATE until the
commit is on disk. One seller, in this process, over the whole middleware.

    python -m benchmarks.lock_time EVENT TOKEN 1,4,20,100 SALES
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import django
from django.db import connection

from benchmarks.statements import Seller

# As plain SQL, and prepared (`tickets.stock.locked`).
TICKETS_LOCKED = ("FOR NO KEY UPDATE", "EXECUTE onsite_locked_")


class Stopwatch:
    """Listens to a connection. `spent` are the milliseconds of each lock, in order."""

    def __init__(self) -> None:
        self.spent: list[float] = []
        self._locked_at: float | None = None
        self._real_commit = connection._commit
        connection._commit = self._commit

    def execute(self, execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        result = execute(sql, params, many, context)
        if any(lock in sql for lock in TICKETS_LOCKED) and self._locked_at is None:
            self._locked_at = time.perf_counter()
        return result

    def _commit(self) -> None:
        self._real_commit()
        if self._locked_at is not None:
            self.spent.append((time.perf_counter() - self._locked_at) * 1000)
        self._locked_at = None


def main() -> None:
    django.setup()
    event, token, sizes, sales = sys.argv[1:]
    seller, watch, found = Seller(int(event), token), Stopwatch(), {}
    with connection.execute_wrapper(watch.execute):
        for size in sizes.split(","):
            seller.sell(int(size))
            watch.spent.clear()
            for _ in range(int(sales)):
                seller.sell(int(size))
            assert len(watch.spent) == int(sales), "a sale takes one row lock and commits once"
            found[size] = {
                "median": statistics.median(watch.spent),
                "p95": statistics.quantiles(watch.spent, n=20)[-1],
            }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
