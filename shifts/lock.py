"""A till that is locked between two who sell at it: who may come next, by a PIN of six digits.

It opens the till only in the browser in which somebody who works there has locked it, and there the pages of
the event's tills and nothing else: the admin, for one, still asks for the password.

The lock itself lies in that browser's session. Beside it the shift knows since when it is locked, for whoever
looks on from elsewhere: until somebody who works there has the till open again, in whichever browser.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import login
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts import second_factor, sessions
from accounts.models import User
from events.models import ROLES, Act, Event
from shifts import drawer
from shifts.models import Shift

# So long may a request be under way that was sent before the till was locked.
UNDER_WAY = timedelta(seconds=5)


@dataclass(frozen=True)
class Lock:
    """An open shift, at whose till `by` has locked this browser."""

    shift: Shift
    by: User

    @property
    def candidates(self) -> QuerySet[User]:
        """Everybody who sells at the event."""
        selling = self.shift.till.event.members.filter(role__in=ROLES[Act.SELL])
        return User.objects.filter(memberships__in=selling, is_active=True, is_device=False)


def lock(request: HttpRequest, shift: Shift, at: datetime | None = None) -> None:
    """Log out whoever works at `shift`, which is locked since `at`; its till opens again to a PIN in this
    browser.
    """
    sessions.lock(request, at=str(shift.pk))
    Shift.objects.open().filter(pk=shift.pk).update(locked_at=at or timezone.now())


def seen_open(shift: Shift, user: User, at: datetime | None = None) -> None:
    """Note that `user` has the till of `shift` open at `at`: if they work there, it is not locked. Costs
    nothing of one that was not.
    """
    at = at or timezone.now()
    if shift.locked_at is not None and at >= shift.locked_at + UNDER_WAY and drawer.is_recorded(shift, user):
        _unlock(shift)


def _unlock(shift: Shift) -> None:
    """The lock that was seen, and none that was made since."""
    Shift.objects.filter(pk=shift.pk, locked_at=shift.locked_at).update(locked_at=None)


def locked(request: HttpRequest, event: str) -> Lock | None:
    """What is locked in this browser of the event that is or was called so; None once its shift is closed."""
    found = sessions.locked(request)
    if found is None:
        return None
    shift = Shift.objects.open().filter(pk=found.at).select_related("till__event", "cashier").first()
    return Lock(shift, found.by) if shift and _is_called(shift.till.event, event) else None


def _is_called(event: Event, identifier: str) -> bool:
    return event.identifier == identifier or Event.objects.formerly(identifier).filter(pk=event.pk).exists()


def opens_by_pin(user: User) -> bool:
    """A PIN is no way round the codes of an app."""
    return bool(user.pin) and not second_factor.is_on(user)


def open_for(request: HttpRequest, lock: Lock, user: User) -> None:
    """Log `user`, whose PIN was right, in at the locked till, and record the relief."""
    if not drawer.is_recorded(lock.shift, user):
        drawer.relieve(shift=lock.shift, user=user, let_in_by=None)
    _unlock(lock.shift)
    login(request, user)
    sessions.keep_within(request, reverse("till", args=[lock.shift.till.event.identifier]))
