"""What clients send of an order: types, shapes, bounds. The facts are the acts' to judge."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from attendees.serializers import GuestSerializer
from base.api.fields import (
    BelievedMoneyField,
    BoundedListField,
    FlagField,
    IdentifierField,
    MoneyField,
    UnresolvedField,
    WholeNumberField,
)
from base.errors import Invalid
from base.identifiers import parse_id
from base.money import AMOUNT_DIGITS
from events.serializers import ApprovalSerializer
from orders.details import DETAILS
from orders.drafts import MAX_ONLINE
from orders.models import Order, Payment
from orders.sale import Guest, Line
from orders.sales import MAX_LINES
from orders.settlement import TENDERS, Paid
from prices.claims import Claim
from prices.models import LONGEST_TYPED
from tickets.stock import MAX_ATTENDEES

MAX_PAYMENTS = 20
ADMIT = "Let the guests in at once, if it is paid; null: as the event has it"
IN_NAME_OF = "Whose request it is, if a colleague's who works at this till's open shift too"


class ClaimSerializer(serializers.Serializer[Any]):
    """A discount: by its id, or by the code that the guest shows."""

    id = WholeNumberField(required=False, allow_null=True, help_text="Of the discount, if it has no code")
    code = serializers.CharField(max_length=LONGEST_TYPED, required=False, allow_blank=True, allow_null=True)

    def to_internal_value(self, data: Any) -> Claim:
        form = super().to_internal_value(data)
        try:
            return Claim(form.get("id"), form.get("code") or "")
        except Invalid as refusal:
            raise serializers.ValidationError(str(refusal), "required") from refusal


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
    hold = WholeNumberField(
        required=False,
        allow_null=True,
        help_text="The hold that they come from, by id",
    )
    discount = ClaimSerializer(
        required=False, allow_null=True, help_text="What makes them cost less, by id or by code"
    )
    attendees = BoundedListField(
        child=GuestSerializer(),
        limit=MAX_ATTENDEES,
        required=False,
        help_text="Who the first of them are; the others stay placeholders",
    )

    def to_internal_value(self, data: Any) -> Line | tuple[()]:
        """The line; `()` for a quantity of 0, which the Open Event Server's clients send along."""
        if isinstance(data, dict) and isinstance(data.get("data"), dict):
            data = data["data"].get("attributes")
        if isinstance(data, dict) and parse_id(data.get("quantity")) == 0:
            return ()
        form = super().to_internal_value(data)
        try:
            return Line(
                form["id"],
                form["quantity"],
                form.get("price"),
                tuple(Guest(**names) for names in form.get("attendees", ())),
                form.get("reason") or "",
                form.get("approval"),
                form.get("hold"),
                form.get("discount"),
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


class DetailsSerializer(serializers.ModelSerializer[Order]):
    """What may be told of an order at any time. Null counts as not sent."""

    payment_mode = serializers.ChoiceField(Order.PaymentMode.choices, required=False, allow_null=True)
    amount = BelievedMoneyField(
        max_digits=AMOUNT_DIGITS,
        required=False,
        allow_null=True,
        help_text="What the client believes is to be paid; must be right",
    )

    class Meta:
        model = Order
        resource_name = "order"
        fields = ["amount", *DETAILS]
        extra_kwargs = {"order_notes": {"max_length": 5000}}

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for name in ("order_notes", *Order.BILLING):
            fields[name].allow_null = True
        return fields


class TermsSerializer(DetailsSerializer):
    """What both kinds of order take beside their tickets."""

    event = UnresolvedField("event")

    class Meta(DetailsSerializer.Meta):
        fields = ["event", *DetailsSerializer.Meta.fields]

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
    discount = ClaimSerializer(
        required=False, allow_null=True, help_text="Of all lines that it is for, by id or by code"
    )
    till = IdentifierField("till", source="till_id", required=False, allow_null=True)
    in_name_of = IdentifierField("user", required=False, allow_null=True, help_text=IN_NAME_OF)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """As above, without lines of nothing; where there are some, `places` tells where the others stand."""
        form = super().to_internal_value(data)
        lines = {place: line for place, line in enumerate(form["lines"]) if line}
        if not lines:
            nothing = [serializers.ErrorDetail(_("A quantity is at least 1."), "min_value")]
            problems: dict[Any, Any] = {n: {"quantity": nothing} for n in range(len(form["lines"]))}
            raise serializers.ValidationError({"on_site_tickets": problems})
        if len(lines) < len(form["lines"]):
            form |= {"lines": list(lines.values()), "places": list(lines)}
        return form

    class Meta(TermsSerializer.Meta):
        fields = [
            "on_site_tickets",
            "status",
            "payments",
            "awaits_card",
            "card_amount",
            "admit",
            "discount",
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


class OrderChangeSerializer(DetailsSerializer):
    """The form of what may become of an order: completed with payments, or cancelled with a reason; or, of
    one that expired, that its card money was given back; and of its details.
    """

    status = serializers.ChoiceField(
        Order.Status.choices, required=False, help_text="`completed` or `cancelled`, if it is another"
    )
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

    class Meta(DetailsSerializer.Meta):
        fields = [
            "status",
            "money_due",
            "payments",
            "amount",
            "reason",
            "money_kept",
            "refund_tender",
            "admit",
            "till",
            *DETAILS,
        ]

    def validate_status(self, status: str) -> str:
        if status not in (Order.Status.COMPLETED, Order.Status.CANCELLED):
            detail = _("An order becomes completed or cancelled.")
            raise serializers.ValidationError(detail, "invalid_choice")
        return status

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        form = {name: value for name, value in super().to_internal_value(data).items() if value is not None}
        if not form.keys() & {"status", *DETAILS} and form.get("money_due") is not False:
            required = serializers.ErrorDetail(_("This field is required."), "required")
            raise serializers.ValidationError({"status": [required]})
        return form


class OnlineOrderSerializer(TermsSerializer):
    """The form of an order of attendees that the buyer has entered before."""

    attendees = BoundedListField(child=IdentifierField("attendee"), limit=MAX_ONLINE, allow_empty=False)

    class Meta(TermsSerializer.Meta):
        fields = ["attendees", *TermsSerializer.Meta.fields]


ONSITE_FORM = OnsiteOrderSerializer()
ONLINE_FORM = OnlineOrderSerializer()
CHANGE_FORM = OrderChangeSerializer()
GIVE_UP_FORM = GiveUpSerializer()
