from collections.abc import Callable
from functools import cache
from typing import Any, cast

from django.db.models import QuerySet
from rest_framework import mixins, viewsets

from base.api.first_pages import ROWS, FirstPages, total
from base.api.views import Resource
from base.sql.kept import kept
from events.access import OrganizersChange, event_in_url
from events.models import Event
from tickets import stock
from tickets.filters import TicketFilter
from tickets.models import Ticket, TicketQuerySet
from tickets.serializers import TicketSerializer


class TicketViewSet(
    FirstPages,
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

    def get_queryset(self) -> QuerySet[Ticket]:
        tickets = cast(TicketQuerySet, super().get_queryset())
        if "event" in self.kwargs:
            return tickets.of(event_in_url(self))
        return tickets.for_user(self.request.user)

    def first_rows(self) -> list[Any] | None:
        if "event" not in self.kwargs:
            return None
        event = event_in_url(self)
        return _first_rows(event.role)(event=event.pk)

    def perform_destroy(self, instance: Ticket) -> None:
        stock.delete_ticket(instance)


@cache
def _first_rows(role: str | None) -> Callable[..., list[Ticket]]:
    """The first of an event's tickets, for whoever has that role there."""

    @kept
    def first_tickets(event: int) -> TicketQuerySet:
        tickets = Ticket.objects.of(Event.known(event, role))
        return tickets.annotate(total=total(tickets)).order_by("position", "pk")[:ROWS]

    return first_tickets
