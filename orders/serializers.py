from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework_json_api.relations import ResourceRelatedField

from attendees.models import Attendee
from attendees.serializers import GuestSerializer
from base.api.fields import (
    BoundedListField,
    FlagField,
    IdentifierField,
    MoneyField,
    UnresolvedField,
    WholeNumberField,
)
from base.api.serializers import ResourceSerializer
from base.errors import Invalid
from base.money import AMOUNT_DIGITS, wire_money
from events.serializers import ApprovalSerializer
from orders.blind import keeps_payments
from orders.drafts import MAX_ONLINE
from orders.models import Order, Payment
from orders.sale import Guest, Line
from orders.sales import MAX_ATTENDEES, MAX_LINES
from orders.settlement import TENDERS, Paid
from tickets.models import Ticket

MAX_PAYMENTS = 20
ADMIT = "Let the guests in at once, if it is paid; null: as the event has it"
IN_NAME_OF = "Whose request it is, if a colleague's who works at this till's open shift too"


class LineSerializer(serializers.Serializer[Any]):
    """So many of one ticket, flat or wrapped as the Open Event Server's clients send it:
    `{"data": {"type": "on-site-ticket", "attributes": {"id": "1", "quantity": "2"}}}`.
    """

    id = WholeNumberField(help_text="Of the ticket")
    quantity = WholeNumberField(min_value=1, max_value=MAX_ATTENDEES, help_text=f"1 to {MAX_ATTENDEES}")
    price = MoneyField(
        required=False,
        allow_null=True,
        help_text="What each gives of a donation; with a reason, instead of the ticket's own",
    )
    reason = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="Why another price; by organizers, or with approval",
    )
    approval = ApprovalSerializer(
        required=False,
        allow_null=True,
        help_text="An organizer of the event, by id, and that organizer's PIN",
    )
    attendees = BoundedListField(
        child=GuestSerializer(),
        limit=MAX_ATTENDEES,
        required=False,
        help_text="Who the first of them are; the others stay placeholders",
    )

    def to_internal_value(self, data: Any) -> Line:
        if isinstance(data, dict) and isinstance(data.get("data"), dict):
            data = data["data"].get("attributes")
        form = super().to_internal_value(data)
        try:
            return Line(
                form["id"],
                form["quantity"],
                form.get("price"),
                tuple(Guest(**names) for names in form.get("attendees", ())),
                form.get("reason") or "",
                form.get("approval"),
            )
        except Invalid as refusal:
            raise serializers.ValidationError(
                {
                    str(problem.path[0]): [serializers.ErrorDetail(problem.detail, problem.code)]
                    for problem in refusal.problems
                }
            ) from refusal


class PaidSerializer(serializers.ModelSerializer[Payment]):
    """A payment as the seller names it."""

    tender = serializers.ChoiceField(TENDERS)
    amount = MoneyField(max_digits=AMOUNT_DIGITS)
    tendered = MoneyField(
        max_digits=AMOUNT_DIGITS, required=False, allow_null=True, help_text="Cash handed over"
    )
    reference = serializers.CharField(max_length=100, required=False, allow_blank=True, allow_null=True)

    class Meta:
        model = Payment
        fields = ["tender", "amount", "tendered", "reference"]

    def to_internal_value(self, data: Any) -> Paid:
        form = super().to_internal_value(data)
        return Paid(**{**form, "reference": form.get("reference") or ""})


