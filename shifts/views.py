from django.db.models import QuerySet
from rest_framework import viewsets

from base.api.views import Resource
from events.access import event_in_url
from events.models import Act
from shifts.models import Till
from shifts.serializers import TillSerializer


class TillViewSet(Resource, viewsets.ReadOnlyModelViewSet[Till]):
    """The tills of an event, for whoever may sell there."""

    queryset = Till.objects.all()
    serializer_class = TillSerializer
    ordering_fields = ["name"]

    def get_queryset(self) -> QuerySet[Till]:
        return super().get_queryset().filter(event=event_in_url(self, Act.SELL))
