"""Django's classes that are generic to whoever checks types, and to Python not yet: `ModelAdmin[Order]`.

The settings import this before anything is made of them. It is what django-stubs-ext would do, to a
dozen times as many classes, as one more package to run on.
"""

from typing import Any

from django.contrib.admin.options import BaseModelAdmin
from django.core.paginator import Paginator
from django.db.models import Field
from django.forms.formsets import BaseFormSet
from django.forms.models import BaseModelForm, ModelChoiceField
from django.views.generic.edit import FormMixin


def itself(cls: type, _arguments: Any) -> type:
    return cls


generic: Any
for generic in (BaseFormSet, BaseModelAdmin, BaseModelForm, Field, FormMixin, ModelChoiceField, Paginator):
    generic.__class_getitem__ = classmethod(itself)
