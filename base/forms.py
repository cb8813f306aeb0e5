"""Form fields that people type money into."""

from decimal import Decimal
from typing import Any

from django import forms

from base.money import AMOUNT_DIGITS, currencies, smallest


def money_field(currency: str, *, max_digits: int = AMOUNT_DIGITS, **options: Any) -> forms.DecimalField:
    """A field for money in a currency, not below zero, with no more decimals than the currency has."""
    return forms.DecimalField(
        max_digits=max_digits,
        decimal_places=currencies()[currency],
        widget=forms.NumberInput(
            attrs={"inputmode": "decimal", "step": str(smallest(currency)), "autocomplete": "off"}
        ),
        **{"min_value": Decimal(0), **options},
    )
