"""The API of the door."""

from typing import Any
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import status, viewsets
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from accounts.authentication import user_of
from accounts.models import User
from attendees.models import Attendee
from base.api.fields import resolve_reference
from base.api.links import linked, root_of
from base.api.rendering import DocumentResponse
from base.api.views import Resource
from base.errors import Conflict, Forbidden, Invalid, NotFound
from base.identifiers import parse_reference
from base.money import display, wire_money
from door import admission
from door.company import company_of
from door.filters import CheckInFilter
from door.lookup import station_named
from door.models import CheckIn, Station
from door.occupancy import occupancy
from door.openapi import check_in_schema, group_schema, occupancy_schema, undo_schema
from door.scan import Scan
from door.scan_forms import (
    GROUP_FORM,
    SCAN_FORM,
    GroupSerializer,
    ScanSerializer,
    SentSerializer,
    check_in_resource,
)
from door.serializers import CheckInSerializer, StationSerializer
from door.undo import undo
from events.access import event_in_url, require
from events.approvals import approvers
from events.lists import OfEvents
from events.models import Act, Event, may, role_at


def _place(user: User, form: dict[str, Any]) -> dict[str, Any]:
    """Where a scan happens: at a station, which says the event, or else just at an event. The station is
    looked up here only if something of it must be known before the guest is.
    """
    station_id, reference = form.pop("station_id", None), form.pop("event", None)
    if station_id is None and reference is None:
        raise Invalid.of("required", _("Name a station, or the event."), "station")
    if reference is None and "direction" in form and not form.get("reason"):
        return {"event": None, "station_id": station_id}
    station = None if station_id is None else station_named(user, station_id)
    if reference is None:
        return {"event": None, "station": station}
    event = resolve_reference(reference, Event, user, "event")
    require(event, Act.CHECK_IN)
    return {"event": event, "station": station}


class Scans(Resource):
    """Whatever is asked of a door, its answer is scans."""

    form: type[Serializer[Any]]

    def forms(self) -> list[type[Serializer[Any]]]:
        return [self.form]

    def _created(self, resource: dict[str, Any]) -> DocumentResponse:
        return self._all_created(resource, resource["links"]["self"])

    def _all_created(self, data: Any, location: str) -> DocumentResponse:
        headers = {"Location": location}
        return DocumentResponse(data, meta=self.ignored(), status=status.HTTP_201_CREATED, headers=headers)


class CheckInViewSet(OfEvents, Scans, viewsets.ReadOnlyModelViewSet[CheckIn]):
    """Scans: one made, those of an event read."""

    needs = Act.CHECK_IN
    queryset = CheckIn.objects.select_related("by")
    serializer_class = CheckInSerializer
    filterset_class = CheckInFilter
    ordering_fields = ["id", "occurred_at", "received_at"]
    form: type[Serializer[Any]] = ScanSerializer

    @check_in_schema
    def create(self, request: Request, *args: Any, **kwargs: Any) -> DocumentResponse:
        """Let a guest in or out, or say why not."""
        form, user = SCAN_FORM.run_validation(request.data), user_of(request)
        place = _place(user, form)
        direction = form.pop("direction", None) or _only_direction(place["station"])
        reason, approval = form.pop("reason", ""), form.pop("approval", None)
        if reason:
            form |= _leave_to_admit(place["event"] or place["station"].event, user, reason, approval)
        seen = Scan(**place, **form)
        act = admission.check_in if direction == CheckIn.Direction.IN else admission.check_out
        check = act(seen, by=user)
        return self._created(_with_what_is_due(check, user, root_of(request)))


def _with_what_is_due(check: CheckIn, user: User, root: str) -> dict[str, Any]:
    """A check-in as it is sent; of an unpaid order with what is left to pay, for whoever may take it."""
    resource = check_in_resource(check, root)
    if check.answer == CheckIn.Answer.UNPAID and check.guest is not None:
        order: Any = check.guest.attendee.order  # whoever was judged has one
        if may(role_at(Event(pk=check.event_id), user), Act.SELL):
            due = order.left_to_pay
            resource["meta"]["due"] = {"amount": wire_money(due), "text": display(due, order.currency)}
    return resource


def _only_direction(station: Station | None) -> str:
    if station is None or station.direction == Station.Direction.BOTH:
        raise Invalid.of("required", _("Say whether in or out."), "direction")
    return station.direction


def _leave_to_admit(event: Event, user: User, reason: str, approval: Any) -> dict[str, Any]:
    """What makes a door admit anyway: an organizer's leave, with a reason."""
    try:
        (approver,) = approvers(event=event, seller=user, approvals=[approval])
    except Forbidden as refusal:
        raise refusal.under(drop=1) from refusal
    return {"admitted": True, "reason": reason, "approved_by": approver}


