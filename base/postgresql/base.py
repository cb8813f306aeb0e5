"""Django's PostgreSQL, by a connection that is not waited for without end, and knows what it has sent.

libpq waits for an answer as long as the other side's machine, or a proxy on the way, keeps the line open:
neither TCP's keepalive nor `tcp_user_timeout` notices one that takes everything and says nothing. So
psycopg2 waits by `_wait`: https://www.psycopg.org/docs/advanced.html#support-for-coroutine-libraries
(7 µs of CPU a statement).
"""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from psycopg2 import OperationalError
from psycopg2.extensions import (
    POLL_OK,
    POLL_READ,
    STATUS_BEGIN,
    STATUS_PREPARED,
    STATUS_READY,
    connection,
    set_wait_callback,
)

from base.sending import Sending
from base.timeouts import NEWER, milliseconds

CONNECTED = {STATUS_READY, STATUS_BEGIN, STATUS_PREPARED}


class Ours(connection):
    """A connection of Django's. Others in this process, a script's own, wait as they like."""


def _wait(session: connection) -> None:
    """Wait until `session` has its answer, or has begun. Raises psycopg2's `OperationalError`, which closes
    it, where none comes in time.
    """
    deadline = None
    while (state := session.poll()) != POLL_OK:
        if deadline is None:
            deadline = time.monotonic() + (_patience(session) or float("inf"))
        line = select.poll()
        line.register(session.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT)
        left = deadline - time.monotonic()
        if not line.poll(None if left == float("inf") else max(0, milliseconds(left))):
            raise OperationalError("The database did not answer in time")


def _patience(session: connection) -> float:
    """Seconds; 0 is without end. What is in no known state yet is still connecting."""
    if session.status not in CONNECTED:
        return float(settings.CONNECT_TIMEOUT)
    return float(settings.DATABASE_PATIENCE) if isinstance(session, Ours) else 0


set_wait_callback(_wait)


class Unreachable:
    """Whether this process has just waited in vain for a connection. Whoever is queued behind hears so at
    once: if each waited for it anew, a few clients who ask again would fill all workers for minutes.
    """

    until = float("-inf")

    def check(self) -> None:
        """Raise psycopg2's `OperationalError` while it is not to be tried again."""
        if time.monotonic() < self.until:
            raise OperationalError("The database did not answer a moment ago")

    @contextmanager
    def noticed(self) -> Iterator[None]:
        """Make a connection, and remember if it took as long as may be waited for one, in vain."""
        begun = time.monotonic()
        try:
            yield
        except OperationalError:
            now = time.monotonic()
            if now - begun >= settings.CONNECT_TIMEOUT:
                self.until = now + settings.CONNECT_TIMEOUT
            raise


UNREACHABLE = Unreachable()


class DatabaseWrapper(Sending, base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        UNREACHABLE.check()
        with UNREACHABLE.noticed():
            return super().get_new_connection(conn_params)

    def get_connection_params(self) -> dict[str, Any]:
        return {"connection_factory": Ours, **super().get_connection_params()}

    def init_connection_state(self) -> None:
        super().init_connection_state()
        seconds = settings.POSTGRES_LIMITS.get(NEWER)
        if seconds and not settings.LIMITS_BY_ROLE and self.pg_version >= 170_000:
            with self.connection.cursor() as cursor:
                cursor.execute(f"SET {NEWER} = {milliseconds(seconds)}")
