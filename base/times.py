"""Times as clients send them and are sent them, in UTC; and as people read them, on an event's clock."""

from datetime import UTC, date, datetime, time, timedelta
from datetime import timezone as fixed
from functools import lru_cache
from typing import overload
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import formats, timezone
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
    return None if time is None else time.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Zone(ZoneInfo):
    """A time zone whose times are called by its IANA name, as people know it; those that its clock shows
    twice also by the one of both, `CEST Europe/Berlin`.
    """

    def fromutc(self, at: datetime, /) -> datetime:
        """With its offset, so that it stays the instant that it is: Django names no zone in such an hour."""
        there = super().fromutc(at)
        name = f"{there.tzname()} {self.key}" if is_shown_twice(there) else self.key
        return there.replace(tzinfo=fixed(there.utcoffset() or timedelta(), name))


def is_shown_twice(at: datetime) -> bool:
    """Whether the clock of its time zone shows that time a second time, having been put back."""
    first, again = at.replace(fold=0).utcoffset(), at.replace(fold=1).utcoffset()
    return first is not None and again is not None and first > again


def is_skipped(at: datetime) -> bool:
    """Whether the clock of its time zone never shows that time, being put forward over it."""
    first, again = at.replace(fold=0).utcoffset(), at.replace(fold=1).utcoffset()
    return first is not None and again is not None and first < again


def active_zone() -> Zone | None:
    """The one by which this page goes, if all that it shows has the same; `timezone.override` sets it."""
    zone = timezone.get_current_timezone()
    return zone if isinstance(zone, Zone) else None


def moment(at: datetime, zone: str = "", *, exact: bool = False) -> str:
    """`28 Nov 2026, 20:14 Europe/Berlin`: an instant for people, in that time zone (IANA name), without one
    in the installation's; `exact` to the second.
    """
    return formats.date_format(_there(at, zone), "EXACT_DATETIME_FORMAT" if exact else "DATETIME_FORMAT")


def clock(at: datetime | time, zone: str = "") -> str:
    """`20:14`: what the clock on the wall shows, where it is said already in which time zone it hangs."""
    there = _there(at, zone) if isinstance(at, datetime) else at
    return formats.time_format(there, "TIME_FORMAT")


def calendar_day(day: date) -> str:
    """`28 Nov 2026`."""
    return formats.date_format(day, "DATE_FORMAT")


def _there(at: datetime, zone: str) -> datetime:
    return at.astimezone(_kept(zone or settings.TIME_ZONE))


@lru_cache(maxsize=64)
def _kept(name: str) -> Zone:
    """Python keeps zones of its own class alone, and would read the file again for each time that is told."""
    return Zone(name)
