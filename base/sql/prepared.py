"""Statements that PostgreSQL parses and plans once in each connection.

To plan the look-ups of a sale or a scan takes it longer than to answer them. psycopg2 knows no prepared
statements, so they are made by SQL: https://www.postgresql.org/docs/current/sql-prepare.html
"""

import logging
from collections.abc import Sequence
from hashlib import md5
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

from base.database import Transient, sqlstate
from base.sending import Sending, here

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Session

logger = logging.getLogger(__name__)

Part = tuple[str, Sequence[Any]]  # SQL with `%s` for its parameters, and these
Row = tuple[Any, ...]
# A pooler has given us another session, or a migration changed the columns under us.
NOT_THERE, THERE_ALREADY, OTHER_COLUMNS = "26000", "42P05", "0A000"


class Statement:
    """SQL that is sent again and again, with `%s` for its parameters: each is either one of the values
    that come at a time, `(True, its index)`, or a constant, `(False, itself)`. Without `parameters` they
    are the values, one after the other.
    """

    # Ends with the first session that has lost a statement, for the life of the process.
    kept = settings.PREPARE_STATEMENTS
    _known: "WeakKeyDictionary[Session, set[str]]" = WeakKeyDictionary()

    def __init__(self, name: str, sql: str, parameters: Sequence[tuple[bool, Any]] | None = None) -> None:
        self.sql = sql
        self.parameters = parameters or [(True, index) for index in range(sql.count("%s"))]
        self.used = sorted({index for is_value, index in self.parameters if is_value})
        digest = md5(repr((sql, self.parameters)).encode(), usedforsecurity=False).hexdigest()
        self.name = f"onsite_{name.strip('_')}_{digest[:8]}"
        values = f" ({', '.join(['%s'] * len(self.used))})" if self.used else ""
        self.call = f"EXECUTE {self.name}{values}"

    def rows(self, values: Sequence[Any]) -> list[Row]:
        """Run it; what it gives. What is kept back (`base.sql.together`) goes out in the same message, before
        it. Raises `Transient` if the transaction must begin anew.
        """
        database = here()
        if database.in_atomic_block:
            part, waiting = self.part(values), database.waiting
            return send(*(waiting.taken() if waiting is not None else ()), part)
        # Outside a transaction it only reads, and so tells itself whether the kept connection still
        # lives: no `SELECT 1` need ask before.
        is_kept = database.connection is not None
        unchecked = is_kept and database.health_check_enabled and not database.health_check_done  # type: ignore[attr-defined]  # not in the stubs
        database.health_check_done = True  # type: ignore[attr-defined]  # not in the stubs
        try:
            return send(self.part(values))
        except Transient:
            pass
        except (OperationalError, InterfaceError):
            if not unchecked or not database.connection.closed:
                raise
            database.close()
        return send(self.part(values))

    def part(self, values: Sequence[Any]) -> Part:
        """What is to be sent; prepared in this session, where that can be. Raises `Transient` if it was
        prepared there behind our back.
        """
        database = here()
        database.close_if_health_check_failed()  # as a cursor would: a new session knows no statement
        database.ensure_connection()
        if not self.kept or database.vendor != "postgresql":
            return self.sql, [values[it] if is_value else it for is_value, it in self.parameters]
        known = self._known.setdefault(database.connection, set())
        if self.name not in known:
            self._prepare(database)
            known.add(self.name)
        return self.call, [values[index] for index in self.used]

    def _prepare(self, database: BaseDatabaseWrapper) -> None:
        """Numbers stand for values, and constants, of which the planner is to know, for themselves. It is
        no statement of anybody's request, and so not logged as one.
        """
        try:
            with database.wrap_database_errors, database.connection.cursor() as cursor:
                marks = tuple(
                    f"${self.used.index(it) + 1}" if is_value else cursor.mogrify("%s", [it]).decode()
                    for is_value, it in self.parameters
                )
                cursor.execute(f"PREPARE {self.name} AS {self.sql % marks}")
        except DatabaseError as error:
            _failed(error)


def next_id(model: type[Model]) -> str:
    """PostgreSQL for the id of a new row of `model`."""
    return f"nextval('{model._meta.db_table}_id_seq')"


def send(*parts: Part) -> list[Row]:
    """Run statements one after the other, with one round trip if the database takes them together; what
    the last one gives. Raises `Transient` if the session has lost one that was prepared.
    """
    database = here()
    try:
        with database.cursor() as cursor:
            if database.vendor == "postgresql":
                _send_together(database, cursor, parts)
            else:
                for sql, values in parts:
                    cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []
    except DatabaseError as error:
        _failed(error)


def _send_together(database: Sending, cursor: CursorWrapper, parts: Sequence[Part]) -> None:
    """A transaction that has sent nothing yet begins with them; or with what was kept back before them."""
    if database.waiting is not None:
        database.waiting.send()
    sql = ";\n".join([sql for sql, _values in parts])
    parameters = [value for _sql, values in parts for value in values]
    try:
        cursor.execute(database.opening() + sql, parameters)
    except BaseException:
        database.has_failed()
        raise


def _failed(error: DatabaseError) -> NoReturn:
    """Raise it again; or `Transient`, and prepare nothing more, if a statement was lost."""
    if sqlstate(error) not in (NOT_THERE, THERE_ALREADY, OTHER_COLUMNS):
        raise error
    logger.warning("Statements are not prepared from now on: %s", error)
    Statement.kept = False
    raise Transient from error
