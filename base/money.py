"""Money: a `Decimal` in the event's currency, at most two decimals, never a float."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, TypeVar

from django.db import models
from django.utils import formats, numberformat
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from iso4217 import Currency

from base.languages import active
from base.typed import TypedField

PRICE_DIGITS = 10
# An order of 500 attendees at the highest price must fit.
AMOUNT_DIGITS = 14
SUM_DIGITS = 20
TAX_DIGITS = 5

# Between a number and its currency, which belong on one line.
NO_BREAK = "\u00a0"
LEFT_TO_RIGHT = "\u200e"  # keeps a minus before its digits where writing runs from the right
SIGNS = {"EUR": "€"}  # a dollar, a pound and a yen may be several countries'

# What such a field takes and gives, as Django's do.
Set = TypeVar("Set")
Get = TypeVar("Get")


class TypedModelField(models.DecimalField[Set, Get]):
    """A number that people type with comma or point, wherever a form is made of its model."""

    def formfield(self, **options: Any) -> Any:
        return super().formfield(**{"form_class": TypedField, **options})


class PriceField(TypedModelField[Set, Get]):
    """The price of one admission, up to 99,999,999.99."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"max_digits": PRICE_DIGITS, "decimal_places": 2}
        super().__init__(*args, **kwargs)


class AmountField(TypedModelField[Set, Get]):
    """A sum of prices."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"max_digits": AMOUNT_DIGITS, "decimal_places": 2}
        super().__init__(*args, **kwargs)


class SumField(TypedModelField[Set, Get]):
    """A sum of amounts: no evening is so long that it does not fit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"max_digits": SUM_DIGITS, "decimal_places": 2}
        super().__init__(*args, **kwargs)


class TaxRateField(TypedModelField[Set, Get]):
    """A tax rate in per cent, up to 999.99."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"max_digits": TAX_DIGITS, "decimal_places": 2}
        super().__init__(*args, **kwargs)


@lru_cache
def currencies() -> dict[str, int]:
    """The decimals of each currency we can hold: those of ISO 4217 with none or two."""
    return {currency.code: currency.exponent for currency in Currency if currency.exponent in (0, 2)}


def fits(amount: Decimal, currency: str) -> bool:
    """Whether `amount` can be paid in `currency`: a fraction of a yen cannot."""
    return amount == round(amount, currencies()[currency])


def misfit(currency: str) -> str:
    """What to tell somebody who sent an amount that does not fit the currency."""
    return _("An amount in %(currency)s has at most %(decimals)d decimals.") % {
        "currency": currency,
        "decimals": currencies()[currency],
    }


def in_coins(amount: Decimal, step: Decimal | None) -> bool:
    """Whether coins can make the sum, where cash is rounded to `step` (0.05, say; None: not rounded)."""
    return step is None or not amount % step


def without_coins(step: Decimal, currency: str) -> str:
    """What to tell somebody who named a sum of cash that is not `in_coins`."""
    return _("No coins make this sum: cash goes in steps of %s.") % display(step, currency)


def smallest(currency: str) -> Decimal:
    """The smallest sum that can be paid in the currency: `0.01`, `1`."""
    return Decimal(1).scaleb(-currencies().get(currency, 2))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The nearest sum that can be paid in the currency; half of the smallest is rounded up."""
    return amount.quantize(smallest(currency), ROUND_HALF_UP)


def tax_within(gross: Decimal, rate: Decimal, currency: str) -> Decimal:
    """The tax that a gross sum includes at a rate in per cent, rounded half up to what can be paid."""
    return rounded(gross * rate / (100 + rate), currency)


def wire_money(amount: Decimal | None) -> str | None:
    """The amount as the API writes it: a string with two decimals in every currency."""
    return None if amount is None else f"{amount:.2f}"


def display(amount: Decimal, currency: str) -> str:
    """The amount for people, with the currency's own decimals, as the active language writes it:
    `20.00 EUR`, `2000 JPY`; `1.234,50 €`.
    """
    return f"{figures(amount, currency)}{NO_BREAK if active() != 'en' else ' '}{symbol(currency)}"


def symbol(currency: str) -> str:
    """What stands behind an amount in the active language: a sign of this currency alone, or its code."""
    return currency if active() == "en" else SIGNS.get(currency, currency)


def figures(amount: Decimal, currency: str) -> str:
    """The same without its name, for columns: `20.00`, `2000`; `1.234,50`."""
    return in_digits(amount, currencies().get(currency, 2))


def in_digits(number: Decimal, decimals: int) -> str:
    """A number with so many decimals, as the active language writes it, in Latin digits."""
    group, by = formats.get_format("NUMBER_GROUPING"), formats.get_format("THOUSAND_SEPARATOR")
    point = formats.get_format("DECIMAL_SEPARATOR")
    written = numberformat.format(f"{number:.{decimals}f}", point, decimals, group, by, force_grouping=True)
    return f"{LEFT_TO_RIGHT}{written}" if number < 0 and get_language_bidi() else written


def percent(rate: Decimal) -> str:
    """A rate as the active language writes it, without zeros behind the point: `7.5 %`, `0 %`; `7,5 %`."""
    digits = f"{rate.normalize():f}" if rate else "0"
    return f"{digits.replace('.', formats.get_format('DECIMAL_SEPARATOR'))} %"


def sent_back(amount: Decimal, currency: str) -> str:
    """The same in every language, for fields that a page sends back unseen: `20.00`, `2000`."""
    return f"{amount:.{currencies().get(currency, 2)}f}"
