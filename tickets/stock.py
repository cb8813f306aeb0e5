"""The stock of tickets: the only code that writes `Ticket.sold`, and judges a line by its ticket. What
there is of quotas and holds beside, `limits.stock` takes and frees in the same act.

Stock is taken under row locks, in the order of the primary key: two tills that sell the same two
tickets in opposite order would otherwise wait for each other
(https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from base import metrics, money
from base.errors import Conflict, Invalid, NotFound, Path, Problem
from base.places import in_turn
from base.sql.above import many_above
from base.sql.kept import kept
from base.sql.together import change
from events.models import Event
from outbox.models import heard
from tickets.models import Ticket

# Whatever its tickets allow, an order has at most so many attendees.
MAX_ATTENDEES = 500


class Locked(NamedTuple):
    """A ticket under its lock, with its event's state, currency and capacity as they are now, and whether
    anybody is to be told what happens there.
    """

    ticket: Ticket
    event_state: str
    event_currency: str
    event_is_heard: bool
    event_capacity: int | None

    def update(self, event: Event) -> None:
        """Bring the ticket's event up to date."""
        event.state, event.currency, event.is_heard = (
            self.event_state,
            self.event_currency,
            self.event_is_heard,
        )
        event.capacity = self.event_capacity
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


def check_known(lines: Sequence[Wanted], tickets: Mapping[int, Ticket]) -> None:
    """Raise `NotFound` with a problem for every line whose ticket is not the event's."""
    missing = [_unknown(index, line) for index, line in enumerate(lines) if line.ticket_id not in tickets]
    if missing:
        raise NotFound(*missing)


def check_prices(lines: Sequence[Wanted], tickets: Mapping[int, Ticket]) -> None:
    """Raise `Invalid` with a problem for every line at a price that its ticket has not."""
    judged = (
        _price_problem(line, tickets[line.ticket_id], ("lines", index, "price"))
        for index, line in enumerate(lines)
    )
    if problems := [problem for problem in judged if problem]:
        raise Invalid(*problems)


def check_bounds(lines: Sequence[Wanted], tickets: Mapping[int, Ticket], *, one_order: bool = True) -> None:
    """Raise `Invalid` with a problem for every line outside its ticket's bounds for one order, or outside the
    prices of a donation. Lines that name the same ticket count together, if they are `one_order`.
    """
    wanted: Counter[int] = Counter()
    for line in lines:
        wanted[line.ticket_id] += line.quantity
    judged = (
        _bounds(index, line, tickets[line.ticket_id], wanted[line.ticket_id] if one_order else line.quantity)
        for index, line in enumerate(lines)
    )
    if problems := [problem for problem in judged if problem]:
        raise Invalid(*problems)


def _locks(holds_event: bool = False, **_values: Any) -> str:
    """After those of the tickets."""
    return "FOR KEY SHARE OF events_event" if holds_event else ""


@kept(locks=_locks, into=Locked)
def locked(
    event_id: int, ticket_ids: Sequence[int], at_once: bool = False, holds_event: bool = False
) -> QuerySet[Ticket]:
    """Those of `ticket_ids` that are tickets of the event, locked against other sales, with what is `Locked`
    beside them; `at_once` those that nobody else has locked. With `holds_event` it is held after them against
    a change of its capacity, for guests who are let in (`door.whereabouts.hold`).

    NO KEY, because the inserts of other tills' attendees only need the row to stay, and the weaker
    lock lets them check their foreign key.
    """
    return (
        Ticket.objects.select_for_update(no_key=True, of=("self",), skip_locked=at_once)
        .annotate(
            event_state=F("event__state"),
            event_currency=F("event__currency"),
            event_is_heard=heard("event_id"),
            event_capacity=F("event__capacity"),
        )
        .filter(event_id=event_id, pk__in=ticket_ids)
        .order_by("pk")
    )


