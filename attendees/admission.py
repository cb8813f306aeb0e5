"""Guests let in and out. Every scan is kept, whatever its answer.

One statement reads the guests and locks them, so whatever is judged of them holds until the commit: of
two simultaneous scans the second sees what the first has done. Locks are taken in this order: the orders
and the event (shared), the attendees by id, the event's counter (docs/adr/0009).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4, uuid5

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee, CheckIn, Station
from events.models import Event
from onsite_project.database import retry_transient
from onsite_project.errors import Conflict, Invalid
from onsite_project.prepared import insert, prepared
from tickets.models import Ticket

Answer, IN, OUT = CheckIn.Answer, CheckIn.Direction.IN, CheckIn.Direction.OUT
SIGN = {IN: 1, OUT: -1}
CODE_MOST = 200
# What is read of a guest who is seen.
SEEN = ("ticket_id", "order_id", "firstname", "lastname", "code", "is_inside", "entered_at", "left_at")
# In this order: who waits for an order must not hold the event yet.
LOCKS = "FOR KEY SHARE OF orders_order, events_event FOR NO KEY UPDATE OF attendees_attendee"
AHEAD, BACK = timedelta(minutes=2), timedelta(hours=24)
UNPAID = {"initializing", "pending", "placed"}
GONE = {"cancelled", "expired"}


@dataclass(frozen=True)
class Scan:
    """What a door saw: a `code`, or an attendee by id.

    `occurred_at` (UTC) is when, by the door's own clock; None for now. `admitted` is what a door did
    that had to decide by itself, offline or by an organizer's leave (`reason`, `approved_by`); None if
    it waits for the answer. `nonce` makes a repetition by the same user harmless.

    Raises `Invalid` for a code that is none, and for a station of another event.
    """

    event: Event
    code: str = ""
    attendee_id: int | None = None
    station: Station | None = None
    occurred_at: datetime | None = None
    admitted: bool | None = None
    nonce: UUID = field(default_factory=uuid4)
    reason: str = ""
    approved_by: User | None = None

    def __post_init__(self) -> None:
        if self.attendee_id is None and not self.code.strip():
            raise Invalid.of("required", _("Name a code or an attendee."), "code")
        if len(self.code) > CODE_MOST or not self.code.isprintable():
            raise Invalid.of("invalid-code", _("A code has at most 200 printable characters."), "code")
        if self.station is not None and self.station.event_id != self.event.pk:
            raise Invalid.of("wrong-station", _("The station belongs to another event."), "station")

    @property
    def key(self) -> str | int:
        """What the guest is looked up by: the code as it is stored, however it was typed, or the id."""
        return "".join(self.code.split()).upper() if self.attendee_id is None else self.attendee_id

    def fingerprint(self, direction: str) -> str:
        """A digest of everything that makes one scan differ from another."""
        said = [self.event.pk, direction, self.code, self.attendee_id, self.station and self.station.pk]
        said += [self.occurred_at and self.occurred_at.astimezone(UTC), self.admitted, self.reason]
        said += [self.approved_by and self.approved_by.pk]
        return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()


def check_in(seen: Scan, *, by: User | None, at: datetime | None = None) -> CheckIn:
    """Let a guest in, or say why not; keep it either way. The caller has made sure that `by` may check
    in at the event. `at` is when the scan arrived (UTC).

    Returns the check-in with its `attendee` at hand as it now is (None for a code that is unknown or of
    another event); as `previous` the check-in that let the guest in before, if that is the answer; as
    `was_out_since` (UTC) when a guest who comes again had gone out; and as `inside` how many are, where
    the guest is known and the event has a capacity. What the door decided by itself (`admitted`) is
    what happened; the answer is what it would have been told. The same nonce again returns what was
    answered the first time; a script (`by` None) is never recognised.

    Raises `Invalid`: `nonce-reused` for a nonce of another scan, `wrong-direction` at a station that
    lets nobody in; `Busy`.
    """
    return _perform([seen], IN, by, at)[0]


def check_out(seen: Scan, *, by: User | None, at: datetime | None = None) -> CheckIn:
    """Let a guest out; otherwise as `check_in`."""
    return _perform([seen], OUT, by, at)[0]


def admit_group(
    attendees: Sequence[Attendee], like: Scan, *, by: User | None, at: datetime | None = None
) -> list[CheckIn]:
    """Let several guests of an event in with one request, each once and answered by itself; the nonces
    of their scans follow from that of `like`. Otherwise as `check_in`.
    """
    ids = list(dict.fromkeys(attendee.pk for attendee in attendees))
    # One keeps the nonce itself, so that another group cannot take it.
    nonces = {pk: like.nonce if pk == min(ids) else uuid5(like.nonce, str(pk)) for pk in ids}
    return _perform([replace(like, code="", attendee_id=pk, nonce=nonces[pk]) for pk in ids], IN, by, at)


@retry_transient
def _perform(seen: Sequence[Scan], direction: str, by: User | None, at: datetime | None) -> list[CheckIn]:
    for one in seen:
        _check_direction(one.station, direction)
    try:
        with transaction.atomic(durable=True):
            return _scan(seen, direction, by, at or timezone.now())
    except IntegrityError:
        # A nonce that was there before, which its index has refused: to look it up first would cost
        # every scan what only a repetition needs.
        with transaction.atomic(durable=True):
            earlier = _replay(seen, direction, by)
        if earlier is None:
            raise
        return earlier


def _check_direction(station: Station | None, direction: str) -> None:
    if station is not None and station.direction not in (direction, Station.Direction.BOTH):
        detail = _("%(station)s lets nobody pass this way.") % {"station": station}
        raise Invalid.of("wrong-direction", detail, "direction")


# --- the same again -------------------------------------------------------------------------------


def _replay(seen: Sequence[Scan], direction: str, by: User | None) -> list[CheckIn] | None:
    """The check-ins that an earlier request with these nonces has made; None without one."""
    if by is None:
        return None
    made = {row.nonce: row for row in CheckIn.objects.filter(by=by, nonce__in=[one.nonce for one in seen])}
    if not made:
        return None
    for one in seen:
        if one.nonce not in made or made[one.nonce].fingerprint != one.fingerprint(direction):
            raise Invalid.of("nonce-reused", _("This nonce belongs to another scan."), "nonce")
    rows = [made[one.nonce] for one in seen]
    guests = _guests(seen)
    for row, one in zip(rows, seen, strict=True):
        if row.attendee_id is not None:
            row.attendee = guests[one.key]
        _recall(row)
    return rows


def _recall(row: CheckIn) -> None:
    """Set what is told beside the answer, from what was before the check-in."""
    row.previous = row.was_out_since = row.inside = None
    if row.attendee_id is None:
        return
    if row.answer == Answer.ALREADY:
        row.previous = _latest(row, 1)
    if row.moved == 1 and row.attendee.left_at is not None:
        left = _latest(row, -1)
        row.was_out_since = left and left.happened_at
    if row.attendee.capacity is not None:
        row.inside = row.attendee.inside


def _latest(row: CheckIn, moved: int) -> CheckIn | None:
    """The check-in by which the guest last went that way, before `row` if that is stored."""
    moves = CheckIn.objects.standing().filter(attendee=row.attendee_id, moved=moved)
    before = moves if row.pk is None else moves.filter(pk__lt=row.pk)
    return before.select_related("station", "by").order_by("-pk").first()


# --- the scan -------------------------------------------------------------------------------------


def _scan(seen: Sequence[Scan], direction: str, by: User | None, at: datetime) -> list[CheckIn]:
    """Rows for scans that differ in whom they saw, and in nothing else."""
    guests = _guests(seen)
    rows = [_row(one, guests.get(one.key), direction, by, at) for one in seen]
    passing = [row for row in rows if _passes(row)]
    if passing:
        _move(_with_a_place(passing))
    return list(insert(rows))


def _guests(seen: Sequence[Scan]) -> dict[str | int, Attendee]:
    """The attendees that were seen, by code or id, with what is judged of them: locked, their orders
    held against a cancellation, and their event against a change of its capacity.
    """
    if not seen:
        return {}
    keys = [one.key for one in seen]
    if seen[0].attendee_id is None:
        return {guest.code: guest for guest in _by_code(codes=keys)}
    return {guest.pk: guest for guest in _by_id(ids=keys)}


def _others_outside() -> Coalesce:
    others = Attendee.objects.filter(order=OuterRef("order"), is_inside=False).exclude(pk=OuterRef("pk"))
    counted = others.order_by().values("order").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def _judged() -> QuerySet[Attendee]:
    return (
        Attendee.objects.filter(order__status__gt="")  # drafts are nobody's tickets yet
        .annotate(
            event_id=F("ticket__event_id"),
            order_status=F("order__status"),
            ticket_name=F("ticket__name"),
            door_note=F("ticket__door_note"),
            valid_from=F("ticket__valid_from"),
            valid_until=F("ticket__valid_until"),
            reentry=F("ticket__event__reentry"),
            capacity=F("ticket__event__capacity"),
            order_identifier=F("order__identifier"),
            others_outside=_others_outside(),
            inside=F("ticket__event__inside"),
        )
        .only(*SEEN)
        .order_by("pk")
    )


@prepared(locks=LOCKS)
def _by_code(codes: Sequence[str]) -> QuerySet[Attendee]:
    return _judged().filter(code__in=codes)


@prepared(locks=LOCKS)
def _by_id(ids: Sequence[int]) -> QuerySet[Attendee]:
    return _judged().filter(pk__in=ids)


def _row(one: Scan, guest: Attendee | None, direction: str, by: User | None, at: datetime) -> CheckIn:
    occurred_at = one.occurred_at or at
    row = CheckIn(
        event=one.event,
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
    row.answer = _judge(one, guest, direction, row.happened_at)
    if row.answer in (Answer.UNKNOWN, Answer.WRONG_EVENT):
        row.code = one.code
    else:
        row.attendee = guest
    _recall(row)
    return row


def _judge(one: Scan, guest: Attendee | None, direction: str, when: datetime) -> str:
    """The answer, but for whether there is a place."""
    if guest is None:
        return Answer.UNKNOWN
    if guest.event_id != one.event.pk:
        return Answer.WRONG_EVENT
    if direction == OUT:
        return Answer.OK if guest.is_inside else Answer.NOT_INSIDE
    if guest.order_status in UNPAID:
        return Answer.UNPAID
    if guest.order_status in GONE:
        return Answer(guest.order_status)
    untimely = _untimely(guest, when)
    if untimely is not None:
        return untimely
    if one.station is not None and not _admits(one.station, guest.ticket_id):
        return Answer.WRONG_STATION
    if _has_come(guest):
        return Answer.ALREADY
    if one.admitted is False and _lacks_a_place(guest):
        return Answer.FULL
    return Answer.OK


def _untimely(ticket: Ticket | Attendee, when: datetime) -> Answer | None:
    """Why a ticket, or a guest with its times, is not admitted at that time; None if it is."""
    if ticket.valid_from and when < ticket.valid_from:
        return Answer.NOT_YET_VALID
    if ticket.valid_until and when > ticket.valid_until:
        return Answer.EXPIRED
    return None


def _admits(station: Station, ticket_id: int) -> bool:
    """Whether the station lets the ticket pass; `is_restricted`, where it was read along, saves asking."""
    if not getattr(station, "is_restricted", True):
        return True
    ids = set(station.tickets.values_list("pk", flat=True))
    return not ids or ticket_id in ids


def _has_come(guest: Attendee) -> bool:
    """Whether the event's rule of re-entry keeps the guest from coming in (again)."""
    if guest.reentry == Event.Reentry.ALWAYS:
        return False
    return guest.is_inside or (guest.reentry == Event.Reentry.NONE and guest.entered_at is not None)


