"""Form fields that people type money and numbers of things into."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Field, PositiveIntegerField, PositiveSmallIntegerField

from base.money import AMOUNT_DIGITS, currencies
from base.typed import TypedField

WHOLE = re.compile(r"[0-9]{1,18}")


def money_field(currency: str, *, max_digits: int = AMOUNT_DIGITS, **options: Any) -> TypedField:
    """A field for money in a currency, not below zero, with no more decimals than the currency has."""
    decimals = currencies()[currency]
    return TypedField(max_digits=max_digits, decimal_places=decimals, **{"min_value": Decimal(0), **options})


def typed_formfield(db_field: Field[Any, Any], **options: Any) -> forms.Field | None:
    """What a model's field is typed into: how many there are into a `CountField`, anything else as Django
    does. A form's `formfield_callback`.
    """
    counts = isinstance(db_field, (PositiveIntegerField, PositiveSmallIntegerField))
    made: Any = {"form_class": CountField} if counts else {}
    field = db_field.formfield(**made, **options)
    if counts and field is not None and db_field.blank:
        field.widget.attrs["placeholder"] = ""  # nothing is another thing than none
    return field


class CountField(forms.IntegerField):
    """How many there are: digits and nothing else, from zero. In the browser's own field for numbers a
    comma would be lost, and `1,5` be fifteen.
    """

    widget = forms.TextInput

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, **options})

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "numeric", "placeholder": "0", "autocomplete": "off"}

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str) and value.strip() and not WHOLE.fullmatch(value.strip()):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value.strip() if isinstance(value, str) else value)
