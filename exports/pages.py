"""The page on which organizers take whole tables along."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.authentication import UserRequest
from base.errors import DomainError
from base.identifiers import parse_id
from books.dialects import DIALECTS, dialect_for, dialect_named
from events.access import event_of_page
from events.models import Act, Event
from exports import asking
from exports.catalogue import TABLES
from exports.models import Export
from exports.tables import Table

SHOWN = 50


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: UserRequest, event: str) -> HttpResponseBase:
    """What can be taken along, and what was. POST of `what`, `orders:csv` say, answers with the table, or has
    the worker write a file: of what takes too long to be waited for, and what is for Excel.
    """
    found = event_of_page(request, event, Act.MANAGE)
    if request.method != "POST":
        return _page(request, found)
    key, _colon, format = request.POST.get("what", "").partition(":")
    if key not in TABLES or format not in Export.Format.values:
        raise Http404
    try:
        return _answered(request, found, TABLES[key], format)
    except DomainError as refusal:
        return _page(request, found, refusal)


def _answered(request: UserRequest, event: Event, table: Table, format: str) -> HttpResponseBase:
    dialect = dialect_named(request.POST.get("lang", ""), request)
    asked: dict[str, Any] = {"event": event, "table": table, "dialect": dialect, "by": request.user}
    if format == Export.Format.CSV and asking.is_short(table.count(event)):
        return asking.streamed(**asked)
    asking.ask(**asked, format=format)
    return redirect("exports", event.identifier)


@never_cache
@login_required
@require_safe
def file(request: UserRequest, event: str, pk: str) -> HttpResponseBase:
    found = event_of_page(request, event, Act.MANAGE)
    export = get_object_or_404(Export.objects.select_related("event"), event=found, pk=parse_id(pk))
    try:
        return asking.fetched(export)
    except DomainError as refusal:
        return _page(request, found, refusal)


def _page(request: UserRequest, event: Event, refusal: DomainError | None = None) -> HttpResponse:
    at = timezone.now()
    asked = Export.objects.filter(event=event).select_related("event", "asked_by")
    listed = [(export, TABLES[export.table].name, export.has_file_at(at)) for export in asked[:SHOWN]]
    counted = [(table, table.count(event)) for table in TABLES.values()]
    tables = [(table, rows, asking.is_short(rows)) for table, rows in counted]
    context = {
        "event": event,
        "tables": tables,
        "listed": listed,
        "waits": any(export.is_unfinished for export, _name, _has_file in listed),
        "refusal": refusal,
        "dialects": DIALECTS,
        "dialect": dialect_for(request),
    }
    return render(request, "exports/exports.html", context, status=refusal.status if refusal else 200)
