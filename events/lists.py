"""Lists of an event's rows, for whoever may do there what they are for."""

from collections.abc import Callable
from functools import cache, cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.db.models.expressions import Combinable

from accounts.models import User
from base.api.first_pages import FirstPages
from base.sql.kept import kept
from events.access import event_in_url
from events.models import Act, Event
from events.role_models import asker


class OfEvents(FirstPages):
    """A viewset of rows that belong to events: of the event that the address names, for whoever may do there
    what the list `needs`; else, of all events, those that the user may see.
    """

    needs: ClassVar[Act | None] = None

    @classmethod
    def of(cls, rows: Any, event: Event, user: User) -> QuerySet[Any]:
        """Those of an event that was looked up for the user, who has a `role` there. Only its id and the role
        are known, and the user's id.
        """
        found: QuerySet[Any] = rows.filter(event=event)
        return found

    @classmethod
    def counted(cls, event: Event) -> Combinable | None:
        """SQL for how many rows the event's list has, where that is had without a look at each."""
        return None

    @classmethod
    def seen(cls, rows: Any, user: User | AnonymousUser) -> QuerySet[Any]:
        """Those of all events that the user may see."""
        found: QuerySet[Any] = rows.for_user(user)
        return found

    @cached_property
    def event(self) -> Event | None:
        """That of the address, if it names one. Raises `Http404`, `Forbidden`."""
        view: Any = self
        return event_in_url(view, self.needs) if "event" in view.kwargs else None

    def get_queryset(self) -> QuerySet[Any]:
        view: Any = self
        rows, user = super().get_queryset(), view.request.user  # type: ignore[misc]  # of a viewset
        return self.seen(rows, user) if self.event is None else self.of(rows, self.event, user)

    def first_rows(self) -> list[Any] | None:
        view: Any = self
        kind: Any = type(self)
        user = view.request.user
        if self.event is not None:
            return _first_rows(kind, self.event.role)(event=self.event.pk, user_id=user.pk)
        if view.kwargs:
            return None  # of something else that the address names
        return _first_seen(kind)(user_id=user.pk, is_superuser=user.is_superuser)


@cache
def _first_rows(view: type[Any], role: str | None) -> Callable[..., list[Any]]:
    """The first of an event's rows in the view's list, for whoever has that role there."""

    @kept
    def first_rows(event: int, user_id: int | None) -> QuerySet[Any]:
        known = Event.known(event, role)
        rows = view.of(view.queryset.all(), known, User(pk=user_id))
        first: QuerySet[Any] = view.first(rows, view.counted(known))
        return first

    return first_rows


@cache
def _first_seen(view: type[Any]) -> Callable[..., list[Any]]:
    """The first of the view's list of all events."""

    @kept
    def first_seen(user_id: int | None, is_superuser: bool) -> QuerySet[Any]:
        first: QuerySet[Any] = view.first(view.seen(view.queryset.all(), asker(user_id, is_superuser)))
        return first

    return first_seen
