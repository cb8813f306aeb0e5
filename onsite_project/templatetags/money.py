from decimal import Decimal

from django import template

from onsite_project.money import display

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """`{{ order.amount|money:order.currency }}` -> `20.00 EUR`."""
    return display(amount, currency)
