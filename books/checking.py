"""Whether the books add up: every check (`books.checks`), over one event or all, in one snapshot.

It is for `manage.py` and the worker, whose statements may take their time; it locks nothing, writes nothing
and repairs nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from base.snapshot import one_snapshot


@dataclass(frozen=True)
class Difference:
    """What is `written` of a thing, and what is `counted`, as texts; `event` is None where what should lead
    to one is not there.
    """

    check: str
    thing: str
    id: int
    written: str
    counted: str
    event: int | None

    def __str__(self) -> str:
        values = {"thing": self.thing, "id": self.id, "written": self.written, "counted": self.counted}
        return _("%(thing)s %(id)d: %(written)s is written, %(counted)s is counted") % values


@dataclass(frozen=True)
class Check:
    """`rule` says what must hold; `find` gives what does not, at the event of that id or (None) anywhere."""

    name: str
    rule: str | Promise
    find: Callable[["Check", int | None], Iterable[Difference]]


def differences(checks: Sequence[Check], event: int | None = None) -> list[Difference]:
    """Everything that does not add up, at the event of that id or anywhere, by check and id."""
    with one_snapshot():
        return [found for check in checks for found in check.find(check, event)]


def by_sql(
    thing: str, sql: str | Callable[[], str], *, is_money: bool = False
) -> Callable[[Check, int | None], Iterator[Difference]]:
    """Finds by one statement, which gives the event, the id of a `thing`, what is written, what is counted;
    a function where it depends on the database.
    """
    shown = _money if is_money else _plain

    def find(check: Check, event: int | None) -> Iterator[Difference]:
        for at, pk, written, counted in _rows(sql if isinstance(sql, str) else sql(), event):
            yield Difference(check.name, thing, pk, shown(written), shown(counted), at)

    return find


def _rows(sql: str, event: int | None) -> list[tuple[Any, ...]]:
    which = "" if event is None else f"WHERE event_id = {int(event)}"
    statement = f"WITH found (event_id, id, written, counted) AS ({sql}) SELECT * FROM found {which}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement + " ORDER BY id")
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _money(amount: Any) -> str:
    return "-" if amount is None else f"{Decimal(str(amount)):.2f}"


def _plain(value: Any) -> str:
    return "-" if value is None else str(value)
