"""An event's home: what is missing, how it stands, and everything that an organizer sets, in tabs."""

from functools import partial
from typing import Any
from zoneinfo import available_timezones

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.authentication import UserRequest
from base import qr
from base.moments import by_clock
from events import planning
from events.access import event_of_page
from events.at_hand import remember
from events.models import Act, Event, may, role_at
from home.checklist import BY_NAME, checklist, is_before_doors, tick, untick
from home.figures import figures_of
from home.row_forms import Row, act_on, change_event, table_of
from home.sheet_forms import SECTIONS, Section


@never_cache
@login_required
@require_safe
def home(request: UserRequest, event: str) -> HttpResponse:
    """Where everybody who works at an event begins. Organizers see what is missing until doors open, and how
    the event stands.
    """
    found = event_of_page(request, event, Act.CHECK_IN)
    remember(request, found)
    context: dict[str, Any] = {"sells": may(found.role, Act.SELL), **_frame(found)}
    if context["manages"]:
        points, early = checklist(found), is_before_doors(found, timezone.now())
        missing = [point for point in points if not point.is_done]
        context |= {"points": points, "done": len(points) - len(missing), "next": next(iter(missing), None)}
        context |= {"is_early": early, "figures": figures_of(found)}
    return render(request, "home/home.html", context)


@never_cache
@login_required
@require_POST
def check(request: UserRequest, event: str) -> HttpResponse:
    """Tick a point of the checklist (`tick`), take that back (`untick`), or publish the event (`publish`)."""
    found = event_of_page(request, event, Act.MANAGE)
    if "publish" in request.POST:
        planning.change_event(found, state=Event.State.PUBLISHED)
    elif point := BY_NAME.get(request.POST.get("tick", "")):
        tick(found, point, by=request.user, at=timezone.now())
    elif point := BY_NAME.get(request.POST.get("untick", "")):
        untick(found, point)
    else:
        raise Http404
    return redirect("event-home", found.identifier)


@never_cache
@login_required
@require_safe
def printer(request: UserRequest, event: str) -> HttpResponse:
    """A receipt of nothing, to see whether the printer does what it should."""
    found = event_of_page(request, event, Act.MANAGE)
    here = request.build_absolute_uri(reverse("event-home", args=[found.identifier]))
    code = qr.svg(here, gettext("QR code: %s") % here)
    context = {**_frame(found), "at": timezone.now(), "euro": "1.234,50 €", "qr": code}
    return render(request, "home/printer.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: UserRequest, event: str, section: str) -> HttpResponse:
    """One tab. POST of `sheet`, `row` and `do` does something to one of its rows; of `sheet=event` it changes
    the event.
    """
    found = event_of_page(request, event, Act.MANAGE)
    if section not in SECTIONS:
        raise Http404
    return by_clock(_zone(request, found), partial(_tab, request, found, SECTIONS[section]))


def _zone(request: UserRequest, event: Event) -> str:
    """The one that is sent along: who corrects it means the clock of the place."""
    sent = request.POST.get("timezone", "") if request.POST.get("sheet") == "event" else ""
    return sent if sent in available_timezones() else event.timezone


def _tab(request: UserRequest, event: Event, section: Section) -> HttpResponse:
    if request.method != "POST":
        return _show(request, event, section)
    if request.POST.get("sheet") == "event":
        return _change_event(request, event, section)
    try:
        row = act_on(section, event, request)
    except OverflowError as error:
        raise BadRequest from error  # an id beyond any that SQLite can look up
    if row.status != 200:
        return _show(request, event, section, row)
    if row.shows is not None:
        template, told = row.shows
        return render(request, template, {**_frame(event), "section": section, **told})
    if not may(role_at(event, request.user), Act.MANAGE):
        return redirect("home")  # who has just taken themselves out, say
    return _saved(event, section, row.key)


def _saved(event: Event, section: Section, key: str) -> HttpResponse:
    address = reverse("event-edit", args=[event.identifier, section.name])
    return redirect(f"{address}?saved={key}#{key}")


def _change_event(request: UserRequest, event: Event, section: Section) -> HttpResponse:
    if section.form is None:
        raise Http404
    former = event.identifier
    form = change_event(section.form, event, request.POST)
    if form.errors:
        # What was typed stands in the form, and nowhere else in the page.
        return _show(request, event_of_page(request, former, Act.MANAGE), section, form=form)
    return _saved(event, section, "event")


def _show(
    request: UserRequest, event: Event, section: Section, row: Row | None = None, form: Any = None
) -> HttpResponse:
    context = {
        **_frame(event),
        "section": section,
        "tables": [table_of(sheet, event, row) for sheet in section.sheets],
        "form": form or (section.form(instance=event) if section.form else None),
        "saved": "saved" in request.GET,
    }
    status = row.status if row else 422 if form is not None else 200
    return render(request, "home/edit.html", context, status=status)


def _frame(event: Event) -> dict[str, Any]:
    return {"event": event, "sections": SECTIONS.values(), "manages": may(event.role, Act.MANAGE)}
