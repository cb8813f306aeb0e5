"""What organizers do to an event."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from base import money
from base.database import retry_transient
from base.errors import Conflict, Forbidden, TooMany
from base.places import in_turn
from events.models import Event, FormerIdentifier, MailParagraph, Member, Role

DAY = timedelta(days=1)


@transaction.atomic(durable=True)
def create_event(*, creator: User, **fields: Any) -> Event:
    """A new event, with its creator as organizer. Raises what `add_event` raises."""
    event = Event(**fields)
    add_event(event, creator=creator)
    return event


def add_event(event: Event, *, creator: User, at: datetime | None = None) -> None:
    """Save a new event; whoever creates it is its organizer. Must run inside a transaction.

    Raises `Forbidden` `device`: a lost tablet that finds itself organizing something would be out of its
    organizers' sight; and `TooMany` `too-many-events` beyond what one account may create on one day.
    """
    if creator.is_device:
        raise Forbidden.of("device", _("A device organizes nothing."))
    User.objects.select_for_update(no_key=True).get(pk=creator.pk)  # two at once would both count the same
    _check_events(creator, at or timezone.now())
    event.creator = creator
    event.save()
    take_name(event)
    Member.objects.create(event=event, user=creator, role=Role.ORGANIZER)
    event.role = Role.ORGANIZER


def _check_events(creator: User, at: datetime) -> None:
    limit = settings.EVENTS_A_DAY
    made = Event.objects.filter(creator=creator, created_at__gt=at - DAY).count()
    if made >= limit and not creator.is_superuser:
        detail = _("You have created %(made)d events in the last 24 hours; at most %(limit)d can be.")
        numbers = {"made": made, "limit": limit}
        raise TooMany.of("too-many-events", detail % numbers, **numbers)


def check_more(model: type[Model], event: Event) -> None:
    """Raise `Conflict` `too-many-rows` where the event has as many of this kind as it may: tickets, tills,
    stations, devices.
    """
    held, limit = model._default_manager.filter(event=event).count(), settings.ROWS_PER_EVENT
    if held >= limit:
        detail = _("The event has %(held)d %(kind)s already; at most %(limit)d can be.")
        numbers = {"held": held, "limit": limit}
        named = {"kind": model._meta.verbose_name_plural, **numbers}
        raise Conflict.of("too-many-rows", detail % named, **numbers)


@retry_transient
@transaction.atomic(durable=True)
def change_event(event: Event, **changes: Any) -> Event:
    """Change some fields of an event; raises what `check_currency` raises, and `Busy`."""
    check_currency(event, changes.get("currency", event.currency))
    for name, value in changes.items():
        setattr(event, name, value)
    save_changes(event, list(changes))
    return event


@retry_transient
@transaction.atomic(durable=True)
def change_mail(event: Event, *, texts: Mapping[str, str], **changes: Any) -> None:
    """Change how an event writes mail: some of its fields, and its paragraph in some languages, which an
    empty text takes away. Raises `Busy`.
    """
    for name, value in changes.items():
        setattr(event, name, value)
    if changes:
        save_changes(event, list(changes))
    for language, text in texts.items():
        if text:
            MailParagraph.objects.update_or_create(event=event, language=language, defaults={"text": text})
        else:
            MailParagraph.objects.filter(event=event, language=language).delete()


def save_changes(event: Event, changed: Collection[str]) -> None:
    """Save those fields of an event; with the capacity, how many are inside, and with the identifier, what
    it was.

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
    former = Event.objects.select_for_update().get(pk=event.pk).identifier if "identifier" in changed else ""
    event.save(update_fields=changed)
    if former not in ("", event.identifier):
        take_name(event)
        FormerIdentifier.objects.update_or_create(identifier=former, defaults={"event": event})


def take_name(event: Event) -> None:
    """Addresses by the name that the event has just got lead to it, and no more to who was called so before.
    Must run inside a transaction, after the event was saved: whoever else takes the name or gives it up
    is done by then.
    """
    FormerIdentifier.objects.filter(identifier=event.identifier).delete()


def check_currency(event: Event, currency: str) -> None:
    """Raise `Conflict` if the event cannot go over to `currency`: `currency-in-use` when there are
    orders or shifts in its present one, `prices-do-not-fit` when a ticket's price, or what a discount
    takes off, has too many decimals.

    Must run inside a transaction. The tickets' locks wait for sales under way and hold back those to
    come, which look at the currency again when they write (`tickets.stock`).
    """
    if currency == Event.objects.values_list("currency", flat=True).get(pk=event.pk):
        return
    tickets = in_turn(lambda _: list(event.tickets.select_for_update(no_key=True).order_by("pk")), None)
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
    for discount in present.discounts.order_by("pk"):
        if discount.amount is not None and not money.fits(discount.amount, currency):
            detail = _("The amount of %(discount)s does not fit. %(misfit)s")
            numbers = {"discount": discount.name, "misfit": money.misfit(currency)}
            raise Conflict.of("prices-do-not-fit", detail % numbers, "payment_currency")
