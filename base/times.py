"""Times as clients send them, and as they are sent to clients."""

from datetime import UTC, datetime
from typing import overload

from django.utils.dateparse import parse_datetime


def parse_time(text: str) -> datetime | None:
    """The time (UTC) that an ISO 8601 text with an offset names; None for what is none, for a year that no
    time zone or database could be trusted with, and for an offset with seconds. In UTC, because PostgreSQL
    takes no offset of 16 hours or more.
    """
    try:
        time = parse_datetime(text) if text.isascii() else None
        time = time.astimezone(UTC) if time is not None and _has_minutes(time) else None
    except (ValueError, OverflowError):
        return None
    return time if time is not None and 1900 <= time.year <= 2999 else None


def _has_minutes(time: datetime | None) -> bool:
    """Whether the time has an offset, of whole minutes as RFC 3339 writes it."""
    offset = None if time is None else time.utcoffset()
    return offset is not None and not offset.total_seconds() % 60


@overload
def wire_time(time: datetime) -> str: ...
@overload
def wire_time(time: None) -> None: ...
def wire_time(time: datetime | None) -> str | None:
    """The time (UTC) as the API writes it: `2026-05-01T20:14:00Z`."""
    return None if time is None else time.isoformat().replace("+00:00", "Z")