class UndoViewSet(Scans, viewsets.GenericViewSet[CheckIn]):
    """A scan taken back."""

    form = SentSerializer
    queryset = CheckIn.objects.select_related("by")
    serializer_class = CheckInSerializer

    @undo_schema
    def create(self, request: Request, *args: Any, **kwargs: Any) -> DocumentResponse:
        reference = parse_reference(self.kwargs["check_in"])
        checks = CheckIn.objects.with_role(user_of(request))
        check = checks.filter(pk=reference).first() if isinstance(reference, int) else None
        if check is None or not may(check.role, Act.CHECK_IN):
            raise Http404
        undone = undo(check, by=user_of(request))
        return self._created(check_in_resource(undone, root_of(request)))


class OrderCheckInsViewSet(CheckInViewSet):
    """The scans of an order's guests; a whole group let in with one request."""

    moved = {"attendees": "/data/attributes/attendees", "direction": "/data/relationships/station"}
    form = GroupSerializer

    def get_queryset(self) -> QuerySet[CheckIn]:
        return super().get_queryset().filter(attendee__in=self._guests())

    @group_schema
    def create(self, request: Request, *args: Any, **kwargs: Any) -> DocumentResponse:
        """Let in all guests of an order, or those that are named; each is answered by itself."""
        guests = self._guests()
        form = GROUP_FORM.run_validation(request.data)
        named, at_most = form.pop("attendees", None), form.pop("at_most", None)
        if named == []:
            raise Invalid.of("required", _("Name attendees, or leave them out for all."), "attendees")
        chosen = [guest for guest in guests if (guest.is_live if named is None else guest.pk in named)]
        if named is not None and len(chosen) != len(set(named)):
            raise NotFound.of("not-found", _("The order has no such attendee."), "attendees")
        station_id = form.pop("station_id", None)
        station = station_named(user_of(request), station_id) if station_id is not None else None
        event = guests[0].ticket.event
        like = Scan(
            event=event,
            attendee_id=0,
            station=station,
            nonce=form.pop("nonce", None) or uuid4(),
            **form,
        )
        if station is not None and station.event_id != event.pk:
            raise NotFound.of("not-found", _("There is no such thing here."), "station")
        if at_most is not None:
            chosen = self._answered(like.nonce, chosen) or _coming(chosen, like)[:at_most]
        checks = admission.admit_group(chosen, like, by=user_of(request))
        root = root_of(request)
        made = [check_in_resource(check, root) for check in checks]
        return self._all_created(made, f"{root}orders/{self.kwargs['order']}/check-ins")

    def _answered(self, nonce: UUID, guests: list[Attendee]) -> list[Attendee]:
        """Whom the same request let in before: now others are outside."""
        nonces = [nonce, *(uuid5(nonce, str(guest.pk)) for guest in guests)]
        made = CheckIn.objects.filter(attendee__in=guests, nonce__in=nonces)
        ids = set(made.values_list("attendee", flat=True))
        return [guest for guest in guests if guest.pk in ids]

    def _guests(self) -> list[Attendee]:
        reference = parse_reference(self.kwargs["order"])
        if reference is None:
            raise Http404
        guests = Attendee.objects.for_user(user_of(self.request))
        if isinstance(reference, str):
            guests = guests.filter(order__identifier=reference.upper())
        else:
            guests = guests.filter(order=reference)
        found = list(guests.select_related("ticket__event").order_by("pk"))
        if not found:
            raise Http404
        if not may(found[0].role, Act.CHECK_IN):
            raise PermissionDenied
        return found


def _coming(guests: list[Attendee], like: Scan) -> list[Attendee]:
    """Those who would be let in here and now; raises `Conflict` with why the first may not, if none would."""
    event = guests[0].ticket.event
    company = company_of(guests[0].order_id, event, like.station, timezone.now())
    ids = {guest.pk for guest in guests}
    coming = {guest.attendee.pk for guest in company.coming}
    if not ids & coming:
        staying = (answer for guest, answer in company.staying if guest.attendee.pk in ids)
        reason = next(staying, CheckIn.Answer.CANCELLED)  # whose own ticket was cancelled keeps no company
        raise Conflict.of(str(reason), _("None of them may come in here now."))
    return [guest for guest in guests if guest.pk in coming]


class StationViewSet(OfEvents, Resource, viewsets.ReadOnlyModelViewSet[Station]):
    """The stations of an event."""

    needs = Act.CHECK_IN
    queryset = Station.objects.all()
    serializer_class = StationSerializer
    ordering_fields = ["name"]
    ordering = ["name"]


class OccupancyViewSet(Resource, viewsets.GenericViewSet[CheckIn]):
    """How many people are inside."""

    queryset = CheckIn.objects.none()
    serializer_class = CheckInSerializer

    @occupancy_schema
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> DocumentResponse:
        """Inside now, entered and left, by station and by ticket; the capacity, and whether it is near."""
        return self.told(event_in_url(self, Act.CHECK_IN))

    def told(self, event: Event) -> DocumentResponse:
        resource = {"type": "occupancy", "id": str(event.pk), "attributes": occupancy(event)}
        home = f"{root_of(self.request)}events/{event.identifier}/occupancy"
        return DocumentResponse(linked(resource, home))
