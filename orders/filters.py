from typing import Any, cast

from django.db.models import Q
from django_filters import rest_framework as filters
from rest_framework.request import Request

from accounts.authentication import user_of
from attendees.models import Attendee
from base.api.conditions import Relation
from base.api.filters import COMPARED, WHOLE, IdFilter, ResourceFilter
from orders.models import Order, OrderQuerySet, Payment


def _of(**attendees: Any) -> Q:
    """The orders of such attendees."""
    return Q(pk__in=Attendee.objects.filter(order__isnull=False, **attendees).order_by().values("order"))


class OrderFilter(ResourceFilter):
    event = IdFilter(field_name="event_id")

    idempotency_key = filters.CharFilter(
        method="made_with", label="The key with which one has made it oneself", max_length=255
    )

    relations = {
        "event": Relation("events.filters.EventFilter", at=lambda rows: Q(event__in=rows)),
        "attendees": Relation(
            "attendees.filters.AttendeeFilter", at=lambda rows: _of(pk__in=rows.values("pk"))
        ),
        "tickets": Relation("tickets.filters.TicketFilter", at=lambda rows: _of(ticket__in=rows)),
    }

    class Meta:
        model = Order
        fields = {
            **dict.fromkeys(["identifier", "status", "channel", "payment_mode"], WHOLE),
            **dict.fromkeys(["created_at", "updated_at", "completed_at", "cancelled_at"], COMPARED),
        }

    def made_with(self, orders: OrderQuerySet, name: str, key: str) -> OrderQuerySet:
        """What became of a request that was never answered."""
        return orders.made_with(user_of(cast(Request, self.request)), key)


class PaymentFilter(ResourceFilter):
    order = IdFilter(field_name="order_id")
    shift = IdFilter(field_name="shift_id")

    class Meta:
        model = Payment
        fields = {"tender": WHOLE, "created_at": COMPARED}
