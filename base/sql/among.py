from typing import Any

from django.db.models import BooleanField, F, Func, QuerySet, Subquery
from django.db.models.sql.compiler import SQLCompiler


class Among(Func):
    """Whether a foreign key leads to one of some rows. PostgreSQL looks these up first and then goes by the
    key's index, where it would join them, expect as many rows of each as of any, and read the whole table.
    """

    template = "%(expressions)s)"
    arg_joiner = " = ANY(ARRAY"
    output_field = BooleanField()

    def __init__(self, key: str, rows: QuerySet[Any, Any]) -> None:
        super().__init__(F(key), Subquery(rows.order_by().values("pk")))

    def as_sqlite(
        self, compiler: SQLCompiler, connection: Any, **context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        return self.as_sql(compiler, connection, template="%(expressions)s", arg_joiner=" IN ", **context)
