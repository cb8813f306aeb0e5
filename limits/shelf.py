"""The rows out of which something is sold, locked together, and written together.

Locks are taken in one order: tickets by id, quotas by id, holds by id (docs/adr/0002).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.db.models import F, QuerySet

from base.places import in_turn
from base.sql.kept import kept
from base.sql.together import write
from events.models import Event
from limits.models import Hold, Quota
from tickets import stock
from tickets.models import Ticket


class Limited(NamedTuple):
    """A quota, and one ticket in it."""

    quota: Quota
    ticket_id: int


class Place(NamedTuple):
    """Where tickets come from: what everybody is sold, or a hold."""

    ticket_id: int
    hold_id: int | None = None


Counts = Mapping[Place, int]


@dataclass(frozen=True)
class Moves:
    """What is to change, each by so many: sold and held by ticket id, a hold's own two by its id."""

    sold: Counter[int] = field(default_factory=Counter)
    held: Counter[int] = field(default_factory=Counter)
    hold_sold: Counter[int] = field(default_factory=Counter)
    hold_quantity: Counter[int] = field(default_factory=Counter)

    def sell(self, place: Place, number: int) -> None:
        """Sell so many of there; below zero: take them back to there."""
        self.sold[place.ticket_id] += number
        if place.hold_id is not None:
            self.held[place.ticket_id] -= number
            self.hold_sold[place.hold_id] += number

    def set_aside(self, hold: Hold, number: int) -> None:
        """Let a hold keep so many more; below zero: fewer."""
        self.held[hold.ticket_id] += number
        self.hold_quantity[hold.pk] += number

    def taken(self, ticket_id: int) -> int:
        """How many fewer of the ticket are left for everybody."""
        return self.sold[ticket_id] + self.held[ticket_id]


@dataclass(frozen=True)
class Shelf:
    """Tickets by id with the quotas that limit them, by id, and holds that were asked for, by id. `members`
    are, by quota, those of the tickets that are in it.
    """

    tickets: Mapping[int, Ticket]
    quotas: Mapping[int, Quota]
    members: Mapping[int, Collection[int]]
    holds: Mapping[int, Hold]

    @classmethod
    def of(cls, tickets: Iterable[Ticket], limited: Iterable[Limited], holds: Iterable[Hold]) -> "Shelf":
        quotas: dict[int, Quota] = {}
        members: dict[int, set[int]] = {}
        for quota, ticket_id in limited:
            quotas.setdefault(quota.pk, quota)
            members.setdefault(quota.pk, set()).add(ticket_id)
        shelf = cls({t.pk: t for t in tickets}, quotas, members, {hold.pk: hold for hold in holds})
        shelf.tell_tickets()
        return shelf

    def tell_tickets(self) -> None:
        """Let the tickets know what their quotas leave now."""
        for ticket in self.tickets.values():
            ticket.quotas_left = min((quota.left for quota in self.quotas_of(ticket.pk)), default=None)

    def quotas_of(self, ticket_id: int) -> list[Quota]:
        return [self.quotas[pk] for pk, members in self.members.items() if ticket_id in members]

    def used(self, moves: Moves) -> dict[int, int]:
        """By how many each quota, by id, is used more."""
        return {pk: sum(map(moves.taken, members)) for pk, members in self.members.items()}

    def fits(self, moves: Moves) -> bool:
        """Whether there is enough for all that is taken; whoever only frees is never refused."""
        used = self.used(moves)
        return all(
            moves.taken(ticket.pk) <= max(0, ticket.own_left)
            for ticket in self.tickets.values()
            if ticket.own_left is not None
        ) and all(used[pk] <= max(0, quota.left) for pk, quota in self.quotas.items())

    def write(self, moves: Moves, *, event: Event | None = None) -> frozenset[int]:
        """Write the moves down, and bring tickets, quotas and holds up to date. Returns the ids of the quotas
        that are full now. With an `event`, of a sale, raises `Transient` as `tickets.stock.write` does.
        """
        used = self.used(moves)
        _add("limits_quota", {"used": used})
        _add("limits_hold", {"sold": moves.hold_sold, "quantity": moves.hold_quantity})
        stock.write(self.tickets, sold=moves.sold, held=moves.held, event=event)
        for quota in self.quotas.values():
            quota.used += used[quota.pk]
        for hold in self.holds.values():
            hold.sold += moves.hold_sold[hold.pk]
            hold.quantity += moves.hold_quantity[hold.pk]
        self.tell_tickets()
        return frozenset(pk for pk, number in used.items() if number > 0 and not self.quotas[pk].left)


