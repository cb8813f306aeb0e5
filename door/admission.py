"""Guests let in and out. Every scan is kept, whatever its answer.

What is judged of a guest was read under locks that hold until the commit (`door.whereabouts`).
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee
from base import metrics
from base.asking import concerns
from base.database import Transient, retry_transient
from base.errors import Conflict, Forbidden, Invalid
from base.sql.insert import insert
from base.sql.together import together
from door.announcing import moves
from door.company import accompanied
from door.judge import Gate, judge, untimely
from door.lookup import Guests, guests_of, look_up, may_count, with_station
from door.models import CheckIn, Guest, Station
from door.passages import OFFLINE, comes_anew, departure, was_overtaken
from door.scan import Scan
from door.undo import undo
from door.whereabouts import SIGN, count, hold, move, move_counted
from events.models import Event, Role, role_at
from outbox.announcing import announce

Answer = CheckIn.Answer
IN, OUT = CheckIn.Direction.IN, CheckIn.Direction.OUT
AHEAD, BACK = timedelta(minutes=2), timedelta(hours=24)


class NeedsLeave(Forbidden):
    """A guest let in against the answer by a door that could have waited for it."""


def check_in(seen: Scan, *, by: User | None, at: datetime | None = None) -> CheckIn:
    """Let a guest in, or say why not; keep it either way. The caller has made sure that `by` may check
    in at the event, unless the scan has just a `station_id`. `at` is when the scan arrived (UTC).

    Returns the check-in with its `attendee` at hand as it now is (None for a code that is unknown or of
    another event), and what was judged of them as `guest`; as `previous` the check-in that let the guest in
    before, if that is the answer; as `was_out_since` (UTC) when a guest who comes again had gone out; as
    `inside` how many are, where the guest is known and the event has a capacity; and as `company` the others
    of the order. What the door decided by itself (`admitted`) is what happened; the answer is what it would
    have been told. The same nonce again returns what was answered the first time. A door that had no answer,
    decided by itself and says so with the same nonce is believed, see `_as_decided`.

    Raises `Invalid`: `nonce-reused` for a nonce of another scan, `wrong-direction` at a station that
    lets nobody in; `NotFound`, `Forbidden` for a station that `by` may not see or not use; `NeedsLeave`
    `approval-required`, see `_check_leave`; `Busy`.
    """
    return _pass(seen, IN, by, at or timezone.now())


def check_out(seen: Scan, *, by: User | None, at: datetime | None = None) -> CheckIn:
    """Let a guest out; otherwise as `check_in`."""
    return _pass(seen, OUT, by, at or timezone.now())


def admit_group(
    attendees: Sequence[Attendee], like: Scan, *, by: User | None, at: datetime | None = None
) -> list[CheckIn]:
    """Let several guests of an event in with one request, each once and answered by itself; the nonces
    of their scans follow from that of `like`. Otherwise as `check_in`.
    """
    ids = list(dict.fromkeys(attendee.pk for attendee in attendees))
    # One keeps the nonce itself, so that another group cannot take it.
    nonces = {pk: like.nonce if pk == min(ids) else uuid5(like.nonce, str(pk)) for pk in ids}
    return _perform(
        [replace(like, code="", attendee_id=pk, nonce=nonces[pk]) for pk in ids], IN, by, at or timezone.now()
    )


def _pass(seen: Scan, direction: str, by: User | None, at: datetime) -> CheckIn:
    try:
        return _perform([seen], direction, by, at)[0]
    except Invalid as refusal:
        if seen.admitted is None or refusal.problems[0].code != "nonce-reused":
            raise
    return _as_decided(seen, direction, by, at)


def _as_decided(seen: Scan, direction: str, by: User | None, at: datetime) -> CheckIn:
    """The check-in of a scan whose first try arrived while the door got no answer, decided by itself and
    so sends it again with what it did: if that differs, it is kept beside what the first try did.
    """
    first = _first_try(replace(seen, admitted=None), direction, by, at)
    if first.is_let_through == seen.admitted:
        return first
    if first.moved:
        with suppress(Conflict):  # the guest has passed again since
            undo(first, by=by, at=at)
    return _perform([replace(seen, nonce=uuid5(seen.nonce, "decided"))], direction, by, at)[0]


def _first_try(seen: Scan, direction: str, by: User | None, at: datetime) -> CheckIn:
    """What an earlier request has made of a scan, which need not have said yet when that was: a scan that
    waits for its answer counts from its arrival.
    """
    try:
        return _perform([seen], direction, by, at)[0]
    except Invalid:
        return _perform([replace(seen, occurred_at=None)], direction, by, at)[0]


@retry_transient
def _perform(seen: Sequence[Scan], direction: str, by: User | None, at: datetime) -> list[CheckIn]:
    try:
        return _scan(seen, direction, by, at)
    except (IntegrityError, NeedsLeave) as fault:
        # A nonce that was there before, which its index has refused: to look it up first would cost
        # every scan what only a repetition needs. What was believed once stays so.
        with transaction.atomic(durable=True):
            earlier = _replay(with_station(seen, by), direction)
        if earlier is not None:
            return accompanied(earlier)
        if isinstance(fault, IntegrityError):
            raise Transient from fault  # its guest, or its event, was a test's and is deleted just now
        raise


def _check_direction(station: Station | None, direction: str) -> None:
    if station is not None and station.direction not in (direction, Station.Direction.BOTH):
        detail = _("%(station)s lets nobody pass this way.") % {"station": station}
        raise Invalid.of("wrong-direction", detail, "direction")


# --- the same again -------------------------------------------------------------------------------


def _replay(seen: Sequence[Scan], direction: str) -> list[CheckIn] | None:
    """The check-ins that an earlier request with these nonces has made; None without one."""
    nonces = [one.nonce for one in seen]
    made = {row.nonce: row for row in CheckIn.objects.filter(event=seen[0].event_id, nonce__in=nonces)}
    if not made:
        return None
    for one in seen:
        if one.nonce not in made or made[one.nonce].fingerprint != one.fingerprint(direction):
            raise Invalid.of("nonce-reused", _("This nonce belongs to another scan."), "nonce")
    rows = [made[one.nonce] for one in seen]
    guests = guests_of(seen, counts=False)
    for row, one in zip(rows, seen, strict=True):
        if row.attendee_id is not None:
            _recall(row, guests[one.key])
    return rows


def _recall(row: CheckIn, guest: Guest) -> None:
    """Set whom it saw, and what is told beside the answer, from what was before the check-in."""
    row.guest, row.attendee = guest, guest.attendee
    if row.answer == Answer.ALREADY:
        row.previous = _latest(row, 1)
    if row.moved == 1 and guest.attendee.left_at is not None:
        left = _latest(row, -1)
        # Who was found to have left when they came again was seen by nobody.
        seen = left is not None and left.received_at != row.received_at
        row.was_out_since = left.happened_at if left and seen else None
    if guest.capacity is not None:
        row.inside = guest.inside


def _latest(row: CheckIn, moved: int) -> CheckIn | None:
    """The check-in by which the guest last went that way, before `row` if that is stored."""
    moves = CheckIn.objects.standing().filter(attendee=row.attendee_id, moved=moved)
    before = moves if row.pk is None else moves.filter(pk__lt=row.pk)
    return before.select_related("station", "by").order_by("-pk").first()


# --- the scan -------------------------------------------------------------------------------------


def _scan(seen: Sequence[Scan], direction: str, by: User | None, at: datetime) -> list[CheckIn]:
    """Rows for scans that differ in whom they saw, and in nothing else."""
    if not seen:
        return []
    try:
        return _written(seen, direction, by, at, counts=may_count(seen[0]))
    except _ItCounts:
        return _written(seen, direction, by, at, counts=True)


class _ItCounts(Exception):
    """The event counts who is inside, which was not known when its guests were read."""


@transaction.atomic(durable=True)
def _written(
    seen: Sequence[Scan], direction: str, by: User | None, at: datetime, *, counts: bool
) -> list[CheckIn]:
    seen, guests = look_up(seen, by, counts)
    concerns(seen[0].event_id)
    for one in seen:
        _check_direction(one.station, direction)
    gate = Gate(seen[0].station)
    rows = [_row(one, guests.get(one.key), direction, by, at, gate) for one in seen]
    passing = [row for row in rows if _passes(row) and not was_overtaken(row)]
    first = passing[0].guest if passing else None
    if first is not None and first.capacity is not None and not counts:
        raise _ItCounts
    moving = _with_a_place(passing)
    _check_leave(rows, by, at)
    anew = [row for row in rows if comes_anew(row)]
    left = [departure(row) for row in anew]
    with together({CheckIn: _drawn(guests)}):
        insert([*left, *rows], after=[*move_counted(moving), *move(anew)])
        _announce([*left, *rows], at)
        accompanied(rows)  # here, so that it is read by the message which writes
    _count(rows)
    return rows


def _drawn(guests: Guests) -> Sequence[int]:
    """Ids for their check-ins: drawn under the locks, so that of two of a guest the later has the higher."""
    return [guest.drawn_id for guest in guests.values() if guest.drawn_id is not None]


def _announce(rows: Sequence[CheckIn], at: datetime) -> None:
    moved = [row for row in rows if row.moved]
    if moved:
        is_heard = any(row.guest is not None and row.guest.is_heard for row in moved)
        announce(moved[0].event_id, moves(moved), at=at, is_heard=is_heard)


def _check_leave(rows: Sequence[CheckIn], by: User | None, at: datetime) -> None:
    """Raise `NeedsLeave` for guests whom a door let in against the answer, unless an organizer gave leave
    (`reason`), does it, or the door cannot have known: it was without the network, so its scan arrives late.
    """
    against = [row for row in rows if row.admitted and row.direction == IN and row.answer != Answer.OK]
    unknowing = timedelta.max if not against else min(at - row.occurred_at for row in against)
    if all(row.reason or row.attendee_id is None for row in against) or OFFLINE <= unknowing <= BACK:
        return
    if by is not None and role_at(Event(pk=against[0].event_id), by) != Role.ORGANIZER:
        detail = _("To let in against the answer needs the approval of an organizer.")
        raise NeedsLeave.of("approval-required", detail, "admitted")


def _row(
    one: Scan, guest: Guest | None, direction: str, by: User | None, at: datetime, gate: Gate
) -> CheckIn:
    occurred_at = one.occurred_at or at
    row = CheckIn(
        event_id=one.event_id,
        station=one.station,
        by=by,
        direction=direction,
        occurred_at=occurred_at,
        received_at=at,
        clock_is_off=not at - BACK <= occurred_at <= at + AHEAD,
        admitted=one.admitted,
        reason=one.reason,
        approved_by=one.approved_by,
        nonce=one.nonce,
        fingerprint=one.fingerprint(direction),
    )
    row.answer = judge(one, guest, direction, row.happened_at, gate)
    if guest is None or row.answer == Answer.WRONG_EVENT:
        row.code = one.code
    else:
        _recall(row, guest)
    return row


# --- whether there is a place ---------------------------------------------------------------------


def _passes(row: CheckIn) -> bool:
    """Whether the guest moves, as answered so far, or as the door decided."""
    goes_out = row.direction == OUT
    if row.attendee is None or row.guest is None or not row.guest.admits:
        return False  # whatever a door let pass, it was no guest
    return row.is_let_through and row.attendee.is_inside == goes_out


def _with_a_place(rows: Sequence[CheckIn]) -> Sequence[CheckIn]:
    """Those who pass, where the event counts who is inside. Who finds no place is answered `full`, and
    passes only if the door has decided so.
    """
    guest = rows[0].guest if rows else None
    if guest is None or guest.capacity is None:
        return rows
    inside, sign = guest.inside, SIGN[rows[0].direction]
    if sign > 0:
        for row in rows[max(0, guest.capacity - inside) :]:
            row.answer = Answer.FULL if row.answer == Answer.OK else row.answer
    passing = [row for row in rows if row.is_let_through]
    for row in rows:
        row.inside = inside + sign * len(passing)
    return passing


# --- with a sale ----------------------------------------------------------------------------------


def admit_sold(
    attendees: Sequence[Attendee], *, event: Event, by: User | None, at: datetime, is_held: bool = False
) -> Sequence[CheckIn]:
    """Let in guests who were just sold their tickets, in the sale's own transaction. Who is inside
    already stays so, and who bought for another time is not let in yet, nor what admits nobody. All others or
    none: raises `Conflict` `full`. The sale announces the check-ins with itself. The event `is_held` if its
    capacity cannot change any more.
    """
    coming = [
        a for a in attendees if a.ticket.admits and not a.is_inside and untimely(a.ticket, event, at) is None
    ]
    if not coming:
        return []
    counts = (event if is_held else hold(event.pk)).capacity is not None
    if counts and count(event.pk, len(coming)) is None:
        raise Conflict.of("full", _("The house is full: sell without letting in, or wait."), "admit")
    rows = [
        CheckIn(
            event=event,
            attendee=attendee,
            by=by,
            direction=IN,
            answer=Answer.OK,
            occurred_at=at,
            received_at=at,
        )
        for attendee in coming
    ]
    insert(rows, after=move(rows))
    _count(rows)
    return rows


def _count(rows: Sequence[CheckIn]) -> None:
    for row in rows:
        metrics.counted(metrics.scans, row.direction, row.answer)
