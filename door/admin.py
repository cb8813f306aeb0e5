from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import ManyToManyField, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from attendees import search
from attendees.models import Attendee
from base import times
from base.admin_lists import found
from door.forms import StationForm
from door.models import CheckIn, CheckInQuerySet, Station
from events.admin_site import EventListFilter, Ledger, OfEventListFilter, ScopedAdmin
from events.models import Act, Event
from tickets.models import Ticket


@admin.register(Station)
class StationAdmin(ScopedAdmin[Station]):
    reads = Act.MANAGE
    form = StationForm
    list_display = ["name", "event", "direction"]
    list_filter = [("event", EventListFilter)]
    list_select_related = ["event"]
    search_fields = ["name"]

    def get_fields(self, request: HttpRequest, obj: Station | None = None) -> list[Any]:
        """Who passed is told of one station: of a list's all scans would have to be counted."""
        return ["event", "name", "direction", "tickets", *(["entered", "left"] if obj else [])]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (station := kwargs.get("obj")) is not None:
            counted = Station.objects.with_passages().get(pk=station.pk)
            station.entered, station.left = counted.entered, counted.left
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("came in"))
    def entered(self, station: Station) -> int:
        return station.entered

    @admin.display(description=_("went out"))
    def left(self, station: Station) -> int:
        return station.left

    def get_readonly_fields(self, request: HttpRequest, obj: Station | None = None) -> list[str]:
        # What was scanned there stays with its event.
        return ["entered", "left", *(["event"] if obj else [])]

    def get_deleted_objects(
        self, objs: Iterable[Station], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Where anything was scanned it stays, however much that was."""
        stations = list(objs)
        used = [str(station) for station in stations if station.has_scans()]
        return self.deleted(stations, request, used)

    def get_form(
        self, request: HttpRequest, obj: Station | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Station]]:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is not None and "tickets" in form.base_fields:
            tickets: Any = form.base_fields["tickets"]
            tickets.queryset = obj.event.tickets.order_by("position", "pk")
        return form

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField[Any] | None:
        organized = Event.objects.where(request.user, Act.MANAGE)
        tickets = Ticket.objects.filter(event__in=organized.values("pk")).select_related("event")
        kwargs["queryset"] = tickets.order_by("event", "position", "pk")
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class ConflictFilter(admin.SimpleListFilter):
    """Scans whose answer and whose outcome differ: somebody should look."""

    title = _("conflict")
    parameter_name = "conflict"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[CheckIn]) -> list[tuple[str, str]]:
        return [("yes", str(_("Yes")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CheckIn]) -> QuerySet[CheckIn]:
        return cast(CheckInQuerySet, queryset).conflicts() if self.value() == "yes" else queryset


class PassageFilter(admin.SimpleListFilter):
    """Who came and went; what was taken back is the other way."""

    title = _("passage")
    parameter_name = "passage"
    MOVED = {"in": 1, "out": -1, "none": 0}

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[CheckIn]) -> list[tuple[str, str]]:
        return [("in", str(_("came in"))), ("out", str(_("went out"))), ("none", str(_("nobody passed")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CheckIn]) -> QuerySet[CheckIn]:
        moved = self.MOVED.get(self.value() or "")
        return queryset if moved is None else queryset.filter(moved=moved)


@admin.register(CheckIn)
class CheckInAdmin(Ledger[CheckIn], ScopedAdmin[CheckIn]):
    keyed_by = "pk"
    list_display = ["happened", "direction", "answer", "let_through", "guest", "station", "by", "remark"]
    list_filter = [
        ConflictFilter,
        PassageFilter,
        "answer",
        "clock_is_off",
        ("station", OfEventListFilter),
        ("attendee__ticket", OfEventListFilter),
        ("event", EventListFilter),
    ]
    list_select_related = ["event", "attendee", "station", "by"]
    search_fields = ["code"]  # so that there is a field; what it finds stands below
    search_help_text = _("A guest, as in the list of attendees; or all of what was scanned.")
    date_hierarchy = "received_at"
    fields = [
        "event",
        "direction",
        "answer",
        "attendee",
        "shown_code",
        "station",
        "by",
        "occurred_at",
        "received_at",
        "clock_is_off",
        "admitted",
        "reason",
        "approved_by",
        "undoes",
        "moved",
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CheckIn], search_term: str
    ) -> tuple[QuerySet[CheckIn], bool]:
        if not search_term.strip():
            return queryset, False
        guests = Attendee.objects.order_by().values("pk")
        ways = search.ways_to(self.events_read(request), search_term)
        # All of it, because what is found by a part of it could be guessed letter by letter.
        scanned = Q(~Q(code=""), code__iexact=search_term.strip())
        return found(queryset, [scanned, *(Q(attendee__in=guests.filter(way)) for way in ways)]), False

    @admin.display(description=_("happened at"), ordering="pk")
    def happened(self, check: CheckIn) -> str:
        """By the clock on the event's wall, to the second."""
        return times.moment(check.happened_at, self.zone_of(check), exact=True)

    @admin.display(description=_("let through"), boolean=True)
    def let_through(self, check: CheckIn) -> bool:
        return check.is_let_through

    @admin.display(description=_("guest"))
    def guest(self, check: CheckIn) -> str:
        """Or what was scanned in place of one."""
        if check.attendee is not None:
            return str(check.attendee)
        return Truncator(check.shown_code).chars(20) or "-"

    @admin.display(description=_("remark"))
    def remark(self, check: CheckIn) -> str:
        marks = [_("undo") if check.undoes_id else "", _("clock is off") if check.clock_is_off else ""]
        return ", ".join(str(mark) for mark in [*marks, Truncator(check.reason).chars(40)] if mark)
