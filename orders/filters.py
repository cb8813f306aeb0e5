from typing import cast

from django_filters import rest_framework as filters
from rest_framework.request import Request

from accounts.authentication import user_of
from base.api.filters import IdFilter
from orders.models import Order, OrderQuerySet


class OrderFilter(filters.FilterSet):
    event = IdFilter(field_name="event_id")

    idempotency_key = filters.CharFilter(
        method="made_with", label="The key with which one has made it oneself", max_length=255
    )

    class Meta:
        model = Order
        fields = ["identifier", "status", "channel", "payment_mode", "event"]

    def made_with(self, orders: OrderQuerySet, name: str, key: str) -> OrderQuerySet:
        """What became of a request that was never answered."""
        return orders.made_with(user_of(cast(Request, self.request)), key)
