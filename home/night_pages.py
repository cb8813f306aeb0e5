"""The pages of the night afterwards: to be looked at, printed on one A4, and taken along as a table."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.authentication import UserRequest
from base import languages
from base.api.schema import XLSX
from books.dialects import DIALECTS, dialect_for
from events.access import event_of_page
from events.issuer import issuer_of
from events.models import Act, Event
from home import night_tables
from home.night import Night, night


@never_cache
@login_required
@require_safe
def show(request: UserRequest, event: str) -> HttpResponse:
    """A business day of the event: that of `?day=2026-11-28`, else the last that had anything."""
    found = event_of_page(request, event, Act.MANAGE)
    context = {
        "event": found,
        "night": _asked(request, found),
        "issuer": issuer_of(found),
        "dialects": DIALECTS,
        "dialect": dialect_for(request),
    }
    return render(request, "home/night.html", context)


@never_cache
@login_required
@require_safe
def as_csv(request: UserRequest, event: str) -> HttpResponse:
    """The same as a table, as the reader's spreadsheet likes it."""
    found = event_of_page(request, event, Act.MANAGE)
    dialect = dialect_for(request)

    def answer() -> HttpResponse:
        told = _asked(request, found)
        return _file(told, "csv", night_tables.as_csv(told, dialect), "text/csv; charset=utf-8")

    return languages.answered_in(dialect.language, answer)


@never_cache
@login_required
@require_safe
def as_xlsx(request: UserRequest, event: str) -> HttpResponse:
    """The same for Excel."""
    found = event_of_page(request, event, Act.MANAGE)
    told = _asked(request, found)
    return _file(told, "xlsx", night_tables.as_xlsx(told), XLSX)


def _file(night: Night, ending: str, content: bytes, kind: str) -> HttpResponse:
    name = f"{night.event.identifier}-night-{night.day.isoformat()}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


def _asked(request: HttpRequest, event: Event) -> Night:
    """404 for a day that is none, or had nothing."""
    asked = request.GET.get("day")
    try:
        found = night(event, date.fromisoformat(asked) if asked else None, timezone.now())
    except ValueError:
        raise Http404 from None
    if found is None:
        raise Http404
    return found
