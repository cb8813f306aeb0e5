from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, QuerySet, prefetch_related_objects
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import status, viewsets
from rest_framework.exceptions import ParseError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts.authentication import user_of
from accounts.models import User
from attendees.filters import Searched
from attendees.models import Attendee
from attendees.views import AttendeeViewSet
from base.api.fields import resolve_reference
from base.api.links import home_in, root_of
from base.api.pagination import Pagination, check_rows
from base.api.rendering import DocumentResponse
from base.api.views import Resource
from base.asking import concerns
from base.errors import DomainError, NotFound, Problem
from base.identifiers import parse_reference
from base.sql.kept import kept
from events.access import require
from events.lists import OfEvents
from events.models import Act, Event, may
from orders.details import DETAILS, sends_all, tell, told_anew
from orders.document import AtHand, order_resource
from orders.filters import OrderFilter, PaymentFilter
from orders.idempotency import give_up
from orders.lifecycle import cancel, complete, give_back, withdraw
from orders.models import Order, Payment
from orders.openapi import change_order_schema, create_order_schema, give_up_schema
from orders.reading import find_order, read_orders
from orders.sale import Basket, Sale, Sold
from orders.sales import place_order, sell_onsite
from orders.sent import CHANGE_FORM, GIVE_UP_FORM, ONLINE_FORM, ONSITE_FORM
from orders.serializers import OrderSerializer, PaymentResourceSerializer
from orders.takings import GiveBack
from shifts.desk import Desk
from tickets.models import Ticket

Status = Order.Status


def is_onsite(request: Request) -> bool:
    """Whether the client asks for an onsite sale: `onsite=true` or `onsite=1`, in any case."""
    return request.query_params.get("onsite", "").lower() in ("true", "1")


