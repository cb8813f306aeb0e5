"""The stock: the only code that writes `Ticket.sold`.

Stock is taken under row locks, in the order of the primary key: two tills that sell the same two
tickets in opposite order would otherwise wait for each other
(https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from django.db import connection, transaction
from django.db.models import Case, F, QuerySet, When
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from base import metrics, money
from base.database import Transient
from base.errors import Conflict, Invalid, NotFound, Path, Problem
from base.places import in_turn
from base.sql.kept import kept
from events.models import Event
from outbox.models import heard
from tickets.models import Ticket

# Whatever its tickets allow, an order has at most so many attendees.
MAX_ATTENDEES = 500


class Locked(NamedTuple):
    """A ticket under its lock, with its event's state and currency as they are now, and whether anybody is to
    be told what happens there.
    """

    ticket: Ticket
    event_state: str
    event_currency: str
    event_is_heard: bool

    def update(self, event: Event) -> None:
        """Bring the ticket's event up to date."""
        event.state, event.currency, event.is_heard = (
            self.event_state,
            self.event_currency,
            self.event_is_heard,
        )
        self.ticket.event = event


class Wanted(Protocol):
    """What the stock needs to know of a line of a sale."""

    @property
    def ticket_id(self) -> int: ...

    @property
    def quantity(self) -> int: ...

    @property
    def price(self) -> Decimal | None: ...

    @property
    def reason(self) -> str:
        """Why the price is not the ticket's own; empty if it is."""
        ...


