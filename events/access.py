"""Permission checks that name the event at which something is to be done."""

from typing import Protocol

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.views import APIView

from base.errors import Forbidden
from base.identifiers import parse_reference
from events.models import Act, Event, may


class Seen(Protocol):
    """What was looked up for somebody, who has a role at its event or is a stranger there."""

    role: str | None


class OrganizersChange(IsAuthenticatedOrReadOnly):
    """Whoever sees an object may read it; organizers of its event may change it.

    The object was loaded with `for_user`, which annotates the role: the check costs no query.
    """

    def has_object_permission(self, request: Request, view: APIView, obj: Seen) -> bool:
        return request.method in SAFE_METHODS or may(obj.role, Act.MANAGE)


def require(event: Seen, act: Act) -> None:
    """Raise `Forbidden` unless the user for whom `event` was loaded (`for_user`) may do `act`."""
    if not may(event.role, act):
        raise Forbidden.of("permission-denied", _("Your role at this event does not allow this."))


def event_in_url(view: APIView, act: Act | None = None) -> Event:
    """The event that a view's URL names by id or identifier; `Http404` if the user may not see it,
    `Forbidden` if the user sees it but may not do `act` there.
    """
    event = Event.objects.at(view.request.user, parse_reference(view.kwargs["event"]))
    if event is None:
        raise Http404
    if act is not None:
        require(event, act)
    return event


def event_of_page(request: HttpRequest, reference: str, act: Act) -> Event:
    """The event that a page's URL names; `Http404` if the user may not see it, `PermissionDenied` if
    the user sees it but may not do `act` there.
    """
    event = Event.objects.at(request.user, parse_reference(reference))
    if event is None:
        raise Http404
    if not may(event.role, act):
        raise PermissionDenied
    return event
