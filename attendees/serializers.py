from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework_json_api.relations import ResourceRelatedField

from accounts.authentication import has_token
from attendees.drafts import enter_draft
from attendees.models import Attendee
from attendees.names import NAMES, read_as
from base.api.fields import LinkField, MoneyField, ReferenceField
from base.api.serializers import ResourceSerializer
from base.errors import NotFound
from events.models import Event
from tickets.models import Ticket

# Derived from the check-ins, under the Open Event Server's names.
CHECKED = ["is_checked_in", "is_checked_out", "checkin_times", "checkout_times", "device_name_checkin"]


class AttendeeSerializer(ResourceSerializer):
    """An attendee; registrars get the e-mail address masked, no code and no price."""

    price_paid = MoneyField(read_only=True)
    discounted = MoneyField(read_only=True, allow_null=True, help_text="What a discount took off the price")
    ticket = ResourceRelatedField(read_only=True)
    order = LinkField("order")
    event = ReferenceField(Event, read_only=True)
    is_checked_in = serializers.BooleanField(read_only=True, help_text="Whether the guest is inside")
    is_checked_out = serializers.BooleanField(read_only=True)
    checkin_times = serializers.CharField(read_only=True, help_text="Separated by commas")
    checkout_times = serializers.CharField(read_only=True, help_text="Separated by commas")
    device_name_checkin = serializers.CharField(read_only=True, help_text="Stations, separated by commas")

    included_serializers = {
        "ticket": "tickets.serializers.TicketSerializer",
        "event": "events.serializers.EventSerializer",
        "order": "orders.serializers.OrderOfGuestSerializer",
    }

    class Meta:
        model = Attendee
        fields = [
            "firstname",
            "lastname",
            "email",
            "code",
            "price_paid",
            "discounted",
            "cancelled_at",
            *CHECKED,
            "updated_at",
            "ticket",
            "order",
            "event",
        ]
        read_only_fields = ["cancelled_at", *CHECKED, "updated_at"]

    def unseen(self, instance: Attendee) -> Collection[str]:
        """Whoever checks guests in reads no order."""
        return ("order",) if instance.masked else ()

    def to_representation(self, instance: Attendee) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        if has_token(self.context["request"]):
            shown |= {name: text for name, text in read_as(instance).items() if name in shown}
        if instance.masked:
            shown.pop("code", None)
            shown.pop("price_paid", None)
            shown.pop("discounted", None)
            if "email" in shown:
                shown["email"] = instance.masked_email
        return shown


class GuestSerializer(serializers.ModelSerializer[Attendee]):
    """Who somebody is: names and an e-mail address, each of which may stay blank; null means blank."""

    class Meta:
        model = Attendee
        fields: tuple[str, ...] = NAMES
        extra_kwargs = {name: {"allow_null": True} for name in NAMES}

    class JSONAPIMeta:
        resource_name = "attendee"

    def to_internal_value(self, data: Any) -> dict[str, str]:
        return {name: "" if text is None else text for name, text in super().to_internal_value(data).items()}


class DraftSerializer(AttendeeSerializer):
    """An attendee to be ordered online: a ticket, perhaps a name, and for a donation the `price`."""

    ticket = ReferenceField(Ticket)
    event = ReferenceField(Event, required=False, write_only=True)
    price = MoneyField(min_value=0, required=False, allow_null=True, write_only=True)

    class Meta(AttendeeSerializer.Meta):
        fields = [*AttendeeSerializer.Meta.fields, "price"]
        read_only_fields = ["code", "cancelled_at", *CHECKED, "updated_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs.pop("event", None)  # the ticket knows its event
        price_paid = attrs.pop("price", None) or Decimal(0)
        return super().validate({**attrs, "price_paid": price_paid, "creator": self.context["request"].user})

    def create(self, validated_data: dict[str, Any]) -> Attendee:
        try:
            draft = enter_draft(**validated_data)
        except IntegrityError:
            # The ticket was deleted since it was looked up; its foreign key is checked at the commit.
            raise NotFound.of("not-found", _("There is no such thing here."), "ticket") from None
        return draft