class OrderViewSet(OfEvents, Resource, viewsets.ReadOnlyModelViewSet[Order]):
    """Orders: one's own, and those of events whose sales one may read."""

    needs = Act.READ_SALES
    queryset = Order.objects.all()
    serializer_class = OrderSerializer
    filterset_class = OrderFilter
    ordering_fields = [
        "id",
        "identifier",
        "channel",
        "status",
        "amount",
        "currency",
        "payment_mode",
        "order_notes",
        *Order.BILLING,
        "cancel_reason",
        "awaits_card",
        "money_kept",
        "money_due",
        "created_at",
        "completed_at",
        "cancelled_at",
        "expires_at",
        "updated_at",
        "event__name",
        "event__starts_at",
    ]
    elsewhere = frozenset({"user", "discount_code", "access_code"})
    moves_money = False  # whether this request is told what it hands out
    query_parameters = frozenset({"onsite"})
    # What a problem's path calls differently than the document does.
    moved = {"lines": "/data/attributes/on-site-tickets"}
    select_for_includes = {"event": ["event"]}

    def get_prefetch_related(self, include: str) -> list["str | Prefetch[Any, Any, Any]"] | None:
        if include != "__all__":
            return None
        attendees = Attendee.objects.prefetch_related(*self._of_attendees())
        payments = Payment.objects.select_related("shift")
        return [Prefetch("payments", payments), Prefetch("attendees", attendees)]

    def _of_attendees(self) -> list["str | Prefetch[Any, Any, Any]"]:
        """What is read with the attendees, who are always read, for the order's relationships."""
        tickets = Ticket.objects.with_role(self.request.user).select_related("event")
        read: list[str | Prefetch[Any, Any, Any]] = [Prefetch("ticket", tickets)]
        return [*read, "check_ins__station"] if self.includes("attendees") else read

    def rows_beside(self, page: Sequence[Order]) -> Mapping[int, int]:
        attendees = Attendee.objects.filter(order__in=[order.pk for order in page]).order_by()
        rows = Count("pk", distinct=True)
        if self.includes("attendees"):
            rows += Count("check_ins")
        return dict(attendees.values_list("order").annotate(rows=rows))

    @classmethod
    def of(cls, rows: Any, event: Event, user: User) -> QuerySet[Any]:
        found: QuerySet[Any] = rows.of(event)
        return found

    @classmethod
    def seen(cls, rows: Any, user: User | AnonymousUser) -> QuerySet[Any]:
        found: QuerySet[Any] = rows.read_by(user)
        return found

    def fits(self, rows: Sequence[Order]) -> bool:
        self.read = read_orders(user_of(self.request), rows, listed=True)
        return sum(read.rows for read in self.read) <= settings.MOST_ROWS

    def told(self, page: Sequence[Order]) -> HttpResponse:
        root = root_of(self.request)
        told = [order_resource(read, home_in(root, "order", read.order)) for read in self.read[: len(page)]]
        paged = cast(Pagination, self.paginator).get_paginated_response(told).data
        return DocumentResponse(paged["results"], links=paged["links"], meta=paged["meta"])

    def forms(self) -> list[type[Serializer[Any]]]:
        if self.action == "create":
            return [type(ONSITE_FORM if is_onsite(self.request) else ONLINE_FORM)]
        return [type(CHANGE_FORM)]

    def retrieve(  # type: ignore[override]  # made by hand
        self, request: Request, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """One order, by its number or its code."""
        if request.query_params or self.parent is not None or "event" in self.kwargs:
            return super().retrieve(request, *args, **kwargs)
        order = _order_in_url(self)
        (found,) = read_orders(user_of(request), [order], listed=False)
        check_rows(found.rows)
        return DocumentResponse(order_resource(found, home_in(root_of(request), "order", order)))

    @create_order_schema
    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sell onsite with `?onsite=true`, else order attendees that were entered before."""
        sold = self._sell_onsite(request) if is_onsite(request) else self._place_order(request)
        headers = self.created("order", sold.order)
        more: dict[str, Any] = {"status": status.HTTP_201_CREATED, "headers": headers}
        if request.query_params.keys() <= self.query_parameters:
            return DocumentResponse(order_resource(sold, headers["Location"]), meta=self.ignored(), **more)
        prefetch_related_objects(sold.attendees, "check_ins__station")
        return Response(self.get_serializer(AtHand(sold)).data, **more)

    @change_order_schema
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Complete an unpaid order, cancel a whole one, or record that what a card paid too late was given
        back. `meta.given-back` of the answer says what is to be handed out, by tender and in `total`. Notes,
        billing and payment mode may be told anew; what is sent back as it was read changes nothing. A buyer
        may cancel an own order that is unpaid, and tell these of it.
        """
        order = self.get_object()
        sent = cast(dict[str, Any], request.data)  # the parser gives nothing else
        served = self.get_serializer(order).data
        told = told_anew(sent, served)
        if not may(order.role, Act.SELL) and told.get("status") not in (None, Status.CANCELLED):
            raise PermissionDenied
        form: dict[str, Any] = {}
        if not sends_all(sent, served) or told.keys() & {"status", "money_due", *DETAILS}:
            form = CHANGE_FORM.run_validation(told)
        details = {name: form.pop(name) for name in DETAILS if name in form}
        if details:
            tell(order, **details)
        self.moves_money = bool(form.keys() & {"status", "money_due"})
        if self.moves_money:
            self._change(order, form)
        return self._answer(order)

    def _answer(self, order: Order) -> Response:
        """The order as it is now."""
        return Response(self.get_serializer(self.get_queryset().get(pk=order.pk)).data)

    def _change(self, order: Order, form: dict[str, Any]) -> None:
        """Do to the order what the form asks for; its buyer may only let go of it."""
        if may(order.role, Act.SELL):
            _change(order, form, self.desk(form))
        elif form.get("status") == Status.CANCELLED:
            withdraw(order, buyer=user_of(self.request), reason=form.get("reason", ""))
        else:
            raise PermissionDenied

    def desk(self, form: dict[str, Any]) -> Desk:
        """Who acts, and where, as `_desk`."""
        return _desk(self.request, form)

    def _sell_onsite(self, request: Request) -> Sold:
        event = _event(request)
        require(event, Act.SELL)
        form = ONSITE_FORM.run_validation(request.data)
        desk, places = self.desk(form), form.pop("places", None)
        with _refusals_at_lines(places):
            sold = sell_onsite(Sale(event, **form), desk=desk, key=_idempotency_key(request))
        for ticket in sold.tickets:
            ticket.role = event.role
        return sold

    def _place_order(self, request: Request) -> Sold:
        event = _event(request)
        buyer = user_of(request)
        terms = ONLINE_FORM.run_validation(request.data)
        basket = Basket(event, _drafts(buyer, terms.pop("attendees")), **terms)
        return place_order(basket, buyer=buyer, key=_idempotency_key(request))


@contextmanager
def _refusals_at_lines(places: Sequence[int] | None) -> Iterator[None]:
    """Make what is refused of a line point to where it was sent, if not where it stands."""
    try:
        yield
    except DomainError as refusal:
        if places is None:
            raise
        raise type(refusal)(*(_at_line(problem, places) for problem in refusal.problems)) from refusal


def _at_line(problem: Problem, places: Sequence[int]) -> Problem:
    match problem.path:
        case ("lines", int(index), *inside):
            return replace(problem, path=("lines", places[index], *inside))
    return problem


def _order_in_url(view: Resource) -> Order:
    """The order that the address names, if the user may see it. Raises `Http404`."""
    found = find_order(user_of(view.request), parse_reference(view.kwargs["reference"]))
    if found is None:
        raise Http404
    concerns(found.event_id)
    return found


def _event(request: Request) -> Event:
    """The event that the document names, if the user may see it."""
    sent = cast(dict[str, Any], request.data)  # the parser gives nothing else
    return resolve_reference(sent.get("event"), Event, request.user, "event")


def _change(order: Order, form: dict[str, Any], desk: Desk) -> None:
    """Do to the order what the form asks for."""
    match form.get("status"):
        case Order.Status.COMPLETED:
            complete(order, desk=desk, payments=form.get("payments", ()), admit=form.get("admit"))
        case Order.Status.CANCELLED:
            money_back = None if form.get("money_kept") else GiveBack(form.get("refund_tender"))
            cancel(order, desk=desk, reason=form.get("reason", ""), money_back=money_back)
        case _:
            give_back(order, desk=desk)


def _desk(request: Request, form: dict[str, Any]) -> Desk:
    """The desk that the form names, and its names taken out of the form."""
    till_id, other_id = form.pop("till_id", None), form.pop("in_name_of", None)
    return Desk(user_of(request), till_id, drawer_required=True, in_name_of=_colleague(request, other_id))


def _colleague(request: Request, user_id: int | None) -> User | None:
    """In whose name it is asked, if not in one's own. Raises `NotFound`."""
    if user_id in (None, user_of(request).pk):
        return None
    colleague = User.objects.filter(pk=user_id, is_active=True).first()
    if colleague is None:
        raise NotFound.of("not-found", _("There is no such thing here."), "in_name_of")
    return colleague


def _drafts(creator: User, ids: list[int]) -> list[Attendee]:
    """The attendees that the buyer has entered, by id; those of others are unknown."""
    found = Attendee.objects.filter(pk__in=ids, creator=creator).select_related("ticket").in_bulk()
    missing = [
        Problem("not-found", _("There is no such attendee."), ("attendees", index))
        for index, pk in enumerate(ids)
        if pk not in found
    ]
    if missing:
        raise NotFound(*missing)
    return [found[pk] for pk in ids]


def _idempotency_key(request: Request) -> str | None:
    return request.headers.get("Idempotency-Key")


class GivenUpViewSet(OrderViewSet):
    """Requests that got no answer and shall never be sold."""

    def forms(self) -> list[type[Serializer[Any]]]:
        return [type(GIVE_UP_FORM)]

    @give_up_schema
    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Give up the request with the `Idempotency-Key`: 204, and it will never be sold; or 200 and the
        order, if it was sold before.
        """
        orders = self.get_queryset()
        form = GIVE_UP_FORM.run_validation(request.data)
        key = _idempotency_key(request)
        if key is None:
            raise ParseError(_("Name the request by its Idempotency-Key."))
        desk = _desk(request, form)
        event = None
        if desk.in_name_of is not None:
            event = _event(request)
            require(event, Act.SELL)
        order = give_up(key=key, desk=desk, event=event)
        if order is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(self.get_serializer(get_object_or_404(orders, pk=order.pk)).data)


class PaymentViewSet(OfEvents, Resource, viewsets.ReadOnlyModelViewSet[Payment]):
    """Payments, in and out, of the events whose sales one reads; of a drawer that is still to be counted,
    for organizers.
    """

    needs = Act.READ_SALES
    queryset = Payment.objects.all()
    serializer_class = PaymentResourceSerializer
    filterset_class = PaymentFilter
    ordering_fields = ["id", "created_at", "amount"]
    is_told_elsewhere = True

    @classmethod
    def of(cls, rows: Any, event: Event, user: User) -> QuerySet[Any]:
        found: QuerySet[Any] = rows.of(event)
        return found


class OrderAttendeesViewSet(AttendeeViewSet):
    """The attendees of one order, for whoever may see the order."""

    http_method_names = ["get", "head", "options"]
    is_told_elsewhere = False  # but by their own column

    @cached_property
    def owner(self) -> Order:
        return _order_in_url(self)

    def get_queryset(self) -> QuerySet[Attendee]:
        attendees = super().get_queryset()
        self.searched = Searched([self.owner.event_id])  # nothing is masked of an order that one sees
        return attendees

    def first_rows(self) -> list[Attendee]:
        return _first_guests(order=self.owner.pk)


@kept
def _first_guests(order: int) -> QuerySet[Any]:
    return OrderAttendeesViewSet.first(Attendee.objects.of_order(order))
