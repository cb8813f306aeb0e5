"""What the door's routes take and answer, in words that no serializer can say."""

from typing import Any

from drf_spectacular.utils import OpenApiRequest, extend_schema

from base.api.schema import JSON_API, identifier_of
from door.models import CheckIn
from door.serializers import CheckInSerializer, OccupancySerializer

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
TIME: Json = {"type": "string", "format": "date-time"}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _document(attributes: Json, relationships: Json) -> Json:
    linkages = {
        name: {"type": "object", "required": ["data"], "properties": {"data": _or_null(linkage)}}
        for name, linkage in relationships.items()
    }
    data = {
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {"const": "check-in"},
            "attributes": {"type": "object", "properties": attributes},
            "relationships": {"type": "object", "properties": linkages},
        },
    }
    return {"type": "object", "required": ["data"], "properties": {"data": data}}


APPROVAL = {
    "type": "object",
    "required": ["user", "pin"],
    "properties": {
        "user": {"anyOf": [{"type": "integer"}, TEXT]},
        "pin": {"type": "string", "pattern": "^[0-9]{6}$"},
    },
}
SCAN = _document(
    {
        "code": _or_null({**TEXT, "maxLength": 200}),
        "direction": {
            **_or_null({"enum": CheckIn.Direction.values}),
            "description": "May be left out at a station that has but one",
        },
        "occurred-at": _or_null(TIME),
        "nonce": {**_or_null({"type": "string", "format": "uuid"}), "description": "One nonce, one scan"},
        "admitted": {
            **_or_null({"type": "boolean"}),
            "description": "What a door did that was offline; null: it waits for the answer",
        },
        "reason": {**_or_null(TEXT), "description": "Admit anyway: for organizers, or with an approval"},
        "approval": _or_null(APPROVAL),
    },
    {
        "attendee": identifier_of("attendee"),
        "station": identifier_of("station"),
        "event": identifier_of("event"),
    },
)
GROUP = _document(
    {
        "attendees": {
            **_or_null({"type": "array", "items": {"anyOf": [{"type": "integer"}, TEXT]}}),
            "description": "Ids; all of the order if left out",
        },
        "at-most": {
            **_or_null({"anyOf": [{"type": "integer", "minimum": 1}, TEXT]}),
            "description": "So many of those who are not inside",
        },
        "occurred-at": _or_null(TIME),
        "nonce": _or_null({"type": "string", "format": "uuid"}),
    },
    {"station": identifier_of("station")},
)


check_in_schema = extend_schema(
    request={JSON_API: OpenApiRequest(SCAN)}, responses={201: CheckInSerializer()}
)
undo_schema = extend_schema(
    request={JSON_API: OpenApiRequest(_document({}, {}))}, responses={201: CheckInSerializer()}
)
group_schema = extend_schema(
    request={JSON_API: OpenApiRequest(GROUP)}, responses={201: CheckInSerializer(many=True)}
)
occupancy_schema = extend_schema(responses={200: OccupancySerializer()})
