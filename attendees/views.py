from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.authentication import user_of
from accounts.models import User
from attendees.counting import count_guests, number_of_guests
from attendees.drafts import drop_draft
from attendees.filters import AttendeeFilter, Searched
from attendees.models import Attendee, AttendeeQuerySet
from attendees.serializers import AttendeeSerializer, DraftSerializer
from base.api.cursors import Ordering
from base.api.filters import is_filtered
from base.api.nearest import part
from base.api.parameters import BadParameter
from base.api.rendering import PlainJSONRenderer
from base.api.views import Resource, Rows
from base.sql.above import many_above, model_above
from base.sql.kept import AtMost, kept
from events.lists import OfEvents
from events.models import Act, Event, may
from tickets.models import Ticket

# Of a guest what is no attribute.
OTHERS = ("type", "id", "ticket", "order", "event")


class AttendeeViewSet(
    OfEvents,
    Resource,
    mixins.CreateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.ReadOnlyModelViewSet[Attendee],
):
    """Attendees: of an event, of an order, or one; and drafts of them, to be ordered online or dropped."""

    needs = Act.READ_GUESTS
    queryset = Attendee.objects.all()
    serializer_class = AttendeeSerializer
    filterset_class = AttendeeFilter
    # Neither addresses nor codes: their order would spell them out.
    ordering_fields = [
        "id",
        "firstname",
        "lastname",
        "updated_at",
        "is_inside",
        "ticket__name",
        "ticket__price",
        "ticket__event__name",
        "order__identifier",
        "order__status",
        "order__created_at",
        "order__completed_at",
    ]
    is_told_elsewhere = True
    elsewhere = frozenset({"user"})
    searched = Searched()

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return DraftSerializer if self.request.method == "POST" else AttendeeSerializer

    def rows_beside(self, page: Sequence[Attendee]) -> Mapping[int, int]:
        rows = Attendee.objects.filter(pk__in=[attendee.pk for attendee in page]).order_by()
        return dict(rows.values_list("pk").annotate(rows=Count("check_ins")))

    @classmethod
    def of(cls, rows: Any, event: Event, user: User) -> QuerySet[Any]:
        found: QuerySet[Any] = rows.of(event, user)
        return found

    @classmethod
    def counted(cls, event: Event) -> Combinable:
        return number_of_guests(event)

    def how_many(self, rows: QuerySet[Any]) -> int:
        """Of an event all, if nothing of them is asked for."""
        if self.event is None or is_filtered(self.request):
            return super().how_many(rows)
        return count_guests(self.event)

    def get_queryset(self) -> QuerySet[Attendee]:
        attendees = super().get_queryset()
        if self.event is not None:
            self.searched = Searched([self.event.pk], masked=not may(self.event.role, Act.READ_SALES))
        if self.parent is not None:
            masked = not may(self.owner.role, Act.READ_SALES)
            self.searched = Searched([self.owner.event_id], masked=masked)
        attendees = attendees.prefetch_related("check_ins__station")
        if self.includes("ticket") or self.includes("event"):
            tickets = Ticket.objects.with_role(self.request.user).select_related("event")
            attendees = attendees.prefetch_related(Prefetch("ticket", tickets))
        if self.includes("order"):
            orders: Any = model_above(Attendee, "order")._default_manager
            attendees = attendees.prefetch_related(Prefetch("order", orders.with_role(self.request.user)))
        return attendees

    def filter_queryset(self, queryset: Rows) -> Rows:
        """Sorted by their orders: these are the event's own, which the guests' tickets do not tell."""
        found = super().filter_queryset(queryset)
        by_orders = any(str(name).lstrip("-").startswith("order__") for name in found.query.order_by)
        return found.filter(order__event=self.event) if by_orders and self.event else found

    def fits(self, rows: Sequence[Any]) -> bool:
        return with_scans(rows)

    def perform_destroy(self, instance: Attendee) -> None:
        """Only what one has entered oneself, until it is ordered."""
        creator = user_of(self.request)
        if instance.creator_id != creator.pk:
            raise PermissionDenied
        drop_draft(instance, creator=creator)


def with_scans(guests: Sequence[Attendee]) -> bool:
    """Give each of the guests their scans; whether they all fit on one page."""
    most = AtMost(settings.MOST_ROWS)
    rows = _scans(guests=[guest.pk for guest in guests], most=most) if guests else []
    by_guest = defaultdict(list)
    for scan in rows:
        by_guest[scan.attendee_id].append(scan)
    for guest in guests:
        guest.scans = by_guest[guest.pk]
    return len(guests) + len(rows) <= settings.MOST_ROWS


@kept
def _scans(guests: list[int], most: AtMost) -> QuerySet[Any]:
    """Of some guests, the first one first; as many as one answer cannot hold."""
    scans = many_above(Attendee, "check_ins")._default_manager.select_related("station")
    return scans.filter(attendee__in=guests).order_by("pk")[:most]


class GuestSearchViewSet(AttendeeViewSet):
    """The guests of an event whose first or last name holds `name`, and whose whole address is `email`: in
    plain JSON, as the Open Event Server answers here.
    """

    http_method_names = ["get", "head", "options"]
    renderer_classes = [PlainJSONRenderer]
    query_parameters = frozenset({"name", "email"})

    @extend_schema(
        tags=["Attendees"], summary="Find guests of an event", responses={200: OpenApiTypes.OBJECT}
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Up to as many as one answer holds, the newest first."""
        guests = cast(AttendeeQuerySet, self.get_queryset()).order_by("-pk")
        told = request.query_params
        if name := told.get("name"):
            guests = guests.filter(Q(firstname__icontains=name) | Q(lastname__icontains=name))
        if email := told.get("email"):
            if self.searched.masked:
                raise BadParameter("email", _("Your role at this event does not read this."))
            guests = guests.filter(email__iexact=email.strip())
        rows = part(guests, Ordering.of(guests), 0, settings.MOST_ROWS // 2)
        return Response({"attendees": [self._flat(guest) for guest in rows]})

    def _flat(self, guest: Attendee) -> dict[str, Any]:
        shown = self.get_serializer(guest).data
        plain = {name.replace("_", "-"): value for name, value in shown.items() if name not in OTHERS}
        ids = {"ticket-id": str(guest.ticket_id), "order-id": str(guest.order_id)}
        return {"id": str(guest.pk), **plain, **ids}
