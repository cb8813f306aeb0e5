"""The workers that may wait for stock, or to write to SQLite: one locked ticket must not stop them all.

A place is a byte of a nameless file that the master of the workers opens before it forks them; who waits has
locked one. The kernel lets go of such a lock when its process ends, however that ends: a semaphore would have
one place less for ever. (https://man7.org/linux/man-pages/man2/fcntl_locking.2.html)
"""

import fcntl
import os
import struct
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.utils.translation import gettext as _

from base import metrics
from base.database import Transient
from base.errors import Busy

T = TypeVar("T")

MOMENT = 0.2  # seconds; a sale that others wait for takes a twentieth of it
SINCE = struct.Struct("d")


class Places:
    """So many `places` of this process and those that it forks; each process has one at most."""

    def __init__(self, places: int) -> None:
        with tempfile.TemporaryFile() as file:
            self._file = os.dup(file.fileno())  # open as long as the process
        self._places = places
        self._mine: int | None = None

    @property
    def is_mine(self) -> bool:
        """Whether this process has a place."""
        return self._mine is not None

    def take(self) -> bool:
        """Whether this process has a place now. While the others move on, as where many sell one ticket, it
        waits a moment for one; not where they are stuck.
        """
        end = time.monotonic() + MOMENT
        while self._mine is None and not self._try():
            time.sleep(MOMENT / 100)  # whoever has just got a place has then said so
            if time.monotonic() > end or self._are_stuck():
                return False
        return True

    def _try(self) -> bool:
        for place in range(self._places):
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
            except OSError:
                continue
            self._mine = place
            os.pwrite(self._file, SINCE.pack(time.monotonic()), place * SINCE.size)
            return True
        return False

    def _are_stuck(self) -> bool:
        """Whether all have had their place for longer than a moment. (The clock is the machine's.)"""
        since = SINCE.iter_unpack(os.pread(self._file, self._places * SINCE.size, 0))
        return all(time.monotonic() - began > MOMENT for (began,) in since)

    def leave(self) -> None:
        if self._mine is not None:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, self._mine)
            self._mine = None


# None: whoever likes may wait, as in a script and where requests are answered by threads.
_places: Places | None = None


def limit(places: int | None) -> None:
    """Let so many processes wait at a time, of those that are forked from now on; None: any number."""
    global _places
    _places = None if places is None else Places(places)


def leave() -> None:
    """Whatever this process waited for, it waits no more."""
    if _places is not None:
        _places.leave()


def in_turn(lock: Callable[[bool], Sequence[T]], rows: int | None, *, of: str = "tickets") -> Sequence[T]:
    """What `lock(False)` gives, which locks so many `rows` and waits for who has them, once this process may
    wait. Before, `lock(True)` takes those that are free: where that is all, nobody waits. (None: it is
    not known how many there are, so it may wait from the start.) `of` is for what, in the metrics.

    Raises `Busy` where all places are taken; `Transient`, with a place kept for the next try, where some rows
    are had: whoever waits for more may hold none, lest two wait for each other.
    """
    if _places is None:
        return lock(False)
    if not _places.is_mine:
        had = lock(True) if rows is not None else []
        if len(had) == rows:
            return had
        if not _places.take():
            metrics.harmless(metrics.places_busy.inc)
            raise Busy.of("busy", _("The box office is busy. Nothing was done; please try again."))
        if had:
            raise Transient
    try:
        with metrics.wait_for(of):
            return lock(False)
    finally:
        _places.leave()
