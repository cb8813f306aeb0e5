"""Tickets, payments and adjustments added up in the database, by groups, and what `figures` makes of them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.expressions import Combinable

from accounts.models import User
from attendees.models import Attendee
from base.identifiers import masked_email
from books.figures import Adjusted, Sold, Taken
from events.models import Event
from orders.models import Adjustment, Payment
from tickets.models import Ticket

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
Tender = Payment.Tender
Rows = list[dict[str, Any]]

# Sold with its order, not in exchange for a ticket of it; and not cancelled before that was paid.
SOLD_AT_FIRST = Q(order__completed_at__isnull=False, replaces__isnull=True) & (
    Q(cancelled_at__isnull=True) | Q(cancelled_at__gte=F("order__completed_at"))
)
# Cancelled by itself after it was sold. By what tells the few such from all others at once: it has an index.
ENDED_ALONE = Q(
    ended_by__isnull=False, order__completed_at__isnull=False, cancelled_at__gte=F("order__completed_at")
)


def guests_of(event: Event) -> QuerySet[Attendee]:
    """Those of the event's orders, all of whom or many are read: found by their tickets' ids, because by the
    orders, or by tickets that are still to be looked up, PostgreSQL would read the guests of all events.
    """
    tickets = list(event.tickets.order_by().values_list("pk", flat=True))
    return Attendee.objects.filter(order__event=event, ticket__in=tickets).order_by()


# What is told apart: in the database by ids alone, which are read quicker than names.
READ = (
    "ticket_id",
    "sold_as",
    "price_paid",
    "tax_rate",
    "price_reason",
    "approved_by_id",
    "tax",
    "discounted",
)
GROUPS = (
    "ticket__position",
    "ticket_id",
    "sold_as",
    "price_paid",
    "tax_rate",
    "price_reason",
    "approved_by__name",
    "approved_by__email",
)


def grouped(attendees: QuerySet[Attendee], **more: Combinable | Q) -> Rows:
    """How many attendees of each ticket, price and tax: quantities, so that no sum of floats is trusted."""
    groups: QuerySet[Attendee, dict[str, Any]] = attendees.order_by().values(*READ, **more)
    return list(groups.annotate(quantity=Count("pk")))


def name(*tables: Rows) -> None:
    """Write into rows that are `grouped` where their ticket stands, and who approved their price."""
    rows = [row for table in tables for row in table]
    tickets, people = ({row[key] for row in rows} for key in ("ticket_id", "approved_by_id"))
    places = dict(Ticket.objects.filter(pk__in=tickets).order_by().values_list("pk", "position"))
    users = User.objects.filter(pk__in=people - {None}).order_by()
    known = {pk: names for pk, *names in users.values_list("pk", "name", "email")}
    for row in rows:
        row["ticket__position"] = places[row["ticket_id"]]
        row["approved_by__name"], row["approved_by__email"] = known.get(row["approved_by_id"], (None, None))


def merged(rows: Iterable[dict[str, Any]]) -> tuple[Sold, ...]:
    """One line for each group of rows that have a `name`, in the order of the till's page, the dearest
    first.
    """
    quantities: dict[tuple[Any, ...], int] = defaultdict(int)
    taxes: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    discounts: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for row in rows:
        group = (*(row[name] for name in GROUPS), row["discounted"] is not None)
        quantities[group] += row["quantity"]
        taxes[group] += row["quantity"] * (row["tax"] or Decimal(0))
        discounts[group] += row["quantity"] * (row["discounted"] or Decimal(0))
    lines = sorted(quantities, key=lambda group: (*group[:2], -group[3], *map(str, group)))
    return tuple(
        _line(*group[:-1], quantity=quantities[group], tax=taxes[group], discounted=discounts[group])
        for group in lines
    )


def _line(
    _position: int,
    _ticket: int,
    name: str,
    price: Decimal,
    rate: Decimal | None,
    reason: str,
    approver: str | None,
    email: str | None,
    *,
    quantity: int,
    tax: Decimal,
    discounted: Decimal,
) -> Sold:
    who = approver or masked_email(email or "")
    sums = {"tax": tax.quantize(CENT), "discounted": discounted.quantize(CENT)}
    return Sold(name, price.quantize(CENT), quantity, rate, reason=reason, approver=who, **sums)


def summed(payments: QuerySet[Payment, Any]) -> QuerySet[Payment, dict[str, Any]]:
    """Payments that are grouped already, with their sums and numbers."""
    taken, given_back = Q(reverses__isnull=True), Q(reverses__isnull=False)
    return payments.annotate(
        taken=Sum("amount", filter=taken),
        given_back=Sum("amount", filter=given_back),
        payments=Count("pk", filter=taken),
        refunds=Count("pk", filter=given_back),
    )


def money(rows: Iterable[dict[str, Any]]) -> tuple[tuple[Taken, ...], Decimal, Decimal]:
    """By tender, in the order of the choices; what rounding gave; what was taken, rounding included."""
    sums: dict[str, Taken] = {}
    for row in rows:
        had = sums.get(row["tender"], Taken(row["tender"]))
        sums[had.tender] = Taken(
            had.tender,
            had.taken + cents(row["taken"]),
            had.given_back + cents(row["given_back"]),
            had.payments + row["payments"],
            had.refunds + row["refunds"],
        )
    paid = sum((line.taken for line in sums.values()), Decimal("0.00"))
    rounding = sums.pop(Tender.ROUNDING, Taken(Tender.ROUNDING)).net
    return tuple(sums[tender] for tender in Tender.values if tender in sums), rounding, paid


def cents(amount: Decimal | None) -> Decimal:
    """A sum from the database, rounded to its own two decimals: SQLite adds in floats."""
    return round(amount or Decimal(0), 2)


def adding_up(adjustments: QuerySet[Adjustment], **more: Combinable) -> QuerySet[Adjustment, dict[str, Any]]:
    groups = ["kind", "tax_rate"]  # mypy makes a type of literals, which nothing else fits
    rows: QuerySet[Adjustment, dict[str, Any]] = adjustments.order_by().values(*groups, **more)
    return rows.annotate(sum=Sum("amount"), taxes=Sum("tax"))


def adjusted(rows: Iterable[dict[str, Any]]) -> tuple[Adjusted, ...]:
    """One line for each kind and rate, but for those of nothing."""
    sums: dict[tuple[str, Decimal | None], Adjusted] = {}
    for row in rows:
        had = sums.get(key := (row["kind"], row["tax_rate"]), Adjusted(row["kind"], NOTHING, row["tax_rate"]))
        tax = had.tax + cents(row["taxes"])
        sums[key] = replace(had, amount=had.amount + cents(row["sum"]), tax=tax)
    lines = sorted(sums.values(), key=lambda line: (-line.sign, line.tax_rate or NOTHING))
    return tuple(line for line in lines if line.amount)
