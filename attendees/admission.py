"""Guests let in and out. Every scan is kept, whatever its answer.

What decides is a conditional UPDATE of the attendee: of two simultaneous scans exactly one finds the
guest outside. Where the event has a capacity, one of its counter follows. Locks are taken in this order:
the attendees, then the event (docs/adr/0009).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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

Answer, IN, OUT = CheckIn.Answer, CheckIn.Direction.IN, CheckIn.Direction.OUT
CODE_MOST = 200
AHEAD, BACK = timedelta(minutes=2), timedelta(hours=24)
UNPAID = {"initializing", "pending", "placed"}


@dataclass(frozen=True)
class Scan:
    """What a door saw: a `code`, or an attendee by id.

    `occurred_at` (UTC) is when, by the door's own clock; None for now. `admitted` is what a door did
    that had to decide by itself, offline or by an organizer's leave (`reason`, `approved_by`); None if
    it waits for the answer. `nonce` makes a repetition harmless.

    Raises `Invalid` for a code that is none.
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
        if self.attendee_id is None and not self.code:
            raise Invalid.of("required", _("Name a code or an attendee."), "code")
        if len(self.code) > CODE_MOST or not self.code.isprintable():
            raise Invalid.of("invalid-code", _("A code has at most 200 printable characters."), "code")

    def fingerprint(self, direction: str) -> str:
        """A digest of everything that makes one scan differ from another."""
        said = [self.event.pk, direction, self.code, self.attendee_id, self.station and self.station.pk]
        said += [self.occurred_at, self.admitted, self.reason]
        return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()


def check_in(seen: Scan, *, by: User | None, at: datetime | None = None) -> CheckIn:
    """Let a guest in, or say why not; keep it either way. The caller has made sure that `by` may check
    in at the event. `at` is when the scan arrived (UTC).

    Returns the check-in with its `attendee` at hand as it now is (None for a code that is unknown or of
    another event); as `previous` the check-in that let the guest in before, if that is the answer; and
    as `inside` how many are, where the event has a capacity. The same nonce again returns what was
    answered the first time.

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
    """Let several guests of an event in with one request, each answered by itself; the nonces of their
    scans follow from that of `like`. Otherwise as `check_in`.
    """
    seen = [
        Scan(
            event=like.event,
            attendee_id=attendee.pk,
            station=like.station,
            occurred_at=like.occurred_at,
            admitted=like.admitted,
            nonce=uuid5(like.nonce, str(attendee.pk)),
        )
        for attendee in attendees
    ]
    return _perform(seen, IN, by, at)


@retry_transient
def _perform(seen: Sequence[Scan], direction: str, by: User | None, at: datetime | None) -> list[CheckIn]:
    for one in seen:
        _check_direction(one.station, direction)
    try:
        with transaction.atomic(durable=True):
            return _replay(seen, direction, by) or _scan(seen, direction, by, at or timezone.now())
    except IntegrityError:
        earlier = _replay(seen, direction, by)  # the same scan, sent twice at the same time
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
    _at_hand(rows, _guests(seen))
    return rows


# --- the scan -------------------------------------------------------------------------------------


def _scan(seen: Sequence[Scan], direction: str, by: User | None, at: datetime) -> list[CheckIn]:
    guests = _guests(seen)
    rows = [_row(one, guests.get(_key(one)), direction, by, at) for one in seen]
    movers = [row for row in rows if _moves(row)]
    if movers:
        (_enter if direction == IN else _leave)(seen[0].event, movers)
    _at_hand(rows, guests)
    insert(rows)
    return rows


def _key(one: Scan) -> str | int:
    return one.code.upper() if one.attendee_id is None else one.attendee_id


def _guests(seen: Sequence[Scan]) -> dict[str | int, Attendee]:
    """The attendees that were seen, by code or id, with what is judged of them; their orders held
    against a cancellation, and their event against a change of its capacity.
    """
    if seen[0].attendee_id is None:
        found = _by_code(codes=[_key(one) for one in seen])
        return {guest.code: guest for guest in found}
    found = _by_id(ids=[_key(one) for one in seen])
    return {guest.pk: guest for guest in found}


def _others_outside() -> Coalesce:
    others = Attendee.objects.filter(order=OuterRef("order"), is_inside=False).exclude(pk=OuterRef("pk"))
    counted = others.order_by().values("order").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def _judged() -> QuerySet[Attendee]:
    return (
        Attendee.objects.select_for_update(no_key=True, of=("ticket__event", "order"))
        .select_related("ticket__event", "order")
        .filter(order__status__gt="")  # drafts are nobody's tickets yet
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
        )
        .order_by("pk")
    )


@prepared(shared=True)
def _by_code(codes: Sequence[str]) -> QuerySet[Attendee]:
    return _judged().filter(code__in=codes)


@prepared(shared=True)
def _by_id(ids: Sequence[int]) -> QuerySet[Attendee]:
    return _judged().filter(pk__in=ids)


def _row(one: Scan, guest: Attendee | None, direction: str, by: User | None, at: datetime) -> CheckIn:
    occurred_at = one.occurred_at or at
    clock_is_off = not at - BACK <= occurred_at <= at + AHEAD
    row = CheckIn(
        event=one.event,
        station=one.station,
        by=by,
        direction=direction,
        occurred_at=occurred_at,
        received_at=at,
        clock_is_off=clock_is_off,
        admitted=one.admitted,
        reason=one.reason,
        approved_by=one.approved_by,
        nonce=one.nonce,
        fingerprint=one.fingerprint(direction),
    )
    row.guest = guest
    row.answer = _judge(one, guest, direction, at if clock_is_off else occurred_at)
    if row.answer in (Answer.UNKNOWN, Answer.WRONG_EVENT):
        row.code, row.guest = one.code, None
    row.attendee_id = row.guest and row.guest.pk
    return row


def _judge(one: Scan, guest: Attendee | None, direction: str, when: datetime) -> str:
    """The answer as far as it does not depend on who else comes at this moment."""
    if guest is None:
        return Answer.UNKNOWN
    if guest.event_id != one.event.pk:
        return Answer.WRONG_EVENT
    if direction == OUT:
        return Answer.OK
    if guest.order_status in UNPAID:
        return Answer.UNPAID
    if guest.order_status in (Answer.CANCELLED, Answer.EXPIRED):
        return guest.order_status
    if guest.valid_from and when < guest.valid_from:
        return Answer.NOT_YET_VALID
    if guest.valid_until and when > guest.valid_until:
        return Answer.EXPIRED
    if one.station is not None and not _admits(one.station, guest.ticket_id):
        return Answer.WRONG_STATION
    return Answer.OK


def _admits(station: Station, ticket_id: int) -> bool:
    ids = (
        station.ticket_ids if hasattr(station, "ticket_ids") else station.tickets.values_list("pk", flat=True)
    )
    return not ids or ticket_id in ids


def _moves(row: CheckIn) -> bool:
    """Whether the guest may have passed: as answered so far, or as the door decided."""
    return row.guest is not None and row.is_let_through


# --- the state of a guest, and the event's counter ------------------------------------------------


def _enter(event: Event, rows: Sequence[CheckIn]) -> None:
    guests = {row.guest.pk: row.guest for row in rows}
    rule = rows[0].guest.reentry
    entered = _set_inside([row for row in rows if row.admitted is None], rule)
    forced = _set_inside([row for row in rows if row.admitted], Event.Reentry.ALWAYS)
    full: set[int] = set()
    if rows[0].guest.capacity is not None:
        full = _find_places(event, sorted(entered), len(forced), rows)
    for row in rows:
        guest = row.guest
        if guest.pk in full:
            row.answer = Answer.FULL
        elif guest.pk in entered | forced:
            row.moved = 1
            row.was_out_since = guest.left_at
            guest.is_inside, guest.entered_at = True, row.happened_at
        elif row.admitted is None and rule != Event.Reentry.ALWAYS:
            row.answer = Answer.ALREADY
    for pk in full:  # outside again, as they were
        Attendee.objects.filter(pk=pk).update(is_inside=False, entered_at=guests[pk].entered_at)


def _set_inside(rows: Sequence[CheckIn], reentry: str) -> set[int]:
    """Let in those who are outside, and by the event's rule may come (again); their ids."""
    once = " AND entered_at IS NULL" if reentry == Event.Reentry.NONE else ""
    return _set(rows, f"is_inside = %s, entered_at = %s WHERE NOT is_inside{once}", True)


