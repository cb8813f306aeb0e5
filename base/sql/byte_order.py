from typing import Any

from django.db.models import Func
from django.db.models.sql.compiler import SQLCompiler


class ByteOrder(Func):
    """A text as bytes are compared, in which the texts with one beginning stand together: SQLite's own
    order, and PostgreSQL's collation "C".
    """

    template = '(%(expressions)s) COLLATE "C"'

    def as_sqlite(
        self, compiler: SQLCompiler, connection: Any, **context: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        return self.as_sql(compiler, connection, template="%(expressions)s", **context)