def _lacks_a_place(guest: Attendee) -> bool:
    """Whether the house looks full. For who is turned away anyway: only counting one in says it for sure."""
    return not guest.is_inside and guest.capacity is not None and guest.inside >= guest.capacity


# --- the state of a guest, and the event's counter ------------------------------------------------


def _passes(row: CheckIn) -> bool:
    """Whether the guest moves, as answered so far, or as the door decided."""
    goes_out = row.direction == OUT
    return row.attendee is not None and row.is_let_through and row.attendee.is_inside == goes_out


def _with_a_place(rows: Sequence[CheckIn]) -> Sequence[CheckIn]:
    """Count guests in or out, where the event counts; those that pass. Who finds no place is answered
    `full`, and passes only if the door has decided so.
    """
    if rows[0].attendee.capacity is None:
        return rows
    event_id, change = rows[0].event_id, SIGN[rows[0].direction]
    inside = _count(event_id, change * len(rows))
    if inside is None:
        free, inside = _places(event_id)
        for row in rows[free:]:
            row.answer = Answer.FULL if row.answer == Answer.OK else row.answer
        passing = [row for row in rows if row.is_let_through]
        if passing:
            inside = _count(event_id, len(passing), freely=True)
    else:
        passing = rows
    for row in rows:
        row.inside = inside
    return passing


