"""What `POST /v1/orders` and `PATCH /v1/orders/{reference}` take: their forms, and what is beside them."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    Direction,
    OpenApiExample,
    OpenApiParameter,
    extend_schema,
)
from rest_framework.serializers import Serializer

from base.api.schema import JSON_API
from orders.sent import GiveUpSerializer, OnlineOrderSerializer, OnsiteOrderSerializer, OrderChangeSerializer
from orders.serializers import AmendedOrderSerializer, OrderSerializer

F = TypeVar("F", bound=Callable[..., Any])


def component(auto_schema: AutoSchema, name: str, schema: dict[str, Any]) -> dict[str, str]:
    """A reference to a schema that has a name, by which generated clients call it."""
    made = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema, name)
    auto_schema.registry.register_on_missing(made)
    reference: dict[str, str] = made.ref
    return reference


class LineScheme(OpenApiSerializerExtension):
    """Flat, or wrapped as the Open Event Server's clients send it."""

    target_class = "orders.sent.LineSerializer"

    def get_name(self, auto_schema: AutoSchema, direction: Direction) -> str:
        return "AnyLine"

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        flat = auto_schema.resolve_serializer(self.target, direction, bypass_extensions=True).ref
        attributes = {"type": {"const": "on-site-ticket"}, "attributes": flat}
        data = {"type": "object", "required": ["attributes"], "properties": attributes}
        wrapped = {"type": "object", "required": ["data"], "properties": {"data": data}}
        return {"anyOf": [flat, component(auto_schema, "WrappedLine", wrapped)]}


class NewOrder(Serializer[Any]):
    """What `POST /v1/orders` takes: with `?onsite=true` the first, else the second."""

    forms = [OnsiteOrderSerializer, OnlineOrderSerializer]


class NewOrderScheme(OpenApiSerializerExtension):
    """Either form; what is only the other's is ignored."""

    target_class = NewOrder

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        return {"anyOf": [auto_schema.resolve_serializer(form, direction).ref for form in NewOrder.forms]}


change_order_schema = extend_schema(request=OrderChangeSerializer, responses={200: OrderSerializer()})

KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="1 to 255 printable ASCII characters; one key, one order",
)

KEY_OF_ACT = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="1 to 255 printable ASCII characters; one key, one act",
)
LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[201],
    description="The order, by its identifier",
)

give_up_schema = extend_schema(
    summary="Give up a sale whose answer never came",
    request=GiveUpSerializer,
    responses={200: OrderSerializer(), 204: None},
    parameters=[KEY],
)


def act_schema(form: type[Serializer[Any]], summary: str) -> Callable[[F], F]:
    """Of an act on an order: what it takes, and that it answers with the order as it is then."""
    decorate: Callable[[F], F] = extend_schema(
        summary=summary,
        request=form,
        responses={201: AmendedOrderSerializer()},
        parameters=[KEY_OF_ACT, LOCATION],
    )
    return decorate


create_order_schema = extend_schema(
    summary="Sell onsite, or place an order online",
    request=NewOrder,
    responses={201: OrderSerializer()},
    parameters=[
        OpenApiParameter(
            "onsite",
            OpenApiTypes.STR,
            description="`true` or `1`: sell onsite; without it, the order is placed online",
            examples=[OpenApiExample("Sell onsite", value="true")],
        ),
        KEY,
        OpenApiParameter("include", OpenApiTypes.STR, description="`attendees,tickets,event`"),
        LOCATION,
    ],
    examples=[
        OpenApiExample(
            "2 Adult, 1 Child, paid in cash",
            description="Of the demo. Of your event, GET /v1/events/{event}/tickets tells the ids.",
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
