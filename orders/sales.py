"""The sale, the one way in which tickets are sold: onsite by staff, online by the buyer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee
from base.errors import Conflict, Forbidden, Invalid
from base.sql.insert import at_hand, insert
from door import admission
from events.approvals import Approval, approvers
from events.models import Event
from orders import drafts, idempotency, takings
from orders.lifecycle import expire_overdue, held_until
from orders.models import Order
from orders.settlement import Paid, Settlement, settle
from shifts import drawer
from tickets import stock
from tickets.models import Ticket

MAX_LINES = 50
MAX_ATTENDEES = 500


@dataclass(frozen=True)
class Guest:
    """What a walk-in may say of themselves; all of it may stay blank."""

    firstname: str = ""
    lastname: str = ""
    email: str = ""


@dataclass(frozen=True)
class Line:
    """So many of one ticket. `price`, `Decimal` in the event's currency, is what each gives of a
    donation; with a `reason` it replaces the ticket's own (0 is a comp), which an organizer must
    answer for (`approvals`). `guests` are the first of the attendees; the others stay placeholders.

    Raises `Invalid` for a quantity below 1, more guests than the quantity, or a reason without price.
    """

    ticket_id: int
    quantity: int
    price: Decimal | None = None
    guests: tuple[Guest, ...] = ()
    reason: str = ""
    approval: Approval | None = None

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise Invalid.of("invalid-quantity", _("A quantity is at least 1."), "quantity")
        if len(self.guests) > self.quantity:
            raise Invalid.of("too-many-attendees", _("More attendees are named than ordered."), "attendees")
        if self.reason and not self.reason.strip():
            raise Invalid.of("reason-required", _("Say why the price is another."), "reason")
        if self.reason and self.price is None:
            raise Invalid.of("required", _("A reason explains another price: name the price."), "price")
        if self.approval is not None and not self.reason:
            raise Invalid.of("reason-required", _("Say why the price is another."), "reason")

    def said(self) -> dict[str, Any]:
        """Everything that makes this line differ from another, without the PIN."""
        approver = self.approval and self.approval.user_id
        return {**asdict(replace(self, approval=None)), "approval": approver}


def sell_onsite(
    *,
    event: Event,
    lines: Sequence[Line],
    seller: User | None = None,
    payments: Sequence[Paid] = (),
    payment_mode: str | None = None,
    status: str | None = None,
    awaits_card: bool = False,
    card_amount: Decimal | None = None,
    till_id: int | None = None,
    drawer_required: bool = False,
    admit: bool | None = None,
    amount: Decimal | None = None,
    order_notes: str = "",
    billing: Mapping[str, str] | None = None,
    idempotency_key: str | None = None,
    at: datetime | None = None,
) -> Order:
    """Sell tickets to walk-ins: take the stock, make the attendees, record the money. All or nothing.

    The caller has made sure that `seller` may sell at `event`; scripts may leave the seller out.
    `payments`, `payment_mode` and `status` are what `settlement.settle` takes; `awaits_card` says of a
    pending order that the guest is at the card terminal, with `card_amount` if not with all of it. The
    money goes to the open shift of the till, else of the seller; `drawer_required` refuses a cashier's
    cash without one, as every door does but scripts. `admit` lets the guests in at once, if it is paid
    (None: as the event has it). `amount`, if given, is what the client believes it costs, and must be
    right.
    `at` is the time of the sale (UTC).

    Returns the order, its attendees with their tickets at hand; for a repeated `idempotency_key`
    the order that was made the first time.

    Raises `Invalid`, `NotFound` and `Conflict` with a problem for every failing line (their paths
    begin with `"lines"`), `Conflict` `no-open-shift` for cash that a cashier takes without a drawer,
    `Forbidden` for a price that nobody may answer for, `Busy` when the database could not answer in
    time. Must not be called inside a transaction: when it returns, the sale is on disk.
    """
    _check_size(lines)
    at = at or timezone.now()
    status = _pending(status) if awaits_card else status
    texts = {**(billing or {}), "order_notes": order_notes}
    walk_ins = _walk_ins(lines)
    fingerprint = idempotency.fingerprint(
        channel=Order.Channel.ONSITE,
        event=event.pk,
        lines=[line.said() for line in lines],
        payments=[asdict(payment) for payment in payments],
        terms=[payment_mode, status, awaits_card, card_amount, till_id, admit, amount, texts],
    )
    if any(line.reason for line in lines):
        earlier = idempotency.replay(seller, idempotency_key, fingerprint)
        if earlier is not None:
            return earlier  # without another guess at the PIN
        _approve(event, seller, lines, walk_ins)

    def write(identifier: str) -> Order:
        shift = drawer.at_work(event=event, till_id=till_id, cashier=seller)
        attendees = _priced(walk_ins, lines, _take(event, lines, at))
        total = _total([attendee.price_paid for attendee in attendees], amount)
        settlement = settle(
            amount=total,
            currency=event.currency,
            mode=payment_mode,
            status=status,
            payments=payments,
            cash_rounding=event.cash_rounding,
        )
        order = _insert_order(
            event=event,
            settlement=settlement,
            at=at,
            drawer_required=drawer_required,
            identifier=identifier,
            channel=Order.Channel.ONSITE,
            seller=seller,
            shift=shift,
            awaits_card=awaits_card,
            card_amount=_at_terminal(card_amount, total, awaits_card),
            amount=total,
            idempotency_key=idempotency_key,
            fingerprint=fingerprint,
            **texts,
        )
        for attendee in attendees:
            attendee.order = order
        insert(attendees)
        if order.status == Order.Status.COMPLETED and (event.admit_now if admit is None else admit):
            admission.admit_sold(attendees, event=event, by=seller, at=at)
        return at_hand(order, "attendees", attendees)

    return _make(event, lines, at, write, actor=seller, key=idempotency_key, fingerprint=fingerprint)


def place_order(
    *,
    event: Event,
    attendees: Sequence[Attendee],
    buyer: User,
    payment_mode: str | None = None,
    amount: Decimal | None = None,
    order_notes: str = "",
    billing: Mapping[str, str] | None = None,
    idempotency_key: str | None = None,
    at: datetime | None = None,
) -> Order:
    """Order online exactly the attendees that the buyer has entered before.

    `completed` if it costs nothing, else `initializing`: the tickets are held, the money is not
    here yet. Paths of problems begin with `"attendees"`. Returns and raises otherwise as
    `sell_onsite`; also `Conflict` for an attendee that is ordered already, and for more than
    `drafts.MAX_ONLINE` attendees held unpaid by one buyer at one event.
    """
    drafts.check_size(attendees)
    at = at or timezone.now()
    texts = {**(billing or {}), "order_notes": order_notes}
    lines = [
        Line(attendee.ticket_id, 1, attendee.price_paid if _gives(attendee) else None)
        for attendee in attendees
    ]
    fingerprint = idempotency.fingerprint(
        channel=Order.Channel.ONLINE,
        event=event.pk,
        attendees=[attendee.pk for attendee in attendees],
        terms=[payment_mode, amount, texts],
    )

    def write(identifier: str) -> Order:
        drafts.check_unordered(attendees)
        held = drafts.held_unpaid(buyer, event, at)
        with drafts.refusals_at_attendees():
            tickets = _take(event, lines, at)
        drafts.check_visible(attendees, tickets)
        prices = [_price(line, tickets[line.ticket_id]) for line in lines]
        total = _total(prices, amount)
        settlement = settle(amount=total, currency=event.currency, mode=payment_mode)
        if settlement.status == Order.Status.PENDING:
            drafts.check_held(held, len(attendees))
            settlement = Settlement(settlement.mode, Order.Status.INITIALIZING, ())
        order = _insert_order(
            event=event,
            settlement=settlement,
            at=at,
            identifier=identifier,
            channel=Order.Channel.ONLINE,
            buyer=buyer,
            amount=total,
            idempotency_key=idempotency_key,
            fingerprint=fingerprint,
            **texts,
        )
        return drafts.claim(order, attendees, prices, tickets)

    return _make(event, lines, at, write, actor=buyer, key=idempotency_key, fingerprint=fingerprint)


def _make(
    event: Event,
    lines: Sequence[Line],
    at: datetime,
    write: Callable[[str], Order],
    *,
    actor: User | None,
    key: str | None,
    fingerprint: str,
) -> Order:
    """Write the order, once for its key; if something is sold out, again with what unpaid orders hold
    beyond their time, which another till may just be freeing.
    """

    def make() -> Order:
        return idempotency.once(actor=actor, key=key, fingerprint=fingerprint, write=write)

    try:
        return make()
    except Conflict as refusal:
        if not any(problem.code == "sold-out" for problem in refusal.problems):
            raise
        expire_overdue(event, at)
        if not stock.suffices(lines):
            raise
    return make()


def _take(event: Event, lines: Sequence[Line], at: datetime) -> dict[int, Ticket]:
    """The tickets of the lines, their stock taken, of an event that is published."""
    _check_published(event)
    tickets = stock.take(event=event, lines=lines, at=at)
    _check_published(event)  # again: take() has brought the event up to date
    return tickets


def _check_size(lines: Sequence[Line]) -> None:
    quantity = sum(line.quantity for line in lines)
    if not lines:
        raise Invalid.of("no-lines", _("Nothing is ordered."), "lines")
    if len(lines) > MAX_LINES:
        raise Invalid.of(
            "too-many-lines", _("An order has at most %d lines.") % MAX_LINES, "lines", limit=MAX_LINES
        )
    if quantity > MAX_ATTENDEES:
        raise Invalid.of(
            "too-many-attendees",
            _("An order has at most %d attendees.") % MAX_ATTENDEES,
            "lines",
            limit=MAX_ATTENDEES,
        )


def _check_published(event: Event) -> None:
    if not event.is_published:
        raise Conflict.of("event-not-published", _("The event is not published yet."), "event")


def _pending(status: str | None) -> str:
    """The status of an order that awaits a card."""
    if status == Order.Status.COMPLETED:
        detail = _("An order that awaits a card is not completed yet.")
        raise Invalid.of("awaits-card", detail, "awaits_card")
    return Order.Status.PENDING


def _total(prices: Sequence[Decimal], believed: Decimal | None) -> Decimal:
    """What the attendees cost together, which the client must not have believed to be another sum."""
    total = sum(prices, Decimal(0))
    if believed is not None and believed != total:
        raise Invalid.of(
            "amount-differs", _("The amount is %s.") % f"{total:.2f}", "amount", amount=f"{total:.2f}"
        )
    return total


def _price(line: Line, ticket: Ticket) -> Decimal:
    return line.price if line.reason or ticket.type == Ticket.Type.DONATION else ticket.price


def _gives(attendee: Attendee) -> bool:
    return attendee.ticket.type == Ticket.Type.DONATION


def _at_terminal(amount: Decimal | None, total: Decimal, awaits_card: bool) -> Decimal | None:
    if amount is None:
        return None
    if not awaits_card or not 0 < amount <= total:
        detail = _("At the card terminal is a part of the amount, while it is waited for.")
        raise Invalid.of("invalid-amount", detail, "card_amount")
    return amount


def _walk_ins(lines: Sequence[Line]) -> list[list[Attendee]]:
    """The attendees of each line, still without ticket, price and order. Made before the lock is
    taken: drawing a hundred codes takes longer than counting a hundred tickets.
    """
    return [
        [Attendee(**asdict(guest)) for guest in line.guests]
        + [Attendee() for _placeholder in range(line.quantity - len(line.guests))]
        for line in lines
    ]


def _approve(
    event: Event, seller: User | None, lines: Sequence[Line], walk_ins: Sequence[Sequence[Attendee]]
) -> None:
    """Note on the attendees of another price why, and who answers for it."""
    others = [index for index, line in enumerate(lines) if line.reason]
    try:
        answer = approvers(event=event, seller=seller, approvals=[lines[index].approval for index in others])
    except Forbidden as refusal:
        at = others[refusal.problems[0].path[0]]  # it stops at the first
        raise refusal.under("lines", at, drop=1) from refusal
    for index, approver in zip(others, answer, strict=True):
        for attendee in walk_ins[index]:
            attendee.price_reason, attendee.approved_by = lines[index].reason, approver


def _priced(
    walk_ins: Sequence[Sequence[Attendee]], lines: Sequence[Line], tickets: Mapping[int, Ticket]
) -> list[Attendee]:
    """All attendees, each with the ticket of its line and what it costs."""
    for line, attendees in zip(lines, walk_ins, strict=True):
        ticket = tickets[line.ticket_id]
        for attendee in attendees:
            attendee.ticket, attendee.price_paid = ticket, _price(line, ticket)
            attendee.tax_rate = ticket.tax_rate
    return [attendee for attendees in walk_ins for attendee in attendees]


def _insert_order(
    *, event: Event, settlement: Settlement, at: datetime, drawer_required: bool = False, **fields: object
) -> Order:
    completed = settlement.status == Order.Status.COMPLETED
    order = Order(
        event=event,
        currency=event.currency,
        payment_mode=settlement.mode,
        status=settlement.status,
        created_at=at,
        completed_at=at if completed else None,
        **fields,
    )
    order.expires_at = held_until(order, deposit=bool(settlement.payments))
    insert([order])
    payments = takings.record(
        order,
        settlement.payments,
        by=order.seller,
        shift=order.shift,
        drawer_required=drawer_required,
        at=at,
    )
    return at_hand(order, "payments", payments)
