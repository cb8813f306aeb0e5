"""The guest list: who is on it has a ticket like everybody else, by an order of their own.

What is owed on it never expires, and is paid at the door (`lifecycle.complete`). Each order has a key, so
that a list can be put again and again (docs/adr/0020).
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from itertools import chain
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee
from attendees.names import checked
from attendees.words import write_words
from base import metrics
from base.database import Transient, retry_transient
from base.errors import Conflict, DomainError, Invalid, Problem
from base.plain import plain
from base.sql.insert import insert
from events.letterhead import letterhead_of
from events.models import Event
from limits import stock
from limits.announcing import sold_out
from orders import takings
from orders.acting import check_published
from orders.announcing import made
from orders.idempotency import LOCK
from orders.lifecycle import free_overdue, held_until
from orders.models import Order
from orders.sale import Line
from orders.sales import priced, put_taxes
from outbox.announcing import announce
from tickets.models import Ticket

MOST = 5000
KEY_LENGTH = 64  # of `Order.list_key`
REFERENCE_LENGTH = 100  # of `Payment.reference`
# What the lock of an event's list is called, beside those of idempotency keys.
LOCKED_AS = "guest list"


class Way(StrEnum):
    """How it is paid: not at all, when the guest comes, or it was where the ticket was sold."""

    FREE = "free"
    AT_DOOR = "at-door"
    PAID = "paid"


@dataclass(frozen=True)
class Entry:
    """A guest to be put on the list, with one ticket, perhaps from a hold of it. `key` tells them from the
    others; without one, what they are called does. `reference` is of what was paid elsewhere.
    """

    ticket_id: int
    firstname: str = ""
    lastname: str = ""
    email: str = ""
    way: Way = Way.FREE
    key: str = ""
    reference: str = ""
    hold_id: int | None = None

    @property
    def list_key(self) -> str:
        """Its own key, or a digest of ticket, name and address, however they are written."""
        if self.key:
            return self.key
        said = [self.ticket_id, _folded(f"{self.firstname} {self.lastname}"), _folded(self.email)]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _folded(text: str) -> str:
    """For a digest that is kept for good: not by `attendees.folding`, which may learn."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True)
class Listed:
    """The guests who were put on the list, in the order of their entries, each with its order at hand; and
    the orders of those who had been there `already`, whatever has become of them.
    """

    guests: Sequence[Attendee]
    already: Sequence[Order]


def put_on_list(
    event: Event, entries: Sequence[Entry], *, by: User | None, at: datetime | None = None
) -> Listed:
    """Put guests on the list of an event: all who are not there yet, or nobody. The caller has made sure
    that `by` organizes the event (None: a script). `at` (UTC) is now.

    A guest whose key is there already is left as they are, even if their order was cancelled since. Orders
    are sold from the same stock as everywhere, each by itself: one can be paid or cancelled without the
    others.

    Raises `Invalid`, `NotFound`, `Forbidden` and `Conflict` with a problem for every failing entry (their
    paths begin with `"entries"`): for a name that is none, a key that two have, and what
    `limits.stock.take` raises; `Conflict` `event-not-published`; `Busy`. Must not be called inside a
    transaction.
    """
    at = at or timezone.now()
    entries = checked_entries(entries)
    put = partial(_once, event, entries, by, at)
    try:
        return put()
    except Conflict as refusal:
        if not any(problem.code == "sold-out" for problem in refusal.problems):
            raise
    free_overdue(event, at)
    return put()


def already_there(event: Event, entries: Sequence[Entry]) -> dict[str, Order]:
    """The orders of those entries that are on the event's list, by key."""
    keys = [entry.list_key for entry in entries]
    return {str(order.list_key): order for order in Order.objects.filter(event=event, list_key__in=keys)}


def checked_entries(entries: Sequence[Entry]) -> list[Entry]:
    """The entries without blanks around what they say. Raises `Invalid` with a problem for everything in
    them that cannot be, whatever the state of the event.
    """
    if not entries:
        raise Invalid.of("no-entries", _("There is nobody to put on the list."), "entries")
    if len(entries) > MOST:
        detail = _("At most %d guests are put on the list at once.") % MOST
        raise Invalid.of("too-many-entries", detail, "entries", limit=MOST)
    clean: dict[int, Entry] = {}
    problems: list[Problem] = []
    for index, entry in enumerate(entries):
        try:
            clean[index] = _checked(entry)
        except Invalid as refusal:
            problems += refusal.under("entries", index).problems
    problems += _twice(clean)
    if problems:
        raise Invalid(*sorted(problems, key=lambda problem: int(problem.path[1])))
    return list(clean.values())


def _checked(entry: Entry) -> Entry:
    problems: list[Problem] = []
    try:
        names = checked({"firstname": entry.firstname, "lastname": entry.lastname, "email": entry.email})
        entry = replace(entry, firstname=names["firstname"], lastname=names["lastname"], email=names["email"])
    except Invalid as refusal:
        problems += refusal.problems
    entry = replace(entry, key=entry.key.strip(), reference=entry.reference.strip())
    for name, most in (("key", KEY_LENGTH), ("reference", REFERENCE_LENGTH)):
        text = getattr(entry, name)
        if len(text) > most or any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
            detail = _("This has at most %d characters, and none that control anything.") % most
            problems.append(Problem("invalid", detail, (name,)))
    if not any((entry.firstname, entry.lastname, entry.email, entry.key)):
        problems.append(Problem("required", _("Say who it is."), ("lastname",)))
    if problems:
        raise Invalid(*problems)
    return entry


