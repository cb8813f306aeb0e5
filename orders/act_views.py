"""The acts on an order that was sold, each a POST under the order, which is what it answers with."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from events.models import Act, may
from orders import exchanges, partial, refunds, reissue, restoring
from orders.act_forms import (
    ActSerializer,
    CancelAttendeesSerializer,
    ExchangeSerializer,
    RefundSerializer,
    SwapCodeSerializer,
    TransferSerializer,
)
from orders.amending import Ask
from orders.models import Order
from orders.openapi import act_schema
from orders.serializers import AmendedOrderSerializer
from orders.views import OrderViewSet


class OrderActViewSet(OrderViewSet):
    """What can be done to an order by whoever sells at its event; what it takes is the act's own form."""

    http_method_names = ["post", "options"]
    serializer_class = AmendedOrderSerializer
    query_parameters = frozenset()
    # Ids, as in a request to a door; elsewhere these are relationships.
    moved = {name: f"/data/attributes/{name}" for name in ("attendees", "attendee", "ticket", "payment")}
    form: type[Serializer[Any]]
    # Does it, with the fields of the form.
    act: Callable[..., Order]

    def forms(self) -> list[type[Serializer[Any]]]:
        return [self.form]

    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        order = self.get_object()
        if not may(order.role, Act.SELL):
            raise PermissionDenied
        form = self.form().run_validation(request.data)
        reason, approval = form.pop("reason", ""), form.pop("approval", None)
        key = request.headers.get("Idempotency-Key")
        done = type(self).act(order, ask=Ask(self.desk(form), reason, approval, key), **form)
        now = self.get_queryset().get(pk=order.pk)
        now.amended = done.amended
        data = self.get_serializer(now).data
        return Response(data, status=status.HTTP_201_CREATED, headers=self.created("order", now))


class CancelAttendeesViewSet(OrderActViewSet):
    form, act = CancelAttendeesSerializer, partial.cancel_attendees

    @act_schema(CancelAttendeesSerializer, "Cancel some tickets of an order")
    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """They admit nobody and are back on sale; what they cost goes back, or is kept. By organizers, or
        with the approval of one, and with a reason; by a cashier within 60 seconds, out of the drawer that
        sold them.
        """
        return super().create(request, *args, **kwargs)


class RefundViewSet(OrderActViewSet):
    form, act = RefundSerializer, refunds.refund

    @act_schema(RefundSerializer, "Give money back, the tickets stay")
    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Never more than is left of what was paid. By organizers, or with the approval of one, and with a
        reason. Without an `Idempotency-Key`, what is sent twice goes back twice.
        """
        return super().create(request, *args, **kwargs)


class ExchangeViewSet(OrderActViewSet):
    form, act = ExchangeSerializer, exchanges.exchange

    @act_schema(ExchangeSerializer, "Exchange tickets for others")
    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """As many of another kind, at its price, each with a new code; the difference is paid, or goes back:
        that by organizers, or with the approval of one, and with a reason.
        """
        return super().create(request, *args, **kwargs)


class RestoreViewSet(OrderActViewSet):
    form, act = ActSerializer, restoring.restore

    @act_schema(ActSerializer, "Restore an order that has ended")
    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take its tickets again, while there are enough, with the same codes: it is to be paid, or, where
        its money was kept, completed: that by organizers, or with the approval of one, and with a reason.
        """
        return super().create(request, *args, **kwargs)


class SwapCodeViewSet(OrderActViewSet):
    form, act = SwapCodeSerializer, reissue.swap_code

    @act_schema(SwapCodeSerializer, "Give a guest another code for a lost ticket")
    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The old code is dead at every door, without network after the next list."""
        return super().create(request, *args, **kwargs)


class TransferViewSet(OrderActViewSet):
    form, act = TransferSerializer, reissue.transfer

    @act_schema(TransferSerializer, "Pass a ticket on to somebody else")
    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """It gets a new code with the new names; the old code is dead at every door."""
        return super().create(request, *args, **kwargs)
