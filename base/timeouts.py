"""How long anybody waits, each inside the next: whoever is further in gives up first, and says why.

The seconds are settings, with the reason beside each. What stands here is which is inside which.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

# A lock, a statement, its answer, a transaction, a worker, the proxy before it, a client of the API.
NESTED = (
    "LOCK_TIMEOUT",
    "STATEMENT_TIMEOUT",
    "SILENCE_TIMEOUT",
    "TRANSACTION_TIMEOUT",
    "WORKER_TIMEOUT",
    "PROXY_TIMEOUT",
    "CLIENT_TIMEOUT",
)
# The screens give up earlier than a client need, because they ask again with the same key. What tells them
# "busy" must be faster.
CHAINS = (
    NESTED,
    ("CONNECT_TIMEOUT", "STATEMENT_TIMEOUT"),
    ("LOCK_TIMEOUT", "SCREEN_PATIENCE"),
    ("SQLITE_BUSY_TIMEOUT", "SCREEN_PATIENCE"),
)
# PostgreSQL 17 and newer; older ones refuse a connection that asks for it.
NEWER = "transaction_timeout"


def misfits(settings: Any) -> Iterator[tuple[str, str]]:
    """The pairs of settings of which the first is not below the second, though it ought to be."""
    for chain in CHAINS:
        for inner, outer in pairwise(chain):
            if not 0 < getattr(settings, inner) < getattr(settings, outer):
                yield inner, outer


def start_options(limits: Mapping[str, float]) -> str:
    """What a connection to PostgreSQL asks for when it begins; `limits` in seconds, 0 is none."""
    known = {name: seconds for name, seconds in limits.items() if name != NEWER}
    return " ".join(f"-c {name}={milliseconds(seconds)}" for name, seconds in known.items())


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