def write(
    tickets: Mapping[int, Ticket],
    *,
    sold: Mapping[int, int],
    held: Mapping[int, int],
    event: Event | None = None,
) -> None:
    """Change how many of each ticket, by id, are sold and held by so many, in one statement, and bring those
    `tickets` up to date. The rows are locked, and what is raised was judged under the locks.

    With an `event`, of a sale, it looks at it once more: while the sale waited for its locks, the currency
    may have changed, or the event been withdrawn, and what `locked` read beside the tickets is from before.
    Then nothing is written and the sale begins anew (`Transient`). Within `together` it looks at its end.
    """
    ids = sorted({*sold, *held})
    changes = [(name, by) for name, by in (("sold", sold), ("held", held)) if any(by.values())]
    if not changes:
        return
    by_ticket = f"CASE id {'WHEN %s THEN %s ' * len(ids)}END"
    values: list[Any] = [part for _name, by in changes for pk in ids for part in (pk, by.get(pk, 0))]
    sql = (
        f"UPDATE tickets_ticket SET {', '.join(f'{name} = {name} + {by_ticket}' for name, _by in changes)}"  # noqa: S608
        f" WHERE id IN ({', '.join(['%s'] * len(ids))})"
    )
    values += ids
    if event is not None:
        sql += " AND EXISTS (SELECT 1 FROM events_event WHERE id = event_id AND currency = %s AND state = %s)"
        values += [event.currency, event.state]
    change((f"{sql} RETURNING id", values), rows=len(ids))
    for pk in ids:
        tickets[pk].sold += sold.get(pk, 0)
        tickets[pk].held += held.get(pk, 0)
    for way, signed in (("taken", 1), ("given back", -1)):
        number = sum(signed * count for count in sold.values() if signed * count > 0)
        if number:
            metrics.counted(metrics.tickets, way, by=number)


def limit(*, more: Collection[int], fewer: Collection[int]) -> None:
    """Count one quota `more`, and one `fewer`, of those tickets, by id; their rows are locked."""
    for ticket_ids, by in ((more, 1), (fewer, -1)):
        if ticket_ids:
            Ticket.objects.filter(pk__in=ticket_ids).update(limited_by=F("limited_by") + by)


def _unknown(index: int, line: Wanted) -> Problem:
    return Problem(
        "unknown-ticket",
        _("The event has no ticket %(id)s.") % {"id": line.ticket_id},
        ("lines", index, "id"),
        {"ticket": line.ticket_id},
    )


def _bounds(index: int, line: Wanted, ticket: Ticket, wanted: int) -> Problem | None:
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


def closed(index: int, ticket: Ticket, at: datetime) -> Problem | None:
    """What is wrong with a line because its ticket is not on sale at `at` (UTC)."""
    if ticket.sales_open(at):
        return None
    ended = ticket.sales_over(at)
    return Problem(
        "sales-ended" if ended else "sales-not-started",
        (_("The sale of %s has ended.") if ended else _("The sale of %s has not started.")) % ticket.name,
        ("lines", index, "id"),
    )


def sold_out(index: int, ticket: Ticket, *, available: int, wanted: int) -> Problem:
    """What is wrong with a line that wants more than its ticket has."""
    if available <= 0:
        detail = _("%(ticket)s is sold out.")
    else:
        detail = ngettext(
            "Only %(available)d %(ticket)s is left, %(wanted)d wanted.",
            "Only %(available)d %(ticket)s are left, %(wanted)d wanted.",
            available,
        )
    numbers = {"available": available, "wanted": wanted}
    where = ("lines", index, "quantity")
    return Problem("sold-out", detail % {"ticket": ticket.name, **numbers}, where, numbers)


