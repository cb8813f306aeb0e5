"""A page of a list in the order of its ids, of rows that are told from others by another table alone: an
event's guests by their tickets, its payments by their orders. No index has them in that order, and
PostgreSQL, which takes them to lie everywhere, would walk the table from its end past the rows of all other
events.

Where the walk meets the whole page among the first `NEAR` ids, as with few events or the latest, it is taken.
Else the rows are found by their own indexes and sorted, which costs as many as there are of them.
"""

from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func, QuerySet, Subquery
from django.db.models.sql.compiler import SQLCompiler

from base.api.cursors import Ordering

NEAR = 1000


class OfPage(Func):
    """SQL for whether an id is one of a page: of the `near` ids, if they fill it, else of those `far`."""

    output_field = BooleanField()

    def __init__(self, near: QuerySet[Any, Any], far: QuerySet[Any, Any], size: int) -> None:
        super().__init__(F("pk"), Subquery(near), Subquery(far))
        self.size = int(size)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: Any, **_context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        (pk, _none), (near, near_values), (far, far_values) = map(compiler.compile, self.source_expressions)
        full = f"SELECT CASE WHEN count(*) = {self.size} THEN array_agg(pk) END"
        sql = f"{pk} = ANY(COALESCE(({full} FROM {near} AS near (pk)), ARRAY{far}))"
        return sql, (*near_values, *far_values)


def part(
    rows: QuerySet[Any], ordering: Ordering, start: int, stop: int, cursor: str | None = None
) -> QuerySet[Any]:
    """`rows[start:stop]`, which are in that order, behind the place of the cursor. Raises `ValueError` for
    what is none.
    """
    if connection.vendor != "postgresql" or not ordering.is_by_id:
        return rows[start:stop]
    (key,) = ordering.keys
    table = rows.model._base_manager.all()
    walked = ordering.applied(ordering.behind(table, cursor) if cursor else table)
    edge = Subquery(walked.values(edge=F("pk") + (-NEAR if key.falls else NEAR))[:1])
    near = rows.filter(**{"pk__gt" if key.falls else "pk__lt": edge})
    by_sum = F("pk") + 0  # no index has that: the order alone must not choose the way
    far = rows.order_by(by_sum.desc() if key.falls else by_sum.asc())
    return rows.filter(OfPage(_ids(near, start, stop), _ids(far, start, stop), stop - start))


def _ids(rows: QuerySet[Any], start: int, stop: int) -> QuerySet[Any, Any]:
    return rows.values("pk")[start:stop]
