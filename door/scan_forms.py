"""What a door sends and what it is answered, checked and made by hand: it is asked at every guest."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from base.api.fields import (
    BoundedListField,
    FlagField,
    IdentifierField,
    UnresolvedField,
    WholeNumberField,
)
from base.api.links import home_in, linked
from base.times import parse_time, wire_time
from door.models import CheckIn, Guest
from door.timely import first_moment, last_moment
from events.serializers import ApprovalSerializer

UUID_PATTERN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
MOST_AT_ONCE = 500


@extend_schema_field(OpenApiTypes.DATETIME)
class TimeField(serializers.Field[datetime, Any, Any, Any]):
    """An ISO 8601 time with its offset from UTC."""

    default_error_messages = {"invalid": _("This is no time with its offset, such as 2026-05-01T20:14:00Z.")}

    def to_internal_value(self, data: Any) -> datetime:
        time = parse_time(data) if isinstance(data, str) else None
        if time is None:
            self.fail("invalid")
        return time


@extend_schema_field(OpenApiTypes.UUID)
class NonceField(serializers.Field[UUID, Any, Any, Any]):
    default_error_messages = {"invalid": _("A nonce is a UUID.")}

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or not UUID_PATTERN.fullmatch(data):
            self.fail("invalid")
        return UUID(data)


class SentSerializer(serializers.Serializer[Any]):
    """Looks at what was sent, and at nothing else: no field is required, and null counts as not sent."""

    class Meta:
        resource_name = "check-in"

    def to_internal_value(self, data: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        problems: dict[str, Any] = {}
        for name, field in self.fields.items():
            if data.get(name) is not None:
                try:
                    found[field.source or name] = field.run_validation(data[name])
                except serializers.ValidationError as error:
                    problems[name] = error.detail
        if problems:
            raise serializers.ValidationError(problems)
        return found


class ScanSerializer(SentSerializer):
    """One scan."""

    code = serializers.CharField(max_length=200, required=False, allow_null=True, trim_whitespace=False)
    attendee = IdentifierField("attendee", source="attendee_id", required=False, allow_null=True)
    station = IdentifierField("station", source="station_id", required=False, allow_null=True)
    event = UnresolvedField("event", required=False, allow_null=True)
    direction = serializers.ChoiceField(
        CheckIn.Direction.choices,
        required=False,
        allow_null=True,
        help_text="May be left out at a station that has but one",
    )
    occurred_at = TimeField(required=False, allow_null=True)
    nonce = NonceField(required=False, allow_null=True, help_text="One nonce, one scan")
    admitted = FlagField(
        required=False,
        allow_null=True,
        help_text="What a door did that was offline, against the answer only if `occurred-at` is 10 s ago or"
        " an organizer sends it; null: it waits for the answer",
    )
    reason = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="Admit anyway: for organizers, or with an approval",
    )
    approval = ApprovalSerializer(required=False, allow_null=True)


class GroupSerializer(SentSerializer):
    """Several guests of one order; all who are not inside, unless they are named."""

    attendees = BoundedListField(
        child=WholeNumberField(),
        limit=MOST_AT_ONCE,
        required=False,
        allow_null=True,
        help_text="Ids; all of the order if left out",
    )
    station = IdentifierField("station", source="station_id", required=False, allow_null=True)
    at_most = WholeNumberField(
        min_value=1,
        max_value=MOST_AT_ONCE,
        required=False,
        allow_null=True,
        help_text="So many of those who would be let in here and now",
    )
    occurred_at = TimeField(required=False, allow_null=True)
    nonce = NonceField(required=False, allow_null=True)


SCAN_FORM = ScanSerializer()
GROUP_FORM = GroupSerializer()


def check_in_resource(check: CheckIn, root: str) -> dict[str, Any]:
    """The JSON:API resource object of a check-in that was just made, with what a door shows beside the
    answer as `meta`. All resources are under the address `root`.
    """
    resource = {
        "type": "check-in",
        "id": str(check.pk),
        "attributes": attributes_of(check),
        "relationships": {
            "event": _linkage("event", check.event_id),
            "attendee": _linkage("attendee", check.attendee_id),
            "station": _linkage("station", check.station_id),
        },
        "meta": _beside(check),
    }
    return linked(resource, home_in(root, "check-in", check))


def attributes_of(check: CheckIn) -> dict[str, Any]:
    return {
        "direction": check.direction,
        "answer": check.answer,
        "admitted": check.is_let_through,
        "code": check.code,
        "reason": check.reason,
        "occurred-at": wire_time(check.occurred_at),
        "received-at": wire_time(check.received_at),
        "clock-is-off": check.clock_is_off,
        "nonce": check.nonce and str(check.nonce),
        "undoes": check.undoes_id and str(check.undoes_id),
    }


def _beside(check: CheckIn) -> dict[str, Any]:
    guest = check.guest
    if guest is None:
        # Nobody was found, or the scan was taken back.
        return {"is-receipt": True} if check.is_of_a_receipt else {}
    beside: dict[str, Any] = {
        "name": guest.attendee.full_name,
        **_ticket(guest),
        "door-note": guest.door_note,
        "order": guest.order_identifier,
        "others-outside": len(check.company.coming),
        "others-refused": [_other(other, answer) for other, answer in check.company.staying],
        "out-since": wire_time(check.was_out_since),
    }
    if check.previous is not None:
        station, by = check.previous.station, check.previous.by
        beside["previous"] = {
            "at": wire_time(check.previous.happened_at),
            "station": station and station.name,
            "by": by and str(by),
        }
    if check.inside is not None:
        beside |= {"inside": check.inside, "capacity": guest.capacity}
    return beside


def _other(guest: Guest, answer: str) -> dict[str, Any]:
    """Whom of the same order the door would not let in now, and why."""
    return {"name": guest.attendee.full_name, **_ticket(guest), "answer": answer}


def _ticket(guest: Guest) -> dict[str, Any]:
    """Which one it is, and when it admits."""
    return {
        "ticket": guest.ticket_name,
        "ticket-id": str(guest.attendee.ticket_id),
        "admits-from": wire_time(first_moment(guest, guest)),
        "admits-until": wire_time(last_moment(guest, guest)),
    }


def _linkage(resource: str, pk: int | None) -> dict[str, Any]:
    return {"data": None if pk is None else {"type": resource, "id": str(pk)}}
