"""Which of somebody's events is meant where none is named."""

from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from events.models import Act, Event

LAST = "event"  # in the session
OVER = timedelta(hours=12)  # so long after its end an event is still at hand


def remember(request: HttpRequest, event: Event) -> None:
    """This is where somebody works: `/till/` leads there again."""
    if request.session.get(LAST) != event.pk:
        request.session[LAST] = event.pk


def at_hand(user: User | AnonymousUser, act: Act, *, most: int, at: datetime | None = None) -> list[Event]:
    """At most so many events at which `user` may do `act`, each with the user's `role`: what is on, then what
    begins soonest, then what is over, the latest first.
    """
    over = (at or timezone.now()) - OVER
    events = Event.objects.where(user, act)
    found = list(events.filter(ends_at__gte=over).order_by("starts_at", "pk")[:most])
    return found + list(events.filter(ends_at__lt=over).order_by("-ends_at", "-pk")[: most - len(found)])


def meant(request: HttpRequest, act: Act) -> Event | None:
    """The event at which the user worked last in this log-in, else the one at hand; None if there is none
    where the user may do `act`.
    """
    last = Event.objects.where(request.user, act).filter(pk=request.session.get(LAST, 0)).first()
    return last or next(iter(at_hand(request.user, act, most=1)), None)
