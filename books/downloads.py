"""The books as files, for pages and clients alike."""

from django.http import HttpRequest, HttpResponse

from books import reports, spreadsheets
from books.dialects import dialect_for
from events.models import Event
from shifts.models import Shift


def of_report(request: HttpRequest, event: Event, shift: Shift) -> HttpResponse:
    """The Z report of a closed shift of the event."""
    name = f"{event.identifier}-till-{shift.till_id}-z-{shift.number}.csv"
    return _download(request, name, spreadsheets.of_report(reports.report(shift)))


def of_totals(request: HttpRequest, event: Event) -> HttpResponse:
    rows = spreadsheets.of_totals(reports.totals(event))
    return _download(request, f"{event.identifier}-totals.csv", rows)


def _download(request: HttpRequest, name: str, rows: list[spreadsheets.Row]) -> HttpResponse:
    """As the reader's spreadsheet likes it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content = spreadsheets.written(rows, dialect_for(request))
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)
