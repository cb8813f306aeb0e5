"""Attendees that a buyer has entered, on their way into an online order."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Field, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee
from attendees.words import write_words
from base.errors import Conflict, DomainError, Invalid, NotFound, Problem
from base.money import PriceField, TaxRateField
from events.models import Event
from orders.models import Order
from orders.taxes import Taxed, shared_out
from tickets.models import Ticket

MAX_ONLINE = 20


def check_size(attendees: Sequence[Attendee]) -> None:
    if not attendees:
        raise Invalid.of("no-attendees", _("No attendees are ordered."), "attendees")
    if len(attendees) > MAX_ONLINE:
        raise Invalid.of(
            "too-many-attendees",
            _("An online order has at most %d attendees.") % MAX_ONLINE,
            "attendees",
            limit=MAX_ONLINE,
        )


def held_unpaid(buyer: User, event: Event, at: datetime) -> int:
    """How many attendees of the event the buyer holds without having paid, and not beyond their time.

    The buyer's own row is locked, before any ticket, else two orders at the same time would both
    count 0.
    """
    User.objects.select_for_update(no_key=True).get(pk=buyer.pk)
    orders = Order.objects.filter(buyer=buyer, event=event)
    holding = orders.unpaid().exclude(pk__in=orders.overdue(at))
    return Attendee.objects.live().filter(order__in=holding).count()


def check_held(held: int, more: int) -> None:
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


def check_unordered(attendees: Sequence[Attendee]) -> None:
    problems = [
        Problem("already-ordered", _("This attendee is ordered already."), ("attendees", index))
        for index, attendee in enumerate(attendees)
        if attendee.order_id is not None
    ]
    if problems:
        raise Conflict(*problems)


@contextmanager
def refusals_at_attendees() -> Iterator[None]:
    """Make what is refused of a line point to its attendee instead."""
    try:
        yield
    except DomainError as refusal:
        raise type(refusal)(*map(_at_attendee, refusal.problems)) from refusal


def _at_attendee(problem: Problem) -> Problem:
    of_line = problem.path[:1] == ("lines",)
    return replace(problem, path=("attendees", problem.path[1])) if of_line else problem


def check_visible(attendees: Sequence[Attendee], tickets: Mapping[int, Ticket]) -> None:
    """Hidden tickets are not for sale online."""
    hidden = [
        Problem("unknown-ticket", _("There is no such ticket."), ("attendees", index))
        for index, attendee in enumerate(attendees)
        if tickets[attendee.ticket_id].is_hidden
    ]
    if hidden:
        raise NotFound(*hidden)


def claim(
    order: Order, attendees: Sequence[Attendee], prices: Sequence[Decimal], tickets: Mapping[int, Ticket]
) -> None:
    """Give the attendees to the order, if none of them has one: the row count tells."""
    ids = [attendee.pk for attendee in attendees]
    rates = [tickets[attendee.ticket_id].tax_rate for attendee in attendees]
    names = [tickets[attendee.ticket_id].name for attendee in attendees]
    taxes = shared_out(list(map(Taxed, prices, rates)), order.currency)
    written = {
        "price_paid": _each(ids, prices, PriceField()),
        "tax_rate": _each(ids, rates, TaxRateField()),
        "tax": _each(ids, taxes, PriceField()),
        "sold_as": _each(ids, names, CharField(max_length=100)),
    }
    drafts = Attendee.objects.filter(pk__in=ids, creator=order.buyer, order__isnull=True)
    claimed = drafts.update(order=order, **written)
    if not claimed == len(set(ids)) == len(ids):
        raise Conflict.of("already-ordered", _("An attendee is ordered already."), "attendees")
    for attendee, paid, rate, tax in zip(attendees, prices, rates, taxes, strict=True):
        ticket = tickets[attendee.ticket_id]
        attendee.order, attendee.ticket, attendee.sold_as = order, ticket, ticket.name
        attendee.price_paid, attendee.tax_rate, attendee.tax = paid, rate, tax
    # As they are called now that nobody can change it any more.
    write_words(list(Attendee.objects.filter(order=order).order_by("pk")), event_id=order.event_id)


def _each(ids: Sequence[int], values: Sequence[Decimal | str | None], field: Field[Any, Any]) -> Cast:
    """SQL for the value of each attendee. Cast, because PostgreSQL takes a CASE of nothing but NULLs for
    text.
    """
    cases = (When(pk=pk, then=Value(value)) for pk, value in zip(ids, values, strict=True))
    return Cast(Case(*cases, output_field=field), field)