def _leave(event: Event, rows: Sequence[CheckIn]) -> None:
    left = _set(rows, "is_inside = %s, left_at = %s WHERE is_inside", False)
    for row in rows:
        if row.guest.pk in left:
            row.moved, row.guest.is_inside, row.guest.left_at = -1, False, row.happened_at
        elif row.admitted is None:
            row.answer = Answer.NOT_INSIDE
    if left:
        _count(event, -len(left))


def _set(rows: Sequence[CheckIn], change: str, is_inside: bool) -> set[int]:
    """One conditional UPDATE of the rows' attendees; the ids of those that it changed."""
    if not rows:
        return set()
    ids = [row.guest.pk for row in rows]
    time = connection.ops.adapt_datetimefield_value(rows[0].happened_at)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE attendees_attendee SET {change} AND id IN ({', '.join(['%s'] * len(ids))}) RETURNING id",  # noqa: S608
            [is_inside, time, *ids],
        )
        return {pk for (pk,) in cursor.fetchall()}


def _find_places(event: Event, entered: Sequence[int], forced: int, rows: Sequence[CheckIn]) -> set[int]:
    """Count guests into an event with a capacity; those of `entered`, by id, for whom there is no place."""
    inside = None
    if forced:
        _count_freely(event.pk, forced)
    full: set[int] = set()
    if entered:
        inside = _count(event, len(entered))
        if inside is None:
            now = Event.objects.select_for_update(no_key=True).get(pk=event.pk)
            free = max(0, now.capacity - now.inside)
            full = set(entered[free:])
            inside = _count(event, free) if free else now.inside
    for row in rows:
        row.inside = inside
    return full


