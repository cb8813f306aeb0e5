from collections.abc import Collection
from typing import Any, NamedTuple, cast

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from rest_framework.request import Request

from attendees.models import Attendee, AttendeeQuerySet, typed_code
from attendees.search import among
from base.api.conditions import Relation
from base.api.filters import COMPARED, WHOLE, IdFilter, InstantFilter, ResourceFilter, TruthFilter
from base.api.parameters import BadParameter, filter_parameter
from base.identifiers import parse_reference


class Searched(NamedTuple):
    """Where a list's guests are looked for, and whether the asker reads their addresses masked."""

    events: Collection[int] = ()
    masked: bool = False


# What whoever checks guests in reads of an order.
OF_ORDERS = frozenset({"id", "identifier", "status", "created_at"})


def _view(request: Request) -> Any:
    return request.parser_context["view"]


def _of_orders(request: Request) -> frozenset[str] | None:
    """What a list's asker may ask about its guests' orders; None: all."""
    return OF_ORDERS if getattr(_view(request), "searched", Searched()).masked else None


def _orders(request: Request, model: Any) -> QuerySet[Any]:
    """Those among which to look: a guest's is there for whoever sees the guest."""
    return cast(QuerySet[Any], model.objects.all())


class AttendeeFilter(ResourceFilter):
    relations = {
        "ticket": Relation(
            "tickets.filters.TicketFilter",
            at=lambda rows: Q(ticket__in=rows),
            rows=lambda request, model: model.objects.with_role(request.user),
        ),
        "event": Relation("events.filters.EventFilter", at=lambda rows: Q(ticket__event__in=rows)),
        "order": Relation(
            "orders.filters.OrderFilter", at=lambda rows: Q(order__in=rows), only=_of_orders, rows=_orders
        ),
    }
    unasked = ("name",)

    ticket = IdFilter(field_name="ticket_id")
    order = filters.CharFilter(method="of_order", help_text=_("An id, or the order's code"))
    is_checked_in = TruthFilter(field_name="is_inside")
    on_guest_list = TruthFilter(field_name="order__list_key", lookup_expr="isnull", exclude=True)
    code = filters.CharFilter(method="of_code", help_text=_("The whole code, for who reads it"))
    email = filters.CharFilter(method="of_email", help_text=_("The whole address, for who reads it"))
    # It was made when it was sold; a draft has no such time.
    created_at__gte, created_at__gt, created_at__lte, created_at__lt = (
        InstantFilter(field_name="order__created_at", lookup_expr=lookup) for lookup in COMPARED
    )
    name = filters.CharFilter(
        method="of_name",
        help_text=_(
            "Words of the name, in any order and spelling, or the beginning of the order's code; the whole"
            " code; a whole e-mail address, for who reads it"
        ),
    )

    class Meta:
        model = Attendee
        fields = {**dict.fromkeys(["firstname", "lastname"], WHOLE), "updated_at": COMPARED}

    def of_order(self, guests: AttendeeQuerySet, field: str, text: str) -> AttendeeQuerySet:
        reference = parse_reference(text)
        if reference is None:
            raise BadParameter(filter_parameter(field), _now("This is neither an id nor an order's code."))
        if isinstance(reference, int):
            return guests.filter(order=reference)
        return guests.filter(order__identifier=reference.upper())

    def of_code(self, guests: AttendeeQuerySet, field: str, code: str) -> AttendeeQuerySet:
        return self._unmasked(guests, field).filter(code=typed_code(code))

    def of_email(self, guests: AttendeeQuerySet, field: str, address: str) -> AttendeeQuerySet:
        """Those with an address, which have an index."""
        return self._unmasked(guests, field).exclude(email="").filter(email__iexact=address.strip())

    def _unmasked(self, guests: AttendeeQuerySet, field: str) -> AttendeeQuerySet:
        """Those of whom one reads it, lest it be found out by asking. Raises `BadParameter` where that is
        nobody.
        """
        if self._searched.masked:
            raise BadParameter(filter_parameter(field), _now("Your role at this event does not read this."))
        return guests.unmasked()

    @property
    def _searched(self) -> Searched:
        searched: Searched = getattr(_view(cast(Request, self.request)), "searched", Searched())
        return searched

    def of_name(self, guests: QuerySet[Attendee], field: str, text: str) -> QuerySet[Attendee]:
        """Whom the door finds, too."""
        events, masked = self._searched
        return among(guests, events, text, masked=masked)
