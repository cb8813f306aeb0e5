"""Holds what the clients were told against what the database has.

A client was told the truth or nothing: what was acknowledged is there, exactly once; what was refused or
given up is not; what got no answer is there once or not at all. And the books agree with themselves.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from faults.books import Books, Order
from faults.log import CANCEL, COMPLETE, GIVE_UP, REFUSALS, SCAN, SELL, Said

LOST, DOUBLED, OVERSOLD, MONEY, INSIDE, ANSWER = "lost", "doubled", "oversold", "money", "inside", "answer"
CONTROL = "control"  # the run itself proves nothing
LIVE = ("completed", "pending", "initializing")


class Violation(NamedTuple):
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind.upper()}: {self.text}"


@dataclass(frozen=True)
class Case:
    """What was said of one event beside its books. `known` are the orders that were there before."""

    said: Sequence[Said]
    books: Books
    known: frozenset[int] = frozenset()

    def of(self, *acts: str) -> list[Said]:
        return [said for said in self.said if said.act in acts]

    def by_key(self, *acts: str) -> Mapping[str, list[Said]]:
        """The tries of each request, in the order in which they were sent."""
        tries: dict[str, list[Said]] = defaultdict(list)
        for said in sorted(self.of(*acts), key=lambda said: said.sent):
            tries[said.key].append(said)
        return tries

    @property
    def orders_by_key(self) -> Mapping[str, list[Order]]:
        orders: dict[str, list[Order]] = defaultdict(list)
        for order in self.books.orders:
            if order.key is not None:
                orders[order.key].append(order)
        return orders


def violations(case: Case) -> list[Violation]:
    """Everything that must not be, each with the ids to look it up by."""
    return [violation for rule in RULES for violation in rule(case)]


def sales(case: Case) -> Iterator[Violation]:
    """Each key has the order that its client was told of, with the tickets that were asked for."""
    orders = case.orders_by_key
    sold_as = defaultdict(Counter)
    for attendee in case.books.attendees:
        sold_as[attendee.order][attendee.ticket] += 1
    for key, tries in case.by_key(SELL).items():
        found = orders.get(key, [])
        if len(found) > 1:
            ids = ", ".join(f"{order.id} ({order.identifier})" for order in found)
            yield Violation(DOUBLED, f"key {key} has {len(found)} orders: {ids}")
        yield from _told(key, tries, found)
        for order in found:
            asked = Counter({int(ticket): number for ticket, number in tries[0].asked["lines"]})
            if sold_as[order.id] != asked:
                kind = LOST if sold_as[order.id].total() < asked.total() else DOUBLED
                has = dict(sold_as[order.id])
                text = f"order {order.id} ({order.identifier}) has {has}, {dict(asked)} was asked"
                yield Violation(kind, text)


def _told(key: str, tries: Sequence[Said], found: Sequence[Order]) -> Iterator[Violation]:
    done = [said for said in tries if said.is_done]
    ids = {order.id for order in found}
    for said in done:
        if said.told["order"] not in ids:
            yield Violation(LOST, f"order {said.told['order']} was acknowledged and is not there: {said}")
    if len({said.told["order"] for said in done}) > 1:
        yield Violation(DOUBLED, f"key {key} was told of orders {sorted(s.told['order'] for s in done)}")
    if found and not done and all(said.is_final for said in tries):
        yield Violation(DOUBLED, f"order {found[0].id} was refused ({tries[-1].code}): {tries[-1]}")


def unasked(case: Case) -> Iterator[Violation]:
    """There is nothing that nobody asked for."""
    keys = {said.key for said in case.of(SELL)}
    for order in case.books.orders:
        if order.id not in case.known and order.key not in keys:
            yield Violation(DOUBLED, f"order {order.id} ({order.identifier}), key {order.key}: nobody's")
    nonces = {said.key for said in case.of(SCAN)}
    for scan in case.books.scans:
        if scan.nonce not in nonces:
            yield Violation(DOUBLED, f"check-in {scan.id}, nonce {scan.nonce}: nobody's")


def promises(case: Case) -> Iterator[Violation]:
    """What was given up is never sold, and what was told instead is there."""
    orders, ids = case.orders_by_key, {order.id for order in case.books.orders}
    for said in case.of(GIVE_UP):
        if said.status == 204:
            if orders.get(said.key):
                yield Violation(DOUBLED, f"order {orders[said.key][0].id} was sold although given up: {said}")
            if said.key not in case.books.given_up:
                yield Violation(LOST, f"the promise is not there: {said}")
        elif said.is_done and said.told["order"] not in ids:
            yield Violation(LOST, f"order {said.told['order']} was told of and is not there: {said}")


def states(case: Case) -> Iterator[Violation]:
    """Each order is what it was last made: paid for, or cancelled."""
    cancelling = {said.asked["order"] for said in case.of(CANCEL)}
    cancelled = {said.asked["order"]: said for said in case.of(CANCEL) if said.is_done}
    paid = {said.asked["order"]: said for said in case.of(COMPLETE) if said.is_done}
    for said in case.of(SELL):
        if said.is_done and said.told["status"] == "completed":
            paid[said.told["order"]] = said
    for order in case.books.orders:
        if order.id in cancelled:
            if order.status != "cancelled":
                yield _undone(order, cancelled[order.id])
        elif order.status == "cancelled" and order.id not in cancelling:
            yield Violation(LOST, f"order {order.id} ({order.identifier}) was cancelled by nobody")
        elif order.status not in ("completed", "cancelled") and order.id in paid:
            yield _undone(order, paid[order.id])


def _undone(order: Order, said: Said) -> Violation:
    return Violation(LOST, f"order {order.id} ({order.identifier}) is {order.status}: {said}")


def stock(case: Case) -> Iterator[Violation]:
    """`sold` is the number of live attendees, and within the quantity."""
    status = {order.id: order.status for order in case.books.orders}
    live = Counter(row.ticket for row in case.books.attendees if status.get(row.order) in LIVE)
    for ticket in case.books.tickets:
        if ticket.sold != live[ticket.id]:
            text = f"ticket {ticket.id} says {ticket.sold} sold, {live[ticket.id]} attendees live"
            yield Violation(OVERSOLD if ticket.sold < live[ticket.id] else LOST, text)
        if ticket.quantity is not None and max(ticket.sold, live[ticket.id]) > ticket.quantity:
            text = f"ticket {ticket.id} has {ticket.quantity}, {max(ticket.sold, live[ticket.id])} are sold"
            yield Violation(OVERSOLD, text)


def money(case: Case) -> Iterator[Violation]:
    """Payments add up to what the order costs, or to nothing; so do its attendees' prices."""
    paid: dict[int, Decimal] = defaultdict(Decimal)
    prices: dict[int, Decimal] = defaultdict(Decimal)
    for payment in case.books.payments:
        paid[payment.order] += payment.amount
    for attendee in case.books.attendees:
        prices[attendee.order] += attendee.price
    for order in case.books.orders:
        due = order.amount if order.status == "completed" else Decimal(0)
        if paid[order.id] != due:
            text = f"{order.status} order {order.id} ({order.identifier}) of {order.amount}, paid"
            yield Violation(MONEY, f"{text} {paid[order.id]}")
        if prices[order.id] != order.amount:
            text = (
                f"order {order.id} ({order.identifier}) of {order.amount}, its attendees {prices[order.id]}"
            )
            yield Violation(MONEY, text)


