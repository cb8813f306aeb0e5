"""An export as clients ask for it, and see how far it is."""

from rest_framework import serializers

from base.api.fields import LinkField
from base.api.serializers import ResourceSerializer
from exports.catalogue import TABLES
from exports.models import Export


class ExportSerializer(ResourceSerializer):
    """A table of an event, written into a file by the worker, or streamed."""

    table = serializers.ChoiceField(choices=[(table.key, table.key) for table in TABLES.values()])
    lang = serializers.CharField(
        write_only=True,
        required=False,
        allow_blank=True,
        max_length=20,
        help_text="Whose spreadsheet the separator of a CSV suits: a language, `de-ch` say, or `programs`",
    )
    asked_by = serializers.CharField(read_only=True)
    event = LinkField("event")

    class Meta:
        model = Export
        fields = [
            "table",
            "format",
            "lang",
            "state",
            "is_streamed",
            "rows_done",
            "rows_total",
            "size",
            "asked_by",
            "asked_at",
            "ended_at",
            "expires_at",
            "problem",
            "event",
        ]
        read_only_fields = [
            "state",
            "is_streamed",
            "rows_done",
            "rows_total",
            "size",
            "asked_at",
            "ended_at",
            "expires_at",
            "problem",
        ]
