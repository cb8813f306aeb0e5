"""The worker's part: the file is written, lies in the database for a day, and is cleared away."""

import tempfile
from datetime import datetime
from functools import partial
from typing import IO

from django.utils import timezone, translation

from books.dialects import DIALECTS
from exports.asking import EXPORT, give_up_streams
from exports.catalogue import TABLES
from exports.models import KEPT, Export, ExportQuerySet, Part
from exports.writing import write_csv, write_xlsx
from outbox.kinds import HOURLY, LONG, Failed, handles
from outbox.models import Message
from outbox.queue import GAPS

PART = 1024 * 1024  # bytes
TRIES = 3  # that threw
# With those whose worker was told to stop, or killed, perhaps by the writing: the outbox gives up, too.
MOST_TRIES = len(GAPS) + 1
GAVE_UP = "gave up"
State = Export.State
LONG.add(EXPORT)


class TakenOver(Exception):
    """Another worker writes it meanwhile: this one had been given up."""


@handles(EXPORT)
def write(message: Message) -> str:
    """Write the file of an export from its beginning, whatever a worker before has left of it."""
    export = Export.objects.select_related("event").get(pk=message.payload["export"])
    attempt = message.tries
    if attempt > MOST_TRIES:
        return _given_up(export.pk)
    running = {"state": State.RUNNING, "attempt": attempt, "rows_done": 0, "problem": ""}
    if not Export.objects.unfinished().filter(pk=export.pk, attempt__lt=attempt).update(**running):
        return "it has ended already, or somebody else writes it"
    try:
        export.parts.exclude(attempt=attempt).delete()
        with tempfile.TemporaryFile() as file, translation.override(export.language):
            rows = _written(export, file, partial(_tell, message, export.pk))
            size = _kept(export, attempt, file)
    except TakenOver:
        export.parts.filter(attempt=attempt).delete()
        return "taken over by another worker"
    except Failed:
        _failed(export.pk, attempt, "", most=MOST_TRIES)
        raise
    except Exception as error:
        _failed(export.pk, attempt, type(error).__name__, most=TRIES)
        raise
    return f"{rows} rows, {size} bytes" if _done(export.pk, attempt, rows, size) else "taken over"


def _written(export: Export, file: IO[bytes], tell: partial[None]) -> int:
    table = TABLES[export.table]
    if export.format == Export.Format.XLSX:
        return write_xlsx(file, table, export.event, tell)
    dialect = next(one for one in DIALECTS if one.key == export.dialect)
    return write_csv(file, table, export.event, dialect, tell)


def _running(pk: int, attempt: int) -> ExportQuerySet:
    """The export, if nobody else has taken it since."""
    return Export.objects.filter(pk=pk, attempt=attempt, state=State.RUNNING)


def _tell(message: Message, pk: int, rows: int) -> None:
    """How far it is; raises `TakenOver`, and `Failed` where there is no time to go on."""
    if not _running(pk, message.tries).update(rows_done=rows):
        raise TakenOver
    if message.is_stopping:
        raise Failed("the worker was told to stop")


def _kept(export: Export, attempt: int, file: IO[bytes]) -> int:
    """Keep it, each part by a short transaction of its own; of how many bytes it is."""
    file.seek(0)
    size = 0
    for number, data in enumerate(iter(partial(file.read, PART), b"")):
        Part.objects.create(export=export, attempt=attempt, number=number, data=data)
        size += len(data)
    return size


def _done(pk: int, attempt: int, rows: int, size: int) -> bool:
    """From here on it can be fetched; False if somebody else writes it."""
    at = timezone.now()
    facts = {"rows_done": rows, "rows_total": rows, "size": size}
    return bool(_running(pk, attempt).update(state=State.DONE, ended_at=at, expires_at=at + KEPT, **facts))


def _failed(pk: int, attempt: int, problem: str, *, most: int) -> None:
    """It is tried again, but not for ever: whoever waits for it may ask anew."""
    own = _running(pk, attempt)
    if attempt >= most:
        own.update(state=State.FAILED, ended_at=timezone.now(), problem=problem or GAVE_UP)
    else:
        own.update(state=State.WAITING, problem=problem)


def _given_up(pk: int) -> str:
    Export.objects.unfinished().filter(pk=pk).update(
        state=State.FAILED, ended_at=timezone.now(), problem=GAVE_UP
    )
    return GAVE_UP


def clear(at: datetime) -> None:
    """Delete the files whose time has passed by `at` (UTC), and what nobody can fetch; the rows stay."""
    Part.objects.filter(export__expires_at__lte=at).delete()
    Part.objects.filter(export__state=State.FAILED).delete()
    give_up_streams()


HOURLY.append(clear)
