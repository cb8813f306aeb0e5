"""How many people are inside an event, and how they came and went."""

from typing import Any

from django.db.models import Count, Q

from attendees.models import Attendee
from base.sql.among import Among
from door.models import CheckIn
from events.models import Event

WARN_AT = 0.9


def occupancy(event: Event) -> dict[str, Any]:
    """Inside now, entered and left (each movement counts), by station and by ticket; the capacity, and
    whether nine tenths of it are taken.
    """
    moved = {"entered": Count("pk", filter=Q(moved=1)), "left": Count("pk", filter=Q(moved=-1))}
    checks = CheckIn.objects.filter(event=event).exclude(moved=0).order_by()
    inside = Attendee.objects.filter(Among("ticket_id", event.tickets.all()), is_inside=True).order_by()
    by_ticket = dict(inside.values_list("ticket").annotate(Count("pk")))
    now = sum(by_ticket.values())
    capacity = event.capacity
    return {
        "inside": now,
        **checks.aggregate(**moved),
        "capacity": capacity,
        "is-nearly-full": capacity is not None and now >= capacity * WARN_AT,
        "stations": [
            {"id": pk and str(pk), "name": name or "", "entered": entered, "left": left}
            for pk, name, entered, left in checks.values("station", "station__name")
            .annotate(entered=moved["entered"], left=moved["left"])
            .order_by("station__name")
            .values_list("station", "station__name", "entered", "left")
        ],
        "tickets": [
            {"id": str(ticket.pk), "name": ticket.name, "inside": by_ticket.get(ticket.pk, 0)}
            for ticket in event.tickets.filter(admits=True).order_by("position", "pk")
        ],
    }