def drawers(case: Case) -> Iterator[Violation]:
    """Each drawer holds its float, its movements and the cash of what was sold there: by the payments, and
    by what the clients asked for.
    """
    holds = drawer_sums(case.books)
    should = {drawer.id: drawer.moved for drawer in case.books.drawers}
    asked = {said.key: said.asked for said in case.of(SELL)}
    for order in case.books.orders:
        sale = asked.get(order.key or "", {})
        if order.status == "completed" and sale.get("tender") == "cash":
            should[sale["shift"]] += order.amount
    for shift, sum_ in holds.items():
        if sum_ != should.get(shift):
            text = f"the drawer of shift {shift} holds {sum_} by its payments, {should.get(shift)} was sold"
            yield Violation(MONEY, text)


def drawer_sums(books: Books) -> dict[int, Decimal]:
    """What each drawer holds by its movements and payments, by shift."""
    holds = {drawer.id: drawer.moved for drawer in books.drawers}
    for payment in books.payments:
        if payment.tender == "cash" and payment.shift is not None:
            holds[payment.shift] = holds.get(payment.shift, Decimal(0)) + payment.amount
    return holds


def scans(case: Case) -> Iterator[Violation]:
    """Each nonce has the scan that its client was told of."""
    found = defaultdict(list)
    for scan in case.books.scans:
        found[scan.nonce].append(scan)
    for nonce, rows in found.items():
        if len(rows) > 1:
            yield Violation(DOUBLED, f"nonce {nonce} has check-ins {[row.id for row in rows]}")
    for said in case.of(SCAN):
        if said.is_done:
            told = (said.told["check-in"], said.told["answer"])
            if told not in [(row.id, row.answer) for row in found.get(said.key, [])]:
                yield Violation(LOST, f"check-in {told[0]}, {told[1]}, is not there: {said}")


def whereabouts(case: Case) -> Iterator[Violation]:
    """Whoever is inside came in once more than they left, and the event counts them."""
    moved: dict[int, int] = defaultdict(int)
    for scan in case.books.scans:
        moved[scan.attendee] += scan.moved
        if (scan.answer == "ok") != (scan.moved != 0):
            yield Violation(INSIDE, f"check-in {scan.id}, {scan.answer}, moved {scan.moved}")
    for attendee in case.books.attendees:
        if moved[attendee.id] != attendee.is_inside:
            where = "inside" if attendee.is_inside else "outside"
            yield Violation(INSIDE, f"attendee {attendee.id} is {where} after moving {moved[attendee.id]}")
    count = sum(attendee.is_inside for attendee in case.books.attendees)
    if case.books.inside != count:
        yield Violation(INSIDE, f"the event counts {case.books.inside} inside, {count} attendees are")


def answers(case: Case) -> Iterator[Violation]:
    """A fault is a 503, and what is allowed is not refused."""
    for said in case.said:
        is_fault = said.status >= 500 and said.status != 503
        is_refusal = 400 <= said.status < 500 and said.code not in REFUSALS
        if is_fault or is_refusal:
            yield Violation(ANSWER, f"{said.status} {said.code}: {said}")


RULES = (sales, unasked, promises, states, stock, money, drawers, scans, whereabouts, answers)


def count(found: Iterable[Violation]) -> Counter[str]:
    return Counter(violation.kind for violation in found)
