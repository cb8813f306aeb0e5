"""The four numbers of an event that is on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from attendees.models import Attendee
from base import money
from base.sql.among import Among
from events.models import Event
from limits.models import Membership, Quota
from orders.models import Payment
from tickets.models import Ticket


@dataclass(frozen=True)
class EventFigures:
    """How many are inside and how many were sold; what was taken, less what was given back, in the event's
    currency; how many can still be sold, None where there is no limit.
    """

    inside: int
    capacity: int | None
    sold: int
    taken: Decimal
    left: int | None


def figures_of(event: Event) -> EventFigures:
    tickets = list(event.tickets.with_quotas().order_by("pk"))
    return EventFigures(
        inside(event),
        event.capacity,
        sum(ticket.sold for ticket in tickets),
        money.rounded(sum(taken(event).values(), Decimal(0)), event.currency),
        left_in_all(tickets, list(event.quotas.order_by("pk"))),
    )


def inside(event: Event) -> int:
    """How many there are, which is kept where there is a capacity."""
    if event.capacity is not None:
        return event.inside
    guests = Attendee.objects.filter(Among("ticket_id", event.tickets.all()), is_inside=True)
    return guests.order_by().count()


def taken(event: Event, **within: datetime) -> Mapping[str, Decimal]:
    """What was taken by each tender less what was given back, in the event's currency: `within` says when, as
    a filter does. Rounding is no money.
    """
    taken: dict[str, Decimal] = defaultdict(Decimal)
    payments = Payment.objects.of_money().filter(**within).order_by()
    for rows in (payments.in_drawers_of(event), payments.in_no_drawer_of(event)):
        for tender, amount in rows.values_list("tender").annotate(Sum("amount")):
            taken[tender] += round(amount, 2)
    return taken


def left_in_all(tickets: Sequence[Ticket], quotas: Sequence[Quota]) -> int | None:
    """How many can be sold of all kinds together, at most: no more of each than all its quotas leave, and
    tickets that share a quota share what it leaves. None where there is no limit. Of `tickets` it was looked
    up what their quotas leave.
    """
    shared: dict[int, list[Ticket]] = {quota.pk: [] for quota in quotas}
    alone = {ticket.pk: ticket for ticket in tickets}
    for quota, ticket in Membership.objects.filter(quota__in=quotas).values_list("quota_id", "ticket_id"):
        if ticket in alone:  # counted once, of however many quotas
            shared[quota].append(alone.pop(ticket))
    parts = [_sum(list(alone.values()))]
    parts += [_least(_sum(shared[quota.pk]), quota.left) for quota in quotas]
    return None if None in parts else sum(part or 0 for part in parts)


def _sum(tickets: Sequence[Ticket]) -> int | None:
    left = [ticket.available for ticket in tickets]
    return None if None in left else sum(number or 0 for number in left)


def _least(*numbers: int | None) -> int | None:
    return min((number for number in numbers if number is not None), default=None)
