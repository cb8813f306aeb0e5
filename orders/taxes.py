"""The tax that the tickets of an order include: rounded once per rate, and shared out to the cent.

It is decided when the tickets are sold, and kept with each. Whatever adds up tickets (a receipt, a shift, a
day) therefore says the same sum.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from base.money import smallest, tax_within


class Taxed(NamedTuple):
    """What a ticket costs, in the order's currency, and the rate (per cent) included; None: none is shown."""

    price: Decimal
    rate: Decimal | None


def shared_out(tickets: Sequence[Taxed], currency: str) -> list[Decimal | None]:
    """The tax of each ticket of one order, `Decimal` in its currency; None where there is no rate.

    The taxes of one rate make up what the sum of their prices includes, rounded half up. Each is its exact
    share rounded up or down: up where most was cut off, the earlier ticket first.
    """
    taxes: list[Decimal | None] = [None] * len(tickets)
    by_rate: dict[Decimal, dict[int, Decimal]] = defaultdict(dict)
    for place, (price, rate) in enumerate(tickets):
        if rate is not None:
            by_rate[rate][place] = price
    for rate, prices in by_rate.items():
        for place, tax in _of_one_rate(prices, rate, currency).items():
            taxes[place] = tax
    return taxes


def _of_one_rate(prices: Mapping[int, Decimal], rate: Decimal, currency: str) -> dict[int, Decimal]:
    """In whole numbers of the smallest sum there is, so that nothing is rounded but here."""
    unit = smallest(currency)
    # rate / (100 + rate), as a fraction of whole numbers: a rate has two decimals
    part, whole = int(rate * 100), int(rate * 100) + 10_000
    cut = {place: divmod(int(price / unit) * part, whole) for place, price in prices.items()}
    total = int(tax_within(sum(prices.values(), Decimal(0)), rate, currency) / unit)
    left = total - sum(down for down, _rest in cut.values())
    up = set(sorted(cut, key=lambda place: -cut[place][1])[:left])
    return {place: (down + (place in up)) * unit for place, (down, _rest) in cut.items()}
