"""What organizers do to an event."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.models import Event, Member, Role
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
    """Change some fields of an event.

    Raises `Conflict` `currency-in-use` when the currency would change under orders that were priced
    in it. The row lock keeps new orders out meanwhile: their foreign key needs the event's row.
    """
    locked = Event.objects.select_for_update().get(pk=event.pk)
    if changes.get("currency", locked.currency) != locked.currency and locked.orders.exists():
        raise Conflict.of(
            "currency-in-use",
            _("The currency cannot change any more: there are orders in %s.") % locked.currency,
            "payment_currency",
        )
    for name, value in changes.items():
        setattr(event, name, value)
    event.save(update_fields=list(changes))
    return event