def _count(event_id: int, change: int, *, freely: bool = False) -> int | None:
    """Change the number of people inside an event with a capacity: below zero, within it, or `freely`,
    because what has happened is counted. How many are inside now; None if they do not fit.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_event SET inside = inside + %s WHERE id = %s AND capacity IS NOT NULL"
            " AND (%s OR inside + %s <= capacity) RETURNING inside",
            [change, event_id, freely or change < 0, change],
        )
        found = cursor.fetchone()
    return found[0] if found else None


def _places(event_id: int) -> tuple[int, int]:
    """How many may still come in, and how many are inside, locked against others who come."""
    event = Event.objects.select_for_update(no_key=True).get(pk=event_id)
    return max(0, event.capacity - event.inside), event.inside


def _move(rows: Sequence[CheckIn]) -> None:
    """Set where the guests are now, who were on the other side before."""
    if not rows:
        return
    goes_in, when = rows[0].direction == IN, rows[0].happened_at
    time = "entered_at" if goes_in else "left_at"
    for row in rows:
        row.moved = SIGN[row.direction]
        row.was_out_since = row.attendee.left_at if goes_in else None
        row.attendee.is_inside = goes_in
        setattr(row.attendee, time, when)
    marks = ", ".join(["%s"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE attendees_attendee SET is_inside = %s, {time} = %s WHERE id IN ({marks})",  # noqa: S608
            [
                goes_in,
                connection.ops.adapt_datetimefield_value(when),
                *(row.attendee_id for row in rows),
            ],
        )


# --- undone ---------------------------------------------------------------------------------------


@retry_transient
def undo(check: CheckIn, *, by: User | None, at: datetime | None = None) -> CheckIn:
    """Take a scan back that let somebody in or out by mistake: a new row the other way. Said again, it
    returns the same row. Whoever is in again by it has never left, and so needs no place.

    Raises `Conflict` `nothing-to-undo` for a scan that moved nobody, `not-the-last` when the guest has
    passed again since, `order-cancelled` or `order-expired` for a guest who went out and whose order
    is gone since; `Busy`.
    """
    with transaction.atomic(durable=True):
        if check.attendee_id is None or not check.moved or check.undoes_id is not None:
            raise Conflict.of("nothing-to-undo", _("This scan let nobody in or out."))
        (guest,) = _by_id(ids=[check.attendee_id])
        earlier = CheckIn.objects.filter(undoes=check).first()
        if earlier is not None:
            return earlier
        moves = list(CheckIn.objects.standing().filter(attendee=guest).order_by("pk"))
        if moves[-1].pk != check.pk:
            raise Conflict.of("not-the-last", _("The guest has passed again since."))
        if check.direction == OUT and guest.order_status in GONE:
            detail = _("The guest's order is gone: nobody comes in by it any more.")
            raise Conflict.of(f"order-{guest.order_status}", detail)
        return _reverse([moves], by=by, at=at or timezone.now())[0]


def _reverse(histories: Sequence[Sequence[CheckIn]], *, by: User | None, at: datetime) -> Sequence[CheckIn]:
    """Rows the other way for the last of each guest's moves at an event, and the guests as before."""
    rows = [_reversal(check, by=by, at=at) for *_before, check in histories]
    guests: dict[tuple, list[int]] = {}
    for row, (*before, _check) in zip(rows, histories, strict=True):
        times = {move.moved: move.happened_at for move in before}
        guests.setdefault((row.moved == 1, times.get(1), times.get(-1)), []).append(row.attendee_id)
    for (is_inside, entered_at, left_at), ids in guests.items():
        Attendee.objects.filter(pk__in=ids).update(
            is_inside=is_inside, entered_at=entered_at, left_at=left_at
        )
    _count(rows[0].event_id, sum(row.moved for row in rows), freely=True)
    return insert(rows)


