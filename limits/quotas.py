"""Quotas made, changed and deleted."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from audit.models import Change
from base.errors import Conflict, Invalid, NotFound
from events.models import Event
from limits.models import Membership, Quota, keep_others
from limits.shelf import lock
from tickets import stock
from tickets.models import Ticket


class Judged(NamedTuple):
    """What a quota becomes: its event's tickets by id, locked, and the ids of its own before and after."""

    rows: Mapping[int, Ticket]
    before: set[int]
    after: set[int]

    def names(self, ids: set[int]) -> dict[str, list[str]]:
        return {"tickets": sorted(self.rows[pk].name for pk in ids)}


def judge(
    quota: Quota, tickets: Collection[Ticket] | None = None, *, changed: Collection[str] | None = None
) -> Judged:
    """What `write_quota` would do, and count in `used` what is sold and held of its tickets. Raises what that
    raises. Must run inside a transaction, until whose end the answer holds.
    """
    if any(ticket.event_id != quota.event_id for ticket in tickets or ()):
        raise Invalid.of("other-event", _("A quota has tickets of its event."), "tickets")
    rows = _locked_tickets(quota.event)
    before = _members(quota, changed)
    after = before if tickets is None else {ticket.pk for ticket in tickets}
    if not after <= rows.keys():
        raise NotFound.of("unknown-ticket", _("There is no such ticket."), "tickets")
    quota.used = sum(rows[pk].sold + rows[pk].held for pk in after)
    if quota.used > quota.size:
        detail = _("%(used)d of its tickets are sold or held already.") % {"used": quota.used}
        raise Conflict.of("quota-below-used", detail, "size", used=quota.used)
    return Judged(rows, before, after)


@transaction.atomic
def write_quota(
    quota: Quota, tickets: Collection[Ticket] | None = None, *, changed: Collection[str] | None = None
) -> Quota:
    """Save a new quota, or what one has become; with other `tickets` instead of its own (None: those that it
    has). What is sold and held of them counts from now on. Of a quota that is there only the fields that are
    `changed` (None: all) are written: the others may have become others meanwhile.

    Every ticket of its event is locked for it, because whose sales count is what changes.

    Raises `Invalid` `other-event` for tickets of another event; `NotFound` for tickets that are gone;
    `Conflict` `quota-below-used` if more is sold and held than its size.
    """
    judged = judge(quota, tickets, changed=changed)
    quota.save(update_fields=None if quota.pk is None else ["name", "size", "used"])
    if judged.after != judged.before:
        _write_members(quota, judged.before, judged.after)
        # The tickets stand in the audit trail like the quota's other settings.
        told = map(judged.names, (judged.before, judged.after))
        Change.note(quota, Change.Act.CHANGED, *told)
    return quota


@transaction.atomic
def delete_quota(quota: Quota) -> None:
    """Delete a quota; its tickets have their own limits and those of other quotas from then on."""
    _locked_tickets(quota.event)
    stock.limit(more=(), fewer=_members(quota, ()))
    quota.delete()


def _locked_tickets(event: Event) -> dict[int, Ticket]:
    """All tickets of the event by id, locked, and by that all its quotas, which are locked after a ticket."""
    ids = Ticket.objects.filter(event=event).values_list("pk", flat=True)
    return dict(lock(event=event, ticket_ids=ids, in_anothers=True).tickets)


def _members(quota: Quota, changed: Collection[str] | None) -> set[int]:
    """The ids of its tickets; of a new one none. Of its own row only what is `changed` stays."""
    if quota.pk is None:
        return set()
    # Its own row after its tickets': one without any is locked by nothing else.
    stored = Quota.objects.select_for_update(no_key=True).filter(pk=quota.pk).first()
    if stored is not None:
        keep_others(quota, stored, changed)
    return set(Membership.objects.filter(quota=quota).values_list("ticket_id", flat=True))


def _write_members(quota: Quota, before: set[int], after: set[int]) -> None:
    Membership.objects.filter(quota=quota, ticket__in=before - after).delete()
    Membership.objects.bulk_create([Membership(quota=quota, ticket_id=pk) for pk in sorted(after - before)])
    stock.limit(more=after - before, fewer=before - after)
