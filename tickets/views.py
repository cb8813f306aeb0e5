from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, viewsets

from accounts.models import User
from base.api.views import Resource
from events.access import OrganizersChange
from events.lists import OfEvents
from events.models import Event
from tickets import stock
from tickets.filters import TicketFilter
from tickets.models import Ticket
from tickets.serializers import TicketSerializer


class TicketViewSet(
    OfEvents,
    Resource,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.ReadOnlyModelViewSet[Ticket],
):
    """Tickets: visible ones of published events for everybody, all of an event for its members,
    changed by its organizers.
    """

    queryset = Ticket.objects.all()
    serializer_class = TicketSerializer
    filterset_class = TicketFilter
    # Not by what members alone read.
    ordering_fields = [
        *(name for name in TicketSerializer.Meta.fields if name not in ("event", "sold", "available")),
        "id",
        "event__name",
    ]
    elsewhere = frozenset(
        {"access_codes", "attendees", "discount_codes", "order_statistics", "orders", "tags", "ticket_tags"}
    )
    permission_classes = [OrganizersChange]
    select_for_includes = {"event": ["event"]}

    @classmethod
    def of(cls, rows: Any, event: Event, user: User) -> QuerySet[Any]:
        found: QuerySet[Any] = rows.of(event)
        return found

    def perform_destroy(self, instance: Ticket) -> None:
        stock.delete_ticket(instance)
