from typing import Any

from django.utils.translation import gettext_lazy as _

from limits.forms import LimitForm, Several
from prices import discounts
from prices.models import Discount
from tickets.models import Ticket


class DiscountForm(LimitForm):
    tickets = Several(
        Ticket.objects.order_by("event", "position", "pk"),
        required=False,
        label=_("Tickets"),
        help_text=_("None: all that have a price."),
    )
    many = "tickets"

    class Meta:
        model = Discount
        fields = [
            "event",
            "name",
            "percent",
            "amount",
            "once_per_sale",
            "code",
            "limit",
            "most_tickets",
            "ends_at",
            "tickets",
            "is_active",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["tickets"] = [ticket.pk for ticket in self.instance.tickets.all()]

    def judge(self) -> None:
        discounts.judge(self.instance, self.named, changed=self.written)
