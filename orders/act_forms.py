"""What clients send for the acts on an order that was sold: types, shapes, bounds."""

from typing import Any, cast

from django.db.models import Field
from rest_framework import serializers

from attendees.models import Attendee
from attendees.names import NAMES
from base.api.fields import (
    BelievedMoneyField,
    BoundedListField,
    FlagField,
    IdentifierField,
    MoneyField,
    WholeNumberField,
)
from base.money import AMOUNT_DIGITS
from events.serializers import ApprovalSerializer
from orders.models import Amendment
from orders.sent import MAX_PAYMENTS, PaidSerializer
from orders.settlement import TENDERS
from orders.takings import GiveBack
from tickets.stock import MAX_ATTENDEES


class ActSerializer(serializers.ModelSerializer[Amendment]):
    """Why, with whose leave, and at which till."""

    approval = ApprovalSerializer(
        required=False, allow_null=True, help_text="An organizer of the event, for whoever is none"
    )
    till = IdentifierField("till", source="till_id", required=False, allow_null=True)

    class Meta:
        model = Amendment
        resource_name = "order"
        fields = ["reason", "approval", "till"]
        extra_kwargs = {"reason": {"allow_null": True}}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        form: dict[str, Any] = super().to_internal_value(data)
        return {name: value for name, value in form.items() if value is not None}


class MoneyBackSerializer(ActSerializer):
    """And what becomes of money that is free."""

    money_kept = FlagField(required=False, allow_null=True, help_text="Nothing is given back")
    refund_tender = serializers.ChoiceField(
        TENDERS,
        required=False,
        allow_null=True,
        help_text="All goes back by this tender; none: by those it was paid with",
    )

    class Meta(ActSerializer.Meta):
        fields = [*ActSerializer.Meta.fields, "money_kept", "refund_tender"]

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """With `money_back` as the acts take it."""
        form = super().to_internal_value(data)
        tender, keeps = form.pop("refund_tender", None), form.pop("money_kept", False)
        return {**form, "money_back": None if keeps else GiveBack(tender)}


def _attendees() -> BoundedListField:
    return BoundedListField(child=WholeNumberField(), limit=MAX_ATTENDEES, allow_empty=False, help_text="Ids")


class CancelAttendeesSerializer(MoneyBackSerializer):
    attendees = _attendees()
    amount = MoneyField(
        max_digits=AMOUNT_DIGITS,
        min_value=0,
        required=False,
        allow_null=True,
        help_text="What goes back, if not all that they cost: the rest is kept",
    )

    class Meta(MoneyBackSerializer.Meta):
        fields = ["attendees", "amount", *MoneyBackSerializer.Meta.fields]


class RefundSerializer(ActSerializer):
    amount = MoneyField(max_digits=AMOUNT_DIGITS, help_text="What goes back, while the tickets stay")
    payment = WholeNumberField(
        required=False, allow_null=True, help_text="The id of the payment that goes back; none: the latest"
    )
    refund_tender = serializers.ChoiceField(
        TENDERS, required=False, allow_null=True, help_text="If not that in which it was paid"
    )

    class Meta(ActSerializer.Meta):
        fields = ["amount", "payment", "refund_tender", *ActSerializer.Meta.fields]

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        form = super().to_internal_value(data)
        tender = form.pop("refund_tender", None)
        return {**form, "money_back": GiveBack(tender)}


class ExchangeSerializer(MoneyBackSerializer):
    attendees = _attendees()
    ticket = WholeNumberField(help_text="The id of the ticket that they get")
    price = MoneyField(min_value=0, required=False, allow_null=True, help_text="Of each, for a donation")
    payments = BoundedListField(
        child=PaidSerializer(),
        limit=MAX_PAYMENTS,
        required=False,
        allow_null=True,
        help_text="Of what it costs more; none: all of it, in cash",
    )
    amount = BelievedMoneyField(
        max_digits=AMOUNT_DIGITS,
        required=False,
        allow_null=True,
        help_text="What the client believes it costs more, below zero less; must be right",
    )

    class Meta(MoneyBackSerializer.Meta):
        fields = [
            "attendees",
            "ticket",
            "price",
            "payments",
            "amount",
            *MoneyBackSerializer.Meta.fields,
        ]


class SwapCodeSerializer(ActSerializer):
    attendee = WholeNumberField(help_text="An id")

    class Meta(ActSerializer.Meta):
        fields = ["attendee", *ActSerializer.Meta.fields]


def _name(name: str) -> serializers.CharField:
    longest = cast("Field[str, str]", Attendee._meta.get_field(name)).max_length
    return serializers.CharField(max_length=longest, required=False, allow_blank=True, allow_null=True)


class TransferSerializer(SwapCodeSerializer):
    """To whom; what is left out is blank."""

    firstname = _name("firstname")
    lastname = _name("lastname")
    email = _name("email")

    class Meta(SwapCodeSerializer.Meta):
        fields = [*SwapCodeSerializer.Meta.fields, *NAMES]

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """With the `names` as `transfer` takes them."""
        form = super().to_internal_value(data)
        names = {name: form.pop(name) for name in NAMES if name in form}
        return {**form, "names": names}
