"""What a transaction writes, kept back until its end and then sent with one round trip.

Whoever waits for a row that this transaction has locked waits for each of its messages to the database. A
sale draws the ids of its rows before it locks any ticket (`drawing`), so that no INSERT needs to be answered,
and what it writes under the lock is one message (docs/adr/0028).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db.models import Model

from base.database import Transient
from base.sending import here
from base.sql.prepared import Part, Row, next_id, send

Ids = Mapping[type[Model], Sequence[int]]


class Waiting:
    """The statements that are kept back, and the ids that were drawn for their rows."""

    def __init__(self, ids: Ids) -> None:
        self._ids = {model: list(drawn) for model, drawn in ids.items()}
        self._parts: list[Part] = []
        self._changes: tuple[Part, int] | None = None

    def take(self, model: type[Model], number: int) -> Sequence[int]:
        """So many of the ids that were drawn for rows of `model`; none where there are fewer left."""
        drawn = self._ids.get(model, [])
        taken, self._ids[model] = drawn[:number], drawn[number:]
        return taken if len(taken) == number else ()

    def write(self, parts: Sequence[Part]) -> None:
        self._parts += parts

    def change(self, part: Part, rows: int) -> None:
        if self._changes is not None:
            self.send()
        self._changes = part, rows

    def taken(self) -> Sequence[Part]:
        """What waits, for whoever sends it before something that is read. A counted change, which must be the
        last of a message, is sent with the rest at once.
        """
        if self._changes is not None:
            self.send()
        parts, self._parts = self._parts, []
        return parts

    def send(self) -> None:
        """Send all that waits, the counted change at its end: of several statements only the last answers."""
        changes, self._changes = self._changes, None
        parts = self.taken()
        if changes is not None:
            _change(parts, *changes)
        elif parts:
            send(*parts)


@contextmanager
def together(ids: Ids) -> Iterator[None]:
    """Keep back what is written in this block (`write`, `change`, `insert`) until its end, or until something
    is read, which sees it as ever; a statement that is built once (`base.sql.prepared`) is read by the same
    message. The new rows of a model have the `ids` that were drawn for them.

    Must run inside a transaction, whose end it does not outlive. Raises what the statements raise, and
    `Transient`, see `change`; when the block itself raises, nothing more is sent.
    """
    connection = here()
    waiting = Waiting(ids)
    connection.waiting = waiting
    try:
        yield
        waiting.send()
    finally:
        connection.waiting = None


def write(*parts: Part) -> None:
    """Send statements of which nobody needs an answer; within `together` with all that is written there."""
    if (waiting := _waiting()) is None:
        send(*parts)
    else:
        waiting.write(parts)


def change(part: Part, *, rows: int) -> None:
    """As `write`, an UPDATE that must change so many `rows`, each of which it returns: else raises
    `Transient`, in a transaction that is then to begin anew. Within `together` it goes last: it must be of
    rows that are locked, and that nothing else there writes.
    """
    if (waiting := _waiting()) is None:
        _change((), part, rows)
    else:
        waiting.change(part, rows)


def drawn_for(model: type[Model], number: int) -> Sequence[int]:
    """The ids that so many new rows get, as they were drawn; none outside of `together`."""
    waiting = _waiting()
    return () if waiting is None else waiting.take(model, number)


def _change(before: Sequence[Part], part: Part, rows: int) -> None:
    if len(send(*before, part)) != rows:
        raise Transient


def _waiting() -> Waiting | None:
    waiting: Waiting | None = here().waiting  # type: ignore[assignment]
    return waiting


# --- ids drawn before the rows --------------------------------------------------------------------


def drawing(models: Sequence[type[Model]]) -> str:
    """SQL whose parameters are how many ids are wanted for each of the models, in their order; its rows are
    for `drawn`. On PostgreSQL nobody else gets these ids, whatever becomes of the transaction; on SQLite the
    transaction must have begun to write.
    """
    of_one = _NEXT if here().vendor == "postgresql" else _LAST
    return " UNION ALL ".join(
        of_one.format(table=model._meta.db_table, next_id=next_id(model)) for model in models
    )


_NEXT = "SELECT '{table}', {next_id}, '' FROM generate_series(1, %s)"
# One writer at a time: what comes after the last is nobody else's.
_LAST = """
    SELECT '{table}', COALESCE((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0), '' WHERE %s > 0
"""


def drawn(rows: Sequence[Row], wanted: Mapping[type[Model], int]) -> Ids:
    """The ids of what `drawing` gave, of each model so many as were `wanted`; other rows are let be."""
    found: dict[str, list[int]] = {model._meta.db_table: [] for model in wanted}
    for table, number, _text in rows:
        if table in found:
            found[table].append(number)
    if here().vendor == "postgresql":
        return {model: sorted(found[model._meta.db_table]) for model in wanted}
    return {
        model: range(last + 1, last + 1 + wanted[model])
        for model in wanted
        for last in found[model._meta.db_table]
    }
