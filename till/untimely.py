"""Tickets that the door would not admit now: the till asks before it sells them."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from base.times import moment
from door.timely import first_moment, last_moment
from events.models import Event
from tickets.models import Ticket


def admits(ticket: Ticket, event: Event) -> dict[str, Any] | None:
    """From when until when (UTC, ISO 8601) the door admits the ticket, and what to say `early` and `late`, by
    the event's clock; None for an event without a margin, at which nobody asks, and for what admits nobody.
    """
    if event.margin_hours is None or not ticket.admits:
        return None
    first, last = first_moment(ticket, event), last_moment(ticket, event)
    return {
        "from": first and first.isoformat(),
        "until": last and last.isoformat(),
        "early": first and _("admitted from %s") % moment(first, event.timezone),
        "late": last and _("admitted until %s") % moment(last, event.timezone),
    }


def untimely(ticket: Ticket, event: Event, at: datetime) -> str:
    """What to say of a ticket that the door would not admit at `at`; empty if it would."""
    times = admits(ticket, event)
    if times is None:
        return ""
    first, last = first_moment(ticket, event), last_moment(ticket, event)
    if first and at < first:
        return f"{ticket}: {times['early']}"
    return f"{ticket}: {times['late']}" if last and at > last else ""
