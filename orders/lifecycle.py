"""What becomes of an order after it was made: completed, cancelled, or expired.

Locks are taken in one order: the order, the shift, its tickets by id, the event, its attendees by id
(docs/adr/0002).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import chain

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from base import metrics, money
from base.database import retry_transient
from base.errors import Conflict, Forbidden, Invalid
from door import admission
from door.announcing import moves
from door.models import CheckIn
from door.undo import take_back
from events.models import Event
from limits import stock
from limits.announcing import sold_out
from limits.holds import release_ended
from orders import adjusting, states, takings
from orders.acting import become, held, hold_again, locked, settle_rest, tell
from orders.announcing import happened, refunded
from orders.cancellable import check_ending, drawer_of
from orders.models import Order, Payment
from orders.settlement import Paid, Taking, Tender, check_believed
from orders.takings import GiveBack
from outbox.announcing import announce
from outbox.models import Topic, heard
from prices.claims import is_used_up
from shifts import drawer
from shifts.desk import Desk
from shifts.models import Shift

Status = Order.Status

HOLD_ONLINE = timedelta(minutes=10)
HOLD_CARD = timedelta(minutes=30)
MOST_AT_ONCE = 200


def held_until(order: Order, *, deposit: bool = False) -> datetime | None:
    """When an unpaid order lets go of its tickets (UTC); None: not until somebody says so, as where a
    `deposit` was taken, and on the guest list.
    """
    if deposit or order.is_listed:
        return None
    if order.status == Status.INITIALIZING:
        return order.created_at + HOLD_ONLINE
    if order.status != Status.PENDING:
        return None
    if order.awaits_card:
        return order.created_at + HOLD_CARD
    minutes = order.event.pending_minutes
    return order.created_at + timedelta(minutes=minutes) if minutes else None


class MoneyDue(Conflict):
    """The one refusal that leaves something behind: the card's money is in the books, to be given back."""


def complete(
    order: Order,
    *,
    payments: Sequence[Paid] = (),
    desk: Desk = Desk(),
    admit: bool | None = None,
    amount: Decimal | None = None,
    at: datetime | None = None,
) -> Order:
    """Pay what is left of an unpaid order.

    `payments`, `desk` and `admit` as for a sale; no payments means all that is left, in the tender of the
    order's own mode. `amount` is what the client believes is left, and must be right. It belongs to the
    shift in which it was paid. Said again by the same user with the same payments, it changes nothing.

    The card terminal has its money whatever happened to the tickets meanwhile. An expired order that a
    card pays takes them again. Where they have gone to others, what the card paid is booked as money to
    be given back (`give_back`), and `MoneyDue` `order-money-due` says how much; said again, it is not
    booked again.

    Raises `Invalid` for payments that do not add up, and `amount-differs`; `Conflict` `order-completed`,
    `order-cancelled`, `order-expired`, `order-given-back` or `no-open-shift`; `NotFound` `unknown-till`;
    `Forbidden` `not-at-this-till`; `Busy`.
    """
    at = at or timezone.now()
    pay = partial(_complete, order, payments=payments, desk=desk, admit=admit, amount=amount, at=at)
    paid = pay()
    while paid is None:
        free_overdue(order.event, at)
        paid = pay(books_due=True)
    if paid.status == Status.EXPIRED:
        raise _too_late(paid)
    return paid


@retry_transient
def _complete(
    order: Order,
    *,
    payments: Sequence[Paid],
    desk: Desk,
    admit: bool | None,
    amount: Decimal | None,
    at: datetime,
    books_due: bool = False,
) -> Order | None:
    """The order as it is now: completed, or expired with the money of a card that came too late. None,
    and nothing was done, where there are not enough tickets for that and `books_due` is off.
    """
    with transaction.atomic(durable=True):
        order = locked(order)
        if _was_completed_so(order, payments, desk.by):
            return order
        is_late = _comes_too_late(order, payments)
        if is_late and order.payments.exists():
            return order
        if not (is_late or order.is_unpaid):
            raise states.refusal(order)
        check_believed(order.left_to_pay, amount, order.currency)
        shift = drawer.at_work(order.event, desk)
        settled = settle_rest(order, order.left_to_pay, payments)
        taken = _hold_again(order, at) if is_late else stock.Taken({})
        if taken is None:
            return _book_due(order, settled, desk, shift, at) if books_due else None
        takings.record(order, settled, desk=desk, shift=shift, at=at)
        order.shift = shift
        order.keep_letterhead()  # a receipt is of who was paid, when and where
        letterhead = order.kept_letterhead
        become(order, Status.COMPLETED, completed_at=at, shift=shift, kept_letterhead=letterhead)
        came: Sequence[CheckIn] = []
        if order.event.admit_now if admit is None else admit:
            attendees = order.attendees.live().select_related("ticket").order_by("pk")
            came = admission.admit_sold(list(attendees), event=order.event, by=desk.by, at=at)
        completed = happened(Topic.ORDER_COMPLETED, order)
        tell(order, chain([completed], moves(came), sold_out(taken)), at)
    return order


