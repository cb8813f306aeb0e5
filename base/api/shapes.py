"""What a resource is made of, worked out once for each serializer class.

A serializer makes its fields anew for each answer, and the library's renderer asks each of them for every
row what it is: most of the time that a list took. Here each field is looked at once, and leaves a function
that reads its value of a row; a test holds what comes out against the libraries' own.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from inspect import getattr_static
from operator import attrgetter
from types import FunctionType
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db.models import ForeignKey, Model
from rest_framework import serializers
from rest_framework.relations import ManyRelatedField, PKOnlyObject
from rest_framework_json_api.relations import ResourceRelatedField, SkipDataMixin
from rest_framework_json_api.utils import (
    format_field_name,
    get_resource_type_from_model,
    is_relationship_field,
)

from base.api.fields import InstantField, LinkField, MoneyField, ReferenceField
from base.money import wire_money
from base.times import wire_time

Read = Callable[[Any, Any], Any]  # what a row's field says on the wire, of a serializer and the row


@dataclass(frozen=True, slots=True)
class Relationship:
    """One by its name on the wire; `source` leads to the other end."""

    spelt: str
    source: str
    is_many: bool
    has_data: bool

    def told(self, data: Any) -> dict[str, Any]:
        """The relationship object of what leads there; links stand beside (`base.api.links`)."""
        if not self.has_data:
            return {}
        return {"meta": {"count": len(data)}, "data": data} if self.is_many else {"data": data}


@dataclass(frozen=True, slots=True)
class Shape:
    """By the fields' names: how each is read, and what it is called on the wire."""

    reads: Mapping[str, Read]
    attributes: Mapping[str, str]
    relationships: Mapping[str, Relationship]


_shapes: dict[Hashable, Shape] = {}


def shape_of(serializer: Any) -> Shape:
    """That of a serializer of resources, in its variant (`ResourceSerializer.variant`)."""
    key = (type(serializer), serializer.variant)
    if key not in _shapes:
        # Its fields are kept: one that knows no request, so that none can be answered by another's.
        made = type(serializer)()
        made.variant = serializer.variant
        _shapes[key] = _shape(made)
    return _shapes[key]


def _shape(serializer: Any) -> Shape:
    fields = {name: field for name, field in serializer.fields.items() if not field.write_only}
    related = {name: field for name, field in fields.items() if is_relationship_field(field)}
    return Shape(
        {n: _read(field, serializer.Meta.model) for n, field in fields.items() if not _is_links_alone(field)},
        {name: format_field_name(name) for name in fields if name not in related and name != "id"},
        {name: _relationship(name, field) for name, field in related.items()},
    )


def _is_links_alone(field: Any) -> bool:
    return isinstance(field, SkipDataMixin)


def _relationship(name: str, field: Any) -> Relationship:
    return Relationship(
        format_field_name(name), field.source, isinstance(field, ManyRelatedField), not _is_links_alone(field)
    )


def _read(field: Any, model: type[Model]) -> Read:
    """How the field is read: as short as what it is allows, or as it does itself."""
    if isinstance(field, serializers.SerializerMethodField):
        return _method(field.method_name)
    if isinstance(field, ManyRelatedField):
        return _many(field) or _by_field(field)
    if isinstance(field, ResourceRelatedField):
        return _one(field, model) or _by_field(field)
    if len(field.source_attrs) != 1 or isinstance(field, serializers.BaseSerializer):
        return _by_field(field)
    is_called = isinstance(getattr_static(model, field.source, None), FunctionType)
    return _by_field(field) if is_called else _attribute(field)


def _by_field(field: Any) -> Read:
    def read(_serializer: Any, row: Any) -> Any:
        value = field.get_attribute(row)
        is_none = (value.pk if isinstance(value, PKOnlyObject) else value) is None
        return None if is_none else field.to_representation(value)

    return read


def _method(name: str) -> Read:
    return lambda serializer, row: getattr(serializer, name)(row)


def _attribute(field: Any) -> Read:
    get, write, otherwise = attrgetter(field.source), _written(field), _by_field(field)

    def read(serializer: Any, row: Any) -> Any:
        try:
            value = get(row)
        except (AttributeError, ObjectDoesNotExist):  # the field knows what it says then
            return otherwise(serializer, row)
        return None if value is None else write(value)

    return read


def _written(field: Any) -> Callable[[Any], Any]:
    """How a value that is there is written."""
    itself: Callable[[Any], Any] = field.to_representation
    if isinstance(field, MoneyField):
        return lambda value: wire_money(value) if isinstance(value, Decimal) else itself(value)
    if isinstance(field, InstantField):
        return lambda value: wire_time(value) if isinstance(value, datetime) else itself(value)
    as_text = type(field).to_representation is serializers.CharField.to_representation
    return str if as_text else itself


def _one(field: Any, model: type[Model]) -> Read | None:
    """The other end of a to-one relationship by its id alone, where its type is known."""
    resource = _resource(field)
    if resource is None or len(field.source_attrs) != 1:
        return None
    get, otherwise = attrgetter(_column(model, field.source)), _by_field(field)

    def read(serializer: Any, row: Any) -> Any:
        try:
            other = get(row)
        except (AttributeError, ObjectDoesNotExist):
            return otherwise(serializer, row)
        pk = getattr(other, "pk", other)
        return None if pk is None else {"type": resource, "id": str(pk)}

    return read


def _resource(field: Any) -> str | None:
    """The type of what a relationship leads to, where it is the same for all rows."""
    if isinstance(field, LinkField):
        return field.resource
    found: str | None = field.get_resource_type_from_included_serializer()
    if found is None and isinstance(field, ReferenceField):
        found = get_resource_type_from_model(field.model)
    return found


def _column(model: type[Model], name: str) -> str:
    """Where the id of what is called so is: a foreign key's own, or what was looked up beside."""
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return f"{name}_id"
    return found.attname if isinstance(found, ForeignKey) else name


def _many(field: Any) -> Read | None:
    child = field.child_relation
    resource = _resource(child) if isinstance(child, ResourceRelatedField) else None
    if resource is None:
        return None

    def read(_serializer: Any, row: Any) -> Any:
        return [{"type": resource, "id": str(other.pk)} for other in related(row, field.source)]

    return read


def lead(row: Any, source: str, others: Iterable[Any]) -> None:
    """Say what a relationship of a row leads to, where that was read by itself."""
    row.read_beside = {**getattr(row, "read_beside", {}), source: others}


def related(row: Any, source: str) -> Iterable[Any]:
    """What a relationship of a row leads to, to one or to many."""
    if row.pk is None:
        return []
    beside: Mapping[str, Iterable[Any]] = getattr(row, "read_beside", {})
    if source in beside:
        return beside[source]
    found = getattr(row, source)
    if isinstance(found, Model):
        return [found]
    rows: Iterable[Any] = found.all() if hasattr(found, "all") else found or []
    return rows
