"""What is announced of guests who come and go (`outbox`): as their check-in says it, without code or name."""

from collections.abc import Iterable, Iterator

from base.times import wire_time
from door.models import CheckIn
from outbox.announcing import Happening, resource
from outbox.models import Topic


def moves(rows: Iterable[CheckIn]) -> Iterator[Happening]:
    """Those who have moved by these check-ins, which are stored."""
    for row in rows:
        if row.moved:
            yield Happening(Topic.CHECKED_IN if row.moved == 1 else Topic.CHECKED_OUT, _told(row))


def _told(row: CheckIn) -> dict[str, object]:
    attributes = {
        "direction": row.direction,
        "occurred-at": wire_time(row.occurred_at),
        "received-at": wire_time(row.received_at),
        "undoes": None if row.undoes_id is None else str(row.undoes_id),
    }
    return resource(
        "check-in",
        row.pk,
        attributes,
        event=row.event_id,
        attendee=row.attendee_id,
        station=row.station_id,
    )