def _hold_again(order: Order, at: datetime) -> stock.Taken | None:
    """As `hold_again`, and None as well where others have used a discount up."""
    try:
        with transaction.atomic():
            return hold_again(order, at)
    except Conflict as refusal:
        if not is_used_up(refusal):
            raise
        return None


def _comes_too_late(order: Order, payments: Sequence[Paid]) -> bool:
    """Whether a card pays for tickets that are back on sale. Cash is handed back where it lies."""
    return order.status == Status.EXPIRED and any(paid.tender == Tender.CARD for paid in payments)


def _book_due(
    order: Order, settled: Sequence[Taking], desk: Desk, shift: Shift | None, at: datetime
) -> Order:
    cards = [taking for taking in settled if taking.tender == Tender.CARD]
    takings.record(order, cards, desk=desk, shift=shift, at=at)
    order.money_due = True
    order.save(update_fields=["money_due"])
    return order


def _too_late(order: Order) -> Conflict:
    if not order.money_due:
        detail = _("The card's money for order %s was given back.") % order
        return Conflict.of("order-given-back", detail, "status")
    detail = _("The tickets of order %(order)s have gone to others: %(amount)s must go back to the card.")
    values = {"order": order, "amount": money.display(order.balance, order.currency)}
    return MoneyDue.of("order-money-due", detail % values, "status", amount=f"{order.balance:.2f}")


@retry_transient
def give_back(order: Order, *, desk: Desk = Desk(), at: datetime | None = None) -> Order:
    """Record that the card's money of an order that expired (`complete`) was given back, at the card
    terminal of the desk's till, else of the till that took it. Said again, it changes nothing.

    Raises `Conflict` `nothing-due`; `NotFound` `unknown-till`; `Forbidden` `not-at-this-till`; `Busy`.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        order = locked(order)
        if not order.money_due:
            if order.status == Status.EXPIRED and order.payments.exists():
                return order
            raise Conflict.of("nothing-due", _("No money of this order is to be given back."))
        shift = drawer.at_work(order.event, desk)
        taken_in = order.payments.select_related("shift")[0].shift
        if shift is None and desk.till_id is None and taken_in is not None:
            shift = drawer.at_work(order.event, Desk(desk.by, taken_in.till_id))
        back = takings.reverse(order, order.balance, desk=desk, shift=shift, at=at)
        order.money_due = False
        order.save(update_fields=["money_due"])
        tell(order, refunded(order, back), at)
    return order


@retry_transient
def cancel(
    order: Order,
    *,
    desk: Desk = Desk(),
    reason: str = "",
    money_back: GiveBack | None = GiveBack(),
    at: datetime | None = None,
) -> Order:
    """Cancel a whole order: its attendees admit nobody, its tickets go back on sale, its money is
    given back by new payments (`money_back`), or kept (None): then its payments and their tax stay.
    What was kept of it before stays kept. Guests whom the sale let in are checked out; of whom a door has
    let in, a `reason` is asked. Said again, it changes nothing.

    An unpaid order may always be cancelled; a completed one within 60 seconds while the shift that sold
    it is open, and out of the same drawer (undo); and by an organizer with a `reason`, or by a script, at
    any time. Only these keep money, and no deposit. The money goes out of the drawer of the desk, else, of
    an undo, of the sale.

    Raises `Conflict` `guest-inside`, `undo-over`, `shift-closed`, `other-till`, `deposit-not-kept`, or
    `no-open-shift` where cash must be given back; `Invalid` `reason-required`, or `no-coins` where
    there are none for it; `NotFound` `unknown-till`; `Forbidden` `not-at-this-till` or
    `organizers-only`; `Busy`.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        order = locked(order)
        if order.status in (Status.CANCELLED, Status.EXPIRED):
            return order
        keeps = money_back is None and order.balance != 0
        shift = drawer_of(order, desk, money_back, at)
        check_ending(order, desk, shift, reason, keeps, at)
        back: Sequence[Payment] = []
        if not keeps:
            tender = money_back.tender if money_back else None
            left = adjusting.end(order, by=desk.by, shift=shift, reason=reason, at=at)
            back = takings.reverse(order, left, desk=desk, shift=shift, at=at, tender=tender)
        stock.give_back(event=order.event, counts=held([order]), at=at)
        out = take_back(order.attendees.live(), event=order.event, by=desk.by, at=at, reason=reason)
        ended = {"cancelled_at": at, "cancelled_by": desk.by, "cancel_reason": reason.strip()}
        become(order, Status.CANCELLED, money_kept=keeps, **ended)
        cancelled = happened(Topic.ORDER_CANCELLED, order)
        tell(order, [cancelled, *refunded(order, back), *moves(out)], at)
    return order


