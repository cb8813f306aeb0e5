"""The tables that are exported: their columns, and their rows by chunks.

Rows are read by keyset (`pk > last`), each chunk in a statement of its own: memory stays what one chunk
needs, no transaction is open between two, and nothing is told twice or left out while tills sell. What was
written after it began is not told.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.models import Event

CHUNK = 2000
Cell = str | int | Decimal | datetime | None
Rows = list[list[Cell]]


class Kind(Enum):
    """What stands in a column, beside nothing."""

    TEXT = auto()
    NUMBER = auto()
    MONEY = auto()
    TIME = auto()


def same(value: Any) -> Cell:
    found: Cell = value
    return found


@dataclass(frozen=True)
class Column:
    """What `make` makes of what is read as `sources`, under a heading."""

    heading: str | Promise
    kind: Kind
    sources: tuple[str, ...]
    make: Callable[..., Cell] = same


def text(heading: str | Promise, *sources: str, make: Callable[..., Cell] = same) -> Column:
    return Column(heading, Kind.TEXT, sources, make)


def number(heading: str | Promise, source: str) -> Column:
    return Column(heading, Kind.NUMBER, (source,))


def money(heading: str | Promise, source: str, make: Callable[..., Cell] = same) -> Column:
    return Column(heading, Kind.MONEY, (source,), make)


def moment(heading: str | Promise, source: str) -> Column:
    return Column(heading, Kind.TIME, (source,))


def currency_of(source: str = "event__currency") -> Column:
    return text(gettext_lazy("currency"), source)


def read_values(columns: Sequence[Column], rows: QuerySet[Any]) -> list[tuple[int, list[Cell]]]:
    """Each row's id and cells, by one statement that reads what the columns need."""
    sources = [source for column in columns for source in column.sources]
    made = []
    for pk, *values in rows.values_list("pk", *sources):
        left = iter(values)
        made.append((pk, [column.make(*(next(left) for _source in column.sources)) for column in columns]))
    return made


@dataclass(frozen=True)
class Table:
    """`rows` are those of an event, `read` makes cells of some of them."""

    key: str
    name: str | Promise
    rows: Callable[[Event], QuerySet[Any]]
    columns: tuple[Column, ...]
    read: Callable[[Sequence[Column], QuerySet[Any]], list[tuple[int, list[Cell]]]] = read_values

    def count(self, event: Event) -> int:
        return self.rows(event).order_by().count()

    def chunks(self, event: Event) -> Iterator[Rows]:
        """All rows that there are now, the oldest first, so many at a time."""
        rows = self.rows(event).order_by("pk")
        # Counted beside: for an end alone PostgreSQL goes through the ids of all events until it meets one.
        ends = rows.order_by().aggregate(number=Count("pk"), first=Min("pk"), until=Max("pk"))
        last, until = (ends["first"] or 0) - 1, ends["until"]
        while until is not None:
            chunk = self.read(self.columns, rows.filter(pk__gt=last, pk__lte=until)[:CHUNK])
            if chunk:
                last = chunk[-1][0]
                yield [cells for _pk, cells in chunk]
            if len(chunk) < CHUNK:
                return

    def headings(self, zone: str, *, named: bool = False) -> list[str]:
        """The first row; with the zone `named` where the times themselves do not tell it."""
        return [
            f"{column.heading} ({zone})" if named and column.kind is Kind.TIME else str(column.heading)
            for column in self.columns
        ]


def label_of(choices: Any) -> Callable[[Any], Cell]:
    """How people read what is stored of some choices."""
    labels = dict(choices.choices)
    return lambda value: None if value is None else str(labels.get(value, value))


def yes_or_no(value: bool | None) -> Cell:
    if value is None:
        return None
    return _("yes") if value else _("no")


def cents(amount: Decimal | None) -> Cell:
    """A sum that the database made: SQLite adds in floats."""
    return Decimal("0.00") if amount is None else amount.quantize(Decimal("0.01"))
