"""The admin: one site, where rights come from the member's role and nothing else."""

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial, wraps
from typing import Any, Protocol, TypeVar, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import DataError, Error, OperationalError
from django.db.models import (
    DateTimeField,
    ForeignKey,
    Model,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    QuerySet,
)
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import guessing, pins
from accounts.authentication import user_of
from accounts.forms import TwoStepLogIn
from accounts.models import User
from base import database
from base.admin_lists import OfferedAutocomplete, OffersFilters
from base.errors import Busy, DomainError
from base.forms import CountField
from base.identifiers import parse_id
from base.moments import MomentField, MomentWidget, ZonedSelect, by_clock
from base.sql.above import model_above
from events import planning
from events.admin_choices import EventListFilter as EventListFilter
from events.admin_choices import OfEventListFilter as OfEventListFilter
from events.admin_choices import ends
from events.at_hand import at_hand
from events.models import Act, Event, may

M = TypeVar("M", bound=Model)
View = TypeVar("View", bound=Callable[..., HttpResponseBase])
logger = logging.getLogger(__name__)
NAMED = 20  # so many refused rows are told by name
UNANSWERABLE = (ValueError, OverflowError, IndexError, TypeError, DataError, OperationalError, re.error)


class Action(Protocol):
    """What `admin.action` makes of a method or a function."""

    allowed_permissions: Sequence[str]

    def __call__(self, modeladmin: Any, request: HttpRequest, chosen: Any, /) -> HttpResponse | None: ...


CARDS = 8  # so many events the index shows


class OnsiteAdminSite(admin.AdminSite):
    site_title = site_header = _("Onsite")
    site_url = "/events/"  # *View site*
    index_title = _("Box office")
    login_form = TwoStepLogIn

    def register(
        self,
        model_or_iterable: type[M] | Iterable[type[M]],
        admin_class: type[ModelAdmin[M]] | None = None,
        **options: Any,
    ) -> None:
        """Django's, for lists that offer their filters, whoever wrote them."""
        named = admin_class or ModelAdmin
        if not issubclass(named, OffersFilters):
            named = type(named.__name__, (OffersFilters, named), {"__module__": named.__module__})
        super().register(model_or_iterable, named, **options)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return cast(HttpResponse, OfferedAutocomplete.as_view(admin_site=self)(request))

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether somebody has any business here: every account, which may create an event, unless it is a
        device, which may lie about.
        """
        return request.user.is_active and not getattr(request.user, "is_device", True)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Answer 400 where a URL's parameters ask the database for what no database can look up: NUL,
        numbers beyond any id, a broken regular expression.
        """
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                response = by_clock(settings.TIME_ZONE, partial(inner, request, *args, **kwargs))
            except Busy:
                raise  # the page for it asks the database nothing
            except DomainError as refusal:
                # What no form has refused before: the last that somebody else took, or a limit.
                context = {**self.each_context(request), "refusal": refusal, "title": gettext("Not done")}
                return TemplateResponse(request, "admin/refused.html", context, status=refusal.status)
            except UNANSWERABLE as error:
                if isinstance(error, Error) and database.is_busy(error):
                    raise
                asked = request.method == "GET" or "action" in request.POST
                if not asked and not isinstance(error, OverflowError):
                    raise
                logger.warning("Refused %s", request.get_full_path(), exc_info=True)
                raise BadRequest from error
            return response

        return cast(View, guarded)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Django's page, which asks for the old password; a try of it costs what one at the log-in does."""
        if request.method != "POST":
            return super().password_change(request, extra_context)
        with guessing.password(request, user_of(request).email):
            return super().password_change(request, extra_context)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if context["has_permission"]:
            # Evaluated only where a template asks for it: on the index and the orders list.
            context["guessed"] = SimpleLazyObject(partial(pins.notice, user_of(request)))
            context["workplaces"] = SimpleLazyObject(partial(workplaces, request.user))
            context["most_workplaces"] = CARDS
        return context


def workplaces(user: User | AnonymousUser) -> list[tuple[Event, bool]]:
    """The events at hand at whose door `user` may stand, each with whether they may sell there."""
    return [(event, may(event.role, Act.SELL)) for event in at_hand(user, Act.CHECK_IN, most=CARDS)]


