"""What `POST /v1/orders` takes, in words that no serializer can say: two shapes under one address."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, extend_schema

from base.api.schema import DIGITS, JSON_API, TAKEN_MONEY, identifier_of
from orders.drafts import MAX_ONLINE
from orders.models import Order
from orders.sales import MAX_ATTENDEES, MAX_LINES
from orders.serializers import MAX_PAYMENTS, OrderSerializer
from orders.settlement import TENDERS

Json = dict[str, Any]


def optional(schema: Json) -> Json:
    """The schema, or null, which counts as not sent."""
    return {"anyOf": [schema, {"type": "null"}]}


ID = {"anyOf": [{"type": "integer", "minimum": 0}, DIGITS]}
TEXT = {"type": "string"}
GUEST = {
    "type": "object",
    "properties": {
        "firstname": optional({"type": "string", "maxLength": 100}),
        "lastname": optional({"type": "string", "maxLength": 100}),
        "email": optional({"anyOf": [{"type": "string", "format": "email"}, {"const": ""}]}),
    },
}
FLAT_LINE = {
    "title": "Line",
    "type": "object",
    "required": ["id", "quantity"],
    "properties": {
        "id": {**ID, "description": "Of the ticket"},
        "quantity": {**ID, "description": f"1 to {MAX_ATTENDEES}"},
        "price": {
            **optional(TAKEN_MONEY),
            "description": "What each gives of a donation; with a reason, instead of the ticket's own",
        },
        "reason": {**optional(TEXT), "description": "Why another price; by organizers, or with approval"},
        "approval": {
            **optional(
                {
                    "type": "object",
                    "required": ["user"],
                    "oneOf": [{"required": ["pin"]}, {"required": ["password"]}],
                    "properties": {
                        "user": ID,
                        "pin": {"type": "string", "pattern": "^[0-9]{6}$"},
                        "password": {"type": "string", "maxLength": 1024},
                    },
                }
            ),
            "description": "An organizer of the event, by id, and that organizer's PIN, or password",
        },
        "attendees": {
            "type": "array",
            "items": GUEST,
            "description": "Who the first of them are; the others stay placeholders",
        },
    },
}
WRAPPED_LINE = {
    "title": "Line, as the Open Event Server's clients send it",
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {
            "type": "object",
            "required": ["attributes"],
            "properties": {"type": {"const": "on-site-ticket"}, "attributes": FLAT_LINE},
        }
    },
}
PAYMENT = {
    "type": "object",
    "required": ["tender", "amount"],
    "properties": {
        "tender": {"enum": [value for value, _label in TENDERS]},
        "amount": TAKEN_MONEY,
        "tendered": {**optional(TAKEN_MONEY), "description": "Cash handed over"},
        "reference": optional({"type": "string", "maxLength": 100}),
    },
}
ADMIT = {
    **optional({"type": "boolean"}),
    "description": "Let the guests in at once, if it is paid; null: as the event has it",
}
PAYMENTS = {"type": "array", "items": PAYMENT, "maxItems": MAX_PAYMENTS}
TERMS: Json = {
    "payment-mode": optional({"enum": Order.PaymentMode.values}),
    "amount": {
        **optional(TAKEN_MONEY),
        "description": "What the client believes it costs; must be right",
    },
    "order-notes": optional(TEXT),
    **{name.replace("_", "-"): optional(TEXT) for name in Order.BILLING},
}
ONSITE_ATTRIBUTES: Json = {
    "on-site-tickets": {
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_LINES,
        "items": {"anyOf": [FLAT_LINE, WRAPPED_LINE]},
    },
    "status": optional({"enum": ["pending", "completed"]}),
    "payments": optional(PAYMENTS),
    "card-amount": {
        **optional(TAKEN_MONEY),
        "description": "What the guest was sent to the terminal with, if not with all of it",
    },
    "awaits-card": {
        **optional({"type": "boolean"}),
        "description": "Pending, because the guest is at the card terminal; held for 30 minutes",
    },
    "admit": ADMIT,
    **TERMS,
}


def _document(
    title: str, attributes: Json, required: list[str], relationships: Json, optional_ones: Json | None = None
) -> Json:
    linkages = {**relationships, **(optional_ones or {})}
    data = {
        "type": "object",
        "required": ["type", "relationships", *(["attributes"] if required else [])],
        "properties": {
            "type": {"const": "order"},
            "attributes": {"type": "object", "properties": attributes, "required": required},
            "relationships": {
                "type": "object",
                "required": list(relationships),
                "properties": {
                    name: {"type": "object", "required": ["data"], "properties": {"data": linkage}}
                    for name, linkage in linkages.items()
                },
            },
        },
    }
    return {"title": title, "type": "object", "required": ["data"], "properties": {"data": data}}


EVENT = identifier_of("event")
TILL = {"till": optional(identifier_of("till"))}
ONSITE_ORDER = _document(
    "Onsite, with ?onsite=true", ONSITE_ATTRIBUTES, ["on-site-tickets"], {"event": EVENT}, TILL
)
CHANGE: Json = {
    "admit": ADMIT,
    "status": {"enum": ["completed", "cancelled"]},
    "payments": {**optional(PAYMENTS), "description": "For `completed`; none: all that is left, in cash"},
    "reason": {**optional(TEXT), "description": "For `cancelled`, of an order that was completed before"},
}
CHANGE_ORDER = _document("Change of an order", CHANGE, ["status"], {}, TILL)
CHANGE_ORDER["properties"]["data"]["required"] = ["type", "id", "attributes"]
CHANGE_ORDER["properties"]["data"]["properties"]["id"] = TEXT

change_order_schema = extend_schema(
    request={JSON_API: OpenApiRequest(CHANGE_ORDER)}, responses={200: OrderSerializer()}
)

ONLINE_ORDER = _document(
    "Online",
    TERMS,
    [],
    {
        "event": EVENT,
        "attendees": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_ONLINE,
            "items": identifier_of("attendee"),
        },
    },
)

create_order_schema = extend_schema(
    request={JSON_API: OpenApiRequest({"anyOf": [ONSITE_ORDER, ONLINE_ORDER]})},
    responses={201: OrderSerializer()},
    parameters=[
        OpenApiParameter("onsite", OpenApiTypes.STR, description="`true` or `1`: sell onsite"),
        OpenApiParameter(
            "Idempotency-Key",
            OpenApiTypes.STR,
            OpenApiParameter.HEADER,
            description="1 to 255 printable ASCII characters; one key, one order",
        ),
        OpenApiParameter("include", OpenApiTypes.STR, description="`attendees,tickets,event`"),
        OpenApiParameter(
            "Location",
            OpenApiTypes.URI,
            OpenApiParameter.HEADER,
            response=[201],
            description="The order, by its identifier",
        ),
    ],
    examples=[
        OpenApiExample(
            "2 Day pass, 1 Child, paid in cash",
            request_only=True,
            media_type=JSON_API,
            value={
                "data": {
                    "type": "order",
                    "attributes": {
                        "status": "completed",
                        "on-site-tickets": [{"id": "1", "quantity": "2"}, {"id": "2", "quantity": "1"}],
                    },
                    "relationships": {"event": {"data": {"type": "event", "id": "demo"}}},
                }
            },
        )
    ],
)
