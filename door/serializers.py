from rest_framework_json_api import serializers

from base.api.fields import LinkField
from base.api.serializers import ResourceSerializer
from door.models import CheckIn, Station


class CheckInSerializer(ResourceSerializer):
    """A scan as it stands in the books."""

    code = serializers.CharField(source="shown_code", help_text="What was scanned, if no guest was found")
    admitted = serializers.BooleanField(source="is_let_through", help_text="Whether the guest passed")
    by = serializers.CharField(read_only=True, allow_null=True, help_text="Who held the scanner")
    undoes = serializers.CharField(source="undoes_id", allow_null=True, help_text="An id")
    event = LinkField("event")
    attendee = LinkField("attendee")
    station = LinkField("station")

    class Meta:
        model = CheckIn
        fields = [
            "direction",
            "answer",
            "admitted",
            "code",
            "reason",
            "occurred_at",
            "received_at",
            "clock_is_off",
            "nonce",
            "undoes",
            "by",
            "event",
            "attendee",
            "station",
        ]
        read_only_fields = fields


class StationSerializer(ResourceSerializer):
    """A gate, to be named in a scan."""

    event = LinkField("event")

    class Meta:
        model = Station
        fields = ["name", "direction", "event"]
        read_only_fields = fields


class StationCountSerializer(serializers.Serializer):
    id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    entered = serializers.IntegerField()
    left = serializers.IntegerField()


class TicketCountSerializer(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    inside = serializers.IntegerField()


class OccupancySerializer(serializers.Serializer):
    """How many people are inside, how they came and went."""

    inside = serializers.IntegerField()
    entered = serializers.IntegerField()
    left = serializers.IntegerField()
    capacity = serializers.IntegerField(allow_null=True)
    is_nearly_full = serializers.BooleanField(help_text="Nine tenths or more")
    stations = StationCountSerializer(many=True)
    tickets = TicketCountSerializer(many=True)

    class Meta:
        resource_name = "occupancy"
