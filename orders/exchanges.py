"""Tickets of an order become tickets of another kind, and the difference is paid or given back."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from django.utils.translation import gettext as _

from attendees.models import Attendee
from attendees.words import write_words
from base.errors import Conflict, DomainError, Invalid, Path
from base.money import tax_within, wire_money
from base.sql.insert import insert
from door import admission
from door.announcing import moves
from door.models import CheckIn
from door.undo import take_back
from limits import stock
from limits.announcing import sold_out
from orders import adjusting, takings
from orders.acting import check_published, places, settle_rest
from orders.amending import Ask, Way, amend, chosen, told
from orders.announcing import refunded
from orders.cancellable import drawer_of
from orders.lifecycle import free_overdue
from orders.models import Amendment, Order, Payment
from orders.partial import end
from orders.sale import Line
from orders.settlement import Paid, check_believed
from orders.states import Act
from orders.takings import GiveBack
from outbox.announcing import Happening
from shifts import drawer
from shifts.models import Shift
from tickets.models import Ticket


@dataclass(frozen=True)
class Terms:
    """What is exchanged for what, and how the difference is settled, as `exchange` is told."""

    attendees: Collection[int]
    ticket: int
    payments: Sequence[Paid]
    money_back: GiveBack | None
    price: Decimal | None
    amount: Decimal | None


class Drawers(NamedTuple):
    """The open shifts into which money is taken, and out of which it goes back."""

    into: Shift | None
    out_of: Shift | None


def exchange(
    order: Order,
    *,
    attendees: Collection[int],
    ticket: int,
    ask: Ask = Ask(),
    payments: Sequence[Paid] = (),
    money_back: GiveBack | None = GiveBack(),
    price: Decimal | None = None,
    amount: Decimal | None = None,
) -> Order:
    """Exchange attendees of a paid order, by id, for as many tickets of another kind, at its price, or for a
    donation at `price`. Each is cancelled, and a new one with the same name and another code `replaces` it;
    whom the sale had let in is let in again. Those that were cancelled before stay so.

    What it costs more is paid (`payments`; none: in cash), and `amount` is what the client believes that is,
    below zero what goes back; it must be right. What it costs less goes back (`money_back`), or is kept
    (None), by an organizer or with the leave of one, and with a reason; and so is exchanged the ticket of
    whom a door has let in and out again, because the new one lets somebody in anew.

    Raises what `amending.amend` and `stock.exchange` raise; `Invalid` for payments that do not add up, and
    `amount-differs`, `reason-required`, `no-coins`; `Conflict` `same-ticket`, `guest-inside`,
    `no-open-shift`; `Forbidden` `approval-required`.
    """
    terms = Terms(sorted(attendees), ticket, tuple(payments), money_back, price, amount)
    act = partial(amend, order, Act.EXCHANGE, ask, partial(_exchange, terms=terms), terms=terms)
    try:
        return act()
    except Conflict as refusal:
        if not any(problem.code == "sold-out" for problem in refusal.problems):
            raise
        free_overdue(order.event, ask.at)
    return act()


def _exchange(order: Order, way: Way, *, terms: Terms) -> Iterable[Happening] | None:
    old = chosen(order, terms.attendees)
    if not old:
        return None
    _check_others(old, terms.ticket)
    # Both before the tickets, whatever these cost (docs/adr/0002).
    out_of = drawer_of(order, way.desk, terms.money_back or GiveBack(), way.at)
    drawers = Drawers(drawer.at_work(order.event, way.desk), out_of)
    line = Line(terms.ticket, len(old), terms.price)
    freed = places((one.ticket_id, one.hold_id) for one in old)
    try:
        taken = stock.exchange(event=order.event, line=line, freed=freed, at=way.at)
        check_published(order.event)
    except DomainError as refusal:
        # There is one line, and nobody sent it.
        problems = (replace(problem, path=(_sent(problem.path),)) for problem in refusal.problems)
        raise type(refusal)(*problems) from refusal
    guests = order.attendees.filter(pk__in=[one.pk for one in old])
    out = take_back(guests, event=order.event, by=way.desk.by, at=way.at)
    if {one.pk for one in old if one.entered_at is not None} - {row.attendee_id for row in out}:
        way.check(order, None)
    ticket = taken.tickets[terms.ticket]
    new = [_replacement(one, ticket, terms.price, order) for one in old]
    amendment, back = _settle(order, way, terms, drawers, old, new)
    end(old, amendment)
    insert(new)
    write_words(new, event_id=order.event_id)
    came = _let_in(out, new, order, way)
    return [*refunded(order, back), *moves(out), *moves(came), *sold_out(taken)]


def _sent(path: Path) -> str:
    """The field of an exchange by which a line is wrong."""
    return "price" if path[-1:] == ("price",) else "ticket"


def _check_others(old: Sequence[Attendee], wanted: int) -> None:
    if any(one.ticket_id == wanted for one in old):
        detail = _("A ticket is exchanged for one of another kind.")
        raise Conflict.of("same-ticket", detail, "ticket")


def _replacement(old: Attendee, ticket: Ticket, price: Decimal | None, order: Order) -> Attendee:
    """A new attendee in place of the old one; its tax is rounded by itself, as no receipt adds it up with
    what was sold before.
    """
    paid = ticket.price if price is None else price
    rate = ticket.tax_rate
    return Attendee(
        ticket=ticket,
        order=order,
        replaces=old,
        price_paid=paid,
        tax_rate=rate,
        tax=None if rate is None else tax_within(paid, rate, order.currency),
        sold_as=ticket.name,
        firstname=old.firstname,
        lastname=old.lastname,
        email=old.email,
    )


def _settle(
    order: Order,
    way: Way,
    terms: Terms,
    drawers: Drawers,
    old: Sequence[Attendee],
    new: Sequence[Attendee],
) -> tuple[Amendment, Sequence[Payment]]:
    """Take or give back what the new tickets cost more or less than the old ones, and write it down."""
    before = adjusting.of_attendees(old)
    more = adjusting.total(adjusting.of_attendees(new)) - adjusting.total(before)
    check_believed(more, terms.amount, order.currency)
    if more < 0 and terms.payments:
        detail = _("It costs no more than before: nothing is to be paid.")
        raise Invalid.of("overpaid", detail, "payments")
    order.amount += more
    order.save(update_fields=["amount"])
    said = {"attendees": told(old), "to": new[0].sold_as, "more": wire_money(more)}
    if more >= 0:
        taken = settle_rest(order, more, terms.payments or ([Paid(Payment.Tender.CASH)] if more else []))
        takings.record(order, taken, desk=way.desk, shift=drawers.into, at=way.at)
        return way.record(order, drawers.into, **said), []
    shift, money_back = drawers.out_of, terms.money_back
    way.check(order, shift)
    result = adjusting.outcome(order, adjusting.portion(before, -more, order.currency), money_back)
    tender = money_back.tender if money_back else None
    back = takings.reverse(order, result.back, desk=way.desk, shift=shift, at=way.at, tender=tender)
    amendment = way.record(order, shift, **said)
    adjusting.settled(amendment, result)
    return amendment, back


def _let_in(out: Sequence[CheckIn], new: Sequence[Attendee], order: Order, way: Way) -> Sequence[CheckIn]:
    """Those in whose place they are were inside."""
    were_in = {row.attendee_id for row in out}
    coming = [one for one in new if one.replaces_id in were_in]
    return admission.admit_sold(coming, event=order.event, by=way.desk.by, at=way.at)
