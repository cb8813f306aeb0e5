"""What organizers do to an event."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.models import Event, Member, Role
from onsite_project import money
from onsite_project.errors import Conflict


@transaction.atomic(durable=True)
def create_event(*, creator: User, **fields: Any) -> Event:
    """A new event, with its creator as organizer."""
    event = Event.objects.create(**fields)
    Member.objects.create(event=event, user=creator, role=Role.ORGANIZER)
    event.role = Role.ORGANIZER
    return event


@transaction.atomic(durable=True)
def change_event(event: Event, **changes: Any) -> Event:
    """Change some fields of an event; raises what `check_currency` raises."""
    check_currency(event, changes.get("currency", event.currency))
    for name, value in changes.items():
        setattr(event, name, value)
    event.save(update_fields=list(changes))
    return event


def check_currency(event: Event, currency: str) -> None:
    """Raise `Conflict` if the event cannot go over to `currency`: `currency-in-use` when there are
    orders in its present one, `prices-do-not-fit` when a ticket's price has too many decimals.

    Must run inside a transaction. The row lock keeps new orders out until it ends: their foreign key
    needs the event's row.
    """
    present = Event.objects.select_for_update().get(pk=event.pk)
    if currency == present.currency:
        return
    if present.orders.exists():
        detail = _("The currency cannot change any more: there are orders in %s.") % present.currency
        raise Conflict.of("currency-in-use", detail, "payment_currency")
    present.currency = currency
    for ticket in present.tickets.all():
        ticket.event = present
        if ticket.misfits:
            detail = _("The price of %(ticket)s does not fit. %(misfit)s")
            numbers = {"ticket": ticket.name, "misfit": money.misfit(currency)}
            raise Conflict.of("prices-do-not-fit", detail % numbers, "payment_currency")
