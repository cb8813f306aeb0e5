from decimal import Decimal

from django import template

from onsite_project.money import currencies, display

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """`{{ order.amount|money:order.currency }}` -> `20.00 EUR`."""
    return display(amount, currency)


@register.filter
def figure(amount: Decimal, currency: str) -> str:
    """`{{ line.amount|figure:event.currency }}` -> `20.00`, for tables that name the currency once."""
    return f"{amount:.{currencies().get(currency, 2)}f}"
