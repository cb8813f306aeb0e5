"""The others of a guest's order: who of them may come in too, and why the rest may not."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from door.judge import Gate, judge
from door.models import CheckIn, Company, Guest, Station
from door.scan import Scan
from door.whereabouts import guests_of_order
from events.models import Event

Answer = CheckIn.Answer
IN = CheckIn.Direction.IN


def accompanied(rows: list[CheckIn]) -> list[CheckIn]:
    """The rows of one act, each that lets somebody in with its `company`: the others of the order who had no
    part in the act, as they stand after it. Of a guest who comes alone nothing is read.
    """
    acting = {row.attendee_id for row in rows}
    known: dict[int | None, Company] = {}
    for row in rows:
        if row.guest is None or row.direction != IN or not row.guest.brings_company:
            continue
        order = row.guest.attendee.order_id
        if order not in known:
            event = None if row.station else Event(pk=row.event_id)
            known[order] = company_of(order, event, row.station, row.received_at, acting)
        row.company = known[order]
    return rows


def company_of(
    order_id: int | None,
    event: Event | None,
    station: Station | None,
    at: datetime,
    without: Collection[int | None] = (),
) -> Company:
    """The guests of an order as the station (None: just the `event`) would answer them at `at` (UTC), but for
    those `without` whom it is asked.
    """
    if order_id is None:
        return Company()
    guests = [g for g in guests_of_order(order_id=order_id) if g.attendee.pk not in without]
    one = Scan(event=event, attendee_id=0, station=station)
    gate = Gate(station)
    answers = list(_with_places([(guest, _answer(one, guest, at, gate)) for guest in guests]))
    return Company(
        coming=[guest for guest, answer in answers if answer == Answer.OK],
        staying=[(guest, answer) for guest, answer in answers if answer != Answer.OK],
    )


def _answer(one: Scan, guest: Guest, at: datetime, gate: Gate) -> str:
    """Whoever is inside already does not come, though the event may let everybody in again and again."""
    if guest.attendee.is_inside and guest.reentry == Event.Reentry.ALWAYS:
        return Answer.ALREADY
    return judge(one, guest, IN, at, gate)


def _with_places(answers: Sequence[tuple[Guest, str]]) -> Iterator[tuple[Guest, str]]:
    """The same, and `full` for whom there is no place."""
    taken = 0
    for guest, answer in answers:
        needs_place = answer == Answer.OK and not guest.attendee.is_inside
        taken += needs_place
        is_full = needs_place and guest.capacity is not None and guest.inside + taken > guest.capacity
        yield guest, Answer.FULL if is_full else answer
