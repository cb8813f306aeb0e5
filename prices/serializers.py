from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from base import money
from base.api.fields import MoneyField, ReferenceField, ReferencesField
from base.money import TAX_DIGITS
from events.access import require
from events.models import Act, Event, may
from limits.serializers import LimitSerializer, number
from prices.discounts import write_discount
from prices.models import LONGEST_CODE, Discount, typed_code
from tickets.models import Ticket

LEAST = Decimal("0.01")


class DiscountSerializer(LimitSerializer):
    """What makes a sale cost less, read by who sells there; its code by organizers alone."""

    event = ReferenceField(Event)
    percent = MoneyField(
        max_digits=TAX_DIGITS,
        required=False,
        allow_null=True,
        min_value=LEAST,
        max_value=100,
        help_text="Off each ticket; or an amount",
    )
    amount = MoneyField(required=False, allow_null=True, min_value=LEAST)
    limit = number(min_value=1, required=False, allow_null=True, help_text="In so many sales; 1: a voucher")
    most_tickets = number(
        min_value=1,
        max_value=32767,
        required=False,
        allow_null=True,
        help_text="Of one sale, the dearest; null: all",
    )
    used = serializers.IntegerField(read_only=True, help_text="In so many sales")
    has_code = serializers.SerializerMethodField(help_text="Whether the guest must show one")
    tickets = ReferencesField(Ticket, required=False)
    constraint_fields = {
        "discount_name_once_per_event": "name",
        "discount_code_once_per_event": "code",
        "discount_percent_or_amount": "percent",
        "discount_takes_something": "percent",
        "discount_once_of_an_amount": "once_per_sale",
        "discount_works_at_least_once": "limit",
    }
    several = "tickets"
    write = staticmethod(write_discount)

    class Meta:
        model = Discount
        fields = [
            "name",
            "percent",
            "amount",
            "once_per_sale",
            "code",
            "has_code",
            "limit",
            "most_tickets",
            "used",
            "ends_at",
            "is_active",
            "event",
            "tickets",
        ]
        validators: list[Any] = []  # the model's constraints say it all

    def get_has_code(self, discount: Discount) -> bool:
        return bool(discount.code)

    def validate_code(self, code: str) -> str:
        code = typed_code(code)
        if len(code) > LONGEST_CODE:
            detail = _("A code has at most %d letters.") % LONGEST_CODE
            raise serializers.ValidationError(detail, code="max_length")
        return code

    def validate_event(self, event: Event) -> Event:
        if self.instance is not None and event != self.instance.event:
            raise serializers.ValidationError(_("A discount stays with its event."), code="event_is_fixed")
        require(event, Act.MANAGE)
        return event

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        event = attrs["event"] if self.instance is None else self.instance.event
        if attrs.get("amount") is not None and not money.fits(attrs["amount"], event.currency):
            problem = serializers.ErrorDetail(money.misfit(event.currency), "invalid-amount")
            raise serializers.ValidationError({"amount": [problem]})
        return super().validate(attrs)

    def create(self, validated_data: dict[str, Any]) -> Any:
        made = super().create(validated_data)
        made.role = made.event.role  # who makes it reads its code
        return made

    def to_representation(self, instance: Discount) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        if "code" in shown and not may(instance.role, Act.MANAGE):
            del shown["code"]
        return shown
