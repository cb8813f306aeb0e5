"""Where the guests are, and how many are inside: read under locks, and written, here only.

One statement reads the guests and locks them, so whatever is judged of them holds until the commit: of
two simultaneous scans the second sees what the first has done. Locks are taken in this order: the order
(shared), the event (shared, unless it counts), the attendees by id (docs/adr/0009).
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.utils import timezone

from accounts.models import User
from attendees.models import Attendee, AttendeeQuerySet
from base.sql.above import table_above
from base.sql.kept import kept
from base.sql.prepared import Part, Statement
from door.models import CheckIn, Guest, GuestAtStation, Station
from events.models import ROLES, Act, Event, role_of
from outbox.models import heard

# What is read of a guest who is seen.
SEEN = (
    "ticket_id",
    "order_id",
    "firstname",
    "lastname",
    "code",
    "is_inside",
    "entered_at",
    "left_at",
    "cancelled_at",
)
SIGN: dict[str, int] = {CheckIn.Direction.IN: 1, CheckIn.Direction.OUT: -1}


# --- read and locked ------------------------------------------------------------------------------


def _locks(counts: bool, **_values: Any) -> str:
    """In this order: who waits for an order must not hold the event yet, nor who waits for the event a
    guest.
    """
    order = table_above(Attendee, "order")
    if counts:
        return f"FOR KEY SHARE OF {order} FOR NO KEY UPDATE OF events_event, attendees_attendee"
    return f"FOR KEY SHARE OF {order}, events_event FOR NO KEY UPDATE OF attendees_attendee"


@kept(locks=_locks, into=Guest, draws=CheckIn)
def guests_by_code(codes: Sequence[str], counts: bool) -> QuerySet[Attendee]:
    """The attendees with these codes, with what is judged of them: locked, their orders held against a
    cancellation, and their event against a change of its capacity; if it `counts` who is inside, against
    others who come and go as well.
    """
    return _judged().filter(code__in=codes)


@kept(locks=_locks, into=Guest, draws=CheckIn)
def guests_by_id(ids: Sequence[int], counts: bool) -> QuerySet[Attendee]:
    """As `guests_by_code`, by id."""
    return _judged().filter(pk__in=ids)


@kept(locks=_locks, into=GuestAtStation, draws=CheckIn)
def guests_at(
    station_id: int, user_id: int, is_superuser: bool, codes: Sequence[str], counts: bool
) -> QuerySet[Attendee]:
    """As `guests_by_code`, of the station's event alone, and none unless the user may check in there; each
    with what is to be known of the station: its name and direction, and whether it `is_restricted`.
    """
    user, station = User(pk=user_id, is_superuser=is_superuser), "ticket__event__stations"
    return (
        _judged()
        .filter(**{station: station_id, "code__in": codes})
        .alias(there=role_of(user, "ticket__event_id"))
        .filter(there__in=ROLES[Act.CHECK_IN])
        .annotate(
            station_name=F(f"{station}__name"),
            station_direction=F(f"{station}__direction"),
            is_restricted=restriction(station),
        )
    )


@kept(into=Guest)
def guests_of_order(order_id: int) -> QuerySet[Attendee]:
    """As `guests_by_code`, all guests of an order whose tickets admit somebody and were not cancelled by
    themselves, and nothing locked: who may come is said, not done. Each is the company of another already,
    and nobody is told of them.
    """
    guests = _judged().live().filter(order=order_id, ticket__admits=True)
    return guests.annotate(has_company=Value(False), is_heard=Value(False))


def restriction(station: str) -> Exists:
    """SQL for whether the station whose id the column `station` holds lets pass some tickets only."""
    return Exists(Station.tickets.through.objects.filter(station=OuterRef(station)))


def _judged() -> AttendeeQuerySet:
    return (
        Attendee.objects.filter(order__status__gt="")  # drafts are nobody's tickets yet
        .annotate(
            event_id=F("ticket__event_id"),
            order_status=F("order__status"),
            ticket_name=F("ticket__name"),
            door_note=F("ticket__door_note"),
            admits=F("ticket__admits"),
            valid_from=F("ticket__valid_from"),
            valid_until=F("ticket__valid_until"),
            starts_at=F("ticket__event__starts_at"),
            ends_at=F("ticket__event__ends_at"),
            margin_hours=F("ticket__event__margin_hours"),
            timezone=F("ticket__event__timezone"),
            day_ends_at=F("ticket__event__day_ends_at"),
            reentry=F("ticket__event__reentry"),
            capacity=F("ticket__event__capacity"),
            order_identifier=F("order__identifier"),
            has_company=Exists(
                Attendee.objects.live()
                .filter(order=OuterRef("order"), ticket__admits=True)
                .exclude(pk=OuterRef("pk"))
            ),
            inside=F("ticket__event__inside"),
            is_heard=heard("ticket__event_id"),
        )
        .only(*SEEN)
        .order_by("pk")
    )


@kept(locks="FOR KEY SHARE")
def _held(event_id: int) -> QuerySet[Event]:
    return Event.objects.filter(pk=event_id)


def hold(event_id: int) -> Event:
    """The event, held against a change of its capacity: without one nothing is counted, and so nothing
    would lock it.
    """
    return _held(event_id=event_id)[0]


# --- written --------------------------------------------------------------------------------------

COUNT = Statement(
    "count",
    "UPDATE events_event SET inside = inside + %s WHERE id = %s AND capacity IS NOT NULL"
    " AND (%s OR inside + %s <= capacity) RETURNING inside",
    [(True, 0), (True, 1), (True, 2), (True, 0)],
)


def count(event_id: int, change: int, *, freely: bool = False) -> int | None:
    """Change the number of people inside an event with a capacity: below zero, within it, or `freely`,
    because what has happened is counted. How many are inside now; None if they do not fit.
    """
    found = COUNT.rows([change, event_id, freely or change < 0])
    return found[0][0] if found else None


def move_counted(rows: Sequence[CheckIn]) -> Sequence[Part]:
    """As `move`, for guests who were read locked: of an event that counts, its counter too."""
    guest = rows[0].guest if rows else None
    if guest is None or guest.capacity is None:
        return move(rows)
    change = SIGN[rows[0].direction] * len(rows)
    return [COUNT.part([change, rows[0].event_id, True]), *move(rows)]


def move(rows: Sequence[CheckIn]) -> Sequence[Part]:
    """Set where the guests of these new rows are now, all of whom were on the other side before, or are
    found to have been: the statements for it, to be sent with the rows.
    """
    if not rows:
        return []
    goes_in, when = rows[0].direction == CheckIn.Direction.IN, rows[0].happened_at
    for row in rows:
        attendee = cast(Attendee, row.attendee)  # nobody else moves
        row.moved = SIGN[row.direction]
        row.was_out_since = attendee.left_at if goes_in and not attendee.is_inside else None
        attendee.is_inside = goes_in
        setattr(attendee, _time(goes_in), when)
    return [
        _moving(goes_in, len(rows)).part(
            [_written(when), _written(timezone.now()), *(row.attendee_id for row in rows)]
        )
    ]


def came(guest: Attendee, when: datetime) -> None:
    """Set that the guest has come, if that was not known; where they are is another matter."""
    if guest.entered_at is None:
        guest.entered_at = when
        Attendee.objects.filter(pk=guest.pk).update(entered_at=when)


def put_back(
    ids: Sequence[int], *, is_inside: bool, entered_at: datetime | None, left_at: datetime | None
) -> None:
    """Set where guests are to where they were before."""
    guests = Attendee.objects.filter(pk__in=ids)
    guests.update(is_inside=is_inside, entered_at=entered_at, left_at=left_at)


@cache
def _moving(goes_in: bool, guests: int) -> Statement:
    which = ", ".join(["%s"] * guests)
    return Statement(
        "move",
        f"UPDATE attendees_attendee SET is_inside = %s, {_time(goes_in)} = %s, updated_at = %s"  # noqa: S608
        f" WHERE id IN ({which})",
        [(False, goes_in), *((True, index) for index in range(guests + 2))],
    )


def _time(goes_in: bool) -> str:
    return "entered_at" if goes_in else "left_at"


def _written(time: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(time)