def _reversal(check: CheckIn, *, by: User | None, at: datetime) -> CheckIn:
    return CheckIn(
        event_id=check.event_id,
        attendee_id=check.attendee_id,
        station_id=check.station_id,
        by=by,
        direction=OUT if check.moved == 1 else IN,
        answer=Answer.OK,
        moved=-check.moved,
        occurred_at=at,
        received_at=at,
        undoes=check,
    )


# --- with a sale ----------------------------------------------------------------------------------


def admit_sold(attendees: Sequence[Attendee], *, event: Event, by: User | None, at: datetime) -> None:
    """Let in guests who were just sold their tickets, in the sale's own transaction. Who is inside
    already stays so, and who bought for another time is not let in yet. All others or none: raises
    `Conflict` `full`.
    """
    coming = [a for a in attendees if not a.is_inside and _untimely(a.ticket, at) is None]
    if not coming:
        return
    counts = _held(event_id=event.pk)[0].capacity is not None
    if counts and _count(event.pk, len(coming)) is None:
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
    _move(rows)
    insert(rows)


@prepared(locks="FOR KEY SHARE")
def _held(event_id: int) -> QuerySet[Event]:
    """The event, held against a change of its capacity: without one nothing is counted, and so nothing
    would lock it.
    """
    return Event.objects.filter(pk=event_id)


def take_back(attendees: QuerySet[Attendee], *, event: Event, by: User | None, at: datetime) -> None:
    """Check out the guests of an order that is cancelled whom the sale itself let in. Runs in the
    transaction that has locked the order, which keeps scans out, and its tickets.

    Raises `Conflict` `guest-inside` if one has come in by the door.
    """
    moves = CheckIn.objects.standing().filter(attendee__in=attendees.filter(is_inside=True)).order_by("pk")
    histories: dict[int, list[CheckIn]] = {}
    for move in moves:
        histories.setdefault(move.attendee_id, []).append(move)
    by_the_door = sum(history[-1].nonce is not None for history in histories.values())
    if by_the_door:
        detail = _("A guest of this order is inside: check them out first.")
        raise Conflict.of("guest-inside", detail, inside=by_the_door)
    if histories:
        _held(event_id=event.pk)
        _reverse(list(histories.values()), by=by, at=at)
