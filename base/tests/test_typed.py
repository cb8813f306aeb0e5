"""What people type, held to the table of cases that the till's script is held to as well
(`js_tests/money.test.mjs`).
"""

import json
from decimal import Decimal

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.forms import TextInput

from base.forms import CountField, money_field
from base.typed import Misread, TypedField, read

CASES = json.loads((settings.BASE_DIR / "js_tests/money_cases.json").read_text())
CURRENCY = {0: "JPY", 2: "EUR"}


def field_of(case):
    return money_field(CURRENCY[case["decimals"]], min_value=None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["typed"]))
def test_case_of_the_table(case):
    if "value" in case:
        value = read(case["typed"], case["decimals"])
        assert f"{value:.2f}" == case["value"]
        assert field_of(case).clean(case["typed"]) == value
        return
    with pytest.raises(Misread) as misread:
        read(case["typed"], case["decimals"])
    assert misread.value.code == case["problem"]
    with pytest.raises(ValidationError):
        field_of(case).clean(case["typed"])


@pytest.mark.parametrize(
    ("currency", "typed", "detail"),
    [
        ("EUR", "1,234", "two ways. If you mean 1234, type it without"),
        ("EUR", "-12.345", "If you mean 12345"),
        ("EUR", "1,2345", "At most two digits"),
        ("JPY", "12,50", "whole number"),
        ("JPY", "12.5.0", "whole number"),
        ("EUR", "12 EUR", "1234.50 or 1234,50"),
        ("EUR", "-5", "greater than or equal to 0"),
        ("EUR", "9" * 20, "no more than 14 digits"),
        ("EUR", "9" * 5000, "no more than 14 digits"),
    ],
)
def test_refusal_says_what_is_wrong(currency, typed, detail):
    with pytest.raises(ValidationError) as refusal:
        money_field(currency).clean(typed)
    assert detail in " ".join(refusal.value.messages)


WHOLE = ["0", "0.00", "1234", "1000000.00", "1E+3", "-1234.00"]


@pytest.mark.parametrize(
    ("currency", "amount"),
    [("EUR", amount) for amount in [*WHOLE, "7.5", "0.01", "99999999.9"]] + [("JPY", each) for each in WHOLE],
)
def test_what_is_shown_is_read_the_same_again(currency, amount):
    field = money_field(currency, min_value=None)
    shown = field.prepare_value(Decimal(amount))
    assert field.clean(shown) == Decimal(amount)
    assert not field.has_changed(Decimal(amount), shown)


def test_what_was_typed_is_kept():
    assert money_field("EUR").prepare_value("1,234") == "1,234"


@pytest.mark.parametrize(
    "typed", ["1,5", "1.5", "1.000", "1,000", "-1", "+1", "1_0", "1e3", "\u0661", "1 0", "9" * 5000]
)
def test_number_of_things_is_digits_and_nothing_else(typed):
    with pytest.raises(ValidationError):
        CountField(max_value=99_999).clean(typed)


def test_number_of_things_is_read():
    assert CountField().clean(" 12 ") == 12
    assert CountField(required=False).clean("") is None


def test_every_number_with_decimals_is_typed_so_wherever_a_form_is_made_of_its_model():
    fields = [
        field
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, models.DecimalField)
    ]
    assert fields
    for field in fields:
        made = field.formfield()
        assert isinstance(made, TypedField), field
        assert type(made.widget) is TextInput, field
        assert made.widget.attrs["inputmode"] == "decimal", field
