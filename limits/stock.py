"""What is left, taken and given back: the only way in which tickets are taken out of stock and freed, with
what their quotas and holds have to say.

Freeing needs no check, taking always does, and is judged under the locks (`limits.shelf`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from base.errors import Conflict, Forbidden, NotFound, Problem
from events.models import Event
from limits.models import Hold, Quota
from limits.shelf import Counts, Moves, Place, Shelf, ended_left, lock, look
from tickets import stock
from tickets.models import Ticket


class Wanted(stock.Wanted, Protocol):
    """What the stock needs to know of a line of a sale."""

    @property
    def hold_id(self) -> int | None:
        """The hold that it is sold from; None: from what is there for everybody."""
        ...


class Seller(NamedTuple):
    """Who sells, and at which till, by id: some holds are not for everybody."""

    user_id: int | None = None
    till_id: int | None = None


ANYBODY = Seller()


class Taken(NamedTuple):
    """The tickets that were taken, by id, as they now are; of which of them, by id, others have `fewer`; the
    quotas, by id, that this has filled; and those holds, by id, that could not be taken from again: what
    should have come from there came from what everybody is sold.
    """

    tickets: Mapping[int, Ticket]
    fewer: frozenset[int] = frozenset()
    filled: frozenset[int] = frozenset()
    without: frozenset[int] = frozenset()


class Shortage(NamedTuple):
    available: int
    wanted: int
    quota: Quota | None


def take(
    *,
    event: Event,
    lines: Sequence[Wanted],
    at: datetime,
    seller: Seller = ANYBODY,
    one_order: bool = True,
    holds_event: bool = False,
) -> Taken:
    """Take the quantities of all lines out of the event's stock, or of none.

    Must run inside a transaction (`RuntimeError` else), which keeps the rows locked until it ends.
    Lines that name the same ticket count together, and those whose tickets are in one quota; for the bounds
    of one order only if they are `one_order`, and not an order each. Brings the event's state and currency
    up to date, which may have changed since it was read; with `holds_event` its capacity, too, which then
    stays.

    Raises, at the first of these steps at which any line fails, with a problem for every line that
    fails there: `NotFound` for a ticket that is not the event's, or a hold that is not the ticket's;
    `Invalid` for a quantity outside the ticket's bounds for one order, or a price outside those of a
    donation; `Forbidden` for a hold that the seller may not sell from; `Conflict` outside the sales window
    (`at`, UTC), from a hold that has ended, or without enough stock.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Stock is taken inside a transaction, or the locks hold nothing.")
    shelf = lock(
        event=event,
        ticket_ids=[line.ticket_id for line in lines],
        hold_ids=[line.hold_id for line in lines if line.hold_id is not None],
        holds_event=holds_event,
    )
    stock.check_known(lines, shelf.tickets)
    _check_holds(lines, shelf)
    stock.check_bounds(lines, shelf.tickets, one_order=one_order)
    _check_seller(lines, shelf, seller)
    if problems := shortfalls(shelf, lines, at):
        raise Conflict(*problems)
    moves = Moves()
    for line in lines:
        moves.sell(Place(line.ticket_id, line.hold_id), line.quantity)
    return _taken(shelf, moves, shelf.tickets, event=event)


def take_again(*, event: Event, counts: Counts, at: datetime) -> Taken | None:
    """Take so many of each place that an order held before, or nothing; None unless there was enough of
    all. Nothing else is judged: the order was made by the rules of its time. Where a hold has ended or has
    too few, what is there for everybody will do.

    Must run inside a transaction, after the order that held them was locked.
    """
    return swap(event=event, out={}, into=counts, at=at)


def give_back(*, event: Event, counts: Counts, at: datetime) -> None:
    """Put so many of each place back on sale: into the hold that they came from, if it still runs, else for
    everybody. Needs no check: freeing stock always may.

    Must run inside a transaction, after the order that held them was locked.
    """
    swap(event=event, out=counts, into={}, at=at)


def swap(*, event: Event, out: Counts, into: Counts, at: datetime) -> Taken | None:
    """Put some back and take others in one act, as when a ticket is exchanged: what is put `out` may be
    taken `into` again. None, and nothing is done, unless there is enough.

    Must run inside a transaction, after the order that held or will hold them was locked.
    """
    places = {*out, *into}
    if not places:
        return Taken({})
    holds = {place.hold_id for place in places if place.hold_id is not None}
    shelf = lock(event=event, ticket_ids=(place.ticket_id for place in places), hold_ids=holds)
    moves, without = _freed(shelf, out, at), set()
    for place, number in into.items():
        hold = _hold(shelf, place)
        if hold is not None and hold.runs(at) and number <= hold.left - moves.hold_sold[hold.pk]:
            moves.sell(place, number)
            continue
        moves.sell(Place(place.ticket_id), number)
        if place.hold_id is not None:
            without.add(place.hold_id)
    if not shelf.fits(moves):
        return None
    tickets = {place.ticket_id: shelf.tickets[place.ticket_id] for place in into}
    return _taken(shelf, moves, tickets, event=event if into else None, without=without)


