"""Quotas and holds by token: read by who sells at the event, changed by its organizers."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db.models import Count, Model, QuerySet
from rest_framework import mixins, viewsets
from rest_framework.permissions import IsAuthenticated

from accounts.authentication import user_of
from base.api.views import Resource
from events.access import OrganizersChange, event_in_url
from events.models import Act
from limits.holds import delete_hold
from limits.models import Hold, HoldQuerySet, Quota, QuotaQuerySet
from limits.quotas import delete_quota
from limits.serializers import HoldSerializer, QuotaSerializer


class QuotaViewSet(
    Resource,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.ReadOnlyModelViewSet[Quota],
):
    """Limits over several tickets of an event together."""

    queryset = Quota.objects.all()
    serializer_class = QuotaSerializer
    permission_classes = [IsAuthenticated, OrganizersChange]
    prefetch_for_includes = {"__all__": ["tickets"]}
    select_for_includes = {"__all__": ["event"]}
    ordering_fields = ["id", "name", "size"]
    ordering = ["id"]

    def get_queryset(self) -> QuerySet[Quota]:
        quotas: Any = super().get_queryset()
        if "event" in self.kwargs:
            quotas = quotas.filter(event=event_in_url(self, Act.READ_SALES))
        return cast(QuotaQuerySet, quotas).for_user(user_of(self.request))

    def rows_beside(self, page: Sequence[Quota]) -> Mapping[int, int]:
        return beside(Quota.tickets.through, "quota_id", page)

    def perform_destroy(self, instance: Quota) -> None:
        delete_quota(instance)


class HoldViewSet(
    Resource,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.ReadOnlyModelViewSet[Hold],
):
    """So many of a ticket set aside for a purpose. One that was sold from is not deleted."""

    queryset = Hold.objects.all()
    serializer_class = HoldSerializer
    permission_classes = [IsAuthenticated, OrganizersChange]
    prefetch_for_includes = {"__all__": ["members"]}
    select_for_includes = {"__all__": ["event", "ticket__event", "till"]}
    ordering_fields = ["id", "name", "quantity", "ends_at"]
    ordering = ["id"]

    def get_queryset(self) -> QuerySet[Hold]:
        holds: Any = super().get_queryset()
        if "event" in self.kwargs:
            holds = holds.filter(event=event_in_url(self, Act.READ_SALES))
        return cast(HoldQuerySet, holds).for_user(user_of(self.request))

    def rows_beside(self, page: Sequence[Hold]) -> Mapping[int, int]:
        return beside(Hold.members.through, "hold_id", page)

    def perform_destroy(self, instance: Hold) -> None:
        delete_hold(instance)


def beside(through: type[Model], owner: str, page: Sequence[Model]) -> Mapping[int, int]:
    """How many rows a to-many relationship has for each of the page, by id."""
    rows = through._default_manager.filter(**{f"{owner}__in": [row.pk for row in page]}).order_by()
    return dict(rows.values_list(owner).annotate(Count("pk")))
