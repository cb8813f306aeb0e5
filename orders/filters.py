from django_filters import rest_framework as filters

from orders.models import Order


class OrderFilter(filters.FilterSet):
    # By number, so that an unknown one answers like one that may not be seen.
    event = filters.NumberFilter(field_name="event_id", max_value=10**18 - 1)

    class Meta:
        model = Order
        fields = ["identifier", "status", "channel", "payment_mode", "event"]
