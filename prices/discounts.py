"""Discounts made, changed and deleted."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from audit.models import Change
from base.errors import Conflict, Invalid, NotFound
from limits.models import keep_others
from prices.models import Discount, typed_code
from tickets.models import Ticket


def judge(
    discount: Discount, tickets: Collection[Ticket] | None = None, *, changed: Collection[str] | None = None
) -> None:
    """Raise what `write_discount` would raise. Must run inside a transaction, until whose end the tickets and
    a discount that is there stay locked.
    """
    stored = _locked(discount) if discount.pk else None  # before tickets, as a sale does
    _check_tickets(discount, tickets or ())
    discount.code = typed_code(discount.code)
    if stored is None:
        return
    keep_others(discount, stored, changed)
    if discount.limit is None:
        return  # nobody counts, while sales wait
    used = Discount.objects.with_used().get(pk=discount.pk).used
    if discount.limit < used:
        detail = _("It was used in %(used)d sales already.") % {"used": used}
        raise Conflict.of("discount-below-used", detail, "limit", used=used)


@transaction.atomic
def write_discount(
    discount: Discount, tickets: Collection[Ticket] | None = None, *, changed: Collection[str] | None = None
) -> Discount:
    """Save a new discount, or what one has become; what was sold with it keeps its price. `tickets` are those
    that it is for, none meaning all (None: as they are). Of one that is there only the fields that are
    `changed` (None: all) are written: the others may have become others meanwhile.

    Raises `Invalid` `other-event` for tickets of another event; `Conflict` `discount-below-used` for a limit
    that is exceeded already; `NotFound` for one that is gone, and for tickets that are.
    """
    judge(discount, tickets, changed=changed)
    discount.save()
    _write_tickets(discount, tickets)
    return discount


@transaction.atomic
def delete_discount(discount: Discount) -> None:
    """Delete a discount that nothing was sold with. Raises `Conflict` `discount-in-use`, `NotFound`."""
    _locked(discount)
    if discount.attendees.exists():
        detail = _("Tickets were sold with it: take it out of use instead.")
        raise Conflict.of("discount-in-use", detail)
    discount.delete()


def _check_tickets(discount: Discount, tickets: Collection[Ticket]) -> None:
    if any(ticket.event_id != discount.event_id for ticket in tickets):
        raise Invalid.of("other-event", _("A discount is for tickets of its event."), "tickets")
    ids = {ticket.pk for ticket in tickets}
    # One that is deleted just now would leave a discount that is for all.
    there = Ticket.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    if ids and len(there) < len(ids):
        raise NotFound.of("unknown-ticket", _("There is no such ticket."), "tickets")


def _locked(discount: Discount) -> Discount:
    stored = Discount.objects.select_for_update().filter(pk=discount.pk).first()
    if stored is None:
        raise NotFound.of("not-found", _("There is no such thing here."))
    return stored


def _write_tickets(discount: Discount, tickets: Collection[Ticket] | None) -> None:
    """What it is for stands in the audit trail like its other settings."""
    if tickets is None:
        return
    before = set(discount.tickets.all())
    if before != set(tickets):
        discount.tickets.set(tickets)
        told = ({"tickets": sorted(ticket.name for ticket in some)} for some in (before, tickets))
        Change.note(discount, Change.Act.CHANGED, *told)