def _twice(entries: Mapping[int, Entry]) -> Iterator[Problem]:
    """A problem for each entry, by its place, with the key of an earlier one."""
    first: dict[str, int] = {}
    for index, entry in entries.items():
        earlier = first.setdefault(entry.list_key, index)
        if earlier != index:
            detail = _("The same guest, or the same key, twice.")
            path = ("entries", index, "key" if entry.key else "lastname")
            yield Problem("duplicate-key", detail, path, {"first": earlier})


class New(NamedTuple):
    """What is written of an entry that is not on the list yet, and its place among all."""

    place: int
    entry: Entry
    line: Line
    order: Order
    guest: Attendee


@retry_transient
def _once(event: Event, entries: Sequence[Entry], by: User | None, at: datetime) -> Listed:
    drawn = [_drawn(place, entry) for place, entry in enumerate(entries)]  # before anything is locked
    try:
        with transaction.atomic(durable=True):
            lock_list(event)
            there = already_there(event, entries)
            new = [one for one in drawn if one.entry.list_key not in there]
            if new:
                _write(event, new, by, at)
            return Listed([one.guest for one in new], list(there.values()))
    except IntegrityError as lost_a_draw:
        identifiers = {one.order.identifier for one in drawn}
        if len(identifiers) < len(drawn) or Order.objects.filter(identifier__in=identifiers).exists():
            raise Transient from lost_a_draw
        raise


def lock_list(event: Event) -> None:
    """Let nobody else put guests on the event's list until the transaction ends: whoever waits finds those
    of who went before, and is not told "sold out" of them. (On SQLite every writer waits.)
    """
    if connection.vendor == "postgresql":
        LOCK.rows([LOCKED_AS, event.pk])


def _drawn(place: int, entry: Entry) -> New:
    names = {"firstname": entry.firstname, "lastname": entry.lastname, "email": entry.email}
    free = entry.way == Way.FREE
    price, reason = (Decimal(0), _("Guest list")) if free else (None, "")
    line = Line(entry.ticket_id, 1, price, reason=reason, hold_id=entry.hold_id)
    return New(place, entry, line, Order(list_key=entry.list_key), Attendee(**names))


def _write(event: Event, new: Sequence[New], by: User | None, at: datetime) -> None:
    """Take the tickets, and write orders, guests and what was paid: a statement each, however many."""
    taken = _take(event, new, by, at)
    letterhead = plain(letterhead_of(event, by=str(by or "")))
    for one in new:
        put_taxes(priced([[one.guest]], [one.line], taken.tickets), event.currency)
        _note_why(one, by)
        _fill(one, event, by, at)
        one.order.kept_letterhead = letterhead
    insert([one.order for one in new])
    for one in new:
        one.guest.order = one.order
        metrics.counted(metrics.orders, one.order.channel, one.order.payment_mode, one.order.status)
    elsewhere = {one.order.pk: one.entry.reference for one in new if one.entry.way == Way.PAID}
    paid = [one.order for one in new if one.order.pk in elsewhere]
    takings.record_elsewhere(paid, elsewhere, by=by, at=at)
    guests = [one.guest for one in new]
    insert(guests)
    write_words(guests, event_id=event.pk)
    told = chain(*(made(one.order) for one in new), sold_out(taken))
    announce(event.pk, told, at=at, is_heard=event.is_heard)


def _take(event: Event, new: Sequence[New], by: User | None, at: datetime) -> stock.Taken:
    """The tickets of the entries, their stock taken, each as an order by itself; the paths of what is
    refused lead to the entries.
    """
    check_published(event)
    seller = stock.Seller(by.pk if by else None)
    try:
        taken = stock.take(
            event=event, lines=[one.line for one in new], at=at, seller=seller, one_order=False
        )
    except DomainError as refusal:
        raise type(refusal)(*(_of_entry(problem, new) for problem in refusal.problems)) from refusal
    check_published(event)  # again: take() has brought the event up to date
    return taken


def _of_entry(problem: Problem, new: Sequence[New]) -> Problem:
    match problem.path:
        case ("lines", int(index), "hold"):
            return replace(problem, path=("entries", new[index].place, "hold"))
        case ("lines", int(index), *_rest):  # of its ticket, whatever it is
            return replace(problem, path=("entries", new[index].place, "ticket"))
    return problem


def _note_why(one: New, by: User | None) -> None:
    """Who answers for a price that is not the ticket's own."""
    guest = one.guest
    if one.line.reason and (guest.ticket.price or guest.ticket.type == Ticket.Type.DONATION):
        guest.price_reason, guest.approved_by = one.line.reason, by


def _fill(one: New, event: Event, by: User | None, at: datetime) -> None:
    order, amount = one.order, one.guest.price_paid
    owes = one.entry.way == Way.AT_DOOR and amount > 0
    order.event, order.seller, order.channel = event, by, Order.Channel.ONSITE
    order.amount, order.currency = amount, event.currency
    order.payment_mode = Order.PaymentMode.ONSITE if amount else Order.PaymentMode.FREE
    order.status = Order.Status.PENDING if owes else Order.Status.COMPLETED
    order.created_at, order.completed_at = at, None if owes else at
    order.expires_at = held_until(order)
