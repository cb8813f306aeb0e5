"""Filters that refuse what they cannot understand, where django-filter's own look for something else."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

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
