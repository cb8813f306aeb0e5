"""Scans taken back: never an edit, always a row the other way."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee
from base.database import retry_transient
from base.errors import Conflict
from base.sql.insert import insert
from door import announcing
from door.models import CheckIn
from door.whereabouts import count, guests_by_id, hold, put_back
from events.models import Event
from outbox.announcing import announce


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
        (guest,) = guests_by_id(ids=[check.attendee_id], counts=check.event.capacity is not None)
        earlier = CheckIn.objects.filter(undoes=check).first()
        if earlier is not None:
            return earlier
        moves = list(CheckIn.objects.standing().filter(attendee=guest.attendee).order_by("pk"))
        if moves[-1].pk != check.pk:
            raise Conflict.of("not-the-last", _("The guest has passed again since."))
        standing = guest.standing
        if check.direction == CheckIn.Direction.OUT and standing.is_gone:
            detail = _("The guest's order is gone: nobody comes in by it any more.")
            raise Conflict.of(f"order-{standing}", detail)
        at = at or timezone.now()
        undone = _reverse([moves], by=by, at=at)
        announce(check.event_id, announcing.moves(undone), at=at, is_heard=guest.is_heard)
        return undone[0]


def _reverse(histories: Sequence[Sequence[CheckIn]], *, by: User | None, at: datetime) -> Sequence[CheckIn]:
    """Rows the other way for the last of each guest's moves at an event, and the guests as before."""
    rows = [_reversal(check, by=by, at=at) for *_before, check in histories]
    guests: dict[tuple[Any, ...], list[int]] = {}
    for row, (*before, _check) in zip(rows, histories, strict=True):
        times = {move.moved: move.happened_at for move in before}
        guests.setdefault((row.moved == 1, times.get(1), times.get(-1)), []).append(
            cast(int, row.attendee_id)
        )
    for (is_inside, entered_at, left_at), ids in guests.items():
        put_back(ids, is_inside=is_inside, entered_at=entered_at, left_at=left_at)
    count(rows[0].event_id, sum(row.moved for row in rows), freely=True)
    return insert(rows)


def _reversal(check: CheckIn, *, by: User | None, at: datetime) -> CheckIn:
    return CheckIn(
        event_id=check.event_id,
        attendee_id=check.attendee_id,
        station_id=check.station_id,
        by=by,
        direction=CheckIn.Direction.OUT if check.moved == 1 else CheckIn.Direction.IN,
        answer=CheckIn.Answer.OK,
        moved=-check.moved,
        occurred_at=at,
        received_at=at,
        undoes=check,
    )


def take_back(
    attendees: QuerySet[Attendee], *, event: Event, by: User | None, at: datetime, reason: str = ""
) -> Sequence[CheckIn]:
    """Check out those of the guests whose tickets are cancelled whom the sale itself let in. Runs in the
    transaction that has locked the order, which keeps scans out, and its tickets, and announces them with it.

    Raises `Conflict` `guest-inside` if one has come in by the door, unless somebody says for which `reason`
    they are cancelled nevertheless: then they are inside until a door lets them out.
    """
    moves = CheckIn.objects.standing().filter(attendee__in=attendees.filter(is_inside=True)).order_by("pk")
    histories: dict[int | None, list[CheckIn]] = {}
    for move in moves:
        histories.setdefault(move.attendee_id, []).append(move)
    by_the_door = [pk for pk, history in histories.items() if history[-1].nonce is not None]
    if by_the_door and not reason.strip():
        detail = _("A guest of this order is inside: check them out first, or say why.")
        raise Conflict.of("guest-inside", detail, inside=len(by_the_door))
    for pk in by_the_door:
        del histories[pk]
    if not histories:
        return []
    hold(event.pk)
    return _reverse(list(histories.values()), by=by, at=at)
