from typing import Any

from rest_framework import serializers

from devices.models import Device


class PairingCodeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=32)


class PairedSerializer(serializers.Serializer[Any]):
    access_token = serializers.CharField()
    event = serializers.CharField(help_text="The event's identifier")
    role = serializers.ChoiceField(choices=[role.value for role in Device.ROLES])
