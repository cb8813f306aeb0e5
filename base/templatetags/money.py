from decimal import Decimal

from django import template

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
