from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from base import money
from base.api.fields import (
    POSITIVE_INTEGER_MAX,
    SMALL_INTEGER_MAX,
    MoneyField,
    ReferenceField,
    WholeNumberField,
)
from base.api.serializers import ResourceSerializer
from base.money import TAX_DIGITS
from events import planning
from events.access import require
from events.models import Act, Event
from tickets import stock
from tickets.models import Ticket


class TicketSerializer(ResourceSerializer):
    """A ticket; `sold` and `available` are there for the event's members only."""

    event = ReferenceField(Event)
    price = MoneyField(min_value=0, default=Decimal(0))
    min_price = MoneyField(min_value=0, allow_null=True, required=False)
    max_price = MoneyField(min_value=0, allow_null=True, required=False)
    quantity = WholeNumberField(min_value=0, max_value=POSITIVE_INTEGER_MAX, allow_null=True, required=False)
    tax_rate = MoneyField(
        max_digits=TAX_DIGITS,
        min_value=0,
        allow_null=True,
        required=False,
        help_text="Per cent, included in the price",
    )
    position = WholeNumberField(min_value=0, max_value=SMALL_INTEGER_MAX, required=False)
    min_order = WholeNumberField(min_value=1, max_value=SMALL_INTEGER_MAX, required=False)
    max_order = WholeNumberField(min_value=1, max_value=SMALL_INTEGER_MAX, allow_null=True, required=False)
    available = serializers.IntegerField(read_only=True, allow_null=True)

    included_serializers = {"event": "events.serializers.EventSerializer"}
    constraint_fields = {
        "ticket_name_once_per_event": "name",
        "ticket_free_costs_nothing": "price",
        "ticket_donation_bounds_in_order": "min_price",
        "ticket_order_bounds_in_order": "max_order",
        "ticket_sales_window_in_order": "sales_ends_at",
        "ticket_validity_in_order": "valid_until",
    }
    judged_elsewhere = frozenset({"sold"})

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
            "position",
            "is_hidden",
            "admits",
            "valid_from",
            "valid_until",
            "tax_rate",
            "door_note",
            "group",
            "color",
            "sales_starts_at",
            "sales_ends_at",
            "min_order",
            "max_order",
            "sold",
            "available",
        ]
        read_only_fields = ["sold"]
        validators: list[Any] = []  # the model's constraints say it all

    led_to = frozenset({"attendees"})

    def leads_to(self, instance: Ticket) -> Collection[str]:
        return () if self.context["request"].user.is_anonymous else ("attendees",)

    def to_representation(self, instance: Ticket) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        if instance.role is None:
            shown.pop("sold", None)
            shown.pop("available", None)
        if "max_order" in shown and shown["max_order"] is None:
            # The Open Event Server's clients cannot bear a null.
            shown["max_order"] = stock.MAX_ATTENDEES
        return shown

    def validate_max_order(self, most: int | None) -> int | None:
        """What stands for none stays none where it is sent back."""
        has_none = self.instance is not None and self.instance.max_order is None
        return None if has_none and most == stock.MAX_ATTENDEES else most

    def validate_event(self, event: Event) -> Event:
        if self.instance is not None and event != self.instance.event:
            raise serializers.ValidationError(_("A ticket stays with its event."), code="event_is_fixed")
        require(event, Act.MANAGE)
        return event

    def check(self, candidate: Ticket) -> None:
        super().check(candidate)
        if candidate.misfits:
            detail = money.misfit(candidate.event.currency)
            raise serializers.ValidationError({name: [detail] for name in candidate.misfits})

    def create(self, validated_data: dict[str, Any]) -> Ticket:
        planning.check_more(Ticket, validated_data["event"])
        ticket: Ticket = super().create(validated_data)
        ticket.role = validated_data["event"].role
        return ticket

    def update(self, instance: Ticket, validated_data: dict[str, Any]) -> Ticket:
        return stock.change_ticket(instance, **validated_data)
