"""Holds set, changed, given back and ended."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.models import Change
from base.database import retry_transient
from base.errors import Conflict, Invalid, NotFound
from events.models import Event, Member
from limits.models import Hold, keep_others
from limits.shelf import Moves, Shelf, lock
from tickets.models import Ticket


def judge(
    hold: Hold,
    members: Collection[Member] | None = None,
    *,
    changed: Collection[str] | None = None,
    at: datetime | None = None,
) -> tuple[Shelf, Moves]:
    """What `write_hold` would move, of what is locked for it. Raises what that raises. Must run inside a
    transaction, until whose end the answer holds.
    """
    _check_event(hold, members or ())
    shelf, ticket, stored = _locked(hold)
    if stored is not None:
        keep_others(hold, stored, changed)
    sold, quantity = (stored.sold, stored.quantity) if stored else (0, 0)
    if hold.quantity < sold:
        detail = ngettext("%(sold)d is sold already.", "%(sold)d are sold already.", sold)
        raise Conflict.of("quantity-below-sold", detail % {"sold": sold}, "quantity", sold=sold)
    more = hold.quantity - quantity
    if more > 0 and not hold.runs(at or timezone.now()):
        raise Conflict.of("hold-ended", _("A hold that has ended keeps nothing."), "ends_at")
    moves = Moves()
    moves.held[ticket.pk] += more
    if not shelf.fits(moves):
        raise _not_enough(ticket)
    return shelf, moves


@transaction.atomic
def write_hold(
    hold: Hold,
    members: Collection[Member] | None = None,
    *,
    changed: Collection[str] | None = None,
    at: datetime | None = None,
) -> Hold:
    """Save a new hold, which takes its quantity out of what everybody is sold and out of the ticket's quotas,
    or what one has become: a greater quantity takes more, a smaller one gives back. `members` are those who
    may sell from it, if that is for named ones (None: as they are). Of a hold that is there only the fields
    that are `changed` (None: all) are written: the others may have become others meanwhile. `at` is now
    (UTC).

    Raises `Invalid` `other-event` for a ticket, a till or members of another event; `NotFound` for what is
    gone; `Conflict` `quantity-below-sold`, `hold-ended` for one that has ended and shall keep more, and
    `not-enough-left`.
    """
    shelf, moves = judge(hold, members, changed=changed, at=at)
    shelf.write(moves)
    hold.save()
    hold.refresh_from_db(fields=["sold"])
    _write_members(hold, members)
    return hold


@transaction.atomic
def give_back(hold: Hold, number: int | None = None) -> Hold:
    """Put so many of what a hold has left back on sale for everybody; None: all.

    Raises `Conflict` `not-enough-left`; `NotFound`.
    """
    shelf, ticket, stored = _locked(hold)
    if stored is None:
        raise _gone()
    number = stored.left if number is None else number
    if not 0 <= number <= stored.left:
        detail = ngettext("Only %(left)d is left.", "Only %(left)d are left.", stored.left)
        raise Conflict.of("not-enough-left", detail % {"left": stored.left}, "quantity", left=stored.left)
    moves = Moves()
    moves.held[ticket.pk] -= number
    stored.quantity -= number
    stored.save(update_fields=["quantity"])  # here, for the audit trail
    shelf.write(moves)  # the ticket last, as a sale does
    return stored


@transaction.atomic
def delete_hold(hold: Hold) -> None:
    """Give back what a hold has left, and delete it. Raises `Conflict` `hold-in-use` if it was sold from."""
    give_back(hold)
    if hold.attendees.exists():
        raise Conflict.of("hold-in-use", _("It was sold from: give back what is left instead."))
    hold.delete()


@retry_transient
def release_ended(event: Event, at: datetime | None = None) -> int:
    """Put on sale what the event's holds keep beyond their end; how many tickets that is. Raises `Busy`."""
    at = at or timezone.now()
    ended = dict(Hold.objects.ended(at).filter(event=event).values_list("pk", "ticket_id"))
    if not ended:
        return 0
    with transaction.atomic(durable=True):
        shelf, moves = lock(event=event, ticket_ids=ended.values(), hold_ids=ended), Moves()
        for hold in shelf.holds.values():
            if not hold.runs(at):
                moves.set_aside(hold, -hold.left)
        shelf.write(moves)
    return -moves.held.total()


def _locked(hold: Hold) -> tuple[Shelf, Ticket, Hold | None]:
    """Its ticket with the quotas, and the hold as it is stored: locked; None for a new one."""
    ids = [hold.pk] if hold.pk else []
    shelf = lock(event=hold.event, ticket_ids=[hold.ticket_id], hold_ids=ids, in_anothers=True)
    if hold.ticket_id not in shelf.tickets or shelf.holds.keys() != set(ids):
        raise _gone()
    return shelf, shelf.tickets[hold.ticket_id], shelf.holds.get(hold.pk)


def _gone() -> NotFound:
    return NotFound.of("not-found", _("There is no such thing here."))


def _not_enough(ticket: Ticket) -> Conflict:
    left = max(0, ticket.available or 0)
    detail = ngettext("Only %(left)d %(ticket)s is left.", "Only %(left)d %(ticket)s are left.", left)
    return Conflict.of("not-enough-left", detail % {"left": left, "ticket": ticket}, "quantity", left=left)


def _check_event(hold: Hold, members: Collection[Member]) -> None:
    of_event = {"ticket": hold.ticket.event_id, "till": hold.till and hold.till.event_id}
    others = [name for name, event_id in of_event.items() if event_id not in (None, hold.event_id)]
    if any(member.event_id != hold.event_id for member in members):
        others.append("members")
    if others:
        raise Invalid.of("other-event", _("This belongs to another event."), others[0])


def _write_members(hold: Hold, members: Collection[Member] | None) -> None:
    """Who may sell from it stands in the audit trail like its other settings."""
    if members is None:
        return
    before = set(hold.members.select_related("user"))
    if before != set(members):
        hold.members.set(members)
        told = ({"members": sorted(str(member.user) for member in some)} for some in (before, members))
        Change.note(hold, Change.Act.CHANGED, *told)
