"""The books as files, for pages and clients alike."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from base import languages
from books import reports, spreadsheets
from books.dialects import dialect_for
from events.models import Event
from shifts.models import Shift


def of_report(request: HttpRequest, event: Event, shift: Shift) -> HttpResponse:
    """The Z report of a closed shift of the event, all of it in the language in which it was signed."""
    name, report = f"till-{shift.till_id}-z-{shift.number}", reports.report(shift)
    return languages.answered_in(
        report.language, lambda: _download(request, event, name, spreadsheets.of_report(report))
    )


def of_totals(request: HttpRequest, event: Event) -> HttpResponse:
    return _download(request, event, "totals", spreadsheets.of_totals(reports.totals(event)))


def _download(request: HttpRequest, event: Event, name: str, rows: list[spreadsheets.Row]) -> HttpResponse:
    """As the reader's spreadsheet likes it. Of a test the name says so, and the first row below the header,
    which is as wide as the others.
    """
    headers = {"Content-Disposition": f'attachment; filename="{event.file_stem}-{name}.csv"'}
    if event.is_test:
        rows.insert(1, (_("TEST"), *[""] * (len(rows[0]) - 1)))
    content = spreadsheets.written(rows, dialect_for(request))
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)
