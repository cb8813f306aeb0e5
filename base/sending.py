"""What was sent to the database: as far as somebody whose connection is lost has to know, and how much of
it, and of time, a request takes.
"""

import threading
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    Base = BaseDatabaseWrapper
else:
    Base = object


class Waiting(Protocol):
    """What is kept back, to be sent together (`base.sql.together`)."""

    def send(self) -> None: ...
    def taken(self) -> Sequence[tuple[str, Sequence[Any]]]: ...


class Sending(Base):
    """A connection that knows whether it has committed anything since a request began (`begin`), and
    whether what it sent last was a transaction by itself. What is `waiting` goes before any other statement.
    """

    waiting: Waiting | None = None
    committed = False
    alone = False
    statements = 0
    seconds = 0.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._timed)

    def _timed(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        if self.waiting is not None:
            self.waiting.send()
        begun = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.count(perf_counter() - begun)

    def count(self, seconds: float) -> None:
        """One statement more, that took so long."""
        self.statements += 1
        self.seconds += seconds

    def create_cursor(self, name: str | None = None) -> Any:
        self.alone = not self.in_atomic_block
        return super().create_cursor(name)

    def opening(self) -> str:
        """SQL that goes before the next statement, in its message: nothing, but where a transaction begins
        with it. Whoever sends that says so where it `has_failed`.
        """
        return ""

    def has_failed(self) -> None:
        """The message that was opened did not arrive, or was refused."""

    def commit(self) -> None:
        begun = perf_counter()
        super().commit()
        self.count(perf_counter() - begun)
        self.committed = True


_of_thread = threading.local()


def here() -> Sending:
    """This thread's connection, which stays the same for as long as the thread lives:
    `django.db.connections` looks it up anew at every word, by half a dozen calls.
    """
    try:
        found: Sending = _of_thread.connection
    except AttributeError:
        found = _of_thread.connection = cast(Sending, connections[DEFAULT_DB_ALIAS])
    return found


def begin() -> None:
    """A request begins, and has done nothing yet."""
    database = here()
    database.committed, database.statements, database.seconds = False, 0, 0.0


def has_committed() -> bool:
    """Whether something was done since the request began."""
    return here().committed


def spent() -> tuple[int, float]:
    """How many statements were sent since the request began, the commits among them, and for how many
    seconds it waited for them. What goes out together counts once.
    """
    database = here()
    return database.statements, database.seconds


def was_alone() -> bool:
    """Whether the last statement was sent outside of any transaction, so that it was done if it arrived."""
    return here().alone
