"""The sale, the one way in which tickets are sold: onsite by staff, online by the buyer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import chain

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee
from attendees.words import write_words
from base import metrics
from base.errors import Conflict, Forbidden, Invalid
from base.sql.insert import insert
from door import admission
from door.announcing import moves
from door.models import CheckIn
from events.approvals import approvers
from events.models import Event
from limits import stock
from limits.announcing import sold_out
from orders import drafts, idempotency, letters, takings
from orders.acting import check_published
from orders.announcing import made
from orders.discounts import codes, find_discounts, give_discounts
from orders.lifecycle import free_overdue, held_until
from orders.models import Order, Payment
from orders.sale import Basket, Line, Sale, Sold
from orders.settlement import Settlement, check_believed, settle
from orders.taxes import Taxed, shared_out
from outbox.announcing import announce
from prices.claims import USED_UP
from prices.tries import tries
from shifts import drawer
from shifts.desk import Desk
from tickets.models import Ticket
from tickets.stock import MAX_ATTENDEES

MAX_LINES = 50
# Of which there is more when unpaid orders let go.
SCARCE = {"sold-out", USED_UP}
# In which a sale is paid in cash that does not say how, unless it costs nothing.
CASH_MODES = (None, Order.PaymentMode.ONSITE)


def sell_onsite(
    sale: Sale, *, desk: Desk = Desk(), key: str | None = None, at: datetime | None = None
) -> Sold:
    """Sell tickets to walk-ins: take the stock, make the attendees, record the money. All or nothing.

    The caller has made sure that the desk's seller may sell at the event. The money goes to the open
    shift of the desk's till, else of its seller. `at` is the time of the sale (UTC).

    Returns what was sold; for a repeated idempotency `key` what was sold the first time.

    Raises `Invalid`, `NotFound` and `Conflict` with a problem for every failing line (their paths
    begin with `"lines"`), `Conflict` `no-open-shift` for cash that a cashier takes without a drawer,
    `Forbidden` for a price that nobody may answer for, for a till at which the seller does not work and for a
    hold that is others', `TooManyTries` beyond so many codes that the event does not have,
    `Conflict` `given-up` for a key that was given up, `Busy` when the database could not answer in
    time. Must not be called inside a transaction: when it returns, the sale is on disk.
    """
    _check_size(sale.lines)
    _check_status(sale)
    at = at or timezone.now()
    walk_ins = _walk_ins(sale.lines)
    fingerprint = idempotency.fingerprint(sale, till_id=desk.till_id)
    named = codes(sale)
    has_reasons = any(line.reason for line in sale.lines)
    if named or has_reasons:
        earlier = idempotency.replay(desk.seller, key, fingerprint)
        if earlier is not None:
            return earlier  # without another guess, at a code or the PIN
    if has_reasons:
        _approve(sale, desk.by, walk_ins)
    write = partial(_sell, sale, desk, walk_ins, at)
    make = partial(
        idempotency.once, actor=desk.seller, key=key, fingerprint=fingerprint, write=write, rows=_rows(sale)
    )
    with tries(desk.by, sale.event, named):
        return _make(make, sale.event, sale.lines, at)


def place_order(basket: Basket, *, buyer: User, key: str | None = None, at: datetime | None = None) -> Sold:
    """Order online exactly the attendees that the buyer has entered before.

    `completed` if it costs nothing, else `initializing`: the tickets are held, the money is not
    here yet. Paths of problems begin with `"attendees"`. Returns and raises otherwise as
    `sell_onsite`; also `Conflict` for an attendee that is ordered already, and for more than
    `drafts.MAX_ONLINE` attendees held unpaid by one buyer at one event.
    """
    drafts.check_size(basket.attendees)
    at = at or timezone.now()
    lines = [
        Line(attendee.ticket_id, 1, attendee.price_paid if _gives(attendee) else None)
        for attendee in basket.attendees
    ]
    fingerprint = idempotency.fingerprint(basket)
    write = partial(_place, basket, buyer, lines, at)
    make = partial(
        idempotency.once, actor=buyer, key=key, fingerprint=fingerprint, write=write, rows={Order: 1}
    )
    return _make(make, basket.event, lines, at)


def _rows(sale: Sale) -> dict[type[Model], int]:
    """How many rows of each model a sale writes at most: an id that is drawn and not used leaves a gap."""
    guests = sum(line.quantity for line in sale.lines)
    roundings = int(sale.event.cash_rounding is not None)
    return {
        Order: 1,
        Attendee: guests,
        Payment: max(1, len(sale.payments)) + roundings,
        CheckIn: guests if _admits(sale) else 0,
    }


def _admits(sale: Sale) -> bool:
    """Whether the guests are let in at once, if it is paid."""
    return sale.event.admit_now if sale.admit is None else sale.admit


def _make(make: Callable[[], Sold], event: Event, lines: Sequence[Line], at: datetime) -> Sold:
    """Make the order; if something is sold out or used up, again with what unpaid orders and holds keep
    beyond their time, which another till may just be freeing.
    """
    try:
        return make()
    except Conflict as refusal:
        codes = {problem.code for problem in refusal.problems}
        if not codes & SCARCE:
            raise
        free_overdue(event, at)
        if "sold-out" in codes and not stock.suffices(lines):
            raise
    return make()


def _sell(
    sale: Sale, desk: Desk, walk_ins: Sequence[Sequence[Attendee]], at: datetime, **marks: str | None
) -> Sold:
    """Write the sale down. `marks` are what tells its order from others (`idempotency.once`)."""
    shift = drawer.at_work(sale.event, desk)
    drawer.check_in_name(shift, desk)
    if _may_be_cash(sale):
        desk = takings.excused(desk, sale.event, shift)  # looked up before anything is locked
    till_id = shift.till_id if shift else desk.till_id
    seller = stock.Seller(desk.seller.pk if desk.seller else None, till_id)
    found = find_discounts(sale, at)
    taken = _take(sale.event, sale.lines, at, seller, holds_event=_admits(sale))
    attendees = priced(walk_ins, sale.lines, taken.tickets)
    give_discounts(sale, walk_ins, found)
    put_taxes(attendees, sale.event.currency)
    total = _total([attendee.price_paid for attendee in attendees], sale)
    settlement = _settle(sale, total)
    order = _insert_order(
        sale,
        settlement,
        at,
        channel=Order.Channel.ONSITE,
        seller=desk.seller,
        shift=shift,
        awaits_card=sale.awaits_card,
        card_amount=_at_terminal(sale, total),
        amount=total,
        **marks,
    )
    payments = takings.record(order, settlement.payments, desk=desk, shift=shift, at=at)
    for attendee in attendees:
        attendee.order = order
    insert(attendees)
    write_words(attendees, event_id=sale.event.pk)
    let_in = partial(admission.admit_sold, attendees, event=sale.event, by=desk.by, at=at, is_held=True)
    _announce(order, taken, at, let_in() if order.is_valid and _admits(sale) else ())
    return Sold(order, attendees, payments)


def _place(basket: Basket, buyer: User, lines: Sequence[Line], at: datetime, **marks: str | None) -> Sold:
    """Write the online order down, as `_sell`."""
    event, attendees = basket.event, basket.attendees
    drafts.check_unordered(attendees)
    held = drafts.held_unpaid(buyer, event, at)
    with drafts.refusals_at_attendees():
        taken = _take(event, lines, at)
    tickets = taken.tickets
    drafts.check_visible(attendees, tickets)
    prices = [_price(line, tickets[line.ticket_id]) for line in lines]
    total = _total(prices, basket)
    settlement = settle(amount=total, currency=event.currency, mode=basket.payment_mode)
    if settlement.status == Order.Status.PENDING:
        drafts.check_held(held, len(attendees))
        settlement = replace(settlement, status=Order.Status.INITIALIZING)
    order = _insert_order(
        basket, settlement, at, channel=Order.Channel.ONLINE, buyer=buyer, amount=total, **marks
    )
    drafts.claim(order, attendees, prices, tickets)
    _announce(order, taken, at)
    letters.placed(order, buyer, at)
    return Sold(order, attendees)


def _announce(order: Order, taken: stock.Taken, at: datetime, came: Sequence[CheckIn] = ()) -> None:
    told = chain(made(order), moves(came), sold_out(taken))
    announce(order.event_id, told, at=at, is_heard=order.event.is_heard)


def _take(
    event: Event,
    lines: Sequence[Line],
    at: datetime,
    seller: stock.Seller = stock.ANYBODY,
    *,
    holds_event: bool = False,
) -> stock.Taken:
    """The tickets of the lines, their stock taken, of an event that is published."""
    check_published(event)
    taken = stock.take(event=event, lines=lines, at=at, seller=seller, holds_event=holds_event)
    check_published(event)  # again: take() has brought the event up to date
    return taken


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


def _check_status(sale: Sale) -> None:
    if sale.awaits_card and sale.status == Order.Status.COMPLETED:
        detail = _("An order that awaits a card is not completed yet.")
        raise Invalid.of("awaits-card", detail, "awaits_card")
    if sale.awaits_card and sale.payment_mode == Order.PaymentMode.FREE:
        raise Invalid.of("awaits-card", _("What is free awaits no card."), "awaits_card")


def _may_be_cash(sale: Sale) -> bool:
    if sale.payments:
        return any(paid.tender == Payment.Tender.CASH for paid in sale.payments)
    return sale.asked_status == Order.Status.COMPLETED and sale.payment_mode in CASH_MODES


def _total(prices: Sequence[Decimal], asked: Sale | Basket) -> Decimal:
    """What the attendees cost together, which the client must not have believed to be another sum."""
    total = sum(prices, Decimal(0))
    check_believed(total, asked.amount, asked.event.currency)
    return total


def _price(line: Line, ticket: Ticket) -> Decimal:
    own = not line.reason and ticket.type != Ticket.Type.DONATION
    return ticket.price if own or line.price is None else line.price


def _gives(attendee: Attendee) -> bool:
    return attendee.ticket.type == Ticket.Type.DONATION


def _at_terminal(sale: Sale, total: Decimal) -> Decimal | None:
    amount = sale.card_amount
    if amount is not None and (not sale.awaits_card or not 0 < amount <= total):
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


def _approve(sale: Sale, seller: User | None, walk_ins: Sequence[Sequence[Attendee]]) -> None:
    """Note on the attendees of another price why, and who answers for it."""
    lines = sale.lines
    others = [index for index, line in enumerate(lines) if line.reason]
    approvals = [lines[index].approval for index in others]
    try:
        answer = approvers(event=sale.event, seller=seller, approvals=approvals)
    except Forbidden as refusal:
        at = others[int(refusal.problems[0].path[0])]  # it stops at the first
        raise refusal.under("lines", at, drop=1) from refusal
    for index, approver in zip(others, answer, strict=True):
        for attendee in walk_ins[index]:
            attendee.price_reason, attendee.approved_by = lines[index].reason, approver


def priced(
    walk_ins: Sequence[Sequence[Attendee]], lines: Sequence[Line], tickets: Mapping[int, Ticket]
) -> list[Attendee]:
    """All attendees, each with the ticket of its line, what it is called and costs."""
    for line, attendees in zip(lines, walk_ins, strict=True):
        ticket = tickets[line.ticket_id]
        for attendee in attendees:
            attendee.ticket, attendee.price_paid = ticket, _price(line, ticket)
            attendee.hold_id = line.hold_id
            attendee.tax_rate, attendee.sold_as = ticket.tax_rate, ticket.name
    return [attendee for attendees in walk_ins for attendee in attendees]


def put_taxes(attendees: Sequence[Attendee], currency: str) -> None:
    """Let all attendees of an order have the tax that what they cost includes."""
    taxes = shared_out([Taxed(attendee.price_paid, attendee.tax_rate) for attendee in attendees], currency)
    for attendee, tax in zip(attendees, taxes, strict=True):
        attendee.tax = tax


def _settle(sale: Sale, total: Decimal) -> Settlement:
    return settle(
        amount=total,
        currency=sale.event.currency,
        mode=sale.payment_mode,
        status=sale.asked_status,
        payments=sale.payments,
        cash_rounding=sale.event.cash_rounding,
    )


def _insert_order(asked: Sale | Basket, settlement: Settlement, at: datetime, **fields: object) -> Order:
    completed = settlement.status == Order.Status.COMPLETED
    order = Order(
        event=asked.event,
        currency=asked.event.currency,
        payment_mode=settlement.mode,
        status=settlement.status,
        created_at=at,
        completed_at=at if completed else None,
        **asked.texts,
        **fields,
    )
    order.expires_at = held_until(order, deposit=bool(settlement.payments))
    order.keep_letterhead()
    insert([order])
    metrics.counted(metrics.orders, order.channel, order.payment_mode, order.status)
    return order
