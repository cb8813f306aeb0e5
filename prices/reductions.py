"""How much a discount takes off each of some prices. The till shows the same sum before it is sold
(`static/onsite/till/discounts.js`), and one table of cases holds both (`js_tests/discount_cases.json`).
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Protocol

from base.money import rounded, smallest


class Reduces(Protocol):
    """A discount, or what is known of one: `percent` or `amount`, the other None."""

    @property
    def percent(self) -> Decimal | None: ...
    @property
    def amount(self) -> Decimal | None: ...
    @property
    def once_per_sale(self) -> bool: ...
    @property
    def most_tickets(self) -> int | None: ...


def reductions(discount: Reduces, prices: Sequence[Decimal], currency: str) -> list[Decimal]:
    """What comes off each of the prices, `Decimal` in the currency, never more than the price.

    Per cent of each are rounded half up. An amount once per sale is shared out by what each costs, to the
    smallest sum there is. If the discount is for so many tickets at most, for the dearest, and of those that
    cost the same for the first.
    """
    reduced = sorted(range(len(prices)), key=lambda place: -prices[place])[: discount.most_tickets]
    off = _off(discount, [prices[place] for place in reduced], currency)
    by_place = dict(zip(reduced, off, strict=True))
    return [by_place.get(place, Decimal(0)) for place in range(len(prices))]


def _off(discount: Reduces, prices: Sequence[Decimal], currency: str) -> list[Decimal]:
    if discount.percent is not None:
        return [rounded(price * discount.percent / 100, currency) for price in prices]
    amount = rounded(discount.amount or Decimal(0), currency)
    if discount.once_per_sale:
        return _shared(amount, prices, currency)
    return [min(price, amount) for price in prices]


def _shared(amount: Decimal, prices: Sequence[Decimal], currency: str) -> list[Decimal]:
    """In whole numbers of the smallest sum: what has come off so far, less what had before."""
    unit = smallest(currency)
    so_far = list(accumulate((int(price / unit) for price in prices), initial=0))
    most, whole = min(int(amount / unit), so_far[-1]), so_far[-1] or 1
    return [(most * after // whole - most * before // whole) * unit for before, after in pairwise(so_far)]
