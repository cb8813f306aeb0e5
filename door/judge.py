"""Whether a door lets a guest pass, by what was read of them; the tablet has the same rules in
`static/onsite/door/judge.js`, and one table holds both (`js_tests/door_cases.json`).
"""

from datetime import datetime
from functools import cached_property
from typing import cast

from attendees.standing import Standing
from door.models import CheckIn, Guest, Station
from door.passages import on_another_day
from door.scan import Scan
from door.timely import Span, Validity, first_moment, last_moment
from events.models import Event

Answer = CheckIn.Answer
OUT = CheckIn.Direction.OUT


class Gate:
    """Where guests pass: a station, whose tickets are read at most once however many are judged, or none."""

    def __init__(self, station: Station | None) -> None:
        self.station = station

    def admits(self, ticket_id: int) -> bool:
        """Whether it lets the ticket pass; `is_restricted`, where it was read along, saves asking."""
        if self.station is None or not self.station.is_restricted:
            return True
        return not self._tickets or ticket_id in self._tickets

    @cached_property
    def _tickets(self) -> set[int]:
        return set(cast(Station, self.station).tickets.values_list("pk", flat=True))


def judge(one: Scan, guest: Guest | None, direction: str, when: datetime, gate: Gate) -> str:
    """The answer at `gate`, the scan's, but for whether there is a place."""
    if guest is None:
        return Answer.UNKNOWN
    if guest.event_id != one.event_id:
        return Answer.WRONG_EVENT
    standing = guest.standing
    if direction == OUT and not guest.by_former_code:
        return Answer.OK if guest.attendee.is_inside else Answer.NOT_INSIDE
    if standing != Standing.VALID:
        return Answer(standing)
    if not guest.admits:
        return Answer.ADMITS_NOBODY
    missed = untimely(guest, guest, when)
    if missed is not None:
        return missed
    if not gate.admits(guest.attendee.ticket_id):
        return Answer.WRONG_STATION
    if _has_come(guest, when):
        return Answer.ALREADY
    if one.admitted is False and _lacks_a_place(guest):
        return Answer.FULL
    return Answer.OK


def untimely(ticket: Validity, event: Span, when: datetime) -> Answer | None:
    """Why a ticket is not admitted at that time; None if it is. A guest is read with both."""
    first, last = first_moment(ticket, event), last_moment(ticket, event)
    if first and when < first:
        return Answer.NOT_YET_VALID
    if last and when > last:
        return Answer.EXPIRED
    return None


def _has_come(guest: Guest, when: datetime) -> bool:
    """Whether the event's rule of re-entry keeps the guest from coming in (again)."""
    if guest.reentry == Event.Reentry.ALWAYS:
        return False
    attendee = guest.attendee
    if guest.reentry == Event.Reentry.DAILY:
        return attendee.entered_at is not None and not on_another_day(guest, attendee.entered_at, when)
    return attendee.is_inside or (guest.reentry == Event.Reentry.NONE and attendee.entered_at is not None)


def _lacks_a_place(guest: Guest) -> bool:
    """Whether the house is full; asked for a guest whom the door has turned away, who takes no place."""
    return not guest.attendee.is_inside and guest.capacity is not None and guest.inside >= guest.capacity
