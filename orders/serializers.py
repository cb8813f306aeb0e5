"""What clients are told of orders and payments."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers
from rest_framework_json_api.relations import ResourceRelatedField

from attendees.models import Attendee
from base.api.fields import (
    LinkField,
    MoneyField,
)
from base.api.serializers import ResourceSerializer
from base.money import AMOUNT_DIGITS, wire_money
from events.models import Act, may
from orders.blind import keeps_payments
from orders.models import Order, Payment
from tickets.models import Ticket


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    """A payment as it stands in the books."""

    serializer_field_mapping = ResourceSerializer.serializer_field_mapping
    amount = MoneyField(max_digits=AMOUNT_DIGITS)
    tendered = MoneyField(max_digits=AMOUNT_DIGITS, allow_null=True)
    change = MoneyField(max_digits=AMOUNT_DIGITS, allow_null=True)
    shift = serializers.CharField(source="shift_id", allow_null=True, help_text="An id")

    class Meta:
        model = Payment
        fields = ["tender", "amount", "tendered", "change", "reference", "created_at", "shift"]

    def to_representation(self, instance: Payment) -> dict[str, Any]:
        return {name.replace("_", "-"): value for name, value in super().to_representation(instance).items()}


class PaymentResourceSerializer(ResourceSerializer):
    """A payment by itself."""

    amount = MoneyField(max_digits=AMOUNT_DIGITS)
    tendered = MoneyField(max_digits=AMOUNT_DIGITS, allow_null=True)
    change = MoneyField(max_digits=AMOUNT_DIGITS, allow_null=True)
    shift = serializers.CharField(source="shift_id", allow_null=True, help_text="An id")
    reverses = serializers.CharField(source="reverses_id", allow_null=True, help_text="An id")
    order = LinkField("order")

    class Meta:
        model = Payment
        fields = [*PaymentSerializer.Meta.fields, "reverses", "order"]
        read_only_fields = fields


class OrderSerializer(ResourceSerializer):
    """An order; without its payments for a cashier who is still to count the drawer (`orders.blind`)."""

    amount = MoneyField(max_digits=AMOUNT_DIGITS)
    payments = PaymentSerializer(many=True, read_only=True)
    event = ResourceRelatedField(read_only=True)
    attendees = ResourceRelatedField(many=True, read_only=True, model=Attendee)
    tickets = ResourceRelatedField(many=True, read_only=True, model=Ticket)

    included_serializers = {
        "event": "events.serializers.EventSerializer",
        "attendees": "attendees.serializers.AttendeeSerializer",
        "tickets": "tickets.serializers.TicketSerializer",
    }

    class Meta:
        model = Order
        fields = [
            "identifier",
            "channel",
            "status",
            "amount",
            "currency",
            "payment_mode",
            "payments",
            "order_notes",
            *Order.BILLING,
            "cancel_reason",
            "awaits_card",
            "money_kept",
            "money_due",
            "created_at",
            "completed_at",
            "cancelled_at",
            "expires_at",
            "updated_at",
            "event",
            "attendees",
            "tickets",
        ]
        read_only_fields = fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        if "payments" in shown and self._keeps_payments(instance):
            shown.pop("payments")
        return shown

    def get_root_meta(self, resource: Any, many: bool) -> dict[str, Any]:
        """Of a change: what is to be handed out for the order, by tender and in total."""
        if many or self.context["view"].action != "partial_update":
            return {}
        moved = self.instance.given_back if self.context["view"].moves_money else {}
        return {"given-back": _handed_out(moved)}

    def _keeps_payments(self, order: Any) -> bool:
        view, role = self.context["view"], getattr(order, "role", None)
        # The order of one's own idempotency key is asked for by itself.
        listed = view.action == "list" and "filter[idempotency-key]" not in view.request.query_params
        return keeps_payments(order, view.request.user, role, listed=listed)


def _handed_out(sums: dict[str, Decimal]) -> dict[str, str | None]:
    """By tender, and in total."""
    total = sum(sums.values(), Decimal(0))
    return {name: wire_money(sum) for name, sum in {**sums, "total": total}.items()}


class AmendedOrderSerializer(OrderSerializer):
    """An order to which something was done; `meta.given-back` says what is to be handed out for it."""

    def get_root_meta(self, resource: Any, many: bool) -> dict[str, Any]:
        done = self.instance.amended
        return {"given-back": _handed_out(self.instance.given_back_at(done.at) if done else {})}


class OrderOfGuestSerializer(OrderSerializer):
    """An order beside a guest of it: without payments and other guests; and for whoever checks guests in,
    which one it is and whether it is paid.
    """

    payments = attendees = tickets = None  # type: ignore[assignment]  # as Django REST framework has it
    event = LinkField("event")
    included_serializers: dict[str, str] = {}
    TOLD = ("identifier", "status")

    class Meta(OrderSerializer.Meta):
        fields = [
            name for name in OrderSerializer.Meta.fields if name not in ("payments", "attendees", "tickets")
        ]
        read_only_fields = fields

    def out_of_reach(self, instance: Order) -> bool:
        own = instance.buyer_id == self.context["request"].user.pk
        return not (own or may(getattr(instance, "role", None), Act.READ_SALES))

    def to_representation(self, instance: Order) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return {name: shown[name] for name in self.TOLD} if self.out_of_reach(instance) else shown


# Made once: a form keeps nothing of what it checks, and building its fields costs more than using them.
