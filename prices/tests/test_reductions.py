"""What comes off: one table of cases with the till's script, and what always holds."""

import json
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from base.money import fits
from prices.reductions import reductions

CASES = json.loads((settings.BASE_DIR / "js_tests" / "discount_cases.json").read_text())
CURRENCIES = {2: "EUR", 0: "JPY"}


def discount(*, percent=None, amount=None, once=False, most=None):
    numbers = (None if value is None else Decimal(value) for value in (percent, amount))
    return SimpleNamespace(
        **dict(zip(("percent", "amount"), numbers, strict=True)), once_per_sale=once, most_tickets=most
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_reduction_is_what_the_till_shows(case):
    prices = [Decimal(price) for price in case["prices"]]
    off = reductions(discount(**case["discount"]), prices, CURRENCIES[case["decimals"]])
    assert off == [Decimal(less) for less in case["off"]]


PRICES = st.lists(st.decimals(0, Decimal("99999999.99"), places=2), max_size=40)


@given(
    prices=PRICES,
    percent=st.decimals(Decimal("0.01"), 100, places=2),
    amount=st.decimals(Decimal("0.01"), Decimal("99999999.99"), places=2),
    kind=st.sampled_from(["percent", "each", "once"]),
    most=st.none() | st.integers(1, 5),
    currency=st.sampled_from(["EUR", "JPY"]),
)
def test_nothing_costs_less_than_nothing_and_a_sum_is_what_it_says(
    prices, percent, amount, kind, most, currency
):
    if currency == "JPY":
        prices, amount = (
            [price.to_integral_value() for price in prices],
            amount.to_integral_value() or Decimal(1),
        )
    given_ = {"percent": percent} if kind == "percent" else {"amount": amount, "once": kind == "once"}
    off = reductions(discount(**given_, most=most), prices, currency)
    assert all(0 <= less <= price and fits(less, currency) for less, price in zip(off, prices, strict=True))
    assert most is None or sum(less > 0 for less in off) <= most
    if kind == "once":
        assert sum(off) == min(amount, sum(sorted(prices, reverse=True)[:most]))