@retry_transient
def withdraw(order: Order, *, buyer: User, reason: str = "", at: datetime | None = None) -> Order:
    """Let go of an own order of which nothing is paid, as its buyer; otherwise as `cancel`.

    Raises `Forbidden` `not-unpaid` once there is money on it, which only staff can hand out; `Conflict`
    `guest-inside`; `Busy`.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        order = locked(order)
        if order.status in (Status.CANCELLED, Status.EXPIRED):
            return order
        if not order.is_unpaid or order.payments.exists():
            detail = _("Something is paid for this order: only who sells at the event can cancel it.")
            raise Forbidden.of("not-unpaid", detail)
        stock.give_back(event=order.event, counts=held([order]), at=at)
        left = take_back(order.attendees.live(), event=order.event, by=buyer, at=at)
        ended = {"cancelled_at": at, "cancelled_by": buyer, "cancel_reason": reason.strip()}
        become(order, Status.CANCELLED, **ended)
        tell(order, [happened(Topic.ORDER_CANCELLED, order), *moves(left)], at)
    return order


def free_overdue(event: Event, at: datetime | None = None) -> None:
    """Let go of what unpaid orders and holds keep from everybody beyond their time. Raises `Busy`."""
    expire_overdue(event, at)
    release_ended(event, at)


def expire_overdue(event: Event, at: datetime | None = None) -> int:
    """Let go of the tickets of the event's orders that were not paid in time; how many orders it was.

    It waits for whoever is completing, cancelling or expiring one of them right now. Raises `Busy`.
    """
    at = at or timezone.now()
    expired = 0
    while some := _expire_some(event, at):
        expired += some
    return expired


@retry_transient
def _expire_some(event: Event, at: datetime) -> int:
    with transaction.atomic(durable=True):
        overdue = Order.objects.overdue(at).filter(event=event).order_by("pk")
        overdue = overdue.annotate(event_is_heard=heard("event_id"))
        orders = list(overdue.select_for_update(no_key=True, of=("self",))[:MOST_AT_ONCE])
        stock.give_back(event=event, counts=held(orders), at=at)
        Order.objects.filter(pk__in=[order.pk for order in orders]).update(
            status=Status.EXPIRED, awaits_card=False, expires_at=None
        )
        for order in orders:
            order.status = Status.EXPIRED
        is_heard = any(vars(order)["event_is_heard"] for order in orders)
        expired = (happened(Topic.ORDER_EXPIRED, order) for order in orders)
        announce(event.pk, expired, at=at, is_heard=is_heard)
        metrics.counted(metrics.order_ends, Status.EXPIRED, by=len(orders))
    return len(orders)


def _was_completed_so(order: Order, payments: Sequence[Paid], by: User | None) -> bool:
    """Whether `by` completed the order with just these payments: the request was sent twice. Another
    user's, or a sale that was complete from the start, is none: somebody may have taken money twice.
    """
    if order.status != Status.COMPLETED or order.completed_at == order.created_at:
        return False
    rows = [payment for payment in order.payments.all() if payment.created_at == order.completed_at]
    try:
        asked = settle_rest(order, sum((row.amount for row in rows), Decimal(0)), payments)
    except Invalid:
        return False
    recorded = [Taking(row.tender, row.amount, row.tendered, row.reference) for row in rows]
    return list(asked) == recorded and {row.created_by_id for row in rows} == {by and by.pk}
