"""What is announced of shifts (`outbox`): that one is closed, and no sums."""

from base.times import wire_time
from outbox.announcing import Happening, announce, resource
from outbox.models import Topic
from shifts.models import Shift


def closed(shift: Shift) -> None:
    """In the transaction that closes it."""
    if shift.closed_at is None:
        raise ValueError("It is open.")
    attributes = {
        "number": shift.number,
        "opened-at": wire_time(shift.opened_at),
        "closed-at": wire_time(shift.closed_at),
    }
    event_id = shift.till.event_id
    data = resource("shift", shift.pk, attributes, event=event_id, till=shift.till_id)
    announce(event_id, [Happening(Topic.SHIFT_CLOSED, data)], at=shift.closed_at)