def take(*, event: Event, lines: Sequence[Wanted], at: datetime) -> dict[int, Ticket]:
    """Take the quantities of all lines out of the event's stock, or of none.

    Must run inside a transaction (`RuntimeError` else), which keeps the rows locked until it ends.
    Lines that name the same ticket count together. Returns the locked tickets by id, as they now are,
    and brings the event's state and currency up to date, which may have changed since it was read.

    Raises, at the first of these steps at which any line fails, with a problem for every line that
    fails there: `NotFound` for a ticket that is not the event's; `Invalid` for a quantity outside
    the ticket's bounds for one order, or a price outside those of a donation; `Conflict` outside
    the sales window (`at`, UTC) or without enough stock.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Stock is taken inside a transaction, or the locks hold nothing.")
    ticket_ids = sorted({line.ticket_id for line in lines})
    tickets: dict[int, Ticket] = {}
    for found in _locked(event, ticket_ids):
        found.update(event)
        tickets[found.ticket.pk] = found.ticket
    missing = [_unknown(index, line) for index, line in enumerate(lines) if line.ticket_id not in tickets]
    if missing:
        raise NotFound(*missing)
    wanted = _wanted(lines)
    for refusal, judge in ((Invalid, _bounds), (Conflict, _saleability)):
        problems = [
            problem
            for index, line in enumerate(lines)
            if (problem := judge(index, line, tickets[line.ticket_id], wanted[line.ticket_id], at))
        ]
        if problems:
            raise refusal(*problems)
    _write(wanted, event)
    return _taken(tickets, wanted)


def take_again(*, event: Event, counts: Mapping[int, int]) -> dict[int, Ticket] | None:
    """Take so many of each ticket, by id, that an order held before, or nothing; None unless there was
    enough of all. Nothing else is judged: the order was made by the rules of its time. Returns as `take`.

    Must run inside a transaction, after the order that held them was locked.
    """
    tickets: dict[int, Ticket] = {}
    for found in _locked(event, sorted(counts)):
        found.update(event)
        ticket = tickets[found.ticket.pk] = found.ticket
        if ticket.available is not None and counts[ticket.pk] > ticket.available:
            return None
    _write(Counter(counts), event)
    return _taken(tickets, counts)


def exchange(*, event: Event, line: Wanted, freed: Mapping[int, int], at: datetime) -> Ticket:
    """Take what a line wants and put so many of each other ticket, by id, back on sale, all under locks that
    are taken together. Returns the ticket that was taken, as it now is.

    Must run inside a transaction, after the order that held the others was locked. Raises what `take` raises,
    but for the bounds of one order.
    """
    tickets = {}
    for found in _locked(event, sorted({line.ticket_id, *freed})):
        found.update(event)
        tickets[found.ticket.pk] = found.ticket
    if line.ticket_id not in tickets:
        raise NotFound(_unknown(0, line))
    ticket = tickets[line.ticket_id]
    if problem := _price_problem(line, ticket, ("lines", 0, "price")):
        raise Invalid(problem)
    if problem := _saleability(0, line, ticket, line.quantity, at):
        raise Conflict(problem)
    changes = Counter({line.ticket_id: line.quantity})
    changes.subtract(freed)
    _write(changes, event)
    ticket.sold += line.quantity
    return ticket


def _taken(tickets: dict[int, Ticket], counts: Mapping[int, int]) -> dict[int, Ticket]:
    for ticket in tickets.values():
        ticket.sold += counts[ticket.pk]
    return tickets


def _wanted(lines: Sequence[Wanted]) -> Counter[int]:
    """How many of each ticket, by id, the lines want together."""
    wanted: Counter[int] = Counter()
    for line in lines:
        wanted[line.ticket_id] += line.quantity
    return wanted


def suffices(lines: Sequence[Wanted]) -> bool:
    """Whether there is enough for all lines right now. It locks nothing, so only `take` can say it
    for sure.
    """
    wanted = _wanted(lines)
    tickets = Ticket.objects.filter(pk__in=wanted)
    return all(ticket.available is None or wanted[ticket.pk] <= ticket.available for ticket in tickets)


def give_back(counts: Mapping[int, int]) -> None:
    """Put so many of each ticket, by id, back on sale. Needs no check: freeing stock always may.

    Must run inside a transaction, after the order that held them was locked.
    """
    if not counts:
        return

    def lock(at_once: bool) -> list[int]:
        rows = Ticket.objects.select_for_update(no_key=True, skip_locked=at_once).filter(pk__in=counts)
        return list(rows.order_by("pk").values_list("pk", flat=True))

    in_turn(lock, len(counts))
    fewer = Case(*(When(pk=pk, then=F("sold") - count) for pk, count in counts.items()))
    Ticket.objects.filter(pk__in=counts).update(sold=fewer)
    metrics.counted(metrics.tickets, "given back", by=sum(counts.values()))


def _locked(event: Event, ticket_ids: Sequence[int]) -> Sequence[Locked]:
    return in_turn(
        lambda at_once: locked(event_id=event.pk, ticket_ids=ticket_ids, at_once=at_once), len(ticket_ids)
    )


@kept(into=Locked)
def locked(event_id: int, ticket_ids: Sequence[int], at_once: bool = False) -> QuerySet[Ticket]:
    """Those of `ticket_ids` that are tickets of the event, locked against other sales, with what is `Locked`
    beside them; `at_once` those that nobody else has locked.

    NO KEY, because the inserts of other tills' attendees only need the row to stay, and the weaker
    lock lets them check their foreign key.
    """
    return (
        Ticket.objects.select_for_update(no_key=True, of=("self",), skip_locked=at_once)
        .annotate(
            event_state=F("event__state"),
            event_currency=F("event__currency"),
            event_is_heard=heard("event_id"),
        )
        .filter(event_id=event_id, pk__in=ticket_ids)
        .order_by("pk")
    )


def _write(wanted: Counter[int], event: Event) -> None:
    """Raise `sold` of all tickets by what was wanted of each (below zero: is back), in one statement.

    It looks at the event once more: while the sale waited for its locks, the currency may have
    changed, or the event been withdrawn, and what `locked` read beside the tickets is from before.
    Then nothing is written and the sale begins anew (`Transient`).
    """
    pairs = [number for pair in wanted.items() for number in pair]
    by_ticket = "WHEN %s THEN %s " * len(wanted)
    which = ", ".join(["%s"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE tickets_ticket SET sold = sold + CASE id {by_ticket}END WHERE id IN ({which})"  # noqa: S608
            " AND EXISTS (SELECT 1 FROM events_event WHERE id = event_id AND currency = %s AND state = %s)",
            [*pairs, *wanted, event.currency, event.state],
        )
        if cursor.rowcount != len(wanted):
            raise Transient
    taken = sum(number for number in wanted.values() if number > 0)
    metrics.counted(metrics.tickets, "taken", by=taken)
    if back := taken - wanted.total():
        metrics.counted(metrics.tickets, "given back", by=back)


def _unknown(index: int, line: Wanted) -> Problem:
    return Problem(
        "unknown-ticket",
        _("The event has no ticket %(id)s.") % {"id": line.ticket_id},
        ("lines", index, "id"),
        {"ticket": line.ticket_id},
    )


def _bounds(index: int, line: Wanted, ticket: Ticket, wanted: int, at: datetime) -> Problem | None:
    where = ("lines", index, "quantity")
    if wanted < ticket.min_order:
        detail = _("One order takes at least %(bound)d of %(ticket)s.")
        return _out_of_bounds("below-min-order", detail, ticket.min_order, ticket, where)
    if ticket.max_order is not None and wanted > ticket.max_order:
        detail = _("One order takes at most %(bound)d of %(ticket)s.")
        return _out_of_bounds("above-max-order", detail, ticket.max_order, ticket, where)
    return _price_problem(line, ticket, ("lines", index, "price"))


def _out_of_bounds(code: str, detail: str, bound: int, ticket: Ticket, where: Path) -> Problem:
    return Problem(code, detail % {"bound": bound, "ticket": ticket.name}, where, {"bound": bound})


def _price_problem(line: Wanted, ticket: Ticket, where: Path) -> Problem | None:
    currency = ticket.event.currency
    if line.reason and line.price is not None:
        if line.price < 0:
            return Problem("invalid-amount", _("A price cannot be negative."), where)
        fits = money.fits(line.price, currency)
        return None if fits else Problem("invalid-amount", money.misfit(currency), where)
    if ticket.type != Ticket.Type.DONATION:
        if line.price is None or line.price == ticket.price:
            return None
        return Problem(
            "price-is-fixed",
            _("%(ticket)s costs %(price)s.")
            % {"ticket": ticket.name, "price": money.display(ticket.price, currency)},
            where,
        )
    if line.price is None:
        return Problem("price-required", _("%s is a donation: say how much.") % ticket.name, where)
    if not money.fits(line.price, currency):
        return Problem("invalid-amount", money.misfit(currency), where)
    least, most = ticket.min_price or Decimal(0), ticket.max_price
    if line.price < least:
        return _wrong_gift("price-too-low", _("%(ticket)s takes at least %(bound)s."), least, ticket, where)
    if most is not None and line.price > most:
        return _wrong_gift("price-too-high", _("%(ticket)s takes at most %(bound)s."), most, ticket, where)
    return None


def _wrong_gift(code: str, detail: str, bound: Decimal, ticket: Ticket, where: Path) -> Problem:
    shown = {"ticket": ticket.name, "bound": money.display(bound, ticket.event.currency)}
    return Problem(code, detail % shown, where, {"bound": f"{bound:.2f}"})


def _saleability(index: int, line: Wanted, ticket: Ticket, wanted: int, at: datetime) -> Problem | None:
    where = ("lines", index, "quantity")
    if not ticket.sales_open(at):
        ended = ticket.sales_over(at)
        return Problem(
            "sales-ended" if ended else "sales-not-started",
            (_("The sale of %s has ended.") if ended else _("The sale of %s has not started.")) % ticket.name,
            ("lines", index, "id"),
        )
    if ticket.available is None or wanted <= ticket.available:
        return None
    if ticket.available <= 0:
        detail = _("%(ticket)s is sold out.")
    else:
        detail = ngettext(
            "Only %(available)d %(ticket)s is left, %(wanted)d wanted.",
            "Only %(available)d %(ticket)s are left, %(wanted)d wanted.",
            ticket.available,
        )
    numbers = {"available": ticket.available, "wanted": wanted}
    return Problem("sold-out", detail % {"ticket": ticket.name, **numbers}, where, numbers)


def check_quantity(ticket: Ticket, quantity: int | None) -> None:
    """Raise `Conflict` `quantity-below-sold` when more of the ticket are sold than `quantity`, and
    `NotFound` when the ticket is gone.

    Must run inside a transaction: it locks the ticket, so that the answer holds until that ends.
    """
    locked_alone = _lock_alone(ticket)
    if not locked_alone:
        raise NotFound.of("not-found", _("There is no such thing here."))
    sold = locked_alone[0]
    if quantity is not None and quantity < sold:
        raise Conflict.of(
            "quantity-below-sold",
            ngettext("%(sold)d is sold already.", "%(sold)d are sold already.", sold) % {"sold": sold},
            "quantity",
            sold=sold,
        )


def _lock_alone(ticket: Ticket) -> Sequence[int]:
    """How many of the ticket are sold, under a lock that no sale passes; nothing if it is gone."""

    def lock(at_once: bool) -> list[int]:
        row = Ticket.objects.select_for_update(skip_locked=at_once).filter(pk=ticket.pk)
        return list(row.values_list("sold", flat=True))

    return in_turn(lock, 1)


@transaction.atomic(durable=True)
def change_ticket(ticket: Ticket, **changes: Any) -> Ticket:
    """Change some fields of a ticket; raises what `check_quantity` raises."""
    check_quantity(ticket, changes.get("quantity", ticket.quantity))
    for name, value in changes.items():
        setattr(ticket, name, value)
    ticket.save(update_fields=list(changes))
    return ticket


@transaction.atomic
def delete_ticket(ticket: Ticket) -> None:
    """Delete a ticket that was never sold, and the drafts that somebody made of it.

    Raises `Conflict` `ticket-in-use`. The row lock keeps new attendees out: their foreign key needs
    the ticket's row.
    """
    _lock_alone(ticket)
    if is_in_use(ticket):
        detail = _("Attendees hold this ticket; hide it instead of deleting it.")
        raise Conflict.of("ticket-in-use", detail)
    ticket.attendees.all().delete()
    ticket.delete()


def is_in_use(ticket: Ticket) -> bool:
    """Whether somebody has ordered the ticket."""
    return ticket.attendees.filter(order__isnull=False).exists()
