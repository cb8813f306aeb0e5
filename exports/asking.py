"""A table is asked for: streamed at once, or written by the worker."""

from collections.abc import Generator, Iterator
from datetime import timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from base import languages
from base.api.schema import CSV, XLSX
from base.errors import Busy, Conflict, NotFound, TooMany, TooMuch
from books.dialects import Dialect
from events.models import Event
from exports.models import Export
from exports.tables import Table
from exports.writing import csv_lines
from outbox.models import Message

EXPORT = "export"
BROKEN_OFF = "broken off"  # kept, and told to programs: the same in every language
CSV_TYPE = f"{CSV}; charset=utf-8"
TYPES = {Export.Format.CSV: CSV_TYPE, Export.Format.XLSX: XLSX}
State = Export.State


@transaction.atomic(durable=True)
def ask(*, event: Event, table: Table, format: str, dialect: Dialect, by: User) -> Export:
    """Have the worker write the table of the event into a file. Raises `TooMany` where an event has as many
    files as anybody needs, `Conflict` where this very one is waited for.
    """
    asked = _asked(event, table, dialect, by)  # counts its rows, before anybody waits
    Event.objects.select_for_update(no_key=True).filter(pk=event.pk).first()
    now = timezone.now()
    own = Export.objects.files().filter(event=event)
    alike = own.unfinished().filter(table=table.key, format=format, dialect=dialect.key)
    if alike.exists():
        raise Conflict.of("export-waiting", _("This table is being written already."))
    kept = own.unfinished().count() + own.filter(state=State.DONE, expires_at__gt=now).count()
    if kept >= settings.EXPORTS:
        detail = _("The event has %(most)d files already. They are deleted after a day.")
        raise TooMany.of("too-many-exports", detail % {"most": settings.EXPORTS}, most=settings.EXPORTS)
    export = Export.objects.create(**asked, format=format)
    Message.objects.create(kind=EXPORT, event=event, payload={"export": export.pk})
    return export


def _asked(event: Event, table: Table, dialect: Dialect, by: User) -> dict[str, Any]:
    return {
        "event": event,
        "table": table.key,
        "dialect": dialect.key,
        "language": dialect.language or languages.active(),
        "asked_by": by,
        "rows_total": table.count(event),
    }


def is_short(rows: int) -> bool:
    """Whether a table of so many rows can be waited for."""
    return rows <= int(settings.STREAMED_ROWS)


def streamed(*, event: Event, table: Table, dialect: Dialect, by: User) -> StreamingHttpResponse:
    """The table as CSV, while it is read. Raises `TooMuch` of a table that takes too long for that, `Busy`
    while another one of the event is being streamed.
    """
    asked = _asked(event, table, dialect, by)
    if not is_short(asked["rows_total"]):
        detail = _("The table has more than %(most)d rows: have it written into a file.")
        raise TooMuch.of(
            "too-many-rows", detail % {"most": settings.STREAMED_ROWS}, most=settings.STREAMED_ROWS
        )
    give_up_streams()
    try:
        with transaction.atomic():
            export = Export.objects.create(
                **asked, format=Export.Format.CSV, is_streamed=True, state=State.RUNNING
            )
    except IntegrityError as error:
        detail = _("Another table of the event is just being downloaded. Please try again in a moment.")
        raise Busy.of("export-running", detail) from error
    return StreamingHttpResponse(
        _Stream(export, _lines(export, table, dialect)), content_type=CSV_TYPE, headers=_attachment(export)
    )


class _Stream:
    """The lines of an export, which has ended when they are closed: a generator that nobody has begun to read
    is not told of it.
    """

    def __init__(self, export: Export, lines: Generator[bytes]) -> None:
        self.export, self.lines = export, lines

    def __iter__(self) -> Iterator[bytes]:
        return self.lines

    def close(self) -> None:
        self.lines.close()
        if self.export.is_unfinished:
            _ended(self.export, State.FAILED, BROKEN_OFF)


def _lines(export: Export, table: Table, dialect: Dialect) -> Generator[bytes]:
    """What throws in the middle, or takes longer than a worker may, ends the file with a line that says so,
    and cuts the connection: it must not look whole.
    """
    until = monotonic() + settings.WORKER_TIMEOUT / 2
    try:
        for rows, lines in _spoken(export.language, csv_lines(table, export.event, dialect)):
            yield lines
            export.rows_done, export.size = export.rows_done + rows, export.size + len(lines)
            if monotonic() > until:
                raise TimeoutError("The table took too long to be streamed.")
    except GeneratorExit:
        _ended(export, State.FAILED, BROKEN_OFF)
        raise
    except Exception as error:
        try:
            yield _broken_off()
        finally:
            _ended(export, State.FAILED, type(error).__name__)
        raise
    _ended(export, State.DONE)


def _spoken(language: str, lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """What makes the lines speaks that language, and whoever sends them what they spoke before."""
    while True:
        with languages.spoken(language):
            line = next(lines, None)
        if line is None:
            return
        yield line


def _ended(export: Export, state: str, problem: str = "") -> None:
    export.state, export.problem, export.ended_at = state, problem, timezone.now()
    export.save(update_fields=["state", "problem", "ended_at", "rows_done", "size"])


def _broken_off() -> bytes:
    said = _("BROKEN OFF: this file is not complete. Please download it again.")
    return f"\r\n{said}\r\n".encode()


def give_up_streams() -> None:
    """Write down of those whose worker is dead that they failed."""
    at = timezone.now()
    dead = Export.objects.filter(is_streamed=True, state=State.RUNNING)
    dead.filter(asked_at__lt=at - timedelta(seconds=settings.WORKER_TIMEOUT)).update(
        state=State.FAILED, ended_at=at, problem=BROKEN_OFF
    )


def fetched(export: Export) -> StreamingHttpResponse:
    """Its file, part by part. Raises `NotFound` where there is none yet, or none any more."""
    if not export.has_file_at(timezone.now()):
        raise NotFound.of("no-file", _("There is no such file (any more)."))
    headers = {**_attachment(export), "Content-Length": str(export.size)}
    return StreamingHttpResponse(
        _parts(export), content_type=TYPES[Export.Format(export.format)], headers=headers
    )


def _parts(export: Export) -> Iterator[bytes]:
    """A part that is missing ends it short of its length, which whoever fetches it sees."""
    parts = export.parts.filter(attempt=export.attempt)
    number = sent = 0
    while sent < export.size:
        data = bytes(parts.values_list("data", flat=True).get(number=number))
        yield data
        number, sent = number + 1, sent + len(data)


def _attachment(export: Export) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{export.file_name}"'}
