"""The sale, the one way in which tickets are sold: onsite by staff, online by the buyer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, Model, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee
from events.models import Event
from onsite_project.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Problem
from onsite_project.money import PriceField
from onsite_project.prepared import insert
from orders import idempotency, takings
from orders.approvals import Approval, approvers
from orders.lifecycle import expire_overdue, held_until
from orders.models import Order
from orders.settlement import Paid, Settlement, settle
from shifts import drawer
from tickets import stock
from tickets.models import Ticket

MAX_LINES = 50
MAX_ATTENDEES = 500
MAX_ONLINE = 20


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
    till_id: int | None = None,
    drawer_required: bool = False,
    amount: Decimal | None = None,
    order_notes: str = "",
    billing: Mapping[str, str] | None = None,
    idempotency_key: str | None = None,
    at: datetime | None = None,
) -> Order:
    """Sell tickets to walk-ins: take the stock, make the attendees, record the money. All or nothing.

    The caller has made sure that `seller` may sell at `event`; scripts may leave the seller out.
    `payments`, `payment_mode` and `status` are what `settlement.settle` takes; `awaits_card` says of a
    pending order that the guest is at the card terminal. The money goes to the open shift of the till,
    else of the seller; `drawer_required` refuses a cashier's cash without one, as every door does but
    scripts. `amount`, if given, is what the client believes it costs, and must be right.
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
    billing = dict(billing or {})
    walk_ins = _walk_ins(lines)
    fingerprint = idempotency.fingerprint(
        channel=Order.Channel.ONSITE,
        event=event.pk,
        lines=[line.said() for line in lines],
        payments=[asdict(payment) for payment in payments],
        terms=[payment_mode, status, awaits_card, till_id, amount, order_notes, billing],
    )
    if any(line.reason for line in lines):
        earlier = idempotency.replay(seller, idempotency_key, fingerprint)
        if earlier is not None:
            return earlier  # without another guess at the PIN
        _approve(event, seller, lines, walk_ins)

    def write(identifier: str) -> Order:
        _check_published(event)
        shift = drawer.at_work(event=event, till_id=till_id, cashier=seller)
        tickets = stock.take(event=event, lines=lines, at=at)
        _check_published(event)  # again: take() has brought the event up to date
        attendees = _priced(walk_ins, lines, tickets)
        total = sum((attendee.price_paid for attendee in attendees), Decimal(0))
        _check_amount(amount, total)
        settlement = settle(
            amount=total,
            currency=event.currency,
            mode=payment_mode,
            status=Order.Status.PENDING if awaits_card else status,
            payments=payments,
            cash_rounding=event.cash_rounding,
        )
        order = _insert_order(
            event=event,
            settlement=settlement,
            at=at,
            identifier=identifier,
            channel=Order.Channel.ONSITE,
            seller=seller,
            shift=shift,
            drawer_required=drawer_required,
            awaits_card=awaits_card,
            amount=total,
            order_notes=order_notes,
            idempotency_key=idempotency_key,
            fingerprint=fingerprint,
            **billing,
        )
        for attendee in attendees:
            attendee.order = order
        return _at_hand(order, "attendees", insert(attendees))

    def sell() -> Order:
        return idempotency.once(actor=seller, key=idempotency_key, fingerprint=fingerprint, write=write)

    return _with_overdue_stock(event, at, sell)


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
    `MAX_ONLINE` attendees held unpaid by one buyer at one event.
    """
    _check_online(attendees)
    at = at or timezone.now()
    billing = dict(billing or {})
    lines = [
        Line(attendee.ticket_id, 1, attendee.price_paid if _gives(attendee) else None)
        for attendee in attendees
    ]
    fingerprint = idempotency.fingerprint(
        channel=Order.Channel.ONLINE,
        event=event.pk,
        attendees=[attendee.pk for attendee in attendees],
        terms=[payment_mode, amount, order_notes, billing],
    )

    def write(identifier: str) -> Order:
        _check_published(event)
        _check_drafts(attendees)
        held = _held_unpaid(buyer, event)
        tickets = _take_for(attendees, event=event, lines=lines, at=at)
        _check_published(event)
        prices = [_price(line, tickets[line.ticket_id]) for line in lines]
        total = sum(prices, Decimal(0))
        _check_amount(amount, total)
        settlement = settle(amount=total, currency=event.currency, mode=payment_mode)
        if settlement.status == Order.Status.PENDING:
            _check_held(held, len(attendees))
            settlement = Settlement(settlement.mode, Order.Status.INITIALIZING, ())
        order = _insert_order(
            event=event,
            settlement=settlement,
            at=at,
            identifier=identifier,
            channel=Order.Channel.ONLINE,
            buyer=buyer,
            amount=total,
            order_notes=order_notes,
            idempotency_key=idempotency_key,
            fingerprint=fingerprint,
            **billing,
        )
        return _claim(order, attendees, prices, tickets)

    def order() -> Order:
        return idempotency.once(actor=buyer, key=idempotency_key, fingerprint=fingerprint, write=write)

    return _with_overdue_stock(event, at, order)


def _with_overdue_stock(event: Event, at: datetime, sell: Callable[[], Order]) -> Order:
    """Sell; if something is sold out, once more with what unpaid orders hold beyond their time."""
    try:
        return sell()
    except Conflict as refusal:
        sold_out = any(problem.code == "sold-out" for problem in refusal.problems)
        if not sold_out or not expire_overdue(event, at):
            raise
    return sell()


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


def _check_amount(believed: Decimal | None, total: Decimal) -> None:
    if believed is not None and believed != total:
        raise Invalid.of(
            "amount-differs", _("The amount is %s.") % f"{total:.2f}", "amount", amount=f"{total:.2f}"
        )


def _price(line: Line, ticket: Ticket) -> Decimal:
    return line.price if line.reason or ticket.type == Ticket.Type.DONATION else ticket.price


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
        raise Forbidden(
            *(replace(p, path=("lines", others[p.path[0]], *p.path[1:])) for p in refusal.problems)
        ) from refusal
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
    order.expires_at = held_until(order)
    insert([order])
    payments = takings.record(
        order,
        settlement.payments,
        by=order.seller,
        shift=order.shift,
        drawer_required=drawer_required,
        at=at,
    )
    return _at_hand(order, "payments", payments)


def _at_hand(order: Order, relation: str, rows: Sequence[Model]) -> Order:
    """The order with rows that were just written, kept where `prefetch_related` would keep them."""
    queryset = getattr(order, relation).get_queryset()
    queryset._result_cache, queryset._prefetch_done = list(rows), True
    order._prefetched_objects_cache = {**getattr(order, "_prefetched_objects_cache", {}), relation: queryset}
    return order


# --- online ---------------------------------------------------------------------------------------


def _gives(attendee: Attendee) -> bool:
    return attendee.ticket.type == Ticket.Type.DONATION


def _check_online(attendees: Sequence[Attendee]) -> None:
    if not attendees:
        raise Invalid.of("no-attendees", _("No attendees are ordered."), "attendees")
    if len(attendees) > MAX_ONLINE:
        raise Invalid.of(
            "too-many-attendees",
            _("An online order has at most %d attendees.") % MAX_ONLINE,
            "attendees",
            limit=MAX_ONLINE,
        )


def _held_unpaid(buyer: User, event: Event) -> int:
    """How many attendees of the event the buyer holds without having paid.

    The buyer's own row is locked, before any ticket, else two orders at the same time would both
    count 0.
    """
    User.objects.select_for_update(no_key=True).get(pk=buyer.pk)
    return Attendee.objects.filter(order__in=Order.objects.unpaid().filter(buyer=buyer, event=event)).count()


def _check_held(held: int, more: int) -> None:
    """Keep one account from holding the whole house without paying."""
    if held + more > MAX_ONLINE:
        raise Conflict.of(
            "too-many-unpaid",
            _("You hold %(held)d unpaid tickets of this event; at most %(limit)d can be held.")
            % {"held": held, "limit": MAX_ONLINE},
            "attendees",
            held=held,
            limit=MAX_ONLINE,
        )


def _check_drafts(attendees: Sequence[Attendee]) -> None:
    problems = [
        Problem("already-ordered", _("This attendee is ordered already."), ("attendees", index))
        for index, attendee in enumerate(attendees)
        if attendee.order_id is not None
    ]
    if problems:
        raise Conflict(*problems)


def _take_for(
    attendees: Sequence[Attendee], *, event: Event, lines: Sequence[Line], at: datetime
) -> dict[int, Ticket]:
    """Take the stock, problems pointing at attendees instead of lines; hidden tickets are not for
    sale online.
    """
    try:
        tickets = stock.take(event=event, lines=lines, at=at)
    except DomainError as refusal:
        at_attendees = (replace(problem, path=("attendees", problem.path[1])) for problem in refusal.problems)
        raise type(refusal)(*at_attendees) from refusal
    hidden = [
        Problem("unknown-ticket", _("There is no such ticket."), ("attendees", index))
        for index, attendee in enumerate(attendees)
        if tickets[attendee.ticket_id].is_hidden
    ]
    if hidden:
        raise NotFound(*hidden)
    return tickets


def _claim(
    order: Order, attendees: Sequence[Attendee], prices: Sequence[Decimal], tickets: Mapping[int, Ticket]
) -> Order:
    """Give the attendees to the order, if none of them has one: the row count tells."""
    ids = [attendee.pk for attendee in attendees]
    price = Case(
        *(When(pk=pk, then=Value(price)) for pk, price in zip(ids, prices, strict=True)),
        output_field=PriceField(),
    )
    drafts = Attendee.objects.filter(pk__in=ids, creator=order.buyer, order__isnull=True)
    rate = Case(*(When(ticket_id=pk, then=Value(ticket.tax_rate)) for pk, ticket in tickets.items()))
    if drafts.update(order=order, price_paid=price, tax_rate=rate) != len(set(ids)) or len(set(ids)) != len(
        ids
    ):
        raise Conflict.of("already-ordered", _("An attendee is ordered already."), "attendees")
    for attendee, paid in zip(attendees, prices, strict=True):
        attendee.order, attendee.price_paid, attendee.ticket = order, paid, tickets[attendee.ticket_id]
    return _at_hand(order, "attendees", attendees)
