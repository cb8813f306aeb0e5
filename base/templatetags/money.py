from decimal import Decimal

from django import template

from base import money as sums
from base.money import display, figures

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """`{{ order.amount|money:order.currency }}` -> `20.00 EUR`."""
    return display(amount, currency)


@register.filter(name="figures")
def in_figures(amount: Decimal, currency: str) -> str:
    """`{{ order.amount|figures:order.currency }}` -> `20.00`."""
    return figures(amount, currency)


@register.filter
def sent_back(amount: Decimal, currency: str) -> str:
    """`<input type="hidden" value="{{ left|sent_back:order.currency }}">`: in every language `20.00`."""
    return sums.sent_back(amount, currency)
