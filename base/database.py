"""What every writing transaction needs to know of its database's temper."""

import random
import sqlite3
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError
from django.utils.translation import gettext as _

from base.errors import Busy

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 3
# https://www.postgresql.org/docs/current/errcodes-appendix.html
SERIALIZATION_FAILURE, DEADLOCK_DETECTED = "40001", "40P01"
LOCK_NOT_AVAILABLE, QUERY_CANCELED = "55P03", "57014"
ROLLED_BACK = (SERIALIZATION_FAILURE, DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE, QUERY_CANCELED)
UNAVAILABLE_CLASSES = ("08", "53", "57")


class Transient(Exception):
    """Raised by a transaction that met bad luck, a random value that was taken or a row that changed
    while it waited: running it again will do.
    """


def sqlstate(error: BaseException) -> str | None:
    return getattr(error.__cause__, "pgcode", None)


def is_busy(error: Exception) -> bool:
    """Whether trying again later may help: a lock not had in time, no connection, a shutdown."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    if isinstance(error.__cause__, sqlite3.Error):
        return "locked" in str(error)
    state = sqlstate(error)
    if state is None:
        return True  # psycopg2 gives no code when the connection itself fails
    return state in ROLLED_BACK or state[:2] in UNAVAILABLE_CLASSES


def busy(error: Exception) -> Busy:
    """What to tell somebody whose transaction ended in `error`: that nothing was done, or, when the
    connection was lost, perhaps during the commit, that this is not known.
    """
    rolled_back = isinstance(error.__cause__, sqlite3.Error) or sqlstate(error) in ROLLED_BACK
    if rolled_back or isinstance(error, Transient):
        return Busy.of("busy", _("The box office is busy. Nothing was done; please try again."))
    return Busy.of(
        "outcome-unknown",
        _(
            "The database did not answer, and it is not known whether anything was done. Look before you"
            " try again, or send the same Idempotency-Key."
        ),
    )


def retry_transient(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function that owns its transaction again, at most three times in all, with jitter.

    Only serialization failures, deadlocks and `Transient` are tried again, because only they say
    that the transaction was sound and met bad luck. Raises `Busy` when luck does not turn or a lock
    was not had within its timeout.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for tries_left in reversed(range(TRIES)):
            try:
                return function(*args, **kwargs)
            except (DatabaseError, InterfaceError, Transient) as error:
                unlucky = isinstance(error, Transient) or sqlstate(error) in (
                    SERIALIZATION_FAILURE,
                    DEADLOCK_DETECTED,
                )
                if unlucky and tries_left:
                    time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - jitter, no secret
                elif unlucky or is_busy(error):
                    raise busy(error) from error
                else:
                    raise
        raise AssertionError("unreachable")

    return run
