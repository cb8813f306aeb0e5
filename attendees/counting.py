"""How many guests an event has, added up of what is counted already instead of guest by guest."""

from django.db.models import Q, Sum
from django.db.models.expressions import Combinable, Subquery
from django.db.models.functions import Coalesce

from attendees.models import Attendee, AttendeeQuerySet
from base.api.first_pages import total
from base.sql.kept import kept
from events.models import Event, EventQuerySet
from prices.models import ENDED
from tickets.models import Ticket

HAS_ENDED = Q(order__status__in=ENDED)


def number_of_guests(event: Event) -> Combinable:
    """SQL for how many attendees `AttendeeQuerySet.of` the event gives: those whom its tickets count as sold
    (`tickets.stock`, and `books.stock_checks` counts them anew), and those whom these count no more, of
    orders that have ended or cancelled by themselves. These are few, and found by their own indexes.
    """
    sold = Ticket.objects.filter(event=event).order_by().values("event").annotate(n=Sum("sold")).values("n")
    of_orders = _of(event).filter(HAS_ENDED)
    alone = _of(event).filter(~HAS_ENDED, ended_by__isnull=False)
    return Coalesce(Subquery(sold), 0) + Coalesce(total(of_orders), 0) + Coalesce(total(alone), 0)


def _of(event: Event) -> AttendeeQuerySet:
    return Attendee.objects.filter(ticket__event=event, order__event=event)


def count_guests(event: Event) -> int:
    """The number itself."""
    (number,) = _numbers(event=event.pk)
    return number


def _number(event: Event, number: int) -> int:
    return number


@kept(into=_number)
def _numbers(event: int) -> EventQuerySet:
    known = Event(pk=event)
    return Event.objects.filter(pk=event).order_by().only("pk").annotate(number=number_of_guests(known))
