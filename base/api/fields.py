"""Serializer fields that take what the wire may bring and nothing that only looks like it."""

import re
from datetime import UTC, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol, TypeVar, cast

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework_json_api.relations import ResourceRelatedField
from rest_framework_json_api.utils import get_resource_type_from_model

from base.errors import Conflict, Invalid, NotFound
from base.identifiers import parse_id, parse_reference
from base.money import AMOUNT_DIGITS, PRICE_DIGITS

POSITIVE_INTEGER_MAX = 2_147_483_647
SMALL_INTEGER_MAX = 32_767
M = TypeVar("M", bound=Model)
M_co = TypeVar("M_co", bound=Model, covariant=True)
CENT = Decimal("0.01")
AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,9})?", re.ASCII)


class InstantField(serializers.DateTimeField):
    """UTC, whatever the installation's time zone is."""

    def default_timezone(self) -> tzinfo:
        return UTC


class WholeNumberField(serializers.IntegerField):
    """A JSON integer, or a string of 1 to 18 ASCII digits."""

    def to_internal_value(self, data: Any) -> int:
        number = parse_id(data)
        if number is None:
            self.fail("invalid")
        return number


class FlagField(serializers.BooleanField):
    """JSON's true or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class WordyFlagField(FlagField):
    """The same, also as a word: `"true"` or `"false"`."""

    WORDS = {"true": True, "false": False}

    def to_internal_value(self, data: Any) -> bool:
        return super().to_internal_value(self.WORDS.get(data, data) if isinstance(data, str) else data)


class MoneyField(serializers.DecimalField):
    """A decimal string or a JSON number, at most two decimals; sent out as `"20.00"`."""

    def __init__(self, *, max_digits: int = PRICE_DIGITS, **kwargs: Any) -> None:
        super().__init__(max_digits=max_digits, decimal_places=2, **kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        # Without DecimalField's leniency towards HTML forms, where "" means null.
        return serializers.Field.validate_empty_values(self, data)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | str | Decimal):
            self.fail("invalid")
        if isinstance(data, str) and not AMOUNT.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data) + 0  # -0.00 is 0.00


class BelievedMoneyField(MoneyField):
    """What a client believes that something costs: as a JSON number it may be what a binary float made of the
    sum (`44.699997`), which is rounded.
    """

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, Decimal) and abs(data) < 10**AMOUNT_DIGITS:
            data = data.quantize(CENT, ROUND_HALF_UP)
        return super().to_internal_value(data)


class Visible(Protocol[M_co]):
    """A manager that knows who may see what."""

    def for_user(self, user: Any) -> QuerySet[Any]: ...

    def find(self, user: Any, reference: int | str) -> M_co | None: ...


def visible(model: type[M]) -> Visible[M]:
    return cast(Visible[M], model._default_manager)


def resolve_reference(data: Any, model: type[M], user: Any, name: str) -> M:
    """What a resource identifier, `{"type": "event", "id": "1"}`, names among what `user` may see.

    Events answer to their identifier too. Raises `Invalid` for what is malformed, `Conflict` for a
    wrong `type`, `NotFound`; their paths are `name`, the relationship's.
    """
    resource = get_resource_type_from_model(model)
    if data is None:
        raise Invalid.of("required", _("This relationship is required."), name)
    reference = parse_reference(data.get("id")) if isinstance(data, dict) else None
    if reference is None or not isinstance(data.get("type"), str):
        expected = _('Expected a resource identifier: {"type": "%s", "id": "..."}.')
        raise Invalid.of("malformed", expected % resource, name)
    if data["type"] != resource:
        detail = _('The resource identifier must have the type "%s".') % resource
        raise Conflict.of("wrong-type", detail, name)
    found = visible(model).find(user, reference)
    if found is None:
        raise NotFound.of("not-found", _("There is no such thing here."), name)
    return found


@extend_schema_field({"type": "object"})
class ReferenceField(ResourceRelatedField):
    """A resource identifier of something the user may see; see `resolve_reference`."""

    def __init__(self, model: type[Model] | None = None, **kwargs: Any) -> None:
        super().__init__(model=model, **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        return visible(self.model).for_user(self.context["request"].user)

    def to_internal_value(self, data: Any) -> Model:
        try:
            found: Model = resolve_reference(data, self.model, self.context["request"].user, self.field_name)
        except Invalid as refusal:
            (problem,) = refusal.problems
            raise serializers.ValidationError(problem.detail, problem.code) from refusal
        return found


class ReferencesField(serializers.ManyRelatedField):
    """Resource identifiers of things the user may see, at most `limit`; looked up by one query."""

    default_error_messages = {"too_long": gettext_lazy("At most {limit} are taken here.")}

    def __init__(self, model: type[Model], *, limit: int = 500, **kwargs: Any) -> None:
        self.model, self.limit = model, limit
        super().__init__(child_relation=ReferenceField(model), **kwargs)

    def to_internal_value(self, data: Any) -> list[Model]:
        resource = get_resource_type_from_model(self.model)
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if len(data) > self.limit:
            self.fail("too_long", limit=self.limit)
        one = IdentifierField(resource)
        one.bind(self.field_name or "", self.parent)
        ids = {one.to_internal_value(sent) for sent in data}
        found = list(visible(self.model).for_user(self.context["request"].user).filter(pk__in=ids))
        if len(found) < len(ids):
            raise NotFound.of("not-found", _("There is no such thing here."), self.field_name or "")
        return found


class LinkField(ResourceRelatedField):
    """The linkage of a to-one relationship, from the foreign key alone: it costs no query."""

    def __init__(self, resource: str, **kwargs: Any) -> None:
        self.resource = resource
        super().__init__(read_only=True, **kwargs)

    def use_pk_only_optimization(self) -> bool:
        return True

    def to_representation(self, value: Any) -> dict[str, str]:
        return {"type": self.resource, "id": str(value.pk)}


@extend_schema_field({"type": "object"})
class UnresolvedField(serializers.Field[Any, Any, Any, Any]):
    """A resource identifier that the view resolves (`resolve_reference`): here it stays as it was sent."""

    def __init__(self, resource: str, **kwargs: Any) -> None:
        self.resource = resource
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return data


class BoundedListField(serializers.ListField):
    """A list that is refused as a whole, unread, when it has more than `limit` members."""

    default_error_messages = {"too_long": gettext_lazy("At most {limit} are taken here.")}

    def __init__(self, *, limit: int, **kwargs: Any) -> None:
        self.limit = limit
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and len(data) > self.limit:
            self.fail("too_long", limit=self.limit)
        return super().to_internal_value(data)


@extend_schema_field({"type": "object"})
class IdentifierField(serializers.Field[int, Any, Any, Any]):
    """A resource identifier of some type, checked in form: its id."""

    default_error_messages = {
        "malformed": gettext_lazy('Expected a resource identifier: {{"type": "{resource}", "id": "..."}}.')
    }

    def __init__(self, resource: str, **kwargs: Any) -> None:
        self.resource = resource
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        pk = parse_id(data.get("id")) if isinstance(data, dict) else None
        if pk is None or not isinstance(data.get("type"), str):
            self.fail("malformed", resource=self.resource)
        if data["type"] != self.resource:
            detail = _('The resource identifier must have the type "%s".') % self.resource
            raise Conflict.of("wrong-type", detail, self.field_name or self.parent.field_name or "")
        return pk
