"""What a tablet needs to let guests in by itself while there is no network: no code, and no name."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from attendees.models import Attendee, RetiredCode
from attendees.standing import Standing, standing_of
from events.days import begins_at, business_day
from events.models import Event

HASH_LENGTH = 20
# How an order stands.
LETTERS = {Standing.VALID: "-", Standing.UNPAID: "u", Standing.CANCELLED: "c", Standing.EXPIRED: "e"}
INSIDE, CAME = 1, 2
EVER = datetime.min.replace(tzinfo=UTC)


def code_hash(code: str) -> str:
    """What a tablet keeps of a code: enough to recognise it, too little to make a ticket of."""
    return hashlib.sha256(code.encode()).hexdigest()[:HASH_LENGTH]


def offline_list(event: Event, at: datetime | None = None) -> str:
    """The guests of an event, in lines of one width, sorted: a tablet looks a code up without reading all
    of them. The first line names the format and the tickets by their ids; each other one is a guest: the
    hash of the code, the ticket's place in the first line (5 digits), how the order stands (a letter), and
    whether the guest is `INSIDE` and ever `CAME`, added up; where guests come once a day, whether they came
    on the business day of `at` (UTC).
    """
    former = list(_former(event))  # before the guests, or a code might be read as both
    guests = Attendee.objects.filter(ticket__event=event, order__isnull=False).order_by()
    known = ["ticket_id", "order__status", "cancelled_at", "is_inside", "entered_at"]
    told = [*guests.values_list("code", *known), *former]
    # Read after the guests, or one whose ticket is new might have none.
    tickets = list(event.tickets.order_by("pk").values_list("pk", flat=True))
    places = {pk: f"{place:05d}" for place, pk in enumerate(tickets)}
    since = _counts_from(event, at or timezone.now())
    lines = [
        f"{code_hash(code)}{places[pk]}{LETTERS[standing_of(status, cancelled=ended is not None)]}"
        f"{_where(inside, came, since)}"
        for code, pk, status, ended, inside, came in told
    ]
    lines.sort()
    return "\n".join([" ".join(["guests", *map(str, tickets)]), *lines, ""])


def _former(event: Event) -> Iterator[tuple[Any, ...]]:
    """The codes that were replaced by others: as of guests whose tickets were cancelled when that was."""
    codes = RetiredCode.objects.filter(attendee__ticket__event=event).order_by()
    rows = codes.values_list("code", "attendee__ticket", "attendee__order__status", "at")
    for code, pk, status, at in rows:
        yield code, pk, status, at, False, None


def _where(inside: bool, came: datetime | None, since: datetime) -> int:
    return INSIDE * inside + CAME * (came is not None and came >= since)


def _counts_from(event: Event, at: datetime) -> datetime:
    """Since when (UTC) who has come counts as having come."""
    if event.reentry != Event.Reentry.DAILY:
        return EVER
    return begins_at(event, business_day(event, at))