def lock(
    *,
    event: Event,
    ticket_ids: Iterable[int],
    hold_ids: Iterable[int] = (),
    in_anothers: bool = False,
    holds_event: bool = False,
) -> Shelf:
    """Those tickets of the event, the quotas that they are in, and those holds, locked until the transaction
    ends; the event's state and currency as they are now, and, if it `holds_event`, its capacity as it stays.
    A ticket in no quota costs no look for one.

    Raises `Transient` where it must begin anew (`base.places`), but not in a transaction that is
    `in_anothers` hand, which nobody would begin again.
    """
    tickets, holds = sorted(set(ticket_ids)), sorted(set(hold_ids))
    if not tickets:
        return Shelf({}, {}, {}, {})
    # One more than the tickets: what lies behind them.
    number = None if in_anothers else len(tickets) + 1
    *rows, behind = in_turn(partial(_rows, event, tickets, holds, holds_event), number)
    for found in rows:
        found.update(event)
    return Shelf.of((found.ticket for found in rows), *behind)


def _rows(
    event: Event, ticket_ids: Sequence[int], hold_ids: Sequence[int], holds_event: bool, at_once: bool
) -> list[Any]:
    """The tickets, and at the end quotas and holds; `at_once` nothing of these if somebody has some."""
    rows: list[Any] = list(
        stock.locked(event_id=event.pk, ticket_ids=ticket_ids, at_once=at_once, holds_event=holds_event)
    )
    if at_once and len(rows) < len(ticket_ids):
        return rows
    limited: list[Limited] = []
    if limits := sum(found.ticket.limited_by for found in rows):
        in_quotas = [found.ticket.pk for found in rows if found.ticket.limited_by]
        limited = locked_quotas(ticket_ids=in_quotas, at_once=at_once)
    holds = locked_holds(hold_ids=hold_ids, at_once=at_once) if hold_ids else []
    if at_once and (len(limited) < limits or len(holds) < len(hold_ids)):
        return rows
    return [*rows, (limited, holds)]


@kept(into=Limited)
def locked_quotas(ticket_ids: Sequence[int], at_once: bool = False) -> QuerySet[Quota]:
    """The quotas of those tickets, whose rows are locked already, once for each of them."""
    rows = Quota.objects.select_for_update(no_key=True, of=("self",), skip_locked=at_once)
    rows = rows.filter(memberships__ticket_id__in=ticket_ids)
    return rows.annotate(ticket_id=F("memberships__ticket_id")).order_by("pk")


@kept
def locked_holds(hold_ids: Sequence[int], at_once: bool = False) -> QuerySet[Hold]:
    rows = Hold.objects.select_for_update(no_key=True, of=("self",), skip_locked=at_once)
    return rows.filter(pk__in=hold_ids).order_by("pk")


def look(*, tickets: Iterable[Ticket], hold_ids: Collection[int] = ()) -> Shelf:
    """The same of tickets that were read, without a lock: only `lock` can say it for sure."""
    tickets = list(tickets)
    in_quotas = [ticket.pk for ticket in tickets if ticket.limited_by]
    limited: list[Limited] = []
    if in_quotas:
        quotas = Quota.objects.filter(memberships__ticket_id__in=in_quotas)
        for quota in quotas.annotate(ticket_id=F("memberships__ticket_id")).order_by("pk"):
            limited.append(Limited(quota, vars(quota)["ticket_id"]))
    return Shelf.of(tickets, limited, Hold.objects.filter(pk__in=hold_ids) if hold_ids else ())


def ended_left(holds: Iterable[Hold], at: datetime) -> Counter[int]:
    """How many of each ticket, by id, holds keep beyond their end."""
    left: Counter[int] = Counter()
    for hold in holds:
        if not hold.runs(at):
            left[hold.ticket_id] += hold.left
    return left


def _add(table: str, changes: Mapping[str, Mapping[int, int]]) -> None:
    """Add to columns of rows that are locked, by id, in one statement; none where nothing changes."""
    ids = sorted({pk for by in changes.values() for pk, number in by.items() if number})
    if not ids:
        return
    by_row = f"CASE id {'WHEN %s THEN %s ' * len(ids)}END"
    sets = ", ".join(f"{name} = {name} + {by_row}" for name in changes)
    values = [part for by in changes.values() for pk in ids for part in (pk, by.get(pk, 0))]
    which = ", ".join(["%s"] * len(ids))
    write((f"UPDATE {table} SET {sets} WHERE id IN ({which})", [*values, *ids]))  # noqa: S608 - names of ours
