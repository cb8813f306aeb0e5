"""How an act on an order that was sold is asked for, and done: once, in one transaction, and kept."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee
from base.database import retry_transient
from base.errors import Conflict, Invalid, NotFound, Problem
from base.idempotency import HEADER, check_key, check_same
from events.approvals import Approval
from orders import states
from orders.acting import locked, tell
from orders.announcing import changed
from orders.cancellable import approver_of, check_amending
from orders.models import Amendment, Order
from outbox.announcing import Happening
from shifts.desk import Desk
from shifts.models import Shift


@dataclass(frozen=True)
class Ask:
    """Who asks for an act, at which desk, why, with whose leave, and with which idempotency key. `at` (UTC)
    is when, if not now.
    """

    desk: Desk = Desk()
    reason: str = ""
    approval: Approval | None = None
    key: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Way:
    """An act that was asked for, as it is done: the leave is proved, the time is known."""

    act: states.Act
    ask: Ask
    at: datetime
    approved_by: User | None
    fingerprint: str

    @property
    def desk(self) -> Desk:
        return self.ask.desk

    @property
    def reason(self) -> str:
        return self.ask.reason.strip()

    def check(self, order: Order, shift: Shift | None, *, undoes: bool = False) -> None:
        """Raise what `check_amending` raises of whoever may not move the order's money."""
        check_amending(order, self.desk, shift, self.reason, self.approved_by, self.at, undoes=undoes)

    def record(self, order: Order, shift: Shift | None = None, **said: Any) -> Amendment:
        """Write down that it was done: the order was `amended` by that."""
        order.amended = Amendment.objects.create(
            order=order,
            kind=self.act.value.replace("_", "-"),
            by=self.desk.by,
            approved_by=self.approved_by,
            reason=self.reason,
            at=self.at,
            shift=shift,
            said=said,
            key=self.ask.key,
            fingerprint=self.fingerprint,
        )
        return order.amended


# Does it to the locked order, and says what is to be announced; None: there was nothing to do.
Do = Callable[[Order, Way], Iterable[Happening] | None]


def amend(order: Order, act: states.Act, ask: Ask, do: Do, **terms: Any) -> Order:
    """Do an act, if the order's state lets it be tried, in one transaction of its own. `terms` are what makes
    one request differ from another. Said again with its key it changes nothing.

    Returns the order as it is then, and by what it was `amended`, now or when this was asked for first (None:
    there was nothing to do). Raises what `do` raises; `Conflict` `order-` and the state; `Forbidden`
    of an `approval`; `Invalid` `idempotency-key-reused`; `Busy`.
    """
    if ask.key is not None:
        check_key(ask.key)
    asked = json.dumps([act, order.pk, ask.reason.strip(), terms], sort_keys=True, default=str)
    fingerprint = hashlib.sha256(asked.encode()).hexdigest()
    approved_by = approver_of(order, ask.desk, ask.approval)
    way = Way(act, ask, ask.at or timezone.now(), approved_by, fingerprint)
    try:
        return _amend(order, way, do)
    except IntegrityError as refused:
        if ask.key is not None and _made(way) is not None:
            detail = _("This Idempotency-Key belongs to another request.")
            raise Invalid.of("idempotency-key-reused", detail, *HEADER) from refused
        raise


@retry_transient
def _amend(order: Order, way: Way, do: Do) -> Order:
    with transaction.atomic(durable=True):
        order = locked(order)
        earlier = None if way.ask.key is None else _made(way)
        if earlier is not None:
            check_same(earlier.fingerprint, way.fingerprint, *HEADER)
            order.amended = earlier
            return order
        states.check(order, way.act)
        happenings = do(order, way)
        if happenings is not None:
            order.save(update_fields=[])  # it was changed, whatever of it
            told = () if way.act == states.Act.REFUND else changed(order, way.act)
            tell(order, chain(told, happenings), way.at)
    return order


def _made(way: Way) -> Amendment | None:
    """What was done with the key. Who asks twice waits for the order, and so for the first try."""
    return Amendment.objects.filter(by=way.desk.by, key=way.ask.key).first()


def chosen(order: Order, ids: Iterable[int]) -> list[Attendee]:
    """Those of the order's attendees with these ids that are not cancelled, with their tickets at hand, by
    id. Raises `NotFound` for each that is not the order's; `Invalid` `required` for none.
    """
    ids = list(dict.fromkeys(ids))
    if not ids:
        raise Invalid.of("required", _("Name at least one attendee."), "attendees")
    found = {one.pk: one for one in order.attendees.select_related("ticket").filter(pk__in=ids)}
    missing = [
        Problem("not-found", _("The order has no such attendee."), ("attendees", place))
        for place, pk in enumerate(ids)
        if pk not in found
    ]
    if missing:
        raise NotFound(*missing)
    return [found[pk] for pk in sorted(found) if found[pk].is_live]


def only(order: Order, attendee: int) -> Attendee:
    """The order's attendee with that id. Raises `NotFound`; `Conflict` `attendee-cancelled`."""
    for one in chosen(order, [attendee]):
        return one
    raise Conflict.of("attendee-cancelled", _("This ticket was cancelled."), "attendees")


def told(attendees: Sequence[Attendee]) -> list[Mapping[str, Any]]:
    """The attendees as the story tells of them: who they were, and what they had."""
    return [{"id": one.pk, "name": one.full_name, "ticket": one.sold_as} for one in attendees]
