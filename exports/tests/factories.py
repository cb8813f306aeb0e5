"""Exports to test with, each made by the acts themselves."""

from books.dialects import POINT
from exports import asking
from exports.catalogue import TABLES
from exports.models import Export
from exports.working import write
from outbox.models import Message


def asked_for(event, by, table="orders", format="xlsx", dialect=POINT) -> Export:
    return asking.ask(event=event, table=TABLES[table], format=format, dialect=dialect, by=by)


def message_of(export) -> Message:
    """What the worker takes, for the first time."""
    message = Message.objects.get(kind=asking.EXPORT, payload={"export": export.pk})
    message.tries += 1
    return message


def written(event, by, table="orders", format="xlsx", dialect=POINT) -> Export:
    """One that the worker has written."""
    export = asked_for(event, by, table, format, dialect)
    write(message_of(export))
    export.refresh_from_db()
    return export


def file_of(export) -> bytes:
    return b"".join(asking.fetched(export))
