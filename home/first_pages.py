"""The page on which an event is made."""

from zoneinfo import available_timezones

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.authentication import UserRequest
from base.errors import DomainError
from base.identifiers import parse_reference
from base.moments import by_clock
from events.invitation_admin import links
from events.models import Event
from home import first_forms as first
from outbox import mailing


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_event(request: UserRequest) -> HttpResponse:
    """Ask for an event and make it, unless a device asks; then on to its home, by way of the links for who
    helps, if any were asked for. Its times are read in the time zone that is sent along.
    """
    if request.user.is_device:
        raise PermissionDenied
    sent = request.POST.get("timezone", "")
    zone = sent if sent in available_timezones() else settings.TIME_ZONE
    return by_clock(zone, lambda: _answer(request))


def _answer(request: UserRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, first.offered())
    if "more" in request.POST:
        return _page(request, first.offered(request.POST))
    try:
        page = first.create(request.POST, by=request.user, site=mailing.site_of(request))
    except (DomainError, IntegrityError) as error:
        page = first.offered(request.POST)
        page.refusal, status = _told(error)
    else:
        status = 422 if page.is_refused else 200
    if page.is_refused:
        return _sent_before(request) or _page(request, page, status)
    if not page.invited:
        return redirect("event-home", page.form.instance.identifier)
    invited = {"links": links(request, page.invited), "sends_mail": mailing.is_set_up()}
    context = {"event": page.form.instance, **invited}
    return render(request, "home/links.html", context)


def _told(error: Exception) -> tuple[str, int]:
    if isinstance(error, DomainError):
        return str(error), error.status
    return gettext("Another event is called the same in addresses. Open this page anew."), 409


def _sent_before(request: UserRequest) -> HttpResponse | None:
    """On to the event that this very page has made, as where its button was pressed twice,
    or somebody went back to it; that what they changed is not kept is told there.
    """
    identifier = request.POST.get("identifier", "")
    made = Event.objects.filter(creator=request.user)
    if parse_reference(identifier) is None or not made.filter(identifier=identifier).exists():
        return None
    tell_made_already(request)
    return redirect("event-home", identifier)


def tell_made_already(request: UserRequest) -> None:
    """Say on the next page that what was sent again made no second event and changed nothing in the first."""
    messages.info(
        request, gettext("This event was made already. What you changed on that page since is not kept.")
    )


def _page(request: UserRequest, page: first.First, status: int = 200) -> HttpResponse:
    kinds = [(kind, page.rows[kind.name]) for kind in first.KINDS]
    return render(request, "home/new.html", {"page": page, "form": page.form, "kinds": kinds}, status=status)
