"""The books as files, for pages and clients alike."""

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from base import languages
from books import reports, spreadsheets
from books.dialects import dialect_for
from events.models import Event
from shifts.models import Shift


def of_report(request: HttpRequest, event: Event, shift: Shift) -> HttpResponse:
    """The Z report of a closed shift of the event, all of it in the language in which it was signed, but for
    programs.
    """
    name, report = f"till-{shift.till_id}-z-{shift.number}", reports.report(shift)
    make = partial(spreadsheets.of_report, report)
    return _download(request, event, name, make, language=report.language)


def of_totals(request: HttpRequest, event: Event) -> HttpResponse:
    return _download(request, event, "totals", lambda: spreadsheets.of_totals(reports.totals(event)))


def _download(
    request: HttpRequest,
    event: Event,
    name: str,
    make: Callable[[], list[spreadsheets.Row]],
    *,
    language: str = "",
) -> HttpResponse:
    """As the reader's spreadsheet likes it, in that `language`, else in the reader's. Of a test the name says
    so, and the first row below the header, which is as wide as the others.
    """
    dialect = dialect_for(request)

    def answer() -> HttpResponse:
        headers = {"Content-Disposition": f'attachment; filename="{event.file_stem}-{name}.csv"'}
        rows = make()
        if event.is_test:
            rows.insert(1, (_("TEST"), *[""] * (len(rows[0]) - 1)))
        content = spreadsheets.written(rows, dialect)
        return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)

    return languages.answered_in(dialect.language or language, answer)