def _count(event: Event, change: int) -> int | None:
    """Change the number of people inside an event with a capacity, `change` below zero or within it;
    how many are inside now, None if they would not fit or nobody counts.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_event SET inside = inside + %s WHERE id = %s AND capacity IS NOT NULL"
            " AND (%s < 0 OR inside + %s <= capacity) RETURNING inside",
            [change, event.pk, change, change],
        )
        found = cursor.fetchone()
    return found[0] if found else None


def _previous(guest: Attendee) -> CheckIn | None:
    """The check-in by which the guest is in, or was for the last time."""
    let_in = guest.check_ins.filter(direction=IN, moved=1).select_related("station", "by")
    return let_in.order_by("-pk").first()


def _at_hand(rows: Sequence[CheckIn], guests: dict[str | int, Attendee]) -> None:
    by_id = {guest.pk: guest for guest in guests.values()}
    for row in rows:
        if row.attendee_id is not None:
            row.attendee = by_id[row.attendee_id]
            if row.answer == Answer.ALREADY and not hasattr(row, "previous"):
                row.previous = _previous(row.attendee)


# --- undone ---------------------------------------------------------------------------------------


@retry_transient
def undo(check: CheckIn, *, by: User | None, at: datetime | None = None) -> CheckIn:
    """Take a scan back that let somebody in or out by mistake: a new row the other way. Said again, it
    returns the same row.

    Raises `Conflict` `nothing-to-undo` for a scan that moved nobody, `not-the-last` when the guest has
    passed again since.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        guest = check.attendee_id and Attendee.objects.select_for_update(no_key=True).get(
            pk=check.attendee_id
        )
        earlier = CheckIn.objects.filter(undoes=check).first()
        if earlier is not None:
            return earlier
        if not check.moved or check.undoes_id is not None:
            raise Conflict.of("nothing-to-undo", _("This scan let nobody in or out."))
        last = guest.check_ins.exclude(moved=0).order_by("-pk").first()
        if last.pk != check.pk:
            raise Conflict.of("not-the-last", _("The guest has passed again since."))
        return _reverse([check], by=by, at=at)[0]


def take_back(
    attendees: QuerySet[Attendee], *, sold_at: datetime | None, by: User | None, at: datetime
) -> None:
    """Check out the guests of an order that is cancelled, whom the sale itself let in at `sold_at`. Runs
    in the transaction that has locked the order.

    Raises `Conflict` `guest-inside` if one has come in through the door.
    """
    ids = list(attendees.filter(is_inside=True).order_by("pk").values_list("pk", flat=True))
    moves = CheckIn.objects.filter(attendee__in=ids).exclude(moved=0).order_by("pk")
    last = {check.attendee_id: check for check in moves}
    if any(check.received_at != sold_at for check in last.values()):
        detail = _("A guest of this order is inside: check them out first.")
        raise Conflict.of("guest-inside", detail, inside=len(ids))
    _reverse([last[pk] for pk in ids], by=by, at=at)


def _reverse(checks: Sequence[CheckIn], *, by: User | None, at: datetime) -> Sequence[CheckIn]:
    """Rows the other way, and the guests as they were before."""
    rows = [
        CheckIn(
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
        for check in checks
    ]
    for check in checks:
        Attendee.objects.filter(pk=check.attendee_id).update(
            is_inside=check.moved == -1, entered_at=_last_time(check, 1), left_at=_last_time(check, -1)
        )
    if rows:
        _count_freely(rows[0].event_id, sum(row.moved for row in rows))
    return insert(rows)


def _last_time(check: CheckIn, moved: int) -> datetime | None:
    """When the guest last went that way before `check`, what was undone left aside."""
    before = CheckIn.objects.filter(attendee=check.attendee_id, pk__lt=check.pk, moved=moved, undoes=None)
    last = before.filter(undone_by=None).order_by("-pk").first()
    return last and last.happened_at


def _count_freely(event_id: int, change: int) -> None:
    """What has happened is counted, capacity or not."""
    Event.objects.filter(pk=event_id, capacity__isnull=False).update(inside=F("inside") + change)


# --- admitted at the sale -------------------------------------------------------------------------


def admit_sold(attendees: Sequence[Attendee], *, event: Event, by: User | None, at: datetime) -> None:
    """Let in guests who were just sold their tickets, in the sale's own transaction. All or none:
    raises `Conflict` `full`.
    """
    ids = [attendee.pk for attendee in attendees]
    Attendee.objects.filter(pk__in=ids).update(is_inside=True, entered_at=at)
    places = Event.objects.filter(pk=event.pk, capacity__isnull=False)
    if _count(event, len(ids)) is None and places.exists():
        raise Conflict.of("full", _("The house is full: sell without letting in, or wait."), "admit")
    insert(
        [
            CheckIn(
                event=event,
                attendee=attendee,
                by=by,
                direction=IN,
                answer=Answer.OK,
                moved=1,
                occurred_at=at,
                received_at=at,
            )
            for attendee in attendees
        ]
    )
