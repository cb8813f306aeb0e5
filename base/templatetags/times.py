from datetime import date, datetime, time

from django import template

from base import times

register = template.Library()


@register.filter
def moment(at: datetime | None, zone: str = "") -> str:
    """`{{ order.created_at|moment:event.timezone }}` -> `28 Nov 2026, 20:14 Europe/Berlin`."""
    return "" if at is None else times.moment(at, zone)


@register.filter
def clock(at: datetime | time, zone: str = "") -> str:
    """`{{ order.created_at|clock:event.timezone }}` -> `20:14`, on pages that name the zone."""
    return times.clock(at, zone)


@register.filter
def calendar_day(day: date) -> str:
    """`{{ day|calendar_day }}` -> `28 Nov 2026`."""
    return times.calendar_day(day)
