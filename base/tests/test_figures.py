"""How sums and rates are written in each language, held to the table of cases that the scripts are held to
as well (`js_tests/figures.test.mjs`).
"""

import json
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.formats import get_format

from base import money
from base.forms import money_field

CASES = json.loads((settings.BASE_DIR / "js_tests/figures_cases.json").read_text())
CURRENCY = {0: "JPY", 2: "EUR"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['language']} {case['shown']}")
def test_a_sum_is_written_as_its_language_writes_it(case):
    amount, currency = Decimal(case["hundredths"]) / 100, CURRENCY[case["decimals"]]
    with translation.override(case["language"]):
        assert money.figures(amount, currency) == case["shown"]
        if case["formats"]:
            assert {name: str(get_format(name)) for name in case["formats"]} == case["formats"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['language']} {case['typed']}")
def test_a_field_shows_a_sum_so_that_it_is_read_the_same_again(case):
    amount, currency = Decimal(case["hundredths"]) / 100, CURRENCY[case["decimals"]]
    field = money_field(currency)
    with translation.override(case["language"]):
        assert field.prepare_value(amount) == case["typed"]
        assert field.to_python(case["typed"]) == amount


@pytest.mark.parametrize(
    ("language", "currency", "shown"),
    [
        ("en", "EUR", "1234.50 EUR"),
        ("de", "EUR", "1.234,50\u00a0€"),
        ("de", "USD", "1.234,50\u00a0USD"),
        ("es", "EUR", "1.234,50\u00a0€"),
        ("ar", "EUR", "1,234.50\u00a0€"),
    ],
)
def test_a_sum_is_named_by_a_sign_of_its_own_or_its_code(language, currency, shown):
    with translation.override(language):
        assert money.display(Decimal("1234.50"), currency) == shown


@pytest.mark.parametrize(("language", "shown"), [("en", "7.5 %"), ("de", "7,5 %")])
def test_a_rate_has_no_zeros_behind_its_point(language, shown):
    with translation.override(language):
        assert money.percent(Decimal("7.50")) == shown
        assert money.percent(Decimal("0.00")) == "0 %"


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_what_a_page_sends_back_unseen_and_what_the_api_writes_is_the_same_in_every_language(language):
    with translation.override(language):
        assert money.sent_back(Decimal("1234.50"), "EUR") == money.wire_money(Decimal("1234.50")) == "1234.50"
        assert money.sent_back(Decimal("2000"), "JPY") == "2000"
