"""Quotas and holds by token: read by who sells at the event, changed by its organizers."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Model, QuerySet
from rest_framework import mixins, viewsets
from rest_framework.permissions import IsAuthenticated

from base.api.shapes import lead
from base.api.views import Resource
from base.sql.kept import AtMost, kept
from events.access import OrganizersChange
from events.lists import OfEvents
from events.models import Act
from limits.holds import delete_hold
from limits.models import Hold, Quota
from limits.quotas import delete_quota
from limits.serializers import HoldSerializer, QuotaSerializer


class OfEventsWithSeveral(OfEvents):
    """Of rows with a to-many relationship, which their serializer names (`LimitSerializer`)."""

    def fits(self, rows: Sequence[Any]) -> bool:
        view: Any = self
        name = view.serializer_class.several
        owners, most = [row.pk for row in rows], AtMost(settings.MOST_ROWS)
        others = _several(view.serializer_class)(owners=owners, most=most) if rows else []
        by_owner = defaultdict(list)
        for other in others:
            by_owner[other.owner].append(other)
        for row in rows:
            lead(row, name, by_owner[row.pk])
        return len(rows) + len(others) <= settings.MOST_ROWS


@cache
def _several(serializer: Any) -> Callable[..., list[Any]]:
    """What the relationship leads to from rows, by their ids: each with its `owner`, no more
    of them than one answer holds.
    """
    other: type[Model] = serializer().fields[serializer.several].model
    back = serializer.Meta.model._meta.get_field(serializer.several).related_query_name()

    @kept
    def several(owners: list[int], most: AtMost) -> QuerySet[Any]:
        others = other._default_manager.filter(**{f"{back}__in": owners})
        found: QuerySet[Any] = others.only("pk").annotate(owner=F(back))[:most]
        return found

    return several


class QuotaViewSet(
    OfEventsWithSeveral,
    Resource,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.ReadOnlyModelViewSet[Quota],
):
    """Limits over several tickets of an event together."""

    needs = Act.READ_SALES

    queryset = Quota.objects.all()
    serializer_class = QuotaSerializer
    permission_classes = [IsAuthenticated, OrganizersChange]
    prefetch_for_includes = {"__all__": ["tickets"]}
    select_for_includes = {"__all__": ["event"]}
    ordering_fields = ["id", "name", "size"]
    ordering = ["id"]

    def rows_beside(self, page: Sequence[Quota]) -> Mapping[int, int]:
        return beside(Quota.tickets.through, "quota_id", page)

    def perform_destroy(self, instance: Quota) -> None:
        delete_quota(instance)


class HoldViewSet(
    OfEventsWithSeveral,
    Resource,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.ReadOnlyModelViewSet[Hold],
):
    """So many of a ticket set aside for a purpose. One that was sold from is not deleted."""

    needs = Act.READ_SALES

    queryset = Hold.objects.all()
    serializer_class = HoldSerializer
    permission_classes = [IsAuthenticated, OrganizersChange]
    prefetch_for_includes = {"__all__": ["members"]}
    select_for_includes = {"__all__": ["event", "ticket__event", "till"]}
    ordering_fields = ["id", "name", "quantity", "ends_at"]
    ordering = ["id"]

    def rows_beside(self, page: Sequence[Hold]) -> Mapping[int, int]:
        return beside(Hold.members.through, "hold_id", page)

    def perform_destroy(self, instance: Hold) -> None:
        delete_hold(instance)


def beside(through: type[Model], owner: str, page: Sequence[Model]) -> Mapping[int, int]:
    """How many rows a to-many relationship has for each of the page, by id."""
    rows = through._default_manager.filter(**{f"{owner}__in": [row.pk for row in page]}).order_by()
    return dict(rows.values_list(owner).annotate(Count("pk")))
