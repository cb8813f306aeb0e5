from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request

from accounts.authentication import PageAuthentication, user_of
from base.api.rendering import DocumentResponse
from base.api.schema import PDF
from base.api.views import Resource
from base.errors import Conflict
from events.access import event_in_url
from events.models import Act, Event, may
from orders.lifecycle import free_overdue
from orders.views import GivenUpViewSet, OrderViewSet
from prices.claims import is_used_up, look
from prices.models import LONGEST_TYPED, Discount
from prices.tries import tries
from shifts.desk import Desk
from till.data import told_discount
from till.pages import till_order
from till.paper import pdf_of


class TillOrderViewSet(OrderViewSet):
    """The orders of one event for the till's script, which has the log-in of its page and no token."""

    authentication_classes = [PageAuthentication]
    schema = None

    def desk(self, form: dict[str, Any]) -> Desk:
        return replace(super().desk(form), at_screen=True)


class TillGivenUpViewSet(GivenUpViewSet):
    """Sales that the till's script has asked for, and gives up."""

    authentication_classes = [PageAuthentication]
    schema = None


class CodeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=LONGEST_TYPED)

    class Meta:
        resource_name = "discount"


def _look(event: Event, code: str, at: datetime) -> Discount:
    """As `look`; what unpaid orders keep beyond their time is freed first, as for a sale."""
    try:
        return look(event, code, at)
    except Conflict as refusal:
        if not is_used_up(refusal):
            raise
    free_overdue(event, at)
    return look(event, code, at)


class TillDiscountViewSet(Resource, viewsets.GenericViewSet[Discount]):
    """What the code takes off that a guest shows, for the till's script."""

    queryset = Discount.objects.none()
    serializer_class = CodeSerializer
    authentication_classes = [PageAuthentication]
    schema = None

    def create(self, request: Request, *args: Any, **kwargs: Any) -> DocumentResponse:
        """It is posted, so that no log of addresses has the code."""
        event = event_in_url(self, Act.SELL)
        form = CodeSerializer().run_validation(request.data)
        with tries(user_of(request), event, [form["code"]]):
            discount = _look(event, form["code"], timezone.now())
        resource = {"type": "discount", "id": str(discount.pk), "attributes": told_discount(discount)}
        return DocumentResponse(resource)


class OrderPdfViewSet(OrderViewSet):
    """What a guest takes along, for whoever sells at the event."""

    http_method_names = ["get", "head", "options"]
    query_parameters = frozenset({"copy", "first"})
    filter_backends: list[Any] = []

    @extend_schema(summary="The paper of an order, as PDF", responses={(200, PDF): bytes})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """Receipt and tickets as one PDF: the original when it is asked for the first time, then a copy that
        says so. `?copy=1` for a copy in any case; `?first=`, when the original was printed, for another one
        in its place within a minute.
        """
        order = self.get_object()
        if not may(order.role, Act.SELL):
            raise PermissionDenied
        return pdf_of(request._request, till_order(order.event, order.identifier))
