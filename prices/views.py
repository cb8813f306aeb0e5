"""Discounts by token: read by who sells at the event, changed by its organizers."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db.models import QuerySet
from rest_framework import mixins, viewsets
from rest_framework.permissions import IsAuthenticated

from accounts.authentication import user_of
from base.api.views import Resource
from events.access import OrganizersChange, event_in_url
from events.models import Act
from limits.views import beside
from prices.discounts import delete_discount
from prices.models import Discount, DiscountQuerySet
from prices.serializers import DiscountSerializer


class DiscountViewSet(
    Resource,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.ReadOnlyModelViewSet[Discount],
):
    """Per cent or an amount off. One that tickets were sold with is not deleted, but taken out of use."""

    queryset = Discount.objects.all()
    serializer_class = DiscountSerializer
    permission_classes = [IsAuthenticated, OrganizersChange]
    prefetch_for_includes = {"__all__": ["tickets"]}
    select_for_includes = {"__all__": ["event"]}
    ordering_fields = ["id", "name", "ends_at"]
    ordering = ["id"]

    def get_queryset(self) -> QuerySet[Discount]:
        discounts: Any = super().get_queryset()
        if "event" in self.kwargs:
            discounts = discounts.filter(event=event_in_url(self, Act.READ_SALES))
        return cast(DiscountQuerySet, discounts).for_user(user_of(self.request)).with_used()

    def rows_beside(self, page: Sequence[Discount]) -> Mapping[int, int]:
        return beside(Discount.tickets.through, "discount_id", page)

    def perform_destroy(self, instance: Discount) -> None:
        delete_discount(instance)
