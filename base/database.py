"""What every writing transaction needs to know of its database's temper, and what is told of its faults."""

import logging
import random
import re
import sqlite3
import time
from collections.abc import Callable
from functools import wraps
from traceback import walk_tb
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, Error, InterfaceError, OperationalError, connection
from django.utils.translation import gettext_lazy

from base import sending
from base.asking import asker
from base.errors import Busy

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 3
# https://www.postgresql.org/docs/current/errcodes-appendix.html
SERIALIZATION_FAILURE, DEADLOCK_DETECTED = "40001", "40P01"
BUSY, UNAVAILABLE, UNKNOWN = "busy", "database-unavailable", "outcome-unknown"
DISK_FULL, READ_ONLY, TOO_MANY = "disk-full", "read-only", "too-many-connections"
CODES = {
    SERIALIZATION_FAILURE: BUSY,
    DEADLOCK_DETECTED: BUSY,
    "55P03": BUSY,  # a lock was not had in time
    "57014": BUSY,  # a statement took too long
    "25P03": BUSY,  # we were too slow between two statements
    "25P04": BUSY,  # or altogether
    "25006": READ_ONLY,
    "53100": DISK_FULL,
    "53300": TOO_MANY,
}
# No connection, no resources, somebody stopped the server: and of these it is not known where a commit stood.
UNAVAILABLE_CLASSES, LOST_CLASSES = ("08", "53", "57"), ("08", "57")
# What comes without a state, from SQLite and before there is a connection.
WORDS = {
    "locked": BUSY,
    "disk is full": DISK_FULL,
    "readonly": READ_ONLY,
    "disk I/O": UNAVAILABLE,
    "unable to open": UNAVAILABLE,
}
NO_PLACE = re.compile("too many (connections|clients)|connection slots|no more connections|53300")
DETAILS = {
    BUSY: gettext_lazy("The box office is busy. Nothing was done; please try again."),
    DISK_FULL: gettext_lazy("The database has no room left on its disk. Nothing was done."),
    READ_ONLY: gettext_lazy("The database takes no changes now. Nothing was done; please try again."),
    TOO_MANY: gettext_lazy("The database has too many connections. Nothing was done; please try again."),
    UNAVAILABLE: gettext_lazy("The database does not answer. Nothing was done; please try again."),
    UNKNOWN: gettext_lazy(
        "The database did not answer, and it is not known whether anything was done. Look before you"
        " try again, or send the same Idempotency-Key."
    ),
}
READS = ("SELECT", "EXECUTE onsite_", "SHOW", "WITH")
KEPT = re.compile(r"\bonsite_\w+_[0-9a-f]{8}\b")


class Transient(Exception):
    """Raised by a transaction that met bad luck, a random value that was taken or a row that changed
    while it waited: running it again will do.
    """


def sqlstate(error: BaseException) -> str | None:
    return getattr(error.__cause__, "pgcode", None)


def code_of(error: BaseException) -> str | None:
    """By which code it is told that the database could not answer; None for a fault of ours."""
    if not isinstance(error, Error):
        return None
    if isinstance(error.__cause__, sqlite3.Error):
        return next((code for word, code in WORDS.items() if word in str(error)), None)
    state = sqlstate(error)
    if state is not None:
        return CODES.get(state, UNAVAILABLE if state[:2] in UNAVAILABLE_CLASSES else None)
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    # psycopg2 gives no state where the connection itself fails
    return TOO_MANY if NO_PLACE.search(str(error)) else UNAVAILABLE


def is_busy(error: Exception) -> bool:
    """Whether trying again later may help: a lock not had in time, no connection, no room, a shutdown."""
    return code_of(error) is not None


def busy(error: Exception, *, outside: bool = False) -> Busy:
    """What to tell somebody whose transaction ended in `error`: that nothing was done, or, when the
    connection was lost, perhaps during the commit, that this is not known. `outside` of the acts of the
    domain it is not known either whether one was done before.
    """
    code, first = code_of(error) or BUSY, _first(error)
    sent = _sent(first)
    if (outside and _has_acted()) or (_is_lost(first) and _was_perhaps_done(sent)):
        code = UNKNOWN
    logger.warning("503 %s: %s", code, ", ".join(_facts(error, sent)))
    if code == READ_ONLY and not connection.in_atomic_block:
        connection.close()  # the next one may lead to the server that takes changes
    return Busy.of(code, str(DETAILS[code]))


def _first(error: Exception) -> Exception:
    """The fault with which it began: when a connection is lost, Django makes another at the end of the
    transaction, and if that fails as well, raises this in place of what happened before.
    """
    seen = error.__cause__ and error.__cause__.__context__
    while seen is not None and not (isinstance(seen, Error) and seen.__cause__ is not None):
        seen = seen.__context__
    return _first(seen) if isinstance(seen, Error) and _is_lost(seen) else error


def _is_lost(error: Exception) -> bool:
    """Whether the connection ended before there was an answer."""
    if isinstance(error, Transient) or isinstance(error.__cause__, sqlite3.Error):
        return False
    state = sqlstate(error)
    return state is None or (state[:2] in LOST_CLASSES and state not in CODES)


def _was_perhaps_done(sent: str) -> bool:
    return sent == "COMMIT" or (sending.was_alone() and bool(sent) and not sent.startswith(READS))


def _has_acted() -> bool:
    """Whether the request that is answered has changed anything, and was meant to."""
    who = asker()
    return sending.has_committed() and (who is None or who.request.method not in ("GET", "HEAD"))


def _sent(error: BaseException) -> str:
    """What was sent when it failed, as the traceback tells: the kept statements' names, or a statement's
    first words, which hold no values; nothing where there was no connection yet.
    """
    for frame, _line in walk_tb(error.__traceback__):
        if frame.f_code.co_name == "_commit":
            return "COMMIT"
        if frame.f_code.co_name in ("_execute", "_executemany"):
            sql = str(frame.f_locals.get("sql", ""))
            names = ", ".join(KEPT.findall(sql))
            return f"EXECUTE {names}" if names else " ".join(sql.split()[:3])
    return ""


def _facts(error: Exception, sent: str) -> list[str]:
    """What whoever runs the place needs to find the fault, on one line."""
    who, first_line = asker(), str(error).partition("\n")[0]
    return [
        f"SQLSTATE {sqlstate(error) or '-'}",
        f"statement {sent or '-'}",
        f"user {(who and who.known_user_id) or '-'}",
        f"request {(who and who.request_id) or '-'}",
        f"{type(error.__cause__ or error).__name__}: {first_line}",
    ]


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
