"""The order of a list, and the place in it behind some row: unlike a page's number, it stays where it is when
rows come and go before it.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db.models import F, Field, Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import OrderBy

from base.sql.above import model_above


@dataclass(frozen=True)
class Key:
    """One field that a list is sorted by, perhaps one of another table: `event__name`."""

    name: str
    falls: bool
    field: Field[Any, Any]

    @classmethod
    def of(cls, model: type[Model], name: str) -> Self:
        path = name.lstrip("-").split(LOOKUP_SEP)
        for step in path[:-1]:
            model = model_above(model, step)
        meta = model._meta
        field: Any = meta.pk if path[-1] == "pk" else meta.get_field(path[-1])
        return cls(LOOKUP_SEP.join([*path[:-1], field.attname]), name.startswith("-"), field)

    @property
    def order(self) -> OrderBy:
        """What has no value comes last on every database."""
        last = True if self.field.null else None
        return F(self.name).desc(nulls_last=last) if self.falls else F(self.name).asc(nulls_last=last)

    def equals(self, value: Any) -> Q:
        return Q(**({f"{self.name}__isnull": True} if value is None else {self.name: value}))

    def behind(self, value: Any) -> Q | None:
        """The rows with a value that comes later, if one can."""
        if value is None:
            return None
        later = Q(**{f"{self.name}__{'lt' if self.falls else 'gt'}": value})
        return later | Q(**{f"{self.name}__isnull": True}) if self.field.null else later

    def value_of(self, row: Model) -> str | None:
        value = attrgetter(self.name.replace(LOOKUP_SEP, "."))(row)
        return None if value is None else str(value)

    def parsed(self, text: Any) -> Any:
        if text is None and self.field.null:
            return None
        if not isinstance(text, str):
            raise ValueError(text)
        return self.field.to_python(text)


@dataclass(frozen=True)
class Ordering:
    """The order of a list, in which no two rows are equal."""

    keys: tuple[Key, ...]

    @classmethod
    def of(cls, rows: QuerySet[Any]) -> Self:
        """That of a queryset, which is sorted by names of fields; equal rows by their ids."""
        names = [*(rows.query.order_by or rows.model._meta.ordering), "pk"]
        keys: list[Key] = []
        for name in names:
            keys.append(Key.of(rows.model, name))
            if keys[-1].field is rows.model._meta.pk:
                break
        return cls(tuple(keys))

    @property
    def is_by_id(self) -> bool:
        return len(self.keys) == 1

    def applied(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.order_by(*(key.order for key in self.keys))

    def cursor(self, row: Model) -> str:
        """The place behind a row, for a URL."""
        text = json.dumps([key.value_of(row) for key in self.keys], separators=(",", ":"))
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def behind(self, rows: QuerySet[Any], cursor: str) -> QuerySet[Any]:
        """The rows that come after the place. Raises `ValueError` for what is none in this order."""
        found, equal = Q(), Q()
        for key, value in zip(self.keys, self._values(cursor), strict=True):
            later = key.behind(value)
            if later is not None:
                found |= equal & later
            equal &= key.equals(value)
        return rows.filter(found)

    def _values(self, cursor: str) -> list[Any]:
        try:
            texts = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if not isinstance(texts, list) or len(texts) != len(self.keys) or "\x00" in str(texts):
                raise ValueError(cursor)
            return [key.parsed(text) for key, text in zip(self.keys, texts, strict=True)]
        except (ArithmeticError, RecursionError, ValidationError, ValueError) as error:
            raise ValueError(cursor) from error
