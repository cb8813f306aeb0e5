"""The worker: takes what is due out of the outbox, and has it leave.

The loop alone writes to the outbox, in short transactions; what is slow is done in threads, while no
transaction is open. Any number of workers may run. Whoever is killed loses nothing: what it had taken is
anybody's again when the lease ends, and may leave a second time.
"""

import logging
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from threading import Event
from time import perf_counter

from django.db import DataError, Error, close_old_connections, connection, connections
from django.utils import timezone

from outbox import queue
from outbox.kinds import HANDLERS, HOURLY, LONG, Failed, Refused
from outbox.models import Message
from outbox.queue import Outcome

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between two looks at an outbox in which there is nothing to do
LONGEST_PAUSE = 10.0  # while the database does not answer
TIDIES = timedelta(hours=1)


class Worker:
    """`run` returns when `stop` was called and what it had begun is done."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.stopping = Event()
        self.begun: dict[Future[Outcome], Message] = {}
        self.tidied_at: datetime | None = None
        self.faults = 0

    def stop(self) -> None:
        self.stopping.set()

    def run(self) -> None:
        with ThreadPoolExecutor(self.threads, "outbox") as pool:
            while self.begun or not self.stopping.is_set():
                try:
                    close_old_connections()
                    self._step(pool)
                    self.faults = 0
                except Error as error:
                    if not self._endures(error):
                        return

    def _endures(self, error: Error) -> bool:
        """Wait until the database may answer again; False where there is no time for that any more."""
        self.faults += 1
        logger.warning("The database does not answer: %s", str(error).partition("\n")[0])
        connection.close()
        self.stopping.wait(min(PAUSE * self.faults, LONGEST_PAUSE))
        return not self.stopping.is_set() or self.faults < 3

    def _step(self, pool: ThreadPoolExecutor) -> None:
        self._settle()
        at = timezone.now()
        queue.renew(self.begun.values(), at)
        taken = []
        if not self.stopping.is_set():
            self._tidy(at)
            if len(self.begun) < self.threads:
                busy = {message.kind for message in self.begun.values()}
                # One thread at least is for what is quick.
                ahead = max(self.threads - 1 - len(LONG & busy), 0)
                taken = queue.take(self.threads - len(self.begun), at, busy=busy, ahead=ahead)
        for message in taken:
            message.stopping = self.stopping
            self.begun[pool.submit(handle, message)] = message
        if self.begun:
            wait(self.begun, timeout=PAUSE, return_when=FIRST_COMPLETED)
        else:
            self.stopping.wait(PAUSE)

    def _settle(self) -> None:
        """Write down what is done; what could not be written down is kept for the next time, unless the
        database takes it at no time.
        """
        for ended in [future for future in self.begun if future.done()]:
            try:
                queue.settle(self.begun[ended], ended.result())
            except DataError:
                logger.exception("What came of it cannot be written down: %s", self.begun[ended])
            del self.begun[ended]

    def _tidy(self, at: datetime) -> None:
        if self.tidied_at is None or at - self.tidied_at >= TIDIES:
            queue.tidy(at)
            for clear in HOURLY:
                clear(at)
            queue.begin_night(at)
            self.tidied_at = at


def handle(message: Message) -> Outcome:
    """Have one message leave, and say what came of it. Never fails: what throws is tried again."""
    begun = perf_counter()
    done, answer, final = _tried(message)
    return Outcome(done, _plain(answer), round((perf_counter() - begun) * 1000), final)


def _plain(answer: str) -> str:
    """Without what a hostile server may have put in: a NUL, which PostgreSQL refuses, a line of its own."""
    return "".join(letter if letter.isprintable() else "?" for letter in answer[:200])


def _tried(message: Message) -> tuple[bool, str, bool]:
    """Whether it has left, what was said to it, and whether that is final."""
    handler = HANDLERS.get(message.kind)
    if handler is None:
        return False, "this version cannot handle it", False
    try:
        return True, handler(message), True
    except Failed as failure:
        return False, str(failure), isinstance(failure, Refused)
    except Exception as error:
        logger.exception("A message did not leave: %s", message)
        return False, type(error).__name__, False
    finally:
        connections.close_all()
