from typing import Any, cast

from django.db.models import Prefetch, QuerySet
from rest_framework import mixins, viewsets
from rest_framework.serializers import BaseSerializer

from accounts.authentication import user_of
from attendees.filters import AttendeeFilter
from attendees.models import Attendee, AttendeeQuerySet
from attendees.serializers import AttendeeSerializer, DraftSerializer
from base.api.views import Resource
from events.access import event_in_url
from events.models import Act
from tickets.models import Ticket, TicketQuerySet


class AttendeeViewSet(Resource, mixins.CreateModelMixin, viewsets.ReadOnlyModelViewSet[Attendee]):
    """Attendees: of an event, of an order, or one; and drafts of them, to be ordered online."""

    queryset = Attendee.objects.all()
    serializer_class = AttendeeSerializer
    filterset_class = AttendeeFilter
    ordering_fields = ["firstname", "lastname", "id"]

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return DraftSerializer if self.request.method == "POST" else AttendeeSerializer

    def get_prefetch_related(self, include: str) -> list["Prefetch[str, TicketQuerySet, str]"] | None:
        if include != "ticket":
            return None
        return [Prefetch("ticket", Ticket.objects.with_role(self.request.user))]

    def get_queryset(self) -> QuerySet[Attendee]:
        attendees = cast(AttendeeQuerySet, super().get_queryset()).for_user(user_of(self.request))
        if "event" in self.kwargs:
            event = event_in_url(self, Act.READ_GUESTS)
            attendees = attendees.filter(ticket__event=event, order__isnull=False)
        return attendees.prefetch_related("check_ins__station")
