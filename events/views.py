from typing import cast

from django.db.models import QuerySet
from rest_framework import mixins, viewsets

from base.api.views import Resource
from events.access import OrganizersChange
from events.filters import EventFilter
from events.models import Event, EventQuerySet
from events.serializers import EventSerializer


class EventViewSet(
    Resource,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.ReadOnlyModelViewSet[Event],
):
    """Events: published ones for everybody, drafts for their members. There is no DELETE: what was
    sold stays on the books.
    """

    queryset = Event.objects.all()
    serializer_class = EventSerializer
    filterset_class = EventFilter
    ordering_fields = ["name", "starts_at", "ends_at"]
    permission_classes = [OrganizersChange]

    def get_queryset(self) -> QuerySet[Event]:
        return cast(EventQuerySet, super().get_queryset()).for_user(self.request.user)
