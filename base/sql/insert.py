"""Rows inserted by one statement that is built once a model."""

from collections.abc import Sequence
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db import connection
from django.db.models import (
    AutoField,
    BigAutoField,
    BooleanField,
    CharField,
    Field,
    ForeignKey,
    IntegerField,
    Model,
    PositiveIntegerField,
    TextField,
)

from base.sending import here
from base.sql.prepared import Part, Statement, send
from base.sql.together import drawn_for, write

M = TypeVar("M", bound=Model)


def insert(rows: Sequence[M], *, after: Sequence[Part] = ()) -> Sequence[M]:
    """Insert new rows of one model, all in place but their ids (and what its `WRITTEN_LATER` names, which no
    new row has), and set those: what `bulk_create`
    does, without building the statement anew. One statement, or as many as the database's limit on
    parameters asks for; it goes out together with those that come before it, `after`: with all the others of
    the transaction, if their ids were drawn before (`together`).
    """
    if not rows:
        return rows
    if ids := drawn_for(type(rows[0]), len(rows)):
        _stored(rows, ids)
        write(*after, *_parts(_insertion(type(rows[0]), Ids.DRAWN), rows))
        return rows
    insertion, found = _insertion(type(rows[0]), Ids.RETURNED), list[int]()
    for part in _parts(insertion, rows):
        found += (pk for (pk,) in send(*after, part))
        after = ()
    _stored(rows, found)
    return rows


def insert_unread(rows: Sequence[Model]) -> None:
    """As `insert`, of rows whose ids nobody needs to know: they are not set."""
    if rows:
        write(*_parts(_insertion(type(rows[0]), Ids.UNREAD), rows))


def _stored(rows: Sequence[Model], ids: Sequence[int]) -> None:
    alias = here().alias
    for row, pk in zip(rows, ids, strict=True):
        row.pk, row._state.adding, row._state.db = pk, False, alias


class Ids(Enum):
    """Where those of new rows come from, and whether they are told."""

    RETURNED = "returned"
    DRAWN = "drawn"
    UNREAD = "unread"


# What a value of this type is to a field of that class: the same to the driver, of every database. Most are;
# to ask the field takes ten calls each.
PLAIN: dict[type[Field[Any, Any]], type] = {
    AutoField: int,
    BigAutoField: int,
    BooleanField: bool,
    CharField: str,
    IntegerField: int,
    PositiveIntegerField: int,
    TextField: str,
}


def _plain(field: Field[Any, Any]) -> type | None:
    return _plain(field.target_field) if isinstance(field, ForeignKey) else PLAIN.get(type(field))


class Column(NamedTuple):
    field: Field[Any, Any]
    name: str
    plain: type | None


class Insertion(NamedTuple):
    columns: list[Column]
    one: Statement

    def part(self, rows: Sequence[Model]) -> Part:
        database = here()
        values = [
            value
            if (value := getattr(row, name)) is None or type(value) is plain
            else field.get_db_prep_save(value, database)
            for row in rows
            for field, name, plain in self.columns
        ]
        if len(rows) == 1:
            return self.one.part(values)
        # Prepared for each number of rows it would gain nothing.
        head, row, tail = self.one.sql.partition(f"({', '.join(['%s'] * len(self.columns))})")
        return f"{head}{', '.join([row] * len(rows))}{tail}", values


def _parts(insertion: Insertion, rows: Sequence[Model]) -> list[Part]:
    limit = here().features.max_query_params
    size = limit // len(insertion.columns) if limit else len(rows)
    return [insertion.part(rows[start : start + size]) for start in range(0, len(rows), size)]


@cache
def _insertion(model: type[Model], ids: Ids) -> Insertion:
    later: frozenset[str] = getattr(model, "WRITTEN_LATER", frozenset())
    fields = [
        field
        for field in model._meta.local_concrete_fields
        if field.name not in later and (ids is Ids.DRAWN or not field.primary_key)
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields if field.column)
    row, table = f"({', '.join(['%s'] * len(fields))})", model._meta.db_table
    returned = " RETURNING id" if ids is Ids.RETURNED else ""
    sql = f"INSERT INTO {quote(table)} ({columns}) VALUES {row}{returned}"  # noqa: S608 - names of ours
    written = [Column(field, field.attname, _plain(field)) for field in fields]
    return Insertion(written, Statement(f"insert_{table}", sql))
