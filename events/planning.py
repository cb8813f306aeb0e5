"""What organizers do to an event."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from base import money
from base.database import retry_transient
from base.errors import Conflict, Forbidden
from events.models import Event, Member, Role


@transaction.atomic(durable=True)
def create_event(*, creator: User, **fields: Any) -> Event:
    """A new event, with its creator as organizer."""
    event = Event.objects.create(**fields)
    make_organizer(event, creator)
    return event


def make_organizer(event: Event, user: User) -> None:
    """Whoever creates an event is its organizer. Raises `Forbidden` `device`: a lost tablet that finds
    itself organizing something would be out of its organizers' sight.
    """
    if user.is_device:
        raise Forbidden.of("device", _("A device organizes nothing."))
    Member.objects.create(event=event, user=user, role=Role.ORGANIZER)
    event.role = Role.ORGANIZER


@retry_transient
@transaction.atomic(durable=True)
def change_event(event: Event, **changes: Any) -> Event:
    """Change some fields of an event; raises what `check_currency` raises, and `Busy`."""
    check_currency(event, changes.get("currency", event.currency))
    for name, value in changes.items():
        setattr(event, name, value)
    save_changes(event, list(changes))
    return event


def save_changes(event: Event, changed: Collection[str]) -> None:
    """Save those fields of an event; with the capacity, how many are inside.

    Must run inside a transaction. Guests are counted while there is a capacity only, so that one which
    is set needs the count of now. The full lock waits for whoever is just let in or out, and holds back
    those to come: they hold the event's row from before they look at its capacity
    (`door.whereabouts`).
    """
    changed = {*changed}
    if "capacity" in changed:
        Event.objects.select_for_update().get(pk=event.pk)
        counts = event.capacity is not None
        event.inside = event.tickets.filter(attendees__is_inside=True).count() if counts else 0
        changed.add("inside")
    event.save(update_fields=changed)


def check_currency(event: Event, currency: str) -> None:
    """Raise `Conflict` if the event cannot go over to `currency`: `currency-in-use` when there are
    orders or shifts in its present one, `prices-do-not-fit` when a ticket's price has too many decimals.

    Must run inside a transaction. The tickets' locks wait for sales under way and hold back those to
    come, which look at the currency again when they write (`tickets.stock`).
    """
    if currency == Event.objects.values_list("currency", flat=True).get(pk=event.pk):
        return
    tickets = list(event.tickets.select_for_update(no_key=True).order_by("pk"))
    # The full lock, because a capacity that is set beside needs it (`save_changes`).
    present = Event.objects.select_for_update().get(pk=event.pk)
    if present.orders.exists():
        detail = _("The currency cannot change any more: there are orders in %s.") % present.currency
        raise Conflict.of("currency-in-use", detail, "payment_currency")
    if present.tills.filter(shifts__isnull=False).exists():
        detail = _("The currency cannot change any more: drawers were counted in %s.") % present.currency
        raise Conflict.of("currency-in-use", detail, "payment_currency")
    present.currency = currency
    for ticket in tickets:
        ticket.event = present
        if ticket.misfits:
            detail = _("The price of %(ticket)s does not fit. %(misfit)s")
            numbers = {"ticket": ticket.name, "misfit": money.misfit(currency)}
            raise Conflict.of("prices-do-not-fit", detail % numbers, "payment_currency")
