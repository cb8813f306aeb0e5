"""What a door has seen."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import typed_code
from base.claim_links import HIDDEN, order_in
from base.errors import Invalid
from door.models import Station
from events.models import Event

CODE_MOST = 200
AS_TEXT = json.JSONEncoder(default=str)


@dataclass(frozen=True)
class Scan:
    """What a door of an event saw, perhaps at a `station`, which says which event it is: a `code`, or an
    attendee by id. Of a station of which nothing but the `station_id` is known the rest is read together
    with the guest, and with whether who scans may check in there.

    `occurred_at` (UTC) is when, by the door's own clock; None for now. `admitted` is what a door did
    that had to decide by itself, offline or by an organizer's leave (`reason`, `approved_by`); None if
    it waits for the answer. `nonce` makes a repetition at the same event harmless, by whomever.

    Of a claim link only that it was one is known from here on: who holds it sees all tickets of the order.

    Raises `Invalid` for a code that is none, and for a station of another event.
    """

    event: Event | None
    code: str = ""
    attendee_id: int | None = None
    station: Station | None = None
    station_id: int | None = None
    occurred_at: datetime | None = None
    admitted: bool | None = None
    nonce: UUID = field(default_factory=uuid4)
    reason: str = ""
    approved_by: User | None = None

    def __post_init__(self) -> None:
        if order_in(self.code):  # before it comes into a statement, a row or a log
            object.__setattr__(self, "code", HIDDEN)
        if (self.attendee_id is None) != bool(self.code.strip()):
            raise Invalid.of("required", _("Name a code or an attendee, and not both."), "code")
        if len(self.code) > CODE_MOST or not self.code.isprintable():
            raise Invalid.of("invalid-code", _("A code has at most 200 printable characters."), "code")
        if self.station is not None and self.event is not None and self.station.event_id != self.event.pk:
            raise Invalid.of("wrong-station", _("The station belongs to another event."), "station")

    @property
    def event_id(self) -> int:
        return self.event.pk if self.event is not None else cast(Station, self.station).event_id

    @property
    def key(self) -> str | int:
        """What the guest is looked up by: the code as it is stored, however it was typed, or the id."""
        return typed_code(self.code) if self.attendee_id is None else self.attendee_id

    def fingerprint(self, direction: str) -> str:
        """A digest of everything that makes one scan differ from another."""
        said: list[Any] = [
            self.event_id,
            direction,
            self.code,
            self.attendee_id,
            self.station and self.station.pk,
        ]
        said += [self.occurred_at and self.occurred_at.astimezone(UTC), self.admitted, self.reason]
        said += [self.approved_by and self.approved_by.pk]
        return hashlib.sha256(AS_TEXT.encode(said).encode()).hexdigest()
