from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from rest_framework import status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from attendees.models import Attendee
from attendees.views import AttendeeViewSet
from events.access import event_in_url, require
from events.models import Act
from onsite_project.api.views import Resource
from onsite_project.identifiers import parse_reference
from orders.filters import OrderFilter
from orders.models import Order
from orders.openapi import create_order_schema
from orders.sales import place_order, sell_onsite
from orders.serializers import (
    OnlineOrderSerializer,
    OnsiteOrderSerializer,
    OrderSerializer,
    referred_event,
)
from tickets.models import Ticket


def is_onsite(request: Request) -> bool:
    """Whether the client asks for an onsite sale: `onsite=true` or `onsite=1`, in any case."""
    return request.query_params.get("onsite", "").lower() in ("true", "1")


class OrderViewSet(Resource, viewsets.ReadOnlyModelViewSet):
    """Orders: one's own, and those of events whose sales one may read."""

    queryset = Order.objects.all()
    serializer_class = OrderSerializer
    filterset_class = OrderFilter
    ordering_fields = ["created_at", "completed_at", "amount", "identifier"]
    query_parameters = frozenset({"onsite"})
    # What a problem's path calls differently than the document does.
    moved = {"lines": "/data/attributes/on-site-tickets"}
    select_for_includes = {"event": ["event"]}

    def get_prefetch_related(self, include: str) -> list | None:
        if include != "__all__":
            return None
        tickets = Prefetch("ticket", Ticket.objects.with_role(self.request.user))
        return ["payments", Prefetch("attendees", Attendee.objects.prefetch_related(tickets))]

    def get_queryset(self) -> QuerySet[Order]:
        orders = super().get_queryset().for_user(self.request.user)
        if "event" in self.kwargs:
            orders = orders.filter(event=event_in_url(self, Act.READ_SALES))
        return orders

    @create_order_schema
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Sell onsite with `?onsite=true`, else order attendees that were entered before."""
        order = self._sell_onsite(request) if is_onsite(request) else self._place_order(request)
        location = reverse("order", args=[order.identifier], request=request)
        return Response(
            self.get_serializer(order).data, status=status.HTTP_201_CREATED, headers={"Location": location}
        )

    def _sell_onsite(self, request: Request) -> Order:
        event = referred_event(request.data, self.get_serializer_context())
        require(event, Act.SELL)
        form = OnsiteOrderSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        order = sell_onsite(
            event=event, seller=request.user, idempotency_key=_idempotency_key(request), **form.validated_data
        )
        for ticket in order.tickets:
            ticket.role = event.role
        return order

    def _place_order(self, request: Request) -> Order:
        context = self.get_serializer_context()
        event = referred_event(request.data, context)
        form = OnlineOrderSerializer(data=request.data, context=context)
        form.is_valid(raise_exception=True)
        return place_order(
            event=event, buyer=request.user, idempotency_key=_idempotency_key(request), **form.validated_data
        )


def _idempotency_key(request: Request) -> str | None:
    return request.headers.get("Idempotency-Key")


class OrderAttendeesViewSet(AttendeeViewSet):
    """The attendees of one order, for whoever may see the order."""

    http_method_names = ["get", "head", "options"]

    def get_queryset(self) -> QuerySet[Attendee]:
        reference = parse_reference(self.kwargs["order"])
        orders = Order.objects.for_user(self.request.user)
        order = orders.by_reference(reference).first() if reference is not None else None
        if order is None:
            raise Http404
        return super().get_queryset().filter(order=order)
