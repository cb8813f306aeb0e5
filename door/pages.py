"""The door page: guests are let in and out with a scanner, a camera or by name."""

import json
from datetime import datetime, timedelta
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import conditional_page, require_safe

from accounts.authentication import PageAuthentication, UserRequest, for_its_script
from accounts.models import User
from attendees.models import Attendee
from attendees.search import MOST, find_guests
from attendees.standing import standing_of
from base.api.rendering import DocumentResponse
from door import phones
from door.kept_files import DECODER, WORKER, content_of, kept_files
from door.models import Station
from door.offline_list import offline_list
from door.timely import first_moment, last_moment
from door.views import CheckInViewSet, OccupancyViewSet, OrderCheckInsViewSet, UndoViewSet
from events.access import event_of_page
from events.approvals import possible_approvers
from events.at_hand import remember
from events.days import begins_at, business_day
from events.models import Act, Event, may
from tickets.models import Ticket

Json = dict[str, Any]
DAYS_KNOWN = 14


class DoorCheckInViewSet(CheckInViewSet):
    """Scans by the door's script, which has the log-in of its page and no token; so below."""

    authentication_classes = [PageAuthentication]
    schema = None


class DoorGroupViewSet(OrderCheckInsViewSet):
    authentication_classes = [PageAuthentication]
    schema = None


class DoorUndoViewSet(UndoViewSet):
    authentication_classes = [PageAuthentication]
    schema = None


class DoorOccupancyViewSet(OccupancyViewSet):
    authentication_classes = [PageAuthentication]
    schema = None

    def told(self, event: Event) -> DocumentResponse:
        answer = super().told(event)
        phones.hear(self.request._request, answer, event)
        return answer


# The camera's decoder is WebAssembly.
@csp_update({"script-src": [SELF, "'wasm-unsafe-eval'"]})  # type: ignore[arg-type]  # knows no arguments
@never_cache
@ensure_csrf_cookie
@require_safe
@login_required
def door(request: UserRequest, event: str) -> HttpResponse:
    """The door's screen; everything else is its script's."""
    event = event_of_page(request, event, Act.CHECK_IN)
    remember(request, event)
    return render(request, "door/door.html", {"event": event, "data": _page(event, request)})


def _page(event: Event, request: UserRequest) -> Json:
    base = reverse("door", args=[event.identifier])
    return {
        "event": {
            "id": event.pk,
            "identifier": event.identifier,
            "name": str(event),
            "reentry": event.reentry,
            "dayEndsAt": f"{event.day_ends_at:%H:%M}",
            "timezone": event.timezone,
            "days": [begin.isoformat() for begin in coming_days(event, timezone.now())],
        },
        "person": _person(request.user, event),
        "stations": [_station(station) for station in event.stations.prefetch_related("tickets")],
        "tickets": {ticket.pk: ticket_data(ticket, event) for ticket in event.tickets.order_by("pk")},
        "approvers": [{"id": pk, "name": name} for pk, name in possible_approvers(event)],
        "urls": {
            "base": base,
            "api": f"{base}api/",
            "occupancy": f"{base}api/occupancy",
            "search": f"{base}search/",
            "list": f"{base}list/",
            "unpaid": reverse("till-done", args=[event.identifier, "ORDER"]),
            "worker": reverse("door-worker"),
            "decoder": {what: static(name) for what, name in DECODER.items()},
            "logIn": reverse("pair") if request.user.is_device else f"{reverse('admin:login')}?next={base}",
        },
    }


def _person(user: User, event: Event) -> Json:
    return {
        "id": user.pk,
        "name": str(user),
        "role": event.role,
        "isDevice": user.is_device,
        "maySell": may(event.role, Act.SELL),
    }


def _station(station: Station) -> Json:
    return {
        "id": station.pk,
        "name": station.name,
        "direction": station.direction,
        "tickets": [ticket.pk for ticket in station.tickets.all()],
    }


def coming_days(event: Event, at: datetime) -> list[datetime]:
    """When the business days around `at` begin: a tablet may be without the network as long."""
    today = business_day(event, at)
    return [begins_at(event, today + timedelta(days=n)) for n in range(-DAYS_KNOWN, DAYS_KNOWN + 1)]


def ticket_data(ticket: Ticket, event: Event) -> Json:
    first, last = first_moment(ticket, event), last_moment(ticket, event)
    return {
        "name": ticket.name,
        "note": ticket.door_note,
        "admits": ticket.admits,
        "from": first and first.isoformat(),
        "until": last and last.isoformat(),
    }


@conditional_page
@require_safe
@cache_control(private=True, no_cache=True)
@for_its_script
def guests(request: UserRequest, event: str) -> HttpResponse:
    """The list that the tablet keeps to decide by itself."""
    event = event_of_page(request, event, Act.CHECK_IN)
    return HttpResponse(offline_list(event), content_type="text/plain; charset=ascii")


@never_cache
@require_safe
@for_its_script
def search(request: UserRequest, event: str) -> HttpResponse:
    """Guests by words of a name, or the beginning of an order's code; for who reads addresses, which are
    shown masked here, by a whole one.
    """
    event = event_of_page(request, event, Act.CHECK_IN)
    text = request.GET.get("q", "").strip()[:MOST]
    guests = find_guests(event, text, masked=not may(event.role, Act.READ_SALES))
    return JsonResponse({"guests": [_found(guest) for guest in guests]})


def _found(guest: Attendee) -> Json:
    order: Any = guest.order  # whoever is found has one
    return {
        "id": guest.pk,
        "name": guest.full_name,
        "email": guest.masked_email,
        "ticket": guest.ticket.name,
        "order": order.identifier,
        "standing": standing_of(order.status, cancelled=not guest.is_live),
        "inside": guest.is_inside,
    }


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, served from where it may serve all of the door. It is another one whenever a file
    that it keeps is.
    """
    script = f"self.kept = {json.dumps(kept_files())};\n{content_of(WORKER).decode()}"
    answer = HttpResponse(script, content_type="text/javascript")
    answer["Cache-Control"] = "no-cache"
    answer["Service-Worker-Allowed"] = reverse("door-worker").rpartition("/")[0] + "/"
    return answer
