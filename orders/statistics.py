"""How many orders and tickets there are of each status, and what they cost, as the Open Event Server's
clients read it.
"""

from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request

from attendees.models import Attendee
from base.api.links import linked, root_of
from base.api.rendering import DocumentResponse
from base.api.views import Resource
from events.access import event_in_url
from events.models import Act
from orders.models import Order

Figures = dict[str, dict[str, int | float]]
STATUSES = {
    "draft": Order.Status.INITIALIZING,
    **{
        status.value: status
        for status in (
            Order.Status.PENDING,
            Order.Status.PLACED,
            Order.Status.COMPLETED,
            Order.Status.CANCELLED,
            Order.Status.EXPIRED,
        )
    },
}


def statistics_of(attendees: Q, orders: Q) -> Figures:
    """Of such orders and such attendees of them: how many, and their prices, by status and in total. What
    the guests of an order cost is what they paid, in the event's currency.
    """
    sold = Attendee.objects.live().filter(attendees, order__isnull=False).order_by()
    rows = {
        status: (guests, price)
        for status, guests, price in sold.values_list("order__status").annotate(
            Count("pk"), Sum("price_paid")
        )
    }
    counted = dict(Order.objects.filter(orders).order_by().values_list("status").annotate(Count("pk")))
    nothing = (0, Decimal(0))
    return {
        "orders": _with_total({name: counted.get(status, 0) for name, status in STATUSES.items()}),
        "tickets": _with_total({name: rows.get(status, nothing)[0] for name, status in STATUSES.items()}),
        # Their clients read numbers, with or without a fraction; ours are strings everywhere else.
        "sales": _with_total(
            {name: float(rows.get(status, nothing)[1]) for name, status in STATUSES.items()}
        ),
    }


def _with_total(sums: dict[str, Any]) -> dict[str, Any]:
    return {**sums, "total": round(sum(sums.values()), 2)}


class OfStatesSerializer(serializers.Serializer[Any]):
    draft = serializers.FloatField()
    pending = serializers.FloatField()
    placed = serializers.FloatField()
    completed = serializers.FloatField()
    cancelled = serializers.FloatField()
    expired = serializers.FloatField()
    total = serializers.FloatField()


class OrderStatisticsSerializer(serializers.Serializer[Any]):
    """By status; prices are numbers here."""

    identifier = serializers.CharField()
    orders = OfStatesSerializer()
    tickets = OfStatesSerializer()
    sales = OfStatesSerializer()

    class Meta:
        resource_name = "order-statistics-event"


class EventStatisticsViewSet(Resource, viewsets.GenericViewSet[Order]):
    """What was ordered of an event, for its organizers."""

    queryset = Order.objects.none()
    serializer_class = OrderStatisticsSerializer
    query_parameters = frozenset({"page[size]"})

    @extend_schema(responses={200: OrderStatisticsSerializer()})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> DocumentResponse:
        """Orders, tickets and sales by status, and in total."""
        event = event_in_url(self, Act.MANAGE)
        figures = statistics_of(Q(order__event=event), Q(event=event))
        told = {"identifier": event.identifier, **figures}
        resource = {"type": "order-statistics-event", "id": str(event.pk), "attributes": told}
        home = f"{root_of(request)}events/{event.identifier}/order-statistics"
        return DocumentResponse(linked(resource, home))
