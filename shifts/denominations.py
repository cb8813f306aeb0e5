"""The coins and notes of a currency, by which a drawer is counted."""

from collections.abc import Mapping
from decimal import Decimal

from base.money import currencies

# Notes, then coins, as far as one still meets them in a drawer.
KNOWN = {
    "AUD": ("100 50 20 10 5", "2 1 .50 .20 .10 .05"),
    "BRL": ("200 100 50 20 10 5 2", "1 .50 .25 .10 .05"),
    "CAD": ("100 50 20 10 5", "2 1 .25 .10 .05"),
    "CHF": ("1000 200 100 50 20 10", "5 2 1 .50 .20 .10 .05"),
    "CZK": ("5000 2000 1000 500 200 100", "50 20 10 5 2 1"),
    "DKK": ("500 200 100 50", "20 10 5 2 1 .50"),
    "EUR": ("500 200 100 50 20 10 5", "2 1 .50 .20 .10 .05 .02 .01"),
    "GBP": ("50 20 10 5", "2 1 .50 .20 .10 .05 .02 .01"),
    "HUF": ("20000 10000 5000 2000 1000 500", "200 100 50 20 10 5"),
    "INR": ("500 200 100 50 20 10", "5 2 1"),
    "ISK": ("10000 5000 2000 1000 500", "100 50 10 5 1"),
    "JPY": ("10000 5000 2000 1000", "500 100 50 10 5 1"),
    "KRW": ("50000 10000 5000 1000", "500 100 50 10"),
    "MXN": ("1000 500 200 100 50 20", "10 5 2 1 .50"),
    "NOK": ("1000 500 200 100 50", "20 10 5 1"),
    "NZD": ("100 50 20 10 5", "2 1 .50 .20 .10"),
    "PLN": ("500 200 100 50 20 10", "5 2 1 .50 .20 .10 .05 .02 .01"),
    "RON": ("500 200 100 50 20 10 5 1", ".50 .10 .05 .01"),
    "SEK": ("1000 500 200 100 50 20", "10 5 2 1"),
    "SGD": ("100 50 10 5 2", "1 .50 .20 .10 .05"),
    "USD": ("100 50 20 10 5 2 1", ".50 .25 .10 .05 .01"),
    "ZAR": ("200 100 50 20 10", "5 2 1 .50 .20 .10"),
}
# The others, in their smallest unit: 1-2-5, as nearly every currency has it.
SERIES = ("50000 20000 10000 5000 2000 1000 500", "200 100 50 20 10 5 2 1")
LARGER = "50000000 20000000 10000000 5000000 2000000 1000000 500000 200000 100000"


def notes(currency: str) -> list[Decimal]:
    """The notes of an ISO 4217 currency, the largest first."""
    return _faces(currency, 0)


def handed_over(currency: str) -> list[Decimal]:
    """The notes that a guest may hand over, the largest first: where we know none, the series goes on, as
    there are currencies in which a ticket costs a million.
    """
    return [*([] if currency in KNOWN else _in_units(LARGER, currency)), *notes(currency)]


def pieces(currency: str, step: Decimal | None = None) -> list[Decimal]:
    """Its notes and its coins, the largest first; none below the `step` to which cash is rounded."""
    return [face for face in [*notes(currency), *_faces(currency, 1)] if face >= (step or 0)]


def worth(counted: Mapping[str, int]) -> Decimal:
    """What so many of each face make."""
    return sum((Decimal(face) * number for face, number in counted.items()), Decimal(0))


def _faces(currency: str, kind: int) -> list[Decimal]:
    if currency in KNOWN:
        return [Decimal(face) for face in KNOWN[currency][kind].split()]
    return _in_units(SERIES[kind], currency)


def _in_units(faces: str, currency: str) -> list[Decimal]:
    unit = Decimal(10) ** -currencies().get(currency, 2)
    return [Decimal(face) * unit for face in faces.split()]
