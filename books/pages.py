"""The pages of the books: X and Z reports of shifts, and the totals of an event."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.authentication import UserRequest
from base.identifiers import parse_id
from books import reports, spreadsheets
from books.dialects import DIALECTS, dialect_for
from events.access import event_of_page
from events.issuer import issuer_of
from events.models import Act, Event, may
from shifts.models import Shift


def _shift(request: UserRequest, event: Event, pk: str) -> Shift:
    """404 for what the event does not have; 403 unless the user opened or closed it, or organizes."""
    shifts = Shift.objects.select_related("till__event", "cashier", "closed_by")
    shift = get_object_or_404(shifts, till__event=event, pk=parse_id(pk))
    mine = request.user.pk in (shift.cashier_id, shift.closed_by_id)
    if not mine and not may(event.role, Act.MANAGE):
        raise PermissionDenied
    return shift


@never_cache
@login_required
@require_safe
def shift_report(request: UserRequest, event: str, pk: str) -> HttpResponse:
    """X while the shift is open, Z once it is closed. Whoever still has to count sees no money there
    from which the cash in the drawer could be told.
    """
    event = event_of_page(request, event, Act.SELL)
    shift = _shift(request, event, pk)
    report = reports.report(shift)
    blind = shift.is_open and not report.is_counted and not may(event.role, Act.MANAGE)
    context = {
        "event": event,
        "shift": shift,
        "report": report,
        "now": timezone.now(),
        "figures": report.figures,
        "blind": blind,
        "organizer": may(event.role, Act.MANAGE),
        **_tables(request),
    }
    return render(request, "books/report.html", context)


@never_cache
@login_required
@require_safe
def shift_report_csv(request: UserRequest, event: str, pk: str) -> HttpResponse:
    """A Z report as a table; an X report has none."""
    event = event_of_page(request, event, Act.SELL)
    shift = _shift(request, event, pk)
    if shift.is_open:
        raise Http404
    name = f"{event.identifier}-till-{shift.till_id}-z-{shift.number}.csv"
    return _download(request, name, spreadsheets.of_report(reports.report(shift)))


@never_cache
@login_required
@require_safe
def totals(request: UserRequest, event: str) -> HttpResponse:
    """What the event sold and took, by business day; for organizers."""
    event = event_of_page(request, event, Act.MANAGE)
    context = {
        "event": event,
        "totals": reports.totals(event),
        "issuer": issuer_of(event),
        **_tables(request),
    }
    return render(request, "books/totals.html", context)


@never_cache
@login_required
@require_safe
def totals_csv(request: UserRequest, event: str) -> HttpResponse:
    event = event_of_page(request, event, Act.MANAGE)
    rows = spreadsheets.of_totals(reports.totals(event))
    return _download(request, f"{event.identifier}-totals.csv", rows)


def _tables(request: UserRequest) -> dict[str, Any]:
    """In which ways a table can be downloaded, and which suits the reader."""
    return {"dialects": DIALECTS, "dialect": dialect_for(request)}


def _download(request: UserRequest, name: str, rows: list[spreadsheets.Row]) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content = spreadsheets.written(rows, dialect_for(request))
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)