class EventScoped(BaseModelAdmin[M]):
    """Mixin for a `ModelAdmin` or an inline: a member sees and changes what belongs to the events
    where the member's role allows it.

    `event_path` leads from the model to its event (`""` for the event itself). `reads` and `changes`
    are the acts that one needs to see and to change rows; `changes = None` means nobody does by form.
    `keyed_by` names what has an index by event and id: the rows of one event are looked for between its
    first and its last, lest a database that goes by their keys begin with all that other events have.
    """

    event_path = "event"
    keyed_by = ""
    reads: Act = Act.READ_SALES
    changes: Act | None = Act.MANAGE
    formfield_overrides = {
        DateTimeField: {"form_class": MomentField, "widget": MomentWidget},
        PositiveIntegerField: {"form_class": CountField},
        PositiveSmallIntegerField: {"form_class": CountField},
    }

    def event_of(self, obj: Any) -> Event:
        for step in filter(None, self.event_path.split("__")):
            obj = getattr(obj, step)
        event: Event = obj
        return event

    def zone_of(self, row: Any) -> str:
        event = self.event_of(row)
        return event.timezone if event else settings.TIME_ZONE

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        queryset = super().get_queryset(request)
        if request.user.is_authenticated and request.user.is_superuser:
            return queryset
        return self.of_events(queryset, self.events_read(request))

    def of_events(self, rows: QuerySet[M], events: Iterable[int]) -> QuerySet[M]:
        """Those of `rows` that belong to the events, by their ids: of a look-up in the statement the planner
        does not know how many rows it leaves.
        """
        ids = list(events)
        of = rows.filter(**{f"{self.event_path or 'pk'}__in": ids})
        if not self.keyed_by or len(ids) != 1:
            return of
        keyed = self.model if self.keyed_by == "pk" else model_above(self.model, self.keyed_by)
        first, last = ends(keyed, ids[0])
        return of.filter(**{f"{self.keyed_by}__gte": first, f"{self.keyed_by}__lte": last})

    def events_read(self, request: HttpRequest) -> list[int]:
        """The ids of the events whose rows the member sees."""
        return list(Event.objects.where(request.user, self.reads).order_by().values_list("pk", flat=True))

    def _allowed(self, request: HttpRequest, act: Act | None, obj: Any) -> bool:
        if act is None:
            return False
        if request.user.is_authenticated and request.user.is_superuser:
            return True  # also where there is no event yet
        if obj is None:
            return self._allowed_somewhere(request, act)
        event = self.event_of(obj)
        return event is not None and Event.objects.where(request.user, act).filter(pk=event.pk).exists()

    def _allowed_somewhere(self, request: HttpRequest, act: Act) -> bool:
        """Every model in the menu asks for some: each act is looked up once for a page that is read."""
        known: dict[Act, bool] = request.__dict__.setdefault("allowed_somewhere", {})
        if act not in known or request.method != "GET":
            known[act] = Event.objects.where(request.user, act).exists()
        return known[act]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._allowed(request, self.reads, None)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request, self.reads, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request, self.changes, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request, self.changes, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request, self.changes, obj)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        """Offer only what the member may change things of: an organizer here may be a cashier there."""
        if db_field.remote_field.model is Event and self.changes is not None:
            kwargs |= {"queryset": Event.objects.where(request.user, self.changes), "widget": ZonedSelect()}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_sell_permission(self, request: HttpRequest) -> bool:
        """For actions with `permissions=["sell"]`: whoever sells at any event is offered them."""
        return self._allowed(request, Act.SELL, None)

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """For actions with `permissions=["manage"]`: whoever organizes any event is offered them."""
        return self._allowed(request, Act.MANAGE, None)


