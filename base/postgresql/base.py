"""Django's PostgreSQL, by a connection that is not waited for without end, and knows what it has sent.

libpq waits for an answer as long as the other side's machine, or a proxy on the way, keeps the line open:
neither TCP's keepalive nor `tcp_user_timeout` notices one that takes everything and says nothing. So
psycopg2 waits by `_wait`: https://www.psycopg.org/docs/advanced.html#support-for-coroutine-libraries
(7 µs of CPU a statement).
"""

import select
import time
from functools import partial
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
    TRANSACTION_STATUS_IDLE,
    connection,
    set_wait_callback,
)

from base.postgresql.hosts import Host, by_preference
from base.sending import Sending
from base.timeouts import NEWER, milliseconds

CONNECTED = {STATUS_READY, STATUS_BEGIN, STATUS_PREPARED}


class Ours(connection):
    """A connection of Django's to one host, which is waited for `patience` seconds at most. Others in this
    process, a script's own, wait as they like.
    """

    # Whether the transaction was begun by `opening`.
    is_opened = False

    def __init__(self, dsn: str, host: Host, patience: float) -> None:
        self.host, self.patience = host, patience
        super().__init__(dsn)

    def opening(self) -> str:
        """What goes before the next statement, in its message, where a transaction is to begin with it:
        psycopg2 would send its BEGIN by itself, and wait for the answer. From then on it takes the session
        for one that commits by itself, until the transaction ends.
        """
        if self.autocommit or self.status != STATUS_READY or self.isolation_level is not None:
            return ""
        self.is_opened = self.autocommit = True
        return "BEGIN;\n"

    def has_failed(self) -> None:
        """A statement has: if the transaction did not begin with it, psycopg2 is to begin it."""
        if self.is_opened and self.get_transaction_status() == TRANSACTION_STATUS_IDLE:
            self._hand_back()

    def commit(self) -> None:
        self._end("COMMIT") if self.is_opened else super().commit()

    def rollback(self) -> None:
        self._end("ROLLBACK") if self.is_opened else super().rollback()

    def _end(self, word: str) -> None:
        try:
            with self.cursor() as cursor:
                cursor.execute(word)
        finally:
            self._hand_back()

    def _hand_back(self) -> None:
        self.is_opened = False
        if not self.closed:
            self.autocommit = False


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
            if isinstance(session, Ours):
                session.host.is_silent()
            raise OperationalError("The database did not answer in time")


def _patience(session: connection) -> float:
    """Seconds; 0 is without end. What is in no known state yet is still connecting."""
    is_connecting = session.status not in CONNECTED
    if not isinstance(session, Ours):
        return float(settings.CONNECT_TIMEOUT) if is_connecting else 0
    return session.patience if is_connecting else float(settings.DATABASE_PATIENCE)


set_wait_callback(_wait)


class DatabaseWrapper(Sending, base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        places = by_preference(conn_params)
        patience = settings.CONNECT_TIMEOUT / len(places)
        refused: list[OperationalError] = []
        for host, parameters in places:
            try:
                return self._connected(host, patience, parameters)
            except OperationalError as error:
                refused.append(error)
        if len(refused) == 1:
            raise refused[0]
        raise OperationalError("\n".join(str(error).strip() for error in refused)) from refused[-1]

    def opening(self) -> str:
        opening: str = self.connection.opening()
        return opening

    def has_failed(self) -> None:
        if self.connection is not None:
            self.connection.has_failed()

    def _connected(self, host: Host, patience: float, parameters: dict[str, Any]) -> Any:
        host.check()
        with host.noticed(patience):
            ours = partial(Ours, host=host, patience=patience)
            return super().get_new_connection({"connection_factory": ours, **parameters})

    def init_connection_state(self) -> None:
        super().init_connection_state()
        seconds = settings.POSTGRES_LIMITS.get(NEWER)
        if seconds and not settings.LIMITS_BY_ROLE and self.pg_version >= 170_000:
            with self.connection.cursor() as cursor:
                cursor.execute(f"SET {NEWER} = {milliseconds(seconds)}")
