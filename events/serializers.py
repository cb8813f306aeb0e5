from typing import Any

from rest_framework import serializers

from events import planning
from events.models import Device, Event, validate_currency
from onsite_project.api.serializers import ResourceSerializer


class EventSerializer(ResourceSerializer):
    """An event, with the Open Event Server's attribute names."""

    payment_currency = serializers.CharField(
        source="currency",
        default="EUR",
        validators=[validate_currency],
        help_text="ISO 4217, with none or two decimals",
    )
    constraint_fields = {"event_ends_after_start": "ends_at"}

    class Meta:
        model = Event
        fields = [
            "name",
            "identifier",
            "description",
            "state",
            "timezone",
            "starts_at",
            "ends_at",
            "payment_currency",
            "location_name",
        ]
        read_only_fields = ["identifier"]

    def create(self, validated_data: dict[str, Any]) -> Event:
        return planning.create_event(creator=self.context["request"].user, **validated_data)

    def update(self, instance: Event, validated_data: dict[str, Any]) -> Event:
        return planning.change_event(instance, **validated_data)


class PairingCodeSerializer(serializers.Serializer):
    code = serializers.CharField(max_length=32)


class PairedSerializer(serializers.Serializer):
    access_token = serializers.CharField()
    event = serializers.CharField(help_text="The event's identifier")
    role = serializers.ChoiceField(choices=[role.value for role in Device.ROLES])
