from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from base.api.fields import FlagField, ReferenceField
from base.api.serializers import ResourceSerializer
from devices import lifecycle
from devices.models import Device
from events import planning
from events.access import require
from events.models import Act, Event


class PairingCodeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=32)


class PairedSerializer(serializers.Serializer[Any]):
    access_token = serializers.CharField()
    event = serializers.CharField(help_text="The event's identifier")
    role = serializers.ChoiceField(choices=[role.value for role in Device.ROLES])


class DeviceSerializer(ResourceSerializer):
    """A tablet or a till of one event. Its role is chosen once, because what it did was done in it."""

    event = ReferenceField(Event)
    role = serializers.ChoiceField(choices=[role.value for role in Device.ROLES])
    is_revoked = FlagField(required=False, help_text="True ends it at once, for good")
    constraint_fields = {"device_name_once_per_event": "name"}

    class Meta:
        model = Device
        fields = ["name", "role", "is_revoked", "created_at", "last_seen_at", "revoked_at", "event"]
        read_only_fields = ["created_at", "last_seen_at", "revoked_at"]
        validators: list[Any] = []  # the model's constraints say it all

    def validate_event(self, event: Event) -> Event:
        if self.instance is not None and event != self.instance.event:
            raise serializers.ValidationError(_("A device stays with its event."), code="event_is_fixed")
        require(event, Act.MANAGE)
        return event

    def validate_role(self, role: str) -> str:
        if self.instance is not None and role != self.instance.role:
            detail = _("A device keeps the role that it was made with.")
            raise serializers.ValidationError(detail, code="role_is_fixed")
        return role

    def validate_is_revoked(self, revoked: bool) -> bool:
        if not revoked and self.instance is not None and self.instance.is_revoked:
            detail = _("%s was revoked. Add a new device instead.") % self.instance
            raise serializers.ValidationError(detail, code="device_revoked")
        return revoked

    def candidate(self, attrs: dict[str, Any]) -> Any:
        return super().candidate({name: value for name, value in attrs.items() if name != "is_revoked"})

    def create(self, validated_data: dict[str, Any]) -> Device:
        planning.check_more(Device, validated_data["event"])
        validated_data.pop("is_revoked", None)
        return lifecycle.add_device(**validated_data)

    def update(self, instance: Device, validated_data: dict[str, Any]) -> Device:
        name = validated_data.get("name", instance.name)
        if name != instance.name:
            lifecycle.rename(instance, name)
        if validated_data.get("is_revoked"):
            lifecycle.revoke(instance)
            instance.refresh_from_db(fields=["revoked_at"])
        return instance


class NewCodeSerializer(serializers.Serializer[Any]):
    """Nothing: a device is asked for another code."""

    class Meta:
        resource_name = "device"
