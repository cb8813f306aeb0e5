"""Rows inserted by one statement that is built once a model."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db import connection
from django.db.models import Field, Model

from base.sql.prepared import Part, Statement, here, send

M = TypeVar("M", bound=Model)


def insert(rows: Sequence[M], *, after: Sequence[Part] = ()) -> Sequence[M]:
    """Insert new rows of one model, all in place but their ids (and what its `WRITTEN_LATER` names, which no
    new row has), and set those: what `bulk_create`
    does, without building the statement anew. One statement, or as many as the database's limit on
    parameters asks for; it goes out together with those that come before it, `after`.
    """
    if not rows:
        return rows
    insertion, database = _insertion(type(rows[0])), here()
    limit = database.features.max_query_params
    size = limit // len(insertion.fields) if limit else len(rows)
    for start in range(0, len(rows), size):
        some = rows[start : start + size]
        for row, (pk,) in zip(some, send(*after, insertion.part(some)), strict=True):
            row.pk, row._state.adding, row._state.db = pk, False, database.alias
        after = ()
    return rows


class Insertion(NamedTuple):
    fields: list[Field[Any, Any]]
    one: Statement

    def part(self, rows: Sequence[Model]) -> Part:
        database = here()
        values = [f.get_db_prep_save(getattr(row, f.attname), database) for row in rows for f in self.fields]
        if len(rows) == 1:
            return self.one.part(values)
        # Prepared for each number of rows it would gain nothing.
        head, row, tail = self.one.sql.partition(f"({', '.join(['%s'] * len(self.fields))})")
        return f"{head}{', '.join([row] * len(rows))}{tail}", values


@cache
def _insertion(model: type[Model]) -> Insertion:
    later: frozenset[str] = getattr(model, "WRITTEN_LATER", frozenset())
    fields = [
        field
        for field in model._meta.local_concrete_fields
        if not field.primary_key and field.name not in later
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields if field.column)
    row, table = f"({', '.join(['%s'] * len(fields))})", model._meta.db_table
    sql = f"INSERT INTO {quote(table)} ({columns}) VALUES {row} RETURNING id"  # noqa: S608 - names of ours
    return Insertion(fields, Statement(f"insert_{table}", sql))
