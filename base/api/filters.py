"""Filters that refuse what they cannot understand, where django-filter's own look for something else."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import DateTimeField, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework_json_api import filters as ordering
from rest_framework_json_api.django_filters import DjangoFilterBackend

from base.api.conditions import PARAMETER, Relation, conditions
from base.api.parameters import BadParameter, filter_key
from base.times import parse_time

TRUTH = {"true": True, "false": False}


class IdFilter(filters.NumberFilter):
    """By number, so that an unknown one answers like one that may not be seen."""

    field_class: Any = forms.IntegerField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=10**18 - 1, **kwargs)


class TruthField(forms.Field):
    widget = forms.TextInput

    def to_python(self, value: str | None) -> bool | None:
        if value not in TRUTH and value not in self.empty_values:
            raise forms.ValidationError(_("Say true or false."), code="invalid")
        return TRUTH.get(value or "")


class TruthFilter(filters.BooleanFilter):
    field_class: Any = TruthField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput, **kwargs)


class InstantField(forms.Field):
    """A time with its offset; a plus that was sent as it is comes as a blank."""

    def to_python(self, value: str | None) -> datetime | None:
        if value in self.empty_values:
            return None
        time = parse_time(str(value).replace(" ", "+"))
        if time is None:
            detail = _("This is no time with its offset, such as 2026-05-01T20:14:00Z.")
            raise forms.ValidationError(detail, code="invalid")
        return time


class InstantFilter(filters.IsoDateTimeFilter):
    field_class: Any = InstantField


# Of a time: `filter[created-at][ge]` and its sisters.
COMPARED = ("gte", "gt", "lte", "lt")
WHOLE = ("exact",)


class ResourceFilter(filters.FilterSet):
    """What a resource's lists may be asked for, by its attributes and relationships."""

    # By name, whose other ends can be asked about (`base.api.conditions`); and the filters that cannot be.
    relations: ClassVar[Mapping[str, Relation]] = {}
    unasked: ClassVar[Collection[str]] = ()
    FILTER_DEFAULTS = {**filters.FilterSet.FILTER_DEFAULTS, DateTimeField: {"filter_class": InstantFilter}}


def is_filtered(request: Request) -> bool:
    """Whether only some of a list are asked for."""
    return any(parameter.startswith(PARAMETER) for parameter in request.query_params)


class FilterBackend(DjangoFilterBackend):
    """JSON:API's `filter[...]`, and `filter[...][ge]` for what is compared; and `filter` with conditions as
    the Open Event Server's clients write them.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        if not is_filtered(request):
            return queryset  # without a form of all filters, to find that none was filled in
        found: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        if PARAMETER not in request.query_params:
            return found
        filterset = self.get_filterset_class(view, queryset) or ResourceFilter
        return found.filter(conditions(request.query_params[PARAMETER], filterset, request))

    def get_filterset_kwargs(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> dict[str, Any]:
        filterset = self.get_filterset_class(view, queryset)
        known = filterset.base_filters if filterset else {}
        data = QueryDict(mutable=True)
        for parameter, value in request.query_params.dict().items():
            if not parameter.startswith("filter") or parameter == PARAMETER:
                continue
            key = filter_key(parameter)
            if key not in known:
                raise BadParameter(parameter, _now("There is no such filter here."))
            if not value:
                raise BadParameter(parameter, _now("Say what to look for."))
            data[str(key)] = value
        return {"data": data, "queryset": queryset, "request": request, "filter_keys": list(data)}


class OrderingFilter(ordering.OrderingFilter):
    """JSON:API's `sort`."""

    def remove_invalid_fields(
        self, queryset: QuerySet[Any], fields: list[str], view: APIView, request: Request
    ) -> list[str]:
        try:
            found: list[str] = super().remove_invalid_fields(queryset, fields, view, request)
        except ValidationError as refusal:
            raise BadParameter("sort", refusal.detail[0]) from refusal  # type: ignore[index]  # a list
        return found