class ScopedAdmin(EventScoped[M], OffersFilters, ModelAdmin[M]):
    """A page of its own for what belongs to events: each of its actions asks for the right on each row, and
    its times are the event's.
    """

    @property
    def event_lookup(self) -> str:
        return f"{self.event_path}__id__exact"

    def events_listed(self, request: HttpRequest) -> QuerySet[Event]:
        """The events whose rows are listed."""
        chosen = [parse_id(value) for value in request.GET.getlist(self.event_lookup)]
        events = Event.objects.where(request.user, self.reads).order_by()
        return events.filter(pk__in=filter(None, chosen)) if chosen else events

    def zone_of_list(self, request: HttpRequest) -> str | None:
        """That of the one event whose rows are listed; None where there may be several."""
        zones = self.events_listed(request).values_list("timezone", flat=True)[:2]
        return zones[0] if len(zones) == 1 else None

    def since(self, request: HttpRequest) -> datetime | None:
        """Since there is the event, whose rows none is older than."""
        made, starts = self.events_listed(request).values_list("created_at", "starts_at")[0]
        return timezone.localtime(min(made, starts))

    def zone_of_form(self, request: HttpRequest, object_id: str | None) -> str | None:
        """That of the event of the row, or of the new one's as far as it is chosen."""
        if object_id is not None:
            row = self.get_object(request, unquote(object_id))
            return self.zone_of(row) if row is not None else None
        named = parse_id(request.POST.get("event") or request.GET.get("event"))
        events = Event.objects.where(request.user, self.changes or self.reads)
        return events.filter(pk=named or 0).order_by().values_list("timezone", flat=True).first()

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        page = partial(super().changelist_view, request, *args, **kwargs)
        return by_clock(self.zone_of_list(request), page)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        page = partial(super().changeform_view, request, object_id, *args, **kwargs)
        return by_clock(self.zone_of_form(request, object_id), page)

    def save_form(self, request: HttpRequest, form: forms.ModelForm[M], change: bool) -> Any:
        event = getattr(form.instance, "event", None)
        if not change and event is not None:
            planning.check_more(self.model, event)
        return super().save_form(request, form, change)

    def acts_of(self, action: Action) -> list[Act | None]:
        """What one must be allowed to do at the event of a row to do `action` with it."""
        named = {"sell": Act.SELL, "manage": Act.MANAGE, "view": self.reads}
        return [named.get(permission, self.changes) for permission in action.allowed_permissions]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """What is offered is done with those of the chosen rows that the role allows it for."""
        offered: dict[str, Any] = super().get_actions(request)
        return {name: (_row_by_row(action), name, label) for action, name, label in offered.values()}

    def deleted(
        self, rows: Sequence[M], request: HttpRequest, protected: list[str]
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What Django asks before a deletion: what goes, how many, what is lacking, what forbids it. Not what
        else belongs to the rows, of which there may be very many.
        """
        allowed = all(self.has_delete_permission(request, row) for row in rows)
        lacking = set() if allowed else {str(self.opts.verbose_name)}
        return [str(row) for row in rows], {str(self.opts.verbose_name_plural): len(rows)}, lacking, protected

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """For organizers: it names the members who changed what."""
        obj = self.get_object(request, unquote(object_id))
        if obj is not None and not self._allowed(request, Act.MANAGE, obj):
            raise PermissionDenied
        page = partial(super().history_view, request, object_id, extra_context)
        return by_clock(None if obj is None else self.zone_of(obj), page)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        event = None if obj is None else self.event_of(obj)
        shows_history = obj is not None and self._allowed(request, Act.MANAGE, obj)
        told = {**context, "shows_history": shows_history, "event": event}
        return super().render_change_form(request, told, *args, **kwargs)


class Ledger(EventScoped[M]):
    """Mixin for what is written by the sale alone: members read it, nobody edits it by form."""

    changes: Act | None = None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), *(f.name for f in self.opts.fields)]


def _row_by_row(action: Action) -> Action:
    @wraps(action)
    def act(modeladmin: ScopedAdmin[M], request: HttpRequest, chosen: QuerySet[M]) -> HttpResponse | None:
        allowed = chosen
        for needed in modeladmin.acts_of(action):
            events = Event.objects.none() if needed is None else Event.objects.where(request.user, needed)
            allowed = allowed.filter(**{f"{modeladmin.event_path or 'pk'}__in": events.values("pk")})
        refused = chosen.exclude(pk__in=allowed.order_by().values("pk"))
        if rows := list(refused[: NAMED + 1]):
            modeladmin.message_user(request, _refusal(rows), messages.ERROR)
        return action(modeladmin, request, allowed) if allowed.exists() else None

    return cast(Action, act)


def _refusal(rows: Sequence[Model]) -> str:
    names = ", ".join(map(str, rows[:NAMED])) + ("..." if len(rows) > NAMED else "")
    return gettext("Your role at their event does not allow this for: %s") % names
