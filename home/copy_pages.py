"""An event copied, rehearsed, and a test deleted, each on a page of its own."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.authentication import UserRequest
from base.errors import Conflict, DomainError
from base.moments import by_clock
from events.access import event_of_page
from events.models import Act, Event
from home.copy_forms import CopyForm, DeleteForm, OnceForm
from home.copying import copy_event, moved_by, rehearse
from home.deleting import delete_test
from home.first_pages import tell_made_already

Make = Callable[[str], Event]  # by what it will be called in addresses
A_YEAR = timedelta(weeks=52)  # on the same day of the week


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: UserRequest, event: str) -> HttpResponse:
    """Make another event of this one."""
    source = event_of_page(request, event, Act.MANAGE)
    return by_clock(source.timezone, partial(_copy, request, source))


def _copy(request: UserRequest, source: Event) -> HttpResponse:
    form = CopyForm(request.POST or None, initial={"name": source.name, "starts_at": _next_year(source)})

    def make(identifier: str) -> Event:
        values = {name: form.cleaned_data[name] for name in ("name", "starts_at")}
        return copy_event(source, by=request.user, identifier=identifier, **values)

    return _made(request, "home/copy.html", source, form, make)


def _next_year(source: Event) -> datetime:
    """When it may start then; as before where no event may."""
    try:
        return moved_by(source, source.starts_at + A_YEAR)(source.starts_at)
    except DomainError:
        return source.starts_at


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rehearsal(request: UserRequest, event: str) -> HttpResponse:
    """Make a test of this event, which starts now."""
    source = event_of_page(request, event, Act.MANAGE)
    form = OnceForm(request.POST or None)

    def make(identifier: str) -> Event:
        return rehearse(source, by=request.user, identifier=identifier)

    return _made(request, "home/rehearse.html", source, form, make)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: UserRequest, event: str) -> HttpResponse:
    """Delete a test, of which there is this page alone."""
    test = event_of_page(request, event, Act.MANAGE)
    if not test.is_test:
        raise Http404
    form = DeleteForm(request.POST or None, event=test)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            delete_test(test, by=request.user)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("%s is deleted, with all that happened at it.") % test)
            return redirect("admin:index")
    context = {"event": test, "form": form, "orders": test.orders.count()}
    return render(request, "home/delete.html", context, status=status)


def _made(request: UserRequest, template: str, source: Event, form: Form, make: Make) -> HttpResponse:
    """On to the event that `make` makes, or the page with what was refused."""
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            return redirect("event-home", _once(request, form.cleaned_data["identifier"], make).identifier)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
    return render(request, template, {"event": source, "form": form}, status=status)


def _once(request: UserRequest, identifier: str, make: Make) -> Event:
    """The event that was made when this was sent before, else one that is made now."""
    made = Event.objects.filter(identifier=identifier, creator=request.user)
    if (event := made.first()) is not None:
        tell_made_already(request)
        return event
    try:
        return make(identifier)
    except IntegrityError:
        if (event := made.first()) is None:
            detail = _("Another event is called the same in addresses. Open this page anew.")
            raise Conflict.of("identifier-taken", detail) from None
        return event