def exchange(*, event: Event, line: Wanted, freed: Counts, at: datetime) -> Taken:
    """Take what a line wants and put so many of each place back on sale in one act: what is freed of a quota
    may be taken of it again.

    Must run inside a transaction, after the order that held the others was locked. Raises what `take` raises,
    but for the bounds of one order.
    """
    tickets = {line.ticket_id, *(place.ticket_id for place in freed)}
    holds = {place.hold_id for place in freed if place.hold_id is not None}
    shelf = lock(event=event, ticket_ids=tickets, hold_ids=holds)
    stock.check_known([line], shelf.tickets)
    stock.check_prices([line], shelf.tickets)
    ticket = shelf.tickets[line.ticket_id]
    moves = _freed(shelf, freed, at)
    problem = stock.closed(0, ticket, at)
    if problem is None and (short := _short(shelf, {ticket.pk: line.quantity}, moves)):
        problem = _sold_out(0, ticket, short[ticket.pk])
    if problem is not None:
        raise Conflict(problem)
    moves.sell(Place(ticket.pk), line.quantity)
    return _taken(shelf, moves, {ticket.pk: ticket}, event=event)


def _freed(shelf: Shelf, counts: Counts, at: datetime) -> Moves:
    """So many of each place back: into its hold, if that still runs, else for everybody."""
    moves = Moves()
    for place, number in counts.items():
        moves.sell(place, -number)
        hold = _hold(shelf, place)
        if hold is not None and not hold.runs(at):
            moves.set_aside(hold, -number)
    return moves


def _taken(
    shelf: Shelf,
    moves: Moves,
    tickets: Mapping[int, Ticket],
    *,
    event: Event | None,
    without: Iterable[int] = (),
) -> Taken:
    """Write the moves down; what that has taken."""
    filled = shelf.write(moves, event=event)
    fewer = frozenset(pk for pk in tickets if moves.taken(pk) > 0)
    return Taken(tickets, fewer, filled, frozenset(without))


def _hold(shelf: Shelf, place: Place) -> Hold | None:
    return None if place.hold_id is None else shelf.holds.get(place.hold_id)


def suffices(lines: Sequence[Wanted]) -> bool:
    """Whether there is enough for all lines right now. It locks nothing, so only `take` can say it
    for sure.
    """
    moves = Moves()
    for line in lines:
        moves.sell(Place(line.ticket_id, line.hold_id), line.quantity)
    shelf = look(
        tickets=Ticket.objects.filter(pk__in=[line.ticket_id for line in lines]),
        hold_ids=[line.hold_id for line in lines if line.hold_id is not None],
    )
    return shelf.fits(moves) and all(moves.hold_sold[hold.pk] <= hold.left for hold in shelf.holds.values())


def left_of(tickets: Sequence[Ticket], *, freed: Mapping[int, int], at: datetime) -> dict[int, int | None]:
    """How many of each ticket, by id, can be sold to everybody, if so many of each were `freed`, and those
    that are held beyond their end as well; None for no limit. One statement for quotas, if there are any,
    and one for holds.
    """
    shelf = look(tickets=tickets)
    held = [ticket.pk for ticket in tickets if ticket.held]
    more = ended_left(Hold.objects.ended(at).filter(ticket__in=held) if held else (), at)
    more.update(freed)
    left: dict[int, int | None] = {}
    for ticket in tickets:
        own = [] if ticket.own_left is None else [ticket.own_left + more[ticket.pk]]
        quotas = (
            quota.left + sum(more[pk] for pk in shelf.members[quota.pk])
            for quota in shelf.quotas_of(ticket.pk)
        )
        left[ticket.pk] = min([*own, *quotas], default=None)
    return left


