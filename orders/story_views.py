"""The story of an order by token."""

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.authentication import user_of
from base.api.fields import InstantField, MoneyField
from base.api.links import linked, root_of
from base.api.rendering import DocumentResponse
from base.money import AMOUNT_DIGITS
from events.models import Act, may
from orders.blind import keeps_payments
from orders.models import Order
from orders.story import Happening, story_of
from orders.views import OrderViewSet

NAMES = {"approved_by": "approved-by"}


class HappeningSerializer(serializers.Serializer[Happening]):
    """One thing that happened."""

    at = InstantField()
    what = serializers.CharField(help_text="What it was, for programs")
    text = serializers.CharField(help_text="And for people")
    by = serializers.CharField()
    approved_by = serializers.CharField()
    where = serializers.CharField(help_text="At which till or station")
    why = serializers.CharField()
    guest = serializers.CharField()
    amount = MoneyField(
        max_digits=AMOUNT_DIGITS,
        allow_null=True,
        help_text="Money, below zero what went back; null where there is none or it is not told",
    )

    def to_representation(self, instance: Happening) -> dict[str, Any]:
        return {NAMES.get(name, name): value for name, value in super().to_representation(instance).items()}


class StorySerializer(serializers.Serializer[Any]):
    """What happened to an order and its guests, the first thing first."""

    happenings = HappeningSerializer(many=True)

    class Meta:
        resource_name = "story"


class StoryViewSet(OrderViewSet):
    """The story of an order, for whoever reads the sales of its event."""

    http_method_names = ["get", "head", "options"]
    query_parameters = frozenset({"page[size]"})
    filter_backends: list[Any] = []
    serializer_class: Any = StorySerializer

    def get_prefetch_related(self, include: str) -> list[Any]:
        """Nothing: the story looks for itself."""
        return []

    @extend_schema(tags=["Orders"], summary="What happened to an order", responses={200: StorySerializer()})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """Sold, paid, changed, corrected, printed, scanned, given back: when, by whom, where and why."""
        order = self.get_object()
        if not may(order.role, Act.READ_SALES):
            raise PermissionDenied
        order = self._at_hand(order)
        is_blind = keeps_payments(order, user_of(request), order.role, listed=False)
        told = story_of(order, with_sums=not is_blind)
        form = HappeningSerializer()
        resource = {
            "type": "story",
            "id": str(order.pk),
            "attributes": {"happenings": [form.to_representation(one) for one in told]},
        }
        return DocumentResponse(linked(resource, f"{root_of(request)}orders/{order.identifier}/story"))

    def _at_hand(self, order: Order) -> Order:
        orders = Order.objects.with_role(user_of(self.request)).select_related(
            "event", "seller", "buyer", "cancelled_by", "shift__till"
        )
        return orders.prefetch_related("payments__shift").get(pk=order.pk)
