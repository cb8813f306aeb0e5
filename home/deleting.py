"""A rehearsal deleted with everything that happened at it. Nothing else that was sold is ever deleted
(docs/adr/0023): rows of the books refuse it, and foreign keys protect them. Here they are deleted around
both, of a test alone.
"""

from collections.abc import Collection, Sequence

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Model, ProtectedError, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee, Correction, NameWord, RetiredCode
from audit.models import Change
from base.database import retry_transient
from base.errors import Conflict, Forbidden, NotFound
from books.models import BooksCheck, ClosedReport, Seal
from devices.models import Device
from door.models import CheckIn, Phone, Station
from events.models import Act, Event, FormerIdentifier, Invitation, MailParagraph, Member, may, role_at
from exports.models import Export, Part
from home.models import Tick
from limits.models import Hold, Membership, Quota
from orders.models import Adjustment, Amendment, GivenUp, Order, Payment
from outbox.models import Hook, Message
from prices.models import Discount
from shifts.models import CashCount, CashMovement, Relief, Shift, Till
from tickets.models import Ticket

Ways = Sequence[str]
# Every table that belongs to an event, with the ways from a row to it; whatever leads to another stands
# before it. That none is missing is held by a test.
ROWS: Sequence[tuple[type[Model], Ways]] = [
    (Part, ["export__event"]),
    (Export, ["event"]),
    (Seal, ["event", "shift__till__event"]),
    (BooksCheck, ["event"]),
    (ClosedReport, ["shift__till__event"]),
    (Adjustment, ["order__event"]),
    (Payment, ["order__event"]),
    (CheckIn, ["event"]),
    (Correction, ["order__event"]),
    (NameWord, ["event"]),
    (RetiredCode, ["attendee__ticket__event"]),
    (Attendee, ["ticket__event"]),
    (Amendment, ["order__event"]),
    (Order, ["event"]),
    (CashMovement, ["shift__till__event"]),
    (CashCount, ["shift__till__event"]),
    (Relief, ["shift__till__event"]),
    (Shift, ["till__event"]),
    (Phone, ["event"]),
    (Station.tickets.through, ["station__event"]),
    (Station, ["event"]),
    (Discount.tickets.through, ["discount__event"]),
    (Discount, ["event"]),
    (Hold.members.through, ["hold__event"]),
    (Hold, ["event"]),
    (Till, ["event"]),
    (Membership, ["quota__event"]),
    (Quota, ["event"]),
    (Ticket, ["event"]),
    (Message, ["event", "hook__event"]),
    (Hook, ["event"]),
    (Device, ["event"]),
    (Invitation, ["event"]),
    (Member, ["event"]),
    (MailParagraph, ["event"]),
    (FormerIdentifier, ["event"]),
    (Tick, ["event"]),
    (Change, ["event"]),
    (Event, ["pk"]),
]
# What other rows lead to. Whoever sells, completes, counts or admits holds one of these, or needs one for the
# foreign key of what is written: it is done before, or sees that all is gone. In the order of all locks
# (docs/adr/0002).
LOCKED = (
    *(Order, Shift, Discount, Ticket, Quota, Hold, Event, Attendee, Till),
    *(Station, Export, Hook, Member),
)


@retry_transient
@transaction.atomic(durable=True)
def delete_test(event: Event, *, by: User) -> None:
    """Delete a test event with all its rows and the accounts of its tablets, for good. The audit trail keeps
    one row: who deleted it, and what it was.

    Raises `Forbidden` `permission-denied` unless `by` organizes it; `Conflict` `not-a-test`; `NotFound` where
    it is gone already; `Busy`.
    """
    _check(event, by)
    _lock(event)
    there = Event.objects.filter(pk=event.pk).first()
    if there is None:
        raise NotFound.of("not-found", _("There is no such thing here."))
    _check(there, by)
    tablets = list(Device.objects.filter(event=there).values_list("user", flat=True))
    gone = there.removal()
    for model, ways in ROWS:
        _delete(_rows(model, ways, there))
    _delete_accounts(tablets)
    gone.by, gone.event = by, None
    gone.save()


def _check(event: Event, by: User) -> None:
    if not may(role_at(event, by), Act.MANAGE):
        raise Forbidden.of("permission-denied", _("Your role at this event does not allow this."))
    if not event.is_test:
        raise Conflict.of("not-a-test", _("Only a test can be deleted. What was sold stays."))


def _lock(event: Event) -> None:
    ways = dict(ROWS)
    for model in LOCKED:
        rows = _rows(model, ways[model], event).select_for_update(of=("self",)).order_by("pk")
        list(rows.values_list("pk", flat=True))


def _rows(model: type[Model], ways: Ways, event: Event) -> QuerySet[Model]:
    leads_there = Q()
    for way in ways:
        leads_there |= Q(**{way: event.pk})
    return model._base_manager.filter(leads_there)


def _delete(rows: QuerySet[Model]) -> None:
    """At once, in one statement, and with nothing kept in the audit trail."""
    rows._raw_delete(DEFAULT_DB_ALIAS)


def _delete_accounts(tablets: Collection[int]) -> None:
    """Those that did something elsewhere stay, and can do nothing any more."""
    _delete(Change.objects.filter(Q(account__in=tablets) | Q(by__in=tablets), event=None).order_by())
    _delete(GivenUp.objects.filter(Q(actor__in=tablets) | Q(by__in=tablets)).order_by())
    for user in User.objects.filter(pk__in=tablets, is_device=True):
        try:
            QuerySet(User).filter(pk=user.pk).delete()  # not `User.objects`, whose trail would name it
        except ProtectedError:
            user.is_active = False
            user.save(update_fields=["is_active"])
            user.end_log_ins()
