from collections.abc import Collection
from copy import copy
from functools import cached_property
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as ModelValidationError
from django.db import IntegrityError
from django.db.models import DateTimeField, Model
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import SkipField
from rest_framework_json_api import serializers
from rest_framework_json_api.utils import get_resource_type_from_serializer

from base.api.fields import InstantField
from base.api.shapes import shape_of


class ResourceSerializer(serializers.ModelSerializer):
    """A model's resource, checked against the model's own constraints before it is saved.

    `constraint_fields` names the field that a violated constraint is reported at; a constraint whose
    fields are in `judged_elsewhere` is left to the domain function that saves.
    """

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        DateTimeField: InstantField,
    }
    # Without "type", which DJA reserves although a ticket has one.
    _reserved_field_names = serializers.ReservedFieldNamesMixin._reserved_field_names - {"type"}

    constraint_fields: dict[str, str] = {}
    judged_elsewhere: frozenset[str] = frozenset()

    @cached_property
    def variant(self) -> str:
        """Which of its sets of fields is asked for, where `get_fields` makes several."""
        return ""

    @cached_property
    def asked(self) -> frozenset[str] | None:
        """The names of the fields that are asked for (`fields[...]`); None: all."""
        request = self.context.get("request")
        parameters = getattr(request, "query_params", {})
        sent = parameters.get(f"fields[{get_resource_type_from_serializer(self)}]")
        return None if sent is None else frozenset(sent.replace("-", "_").split(","))

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, read in shape_of(self).reads.items():
            if self.asked is None or name in self.asked:
                try:
                    shown[name] = read(self, instance)
                except SkipField:
                    continue
        return shown

    def unseen(self, instance: Any) -> Collection[str]:
        """The relationships whose other end is not to be seen by whoever reads this."""
        return ()

    # The names of all that `leads_to` may say.
    led_to: ClassVar[frozenset[str]] = frozenset()

    def leads_to(self, instance: Any) -> Collection[str]:
        """Beside the relationships among the fields, those that have a link and nothing else."""
        return ()

    def out_of_reach(self, instance: Any) -> bool:
        """Whether it is told of where it is included, but not to be read by itself: no link leads there."""
        return False

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        self.check(self.candidate(attrs))
        return attrs

    def save(self, **kwargs: Any) -> Model:
        try:
            saved: Model = super().save(**kwargs)
        except IntegrityError:
            # Somebody else was faster since `validate`: look again, to say what is wrong.
            if self.instance is not None:
                self.instance.refresh_from_db()
            self.check(self.candidate(self.validated_data))
            raise
        return saved

    def candidate(self, attrs: dict[str, Any]) -> Model:
        """What would be saved."""
        model = self.Meta.model
        candidate: Model = copy(self.instance) if self.instance is not None else model()
        for name, value in attrs.items():
            setattr(candidate, name, value)
        return candidate

    def check(self, candidate: Any) -> None:
        """Raise `ValidationError` if the model's constraints forbid what would be saved."""
        errors: dict[str, list[ErrorDetail]] = {}
        for constraint in candidate._meta.constraints:
            try:
                constraint.validate(type(candidate), candidate, exclude=set(self.judged_elsewhere))
            except ModelValidationError as error:
                field = self.constraint_fields.get(constraint.name, "non_field_errors")
                errors.setdefault(field, []).extend(
                    ErrorDetail(message, code=constraint.name) for message in error.messages
                )
        if errors:
            raise ValidationError(errors)
