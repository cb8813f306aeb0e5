"""Discounts by token: read by who sells at the event, changed by its organizers."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, viewsets
from rest_framework.permissions import IsAuthenticated

from accounts.models import User
from base.api.views import Resource
from events.access import OrganizersChange
from events.models import Act, Event
from limits.views import OfEventsWithSeveral, beside
from prices.discounts import delete_discount
from prices.models import Discount
from prices.serializers import DiscountSerializer


class DiscountViewSet(
    OfEventsWithSeveral,
    Resource,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.ReadOnlyModelViewSet[Discount],
):
    """Per cent or an amount off. One that tickets were sold with is not deleted, but taken out of use."""

    needs = Act.READ_SALES
    queryset = Discount.objects.with_used()
    serializer_class = DiscountSerializer
    permission_classes = [IsAuthenticated, OrganizersChange]
    prefetch_for_includes = {"__all__": ["tickets"]}
    select_for_includes = {"__all__": ["event"]}
    ordering_fields = ["id", "name", "ends_at"]
    ordering = ["id"]

    @classmethod
    def of(cls, rows: Any, event: Event, user: User) -> QuerySet[Any]:
        found: QuerySet[Any] = rows.of(event)
        return found

    def rows_beside(self, page: Sequence[Discount]) -> Mapping[int, int]:
        return beside(Discount.tickets.through, "discount_id", page)

    def perform_destroy(self, instance: Discount) -> None:
        delete_discount(instance)
