from django import forms

from base.errors import DomainError
from events.forms import OfEventForm
from tickets import stock
from tickets.models import Ticket


class TicketForm(OfEventForm[Ticket]):
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
