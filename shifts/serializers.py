from base.api.fields import LinkField
from base.api.serializers import ResourceSerializer
from shifts.models import Till


class TillSerializer(ResourceSerializer):
    """A till, to be named in a sale."""

    event = LinkField("event")

    class Meta:
        model = Till
        fields = ["name", "auto_print", "event"]
        read_only_fields = fields
