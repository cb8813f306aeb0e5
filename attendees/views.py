from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, QuerySet
from rest_framework import mixins, viewsets
from rest_framework.serializers import BaseSerializer

from accounts.authentication import user_of
from attendees.drafts import drop_draft
from attendees.filters import AttendeeFilter, Searched
from attendees.models import Attendee, AttendeeQuerySet
from attendees.serializers import AttendeeSerializer, DraftSerializer
from base.api.views import Resource
from events.access import event_in_url
from events.models import Act, may
from tickets.models import Ticket


class AttendeeViewSet(
    Resource, mixins.CreateModelMixin, mixins.DestroyModelMixin, viewsets.ReadOnlyModelViewSet[Attendee]
):
    """Attendees: of an event, of an order, or one; and drafts of them, to be ordered online or dropped."""

    queryset = Attendee.objects.all()
    serializer_class = AttendeeSerializer
    filterset_class = AttendeeFilter
    ordering_fields = ["firstname", "lastname", "id"]
    searched = Searched()

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return DraftSerializer if self.request.method == "POST" else AttendeeSerializer

    def rows_beside(self, page: Sequence[Attendee]) -> Mapping[int, int]:
        rows = Attendee.objects.filter(pk__in=[attendee.pk for attendee in page]).order_by()
        return dict(rows.values_list("pk").annotate(rows=Count("check_ins")))

    def get_queryset(self) -> QuerySet[Attendee]:
        attendees = cast(AttendeeQuerySet, super().get_queryset()).for_user(user_of(self.request))
        if "event" in self.kwargs:
            event = event_in_url(self, Act.READ_GUESTS)
            self.searched = Searched([event.pk], masked=not may(event.role, Act.READ_SALES))
            attendees = attendees.filter(ticket__event=event, order__isnull=False)
        if self.request.query_params.get("include"):  # of the ticket, and perhaps of its event
            tickets = Ticket.objects.with_role(self.request.user).select_related("event")
            attendees = attendees.prefetch_related(Prefetch("ticket", tickets))
        return attendees.prefetch_related("check_ins__station")

    def perform_destroy(self, instance: Attendee) -> None:
        """Only what one has entered oneself, until it is ordered."""
        creator = user_of(self.request)
        if instance.creator_id != creator.pk:
            raise PermissionDenied
        drop_draft(instance, creator=creator)
