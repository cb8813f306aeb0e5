"""The pages of the books: X and Z reports of shifts, and the totals of an event."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.authentication import UserRequest
from base import languages
from base.identifiers import parse_id
from books import downloads, reports
from books.dialects import DIALECTS, dialect_for
from events.access import event_of_page
from events.issuer import issuer_of
from events.models import Act, Event, may
from shifts.models import Shift

PAGE = 100


def _shift(request: UserRequest, event: Event, pk: str) -> Shift:
    """404 for what the event does not have; 403 unless the user opened or closed it, or organizes."""
    shifts = Shift.objects.select_related("till__event", "cashier", "closed_by", "seal")
    shift = get_object_or_404(shifts, till__event=event, pk=parse_id(pk))
    if not shift.is_accounted_for_by(request.user) and not may(event.role, Act.MANAGE):
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
    blind = reports.is_blind(report, event.role)
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
    return languages.answered_in(report.language, lambda: render(request, "books/report.html", context))


@never_cache
@login_required
@require_safe
def shift_report_csv(request: UserRequest, event: str, pk: str) -> HttpResponse:
    """A Z report as a table; an X report has none."""
    event = event_of_page(request, event, Act.SELL)
    shift = _shift(request, event, pk)
    if shift.is_open:
        raise Http404
    return downloads.of_report(request, event, shift)


@never_cache
@login_required
@require_safe
def shifts(request: UserRequest, event: str) -> HttpResponse:
    """All shifts of the event, the open ones first, the others as they were signed; for organizers."""
    event = event_of_page(request, event, Act.MANAGE)
    rows = Shift.objects.filter(till__event=event).select_related("till__event", "cashier", "closed_report")
    rows = rows.prefetch_related("counts").order_by(F("closed_at").desc(nulls_first=True), "-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    listed = [(shift, None if shift.is_open else reports.report(shift)) for shift in page]
    return render(request, "books/shifts.html", {"event": event, "page": page, "listed": listed})


@never_cache
@login_required
@require_safe
def totals(request: UserRequest, event: str) -> HttpResponse:
    """What the event sold and took, by business day; for organizers."""
    event = event_of_page(request, event, Act.MANAGE)
    totals = reports.totals(event)
    context = {
        "event": event,
        "totals": totals,
        "most": max((line.quantity for line in totals.whole.by_ticket), default=0),
        "issuer": issuer_of(event),
        **_tables(request),
    }
    return render(request, "books/totals.html", context)


@never_cache
@login_required
@require_safe
def totals_csv(request: UserRequest, event: str) -> HttpResponse:
    event = event_of_page(request, event, Act.MANAGE)
    return downloads.of_totals(request, event)


def _tables(request: UserRequest) -> dict[str, Any]:
    """In which ways a table can be downloaded, and which suits the reader."""
    return {"dialects": DIALECTS, "dialect": dialect_for(request)}
