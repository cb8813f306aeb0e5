from django import forms

from onsite_project.errors import Conflict
from tickets import stock
from tickets.models import Ticket


class TicketForm(forms.ModelForm):
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
            "is_hidden",
            "position",
        ]

    def clean_quantity(self) -> int | None:
        quantity = self.cleaned_data["quantity"]
        if self.instance.pk:
            try:
                stock.check_quantity(self.instance, quantity)
            except Conflict as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return quantity