def shortfalls(shelf: Shelf, lines: Sequence[Wanted], at: datetime) -> list[Problem]:
    """What is wrong with the lines that cannot be sold at `at` (UTC): their tickets are not on sale, their
    hold has ended, or there is not enough.
    """
    free: Counter[int] = Counter()
    held: Counter[int] = Counter()
    for line in lines:
        if line.hold_id is None:
            free[line.ticket_id] += line.quantity
        else:
            held[line.hold_id] += line.quantity
    short = _short(shelf, free, Moves())
    problems = []
    for index, line in enumerate(lines):
        ticket = shelf.tickets[line.ticket_id]
        problem = stock.closed(index, ticket, at)
        if problem is None and line.hold_id is not None:
            hold = shelf.holds[line.hold_id]
            problem = _short_of_hold(index, hold, ticket, held[hold.pk], at)
        elif problem is None and line.ticket_id in short:
            problem = _sold_out(index, ticket, short[line.ticket_id])
        if problem is not None:
            problems.append(problem)
    return problems


def _short(shelf: Shelf, wanted: Mapping[int, int], moves: Moves) -> dict[int, Shortage]:
    """Of which tickets, by id, there are too few for everybody, once `moves` are made. Of a quota each has
    what those before it have left: sold what is left of each, they fit.
    """
    used = shelf.used(moves)
    left = {pk: quota.left - used[pk] for pk, quota in shelf.quotas.items()}
    short: dict[int, Shortage] = {}
    for ticket_id, number in wanted.items():
        own, quotas = shelf.tickets[ticket_id].own_left, shelf.quotas_of(ticket_id)
        bounds: list[tuple[int, Quota | None]] = [(left[quota.pk], quota) for quota in quotas]
        if own is not None:
            bounds.insert(0, (own - moves.taken(ticket_id), None))
        least, by = min(bounds, key=lambda bound: bound[0], default=(number, None))
        if least < number:
            short[ticket_id] = Shortage(max(0, least), number, by)
        for quota in quotas:
            left[quota.pk] -= min(number, max(0, least))
    return short


def _sold_out(index: int, ticket: Ticket, short: Shortage) -> Problem:
    if short.quota is None:
        return stock.sold_out(index, ticket, available=short.available, wanted=short.wanted)
    if not short.available:
        detail = _("%(ticket)s is sold out: nothing is left of %(quota)s.")
    else:
        detail = ngettext(
            "Only %(available)d of %(quota)s is left for %(ticket)s, %(wanted)d wanted.",
            "Only %(available)d of %(quota)s are left for %(ticket)s, %(wanted)d wanted.",
            short.available,
        )
    numbers = {"available": short.available, "wanted": short.wanted, "quota": short.quota.name}
    where = ("lines", index, "quantity")
    return Problem("sold-out", detail % {"ticket": ticket.name, **numbers}, where, numbers)


def _short_of_hold(index: int, hold: Hold, ticket: Ticket, wanted: int, at: datetime) -> Problem | None:
    if not hold.runs(at):
        detail = _("What was held for %s is back on sale.") % hold
        return Problem("hold-ended", detail, ("lines", index, "hold"), {"hold": hold.name})
    if wanted <= hold.left:
        return None
    if not hold.left:
        detail = _("All %(ticket)s of %(hold)s are sold.")
    else:
        detail = ngettext(
            "Only %(available)d %(ticket)s is left of %(hold)s, %(wanted)d wanted.",
            "Only %(available)d %(ticket)s are left of %(hold)s, %(wanted)d wanted.",
            hold.left,
        )
    numbers = {"available": hold.left, "wanted": wanted, "hold": hold.name}
    where = ("lines", index, "quantity")
    return Problem("sold-out", detail % {"ticket": ticket.name, **numbers}, where, numbers)


def _check_holds(lines: Sequence[Wanted], shelf: Shelf) -> None:
    def misses(line: Wanted) -> bool:
        hold = _hold(shelf, Place(line.ticket_id, line.hold_id))
        return line.hold_id is not None and (hold is None or hold.ticket_id != line.ticket_id)

    detail = _("The ticket has no such hold.")
    missing = [
        Problem("unknown-hold", detail, ("lines", index, "hold"), {"hold": line.hold_id})
        for index, line in enumerate(lines)
        if misses(line)
    ]
    if missing:
        raise NotFound(*missing)


def _check_seller(lines: Sequence[Wanted], shelf: Shelf, seller: Seller) -> None:
    others = {pk for pk, hold in shelf.holds.items() if not hold.may_be_sold_from(*seller)}
    problems = [
        Problem(
            "not-from-this-hold",
            _("%s is held for others.") % shelf.holds[line.hold_id],
            ("lines", index, "hold"),
        )
        for index, line in enumerate(lines)
        if line.hold_id in others
    ]
    if problems:
        raise Forbidden(*problems)