class TermsSerializer(serializers.ModelSerializer[Order]):
    """What both kinds of order take beside their tickets. Null counts as not sent."""

    event = UnresolvedField("event")
    payment_mode = serializers.ChoiceField(Order.PaymentMode.choices, required=False, allow_null=True)
    amount = MoneyField(
        max_digits=AMOUNT_DIGITS,
        required=False,
        allow_null=True,
        help_text="What the client believes it costs; must be right",
    )

    class Meta:
        model = Order
        resource_name = "order"
        fields = ["event", "payment_mode", "amount", "order_notes", *Order.BILLING]
        extra_kwargs = {"order_notes": {"max_length": 5000}}

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for name in ("order_notes", *Order.BILLING):
            fields[name].allow_null = True
        return fields

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The fields of a `Sale` or a `Basket` but its event, and the till."""
        sent = {name: value for name, value in super().to_internal_value(data).items() if value is not None}
        del sent["event"]
        billing = {name: sent.pop(name) for name in Order.BILLING if name in sent}
        return {**sent, "billing": billing}


class OnsiteOrderSerializer(TermsSerializer):
    """The form of an onsite order: types, shapes, bounds. The facts are the sale's to judge."""

    on_site_tickets = BoundedListField(
        child=LineSerializer(), limit=MAX_LINES, allow_empty=False, source="lines"
    )
    status = serializers.ChoiceField(
        [Order.Status.PENDING, Order.Status.COMPLETED], required=False, allow_null=True
    )
    payments = BoundedListField(child=PaidSerializer(), limit=MAX_PAYMENTS, required=False, allow_null=True)
    awaits_card = FlagField(
        required=False,
        allow_null=True,
        help_text="Pending, because the guest is at the card terminal; held for 30 minutes",
    )
    card_amount = MoneyField(
        max_digits=AMOUNT_DIGITS,
        required=False,
        allow_null=True,
        help_text="What the guest was sent to the terminal with, if not with all of it",
    )
    admit = FlagField(required=False, allow_null=True, help_text=ADMIT)
    till = IdentifierField("till", source="till_id", required=False, allow_null=True)
    in_name_of = IdentifierField("user", required=False, allow_null=True, help_text=IN_NAME_OF)

    class Meta(TermsSerializer.Meta):
        fields = [
            "on_site_tickets",
            "status",
            "payments",
            "awaits_card",
            "card_amount",
            "admit",
            "till",
            "in_name_of",
            *TermsSerializer.Meta.fields,
        ]


class GiveUpSerializer(serializers.Serializer[Any]):
    """The form of a request to give another one up, whose key is in the header."""

    event = UnresolvedField("event", required=False, allow_null=True)
    till = IdentifierField("till", source="till_id", required=False, allow_null=True)
    in_name_of = IdentifierField("user", required=False, allow_null=True, help_text=IN_NAME_OF)

    class Meta:
        resource_name = "order"


class OrderChangeSerializer(serializers.Serializer[Any]):
    """The form of what may become of an order: completed with payments, or cancelled with a reason; or, of
    one that expired, that its card money was given back.
    """

    status = serializers.ChoiceField([Order.Status.COMPLETED, Order.Status.CANCELLED], required=False)
    money_due = FlagField(
        required=False,
        allow_null=True,
        help_text="Instead of a status, false: the card's money of an expired order was given back",
    )
    payments = BoundedListField(
        child=PaidSerializer(),
        limit=MAX_PAYMENTS,
        required=False,
        allow_null=True,
        help_text="For `completed`; none: all that is left, in cash",
    )
    amount = MoneyField(
        max_digits=AMOUNT_DIGITS,
        required=False,
        allow_null=True,
        help_text="For `completed`: what the client believes is left to pay; must be right",
    )
    reason = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="For `cancelled`, of an order that was completed before",
    )
    money_kept = FlagField(
        required=False,
        allow_null=True,
        help_text="For `cancelled`, by organizers: nothing is given back, payment and tax stay",
    )
    refund_tender = serializers.ChoiceField(
        TENDERS,
        required=False,
        allow_null=True,
        help_text="For `cancelled`: all goes back by this tender; none: by those it was paid with",
    )
    admit = FlagField(required=False, allow_null=True, help_text=ADMIT)
    till = IdentifierField("till", source="till_id", required=False, allow_null=True)

    class Meta:
        resource_name = "order"

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        form = {name: value for name, value in super().to_internal_value(data).items() if value is not None}
        if "status" not in form and form.get("money_due") is not False:
            required = serializers.ErrorDetail(_("This field is required."), "required")
            raise serializers.ValidationError({"status": [required]})
        return form


class OnlineOrderSerializer(TermsSerializer):
    """The form of an order of attendees that the buyer has entered before."""

    attendees = BoundedListField(child=IdentifierField("attendee"), limit=MAX_ONLINE, allow_empty=False)

    class Meta(TermsSerializer.Meta):
        fields = ["attendees", *TermsSerializer.Meta.fields]


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
        sums = self.instance.given_back
        total = sum(sums.values(), Decimal(0))
        return {"given-back": {name: wire_money(sum) for name, sum in {**sums, "total": total}.items()}}

    def _keeps_payments(self, order: Any) -> bool:
        view, role = self.context["view"], getattr(order, "role", None)
        # The order of one's own idempotency key is asked for by itself.
        listed = view.action == "list" and "filter[idempotency-key]" not in view.request.query_params
        return keeps_payments(order, view.request.user, role, listed=listed)


# Made once: a form keeps nothing of what it checks, and building its fields costs more than using them.
ONSITE_FORM = OnsiteOrderSerializer()
ONLINE_FORM = OnlineOrderSerializer()
CHANGE_FORM = OrderChangeSerializer()
GIVE_UP_FORM = GiveUpSerializer()
