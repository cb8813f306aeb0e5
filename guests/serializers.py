"""What clients send to put guests on the list: types, shapes, bounds."""

from typing import Any

from rest_framework import serializers

from attendees.models import Attendee
from attendees.serializers import GuestSerializer
from base.api.fields import BoundedListField, WholeNumberField
from orders.guest_list import KEY_LENGTH, REFERENCE_LENGTH, Entry, Way

MOST_SENT = 500  # the answer has them all


class EntrySerializer(GuestSerializer):
    """A guest with one ticket, perhaps from a hold of it."""

    ticket = WholeNumberField(help_text="Of the event, by id")
    way = serializers.ChoiceField(
        [way.value for way in Way],
        required=False,
        help_text="How it is paid: not at all (without it), when the guest comes, or where it was sold",
    )
    key = serializers.CharField(
        max_length=KEY_LENGTH,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="What tells the guest from the others; without one: ticket, name and address",
    )
    reference = serializers.CharField(
        max_length=REFERENCE_LENGTH,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="Of what was paid elsewhere",
    )
    hold = WholeNumberField(required=False, allow_null=True, help_text="Where it comes from, by id")

    class Meta(GuestSerializer.Meta):
        model = Attendee
        fields = (*GuestSerializer.Meta.fields, "ticket", "way", "key", "reference", "hold")

    def to_internal_value(self, data: Any) -> Entry:  # type: ignore[override]  # what the act takes
        said: dict[str, Any] = dict(super().to_internal_value(data))
        ticket, hold, way = said.pop("ticket"), said.pop("hold", None), said.pop("way", Way.FREE)
        return Entry(ticket, hold_id=None if hold == "" else hold, way=Way(way), **said)


class GuestListSerializer(serializers.Serializer[Any]):
    entries = BoundedListField(child=EntrySerializer(), limit=MOST_SENT, allow_empty=False)

    class Meta:
        resource_name = "attendee"
