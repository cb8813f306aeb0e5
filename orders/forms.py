"""What is asked about the money of an order that is cancelled, in the admin and at the till."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Order
from orders.settlement import TENDERS
from orders.takings import GiveBack
from shifts.desk import Desk
from shifts.models import Shift

KEEP, OUTSIDE, TILL = "keep", "outside", "till-"


def money_choices(order: Order, drawers: Sequence[Shift]) -> list[tuple[str, str]]:
    """Out of which of the open `drawers` it may go back, or that it is kept, which no deposit is."""
    out_of = _("Give it back at %(till)s, out of the drawer of %(cashier)s")
    choices = [
        (f"{TILL}{shift.till_id}", out_of % {"till": shift.till, "cashier": shift.cashier})
        for shift in drawers
    ]
    return choices if order.is_unpaid else [*choices, (KEEP, _("Keep it: payment and tax stay"))]


def at_first(order: Order, drawers: Sequence[Shift], own: int | None) -> str:
    """What is chosen until somebody says otherwise: the drawer that took the money, if it is open still,
    else that of the user `own`, by id, if there is one.
    """
    tills = {shift.till_id: shift for shift in drawers}
    if order.shift is not None and order.shift.till_id in tills:
        return f"{TILL}{order.shift.till_id}"
    return next((f"{TILL}{pk}" for pk, shift in tills.items() if shift.cashier_id == own), "")


class MoneyBackForm(forms.Form):
    """What becomes of an order's money; nothing chosen: what was `offer`ed at first, else it goes back out of
    the desk's own drawer.
    """

    money = forms.ChoiceField(label=gettext_lazy("Money"), required=False)
    tender = forms.ChoiceField(
        label=gettext_lazy("By"),
        required=False,
        choices=[("", gettext_lazy("what it was paid with")), *TENDERS],
    )

    def offer(self, choices: Sequence[tuple[str, str]], first: str) -> None:
        """The answers to choose from, and the one that is chosen at first (`""`: none)."""
        field = cast(forms.ChoiceField, self.fields["money"])
        field.choices = [*choices] if first else [("", _("Choose")), *choices]
        field.initial = first

    def answer(self, desk: Desk) -> tuple[Desk, GiveBack | None]:
        """What was chosen, as `cancel` takes it."""
        money: str = self.cleaned_data["money"] or self.fields["money"].initial or ""
        if money == KEEP:
            return desk, None
        if money.startswith(TILL):
            desk = replace(desk, till_id=int(money.removeprefix(TILL)))
        return desk, GiveBack(self.cleaned_data["tender"] or None, outside=money == OUTSIDE)


class CancelledMoneyForm(MoneyBackForm):
    """The admin's, where it must be said: money may also go back outside any drawer."""

    def __init__(self, data: Any = None, *, order: Order, drawers: Sequence[Shift], own: int | None) -> None:
        super().__init__(data, prefix=f"order-{order.pk}")
        outside = (OUTSIDE, _("Give it back outside any drawer"))
        self.offer([*money_choices(order, drawers), outside], at_first(order, drawers, own))
        self.fields["money"].required = True
