from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.urls import ResolverMatch, reverse

from accounts import sessions
from accounts.models import User
from base.identifiers import parse_reference
from events.models import Event

API = "/v1/"
TILL = "till"


class RenamedEvents:
    """Leads on from what an event was called before, whoever may see it: a page with 302, and with 308, after
    which the same is sent again, a program and whoever does something. Everybody else keeps the 404, which
    has been made by then, so that no other answer costs anything.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if response.status_code != 404 or match is None or (name := _event_of(match)) is None:
            return response
        reference = parse_reference(match.kwargs[name])
        event = _formerly(request, reference) if isinstance(reference, str) else None
        if event is None:
            return response
        _keep_logged_in(request, match.kwargs[name], event.identifier)
        there = reverse(match.view_name, kwargs={**match.kwargs, name: event.identifier})
        return _lead(request, f"{there}?{query}" if (query := request.META["QUERY_STRING"]) else there)


def _event_of(match: ResolverMatch) -> str | None:
    """By which name the address has an event."""
    if "event" in match.kwargs:
        return "event"
    return "reference" if match.view_name == "event" else None


def _formerly(request: HttpRequest, identifier: str) -> Event | None:
    user: User | AnonymousUser = getattr(request, "user", AnonymousUser())
    return Event.objects.for_user(user).formerly(identifier).first()


def _keep_logged_in(request: HttpRequest, former: str, present: str) -> None:
    """Whom a PIN has let in at this event's till (`shifts.lock`) is in there still."""
    if hasattr(request, "session"):  # the API has none
        sessions.move(request, reverse(TILL, args=[former]), reverse(TILL, args=[present]))


def _lead(request: HttpRequest, there: str) -> HttpResponse:
    if request.method in ("GET", "HEAD") and not request.path.startswith(API):
        return HttpResponseRedirect(there)
    return HttpResponsePermanentRedirect(there, preserve_request=True)
