from django_filters import rest_framework as filters

from orders.models import Order, OrderQuerySet


class OrderFilter(filters.FilterSet):
    # By number, so that an unknown one answers like one that may not be seen.
    event = filters.NumberFilter(field_name="event_id", max_value=10**18 - 1)

    idempotency_key = filters.CharFilter(
        method="made_with", label="The key with which one has made it oneself", max_length=255
    )

    class Meta:
        model = Order
        fields = ["identifier", "status", "channel", "payment_mode", "event"]

    def made_with(self, orders: OrderQuerySet, name: str, key: str) -> OrderQuerySet:
        """What became of a request that was never answered."""
        return orders.made_with(self.request.user, key)
