"""An event once more, with all that was set up for it and nothing that happened at it: for the next year's,
and for a rehearsal.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import DateTimeField, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit.models import Audited
from base.database import retry_transient
from base.errors import Forbidden, Invalid, NotFound
from base.snapshot import one_snapshot
from base.validators import validate_time
from devices.lifecycle import add_device
from devices.models import Device
from door.models import Station
from events.models import Act, Event, MailParagraph, Member, may, role_at
from events.planning import add_event
from limits.models import Hold, Membership, Quota
from limits.shelf import Moves, lock
from prices.models import Discount
from shifts.models import Till
from tickets.models import Ticket

LONGEST_NAME = 200
# What is copied row by row, in the order in which it is written, with the way from a row to its event. That
# every table is here, or named as left out, is held by a test, as it is of every column.
COPIED: Mapping[type[Model], str] = {
    Member: "event",
    MailParagraph: "event",
    Ticket: "event",
    Till: "event",
    Quota: "event",
    Membership: "quota__event",
    Hold: "event",
    Hold.members.through: "hold__event",
    Discount: "event",
    Discount.tickets.through: "discount__event",
    Station: "event",
    Station.tickets.through: "station__event",
}
# Columns that begin anew, with what a new row has: what was sold, and what is the copy's own.
ANEW: Mapping[type[Model], frozenset[str]] = {
    Event: frozenset(
        {"name", "identifier", "starts_at", "state", "inside", "is_test", "created_at", "creator"}
    ),
    Ticket: frozenset({"sold", "held"}),  # what the copied holds keep is counted again
    Quota: frozenset({"used"}),
    Hold: frozenset({"sold"}),
}
# What must not end before it begins: the clock that goes back an hour lets an end come first.
WINDOWS: Mapping[type[Model], Sequence[tuple[str, str]]] = {
    Event: [("starts_at", "ends_at")],
    Ticket: [("sales_starts_at", "sales_ends_at"), ("valid_from", "valid_until")],
}
Ids = dict[type[Model], dict[Any, Any]]
Row = TypeVar("Row", bound=Model)
Move = Callable[[datetime], datetime]


@dataclass(frozen=True)
class Setup:
    """All that is copied of an event, as it was at one moment."""

    event: Event
    rows: Mapping[type[Model], Sequence[Model]]
    devices: Sequence[Device]


def copy_event(
    event: Event,
    *,
    by: User,
    name: str,
    starts_at: datetime,
    identifier: str | None = None,
    is_test: bool = False,
    state: str = Event.State.DRAFT,
) -> Event:
    """A new event with the tickets, quotas, holds, discounts, tills, stations and members of `event` as they
    are at one moment; `by` organizes it. Nothing that was sold, counted, scanned, invited or told comes
    along, and no webhook; a tablet is there under its name, and is to be paired. All times move with the
    start (UTC), by the clock on the event's wall.

    Raises `Forbidden` `permission-denied` unless `by` organizes `event`; `NotFound` for a test that was
    deleted; `Invalid` `time-out-of-range`; what `planning.add_event` raises; `Busy`.
    """
    with one_snapshot():
        setup = _read(event.pk, by)
    move = moved_by(setup.event, starts_at)
    own: dict[str, Any] = {"name": name, "starts_at": starts_at, "state": state, "is_test": is_test}
    if identifier is not None:
        own["identifier"] = identifier
    return _write(setup, own, move, by)


def rehearse(event: Event, *, by: User, identifier: str | None = None, at: datetime | None = None) -> Event:
    """A rehearsal of `event`: a copy that starts now (`at`, UTC), is on sale at once, and is a test for good.
    Raises what `copy_event` raises.
    """
    now = (at or timezone.now()).replace(second=0, microsecond=0)
    name = event.name if event.is_test else _("Rehearsal: %s") % event.name
    return copy_event(
        event,
        by=by,
        name=name[:LONGEST_NAME],
        starts_at=now,
        identifier=identifier,
        is_test=True,
        state=Event.State.PUBLISHED,
    )


def moved_by(event: Event, starts_at: datetime) -> Move:
    """What moves a time (UTC) of `event` as far as its start moves to `starts_at`, on its wall clock: 18:00
    stays 18:00, whichever time of the year. It raises `Invalid` `time-out-of-range`.
    """
    zone = ZoneInfo(event.timezone)

    def wall(at: datetime) -> datetime:
        return at.astimezone(zone).replace(tzinfo=None)

    distance = wall(starts_at) - wall(event.starts_at)

    def move(at: datetime) -> datetime:
        try:
            moved = (wall(at) + distance).replace(tzinfo=zone, fold=at.astimezone(zone).fold)
            validate_time(moved.astimezone(UTC))
        except (OverflowError, ValidationError):
            detail = _("So far away, a time of the event would lie outside of the years 1900 to 2999.")
            raise Invalid.of("time-out-of-range", detail, "starts_at") from None
        return moved.astimezone(UTC)

    return move


def _read(pk: int, by: User) -> Setup:
    event = Event.objects.filter(pk=pk).first()
    if event is None:
        raise NotFound.of("not-found", _("There is no such thing here."))
    if not may(role_at(event, by), Act.MANAGE):
        raise Forbidden.of("permission-denied", _("Your role at this event does not allow this."))
    rows: dict[type[Model], Sequence[Model]] = {
        model: list(model._default_manager.filter(**{way: event}).order_by("pk"))
        for model, way in COPIED.items()
    }
    rows[Member] = list(Member.objects.filter(event=event).select_related("user").order_by("pk"))
    devices = Device.objects.with_role().filter(event=event, revoked_at=None)
    return Setup(event, rows, list(devices.order_by("pk")))


@retry_transient
@transaction.atomic(durable=True)
def _write(setup: Setup, own: Mapping[str, Any], move: Move, by: User) -> Event:
    copy = _again(setup.event, {}, move, **own)
    add_event(copy, creator=by)
    ids: Ids = defaultdict(dict, {Event: {setup.event.pk: copy.pk}})
    _write_members(setup, copy, by, ids)
    for model in COPIED:
        if model is not Member:
            _write_rows(model, setup.rows[model], ids, move)
    _set_aside(copy)
    return copy


def _write_members(setup: Setup, copy: Event, by: User, ids: Ids) -> None:
    """The people by their roles, and devices that wait to be paired under the same names; `by` is there."""
    mine = {row.user_id: row.pk for row in setup.rows[Member] if isinstance(row, Member)}
    people = [row for row in setup.rows[Member] if isinstance(row, Member) and not row.user.is_device]
    _write_rows(Member, [row for row in people if row.user_id != by.pk], ids, lambda at: at)
    again = {by.pk: by.pk}
    for device in setup.devices:
        if device.role in Device.ROLES:
            added = add_device(event=copy, name=device.name, role=device.role)
            again[device.user_id] = added.user_id
    there = dict(copy.members.filter(user__in=again.values()).values_list("user", "pk"))
    ids[Member] |= {mine[user]: there[other] for user, other in again.items() if user in mine}


def _write_rows(model: type[Model], rows: Iterable[Model], ids: Ids, move: Move) -> None:
    """Write rows that lead to what was written before; not those that lead to what was left out."""
    rows = [row for row in rows if _leads_on(row, ids)]
    written = model._default_manager.bulk_create([_again(row, ids, move) for row in rows])
    copies = ids[model]  # there, also where nothing was written
    for row, new in zip(rows, written, strict=True):
        copies[row.pk] = new.pk
        if isinstance(row, Member) and isinstance(new, Member):
            new.user = row.user  # at hand, for the name in the audit trail
    if issubclass(model, Audited):
        model.note_changes([row for row in written if isinstance(row, Audited)], {}, None)


def _leads_on(row: Model, ids: Ids) -> bool:
    keys = ((_copies(field, ids), getattr(row, field.attname)) for field in row._meta.concrete_fields)
    return all(copies is None or key is None or key in copies for copies, key in keys)


def _copies(field: Any, ids: Ids) -> dict[Any, Any] | None:
    """The copies of the rows that a column may lead to, by id; None for what is not copied."""
    return ids.get(field.remote_field.model) if field.is_relation else None


def _again(row: Row, ids: Ids, move: Move, **own: Any) -> Row:
    """A row like `row`, not saved: with `own` values, its times moved, leading to the copies of what it leads
    to.
    """
    values = dict(own)
    for field in row._meta.concrete_fields:
        if field.primary_key or field.name in ANEW.get(type(row), ()):
            continue
        value, copies = getattr(row, field.attname), _copies(field, ids)
        if copies is not None and value is not None:
            value = copies[value]
        elif isinstance(field, DateTimeField) and value is not None:
            value = move(value)
        values[field.attname] = value
    for start, end in WINDOWS.get(type(row), ()):
        if values[start] is not None and values[end] is not None:
            values[end] = max(values[start], values[end])
    return type(row)(**values)


def _set_aside(copy: Event) -> None:
    """Count what the holds keep, of which nothing is sold yet, on their tickets and quotas."""
    kept: Counter[int] = Counter()
    for ticket, quantity in copy.holds.values_list("ticket", "quantity"):
        kept[ticket] += quantity
    lock(event=copy, ticket_ids=kept, in_anothers=True).write(Moves(held=kept))
