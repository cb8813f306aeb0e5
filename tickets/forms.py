from decimal import Decimal
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from base import money
from base.errors import DomainError
from events.forms import OfEventForm
from tickets import stock
from tickets.models import Ticket

AT_ZERO = "at_zero"


class TicketForm(OfEventForm[Ticket]):
    """Asks once whether a paid ticket that costs nothing is meant so, beside its price."""

    class Meta:
        model = Ticket
        fields = [
            "event",
            "name",
            "description",
            "type",
            "price",
            "min_price",
            "max_price",
            "quantity",
            "sales_starts_at",
            "sales_ends_at",
            "min_order",
            "max_order",
            "admits",
            "valid_from",
            "valid_until",
            "tax_rate",
            "door_note",
            "is_hidden",
            "position",
            "group",
            "color",
        ]

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self._becomes_paid_at_zero() and self.add_prefix(AT_ZERO) not in self.data:
            self.add_error("price", forms.ValidationError(self._question(), code="paid-at-zero"))
        return self.cleaned_data

    def _becomes_paid_at_zero(self) -> bool:
        """One that is so already was meant so."""
        became = self.cleaned_data.get("type"), self.cleaned_data.get("price")
        is_so = self.instance.pk and (self.instance.type, self.instance.price) == became
        return became == (Ticket.Type.PAID.value, Decimal(0)) and not is_so

    def _question(self) -> SafeString:
        """It needs no field of its own, which would stand in every form."""
        event = self.cleaned_data.get("event") or (self.instance.event if self.instance.event_id else None)
        zero = money.display(Decimal(0), event.currency) if event else "0.00"
        place = {"form": form} if (form := self.fields["price"].widget.attrs.get("form")) else {}
        box = forms.CheckboxInput(place).render(self.add_prefix(AT_ZERO), False)
        question = _("A paid ticket at %(price)s: do you mean free?") % {"price": zero}
        confirmed = _("Yes, paid, at %(price)s") % {"price": zero}
        return format_html("{} <label>{} {}</label>", question, box, confirmed)

    def clean_admits(self) -> bool:
        admits: bool = self.cleaned_data["admits"]
        if self.instance.pk:
            try:
                stock.check_admits(self.instance, admits)
            except DomainError as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return admits

    def clean_quantity(self) -> int | None:
        quantity: int | None = self.cleaned_data["quantity"]
        if self.instance.pk:
            try:
                stock.check_quantity(self.instance, quantity)
            except DomainError as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return quantity