def check_quantity(ticket: Ticket, quantity: int | None) -> None:
    """Raise `Conflict` `quantity-below-sold` when more of the ticket are sold and held than `quantity`, and
    `NotFound` when the ticket is gone.

    Must run inside a transaction: it locks the ticket, so that the answer holds until that ends.
    """
    locked_alone = _lock_alone(ticket)
    if not locked_alone:
        raise NotFound.of("not-found", _("There is no such thing here."))
    sold, held = locked_alone[0]
    if quantity is None or quantity >= sold + held:
        return
    detail = ngettext("%(sold)d is sold already.", "%(sold)d are sold already.", sold)
    if held:
        detail = _("%(sold)d are sold already, and %(held)d are held: give some back first.")
    numbers = {"sold": sold, "held": held} if held else {"sold": sold}
    raise Conflict.of("quantity-below-sold", detail % numbers, "quantity", **numbers)


def check_admits(ticket: Ticket, admits: bool) -> None:
    """Raise `Conflict` `ticket-in-use` when a ticket that was sold is to admit, or not to admit any more: its
    guests have codes, or none. Must run inside a transaction, as `check_quantity`.
    """
    _lock_alone(ticket)
    stored = Ticket.objects.filter(pk=ticket.pk).values_list("admits", flat=True).first()
    if stored == admits or not ticket.attendees.filter(order__isnull=False).exists():
        return
    detail = _("It was sold already: make another ticket.")
    raise Conflict.of("ticket-in-use", detail, "admits")


def _lock_alone(ticket: Ticket) -> Sequence[tuple[int, int]]:
    """How many of the ticket are sold and held, under a lock that no sale passes; nothing if it is gone."""

    def lock(at_once: bool) -> list[tuple[int, int]]:
        row = Ticket.objects.select_for_update(skip_locked=at_once).filter(pk=ticket.pk)
        return list(row.values_list("sold", "held"))

    return in_turn(lock, 1)


@transaction.atomic(durable=True)
def change_ticket(ticket: Ticket, **changes: Any) -> Ticket:
    """Change some fields of a ticket; raises what `check_quantity` and `check_admits` raise."""
    check_quantity(ticket, changes.get("quantity", ticket.quantity))
    if "admits" in changes:
        check_admits(ticket, changes["admits"])
    for name, value in changes.items():
        setattr(ticket, name, value)
    ticket.save(update_fields=list(changes))
    return ticket


@transaction.atomic
def delete_ticket(ticket: Ticket) -> None:
    """Delete a ticket that was never sold, and the drafts that somebody made of it.

    Raises `Conflict` `ticket-in-use`; `ticket-held` where some are set aside; `only-ticket` where a discount
    or a gate is for no other. The row lock keeps new attendees and holds out: their foreign key needs the
    ticket's row.
    """
    _lock_alone(ticket)
    if ticket.attendees.filter(order__isnull=False).exists():
        detail = _("Attendees hold this ticket; hide it instead of deleting it.")
        raise Conflict.of("ticket-in-use", detail)
    if many_above(Ticket, "holds")._base_manager.filter(ticket=ticket).exists():
        raise Conflict.of("ticket-held", _("Some of this ticket are set aside: delete its holds first."))
    if names := _for_it_alone(ticket):
        detail = _("%s is for this ticket alone, and would be for all: change that first.")
        raise Conflict.of("only-ticket", detail % names[0])
    ticket.attendees.all().delete()
    ticket.delete()


def is_in_use(ticket: Ticket) -> bool:
    """Whether somebody has ordered the ticket, some of it are set aside, or a discount or a gate is for no
    other.
    """
    held = many_above(Ticket, "holds")._base_manager.filter(ticket=ticket)
    ordered = ticket.attendees.filter(order__isnull=False)
    return ordered.exists() or held.exists() or bool(_for_it_alone(ticket))


def _for_it_alone(ticket: Ticket) -> list[str]:
    """The discounts and gates, by name, that are for this ticket and for no other; for none means for all."""
    discounts = ticket.discounts.order_by("pk").prefetch_related("tickets")
    gates = ticket.stations.order_by("pk").prefetch_related("tickets")
    return [one.name for one in (*discounts, *gates) if list(one.tickets.all()) == [ticket]]
