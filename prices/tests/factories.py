"""Discounts to test with, made by the act itself."""

from decimal import Decimal

from prices.discounts import write_discount
from prices.models import Discount


def discount_of(event, *, name="Student", tickets=None, percent=None, amount=None, **fields) -> Discount:
    numbers = {"percent": percent, "amount": amount}
    values = {key: None if value is None else Decimal(value) for key, value in numbers.items()}
    return write_discount(Discount(event=event, name=name, **values, **fields), tickets)
