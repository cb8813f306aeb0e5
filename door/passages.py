"""What a scan makes of the guest's others: one that arrives late, and one of another day."""

from datetime import datetime, timedelta
from typing import cast

from django.db.models import Q
from django.utils.translation import gettext as _

from attendees.models import Attendee
from door.models import CheckIn, Guest
from door.whereabouts import SIGN, came
from events.days import business_day
from events.models import Event

Answer = CheckIn.Answer
IN, OUT = CheckIn.Direction.IN, CheckIn.Direction.OUT
# What a door without the network has decided arrives later than it happened.
OFFLINE = timedelta(seconds=10)


def was_overtaken(row: CheckIn) -> bool:
    """Whether a scan that arrives late was overtaken: the guest has been seen to go the other way since, so
    it moves nobody any more.
    """
    when = row.happened_at
    if row.received_at - when < OFFLINE:
        return False
    since = Q(clock_is_off=False, occurred_at__gt=when) | Q(clock_is_off=True, received_at__gt=when)
    scans = CheckIn.objects.filter(since, attendee=row.attendee_id, undoes=None, undone_by=None)
    if row.direction == OUT:
        return scans.filter(Q(admitted=None, answer=Answer.OK) | Q(admitted=True), direction=IN).exists()
    # Whoever goes out has come in, whether or not that is known yet.
    overtaken = scans.filter(direction=OUT, answer__in=[Answer.OK, Answer.NOT_INSIDE]).exists()
    if overtaken:
        came(cast(Attendee, row.attendee), when)
    return overtaken


def comes_anew(row: CheckIn) -> bool:
    """Whether a guest comes in on another day who is still counted as inside: who left without a scan."""
    guest = row.guest
    if guest is None or row.direction != IN or row.moved or not row.is_let_through:
        return False
    attendee = guest.attendee
    daily = guest.reentry == Event.Reentry.DAILY and attendee.is_inside and attendee.entered_at is not None
    return daily and on_another_day(guest, cast(datetime, attendee.entered_at), row.happened_at)


def departure(row: CheckIn) -> CheckIn:
    """That the guest of `row` must have left before it."""
    return CheckIn(
        event_id=row.event_id,
        attendee_id=row.attendee_id,
        direction=OUT,
        answer=Answer.OK,
        moved=SIGN[OUT],
        occurred_at=row.happened_at,
        received_at=row.received_at,
        reason=_("Left on an earlier day without a scan."),
    )


def on_another_day(guest: Guest, came_at: datetime, when: datetime) -> bool:
    """Whether the business day of the guest's event has changed between these instants."""
    return business_day(guest, came_at) != business_day(guest, when)
