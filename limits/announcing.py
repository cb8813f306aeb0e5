"""What is announced of tickets, whatever limits them (`outbox`)."""

from collections.abc import Iterator

from django.db.models import F

from limits.models import Membership
from limits.stock import Taken
from outbox.announcing import Happening
from tickets import announcing
from tickets.models import Ticket


def sold_out(taken: Taken) -> Iterator[Happening]:
    """Those of which an order has just taken the last, and those that are sold out with them because it has
    filled their quotas. A sale from a hold takes nothing from anybody else.
    """
    yield from announcing.sold_out(taken.tickets[pk] for pk in sorted(taken.fewer))
    if taken.filled:
        yield from announcing.sold_out(_others(taken))


def _others(taken: Taken) -> Iterator[Ticket]:
    """The other tickets of the quotas that are full now. Whose own stock, or other quota, was used up before
    was announced then.
    """
    full = Membership.objects.filter(quota__used=F("quota__size"))
    before = full.exclude(quota__in=taken.filled).values("ticket")
    others = Ticket.objects.filter(pk__in=full.filter(quota__in=taken.filled).values("ticket"))
    left = others.exclude(pk__in=taken.tickets).exclude(pk__in=before).with_quotas().order_by("pk")
    return (ticket for ticket in left if ticket.own_left != 0)
