from django import forms
from django.contrib import admin
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from attendees import search
from attendees.forms import StationForm
from attendees.models import Attendee, CheckIn, Station
from events.admin_site import EventListFilter, EventScoped, Ledger
from events.models import Act, Event
from tickets.models import Ticket


@admin.register(Attendee)
class AttendeeAdmin(Ledger, admin.ModelAdmin):
    event_path = "ticket__event"
    list_display = ["__str__", "ticket", "order", "price_paid", "email"]
    list_filter = [("ticket__event", EventListFilter)]
    list_select_related = ["ticket", "order"]
    search_fields = ["lastname"]  # so that there is a field; what it finds, `attendees.search` says
    show_full_result_count = False  # of so many, it takes longer than the search
    search_help_text = _(
        "The beginning of a name, an e-mail address or an order's code; first and last name together;"
        " or the whole code of a ticket."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attendee]:
        return super().get_queryset(request).filter(order__isnull=False)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Attendee], search_term: str
    ) -> tuple[QuerySet[Attendee], bool]:
        if not search_term.strip():
            return queryset, False
        events = Event.objects.where(request.user, self.reads).values_list("pk", flat=True)
        return search.among(queryset, list(events), search_term), False


@admin.register(Station)
class StationAdmin(EventScoped, admin.ModelAdmin):
    reads = Act.MANAGE
    form = StationForm
    list_display = ["name", "event", "direction"]
    list_filter = [("event", EventListFilter)]
    list_select_related = ["event"]
    search_fields = ["name"]
    fields = ["event", "name", "direction", "tickets"]

    def get_readonly_fields(self, request: HttpRequest, obj: Station | None = None) -> list[str]:
        # What was scanned there stays with its event.
        return [*super().get_readonly_fields(request, obj), *(["event"] if obj else [])]

    def get_form(self, request: HttpRequest, obj: Station | None = None, **kwargs: object) -> type:
        form = super().get_form(request, obj, **kwargs)
        if obj is not None and "tickets" in form.base_fields:
            form.base_fields["tickets"].queryset = obj.event.tickets.order_by("position", "pk")
        return form

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: object
    ) -> forms.ModelMultipleChoiceField | None:
        organized = Event.objects.where(request.user, Act.MANAGE)
        tickets = Ticket.objects.filter(event__in=organized.values("pk")).select_related("event")
        kwargs["queryset"] = tickets.order_by("event", "position", "pk")
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class ConflictFilter(admin.SimpleListFilter):
    """Scans whose answer and whose outcome differ: somebody should look."""

    title = _("conflict")
    parameter_name = "conflict"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CheckIn]) -> QuerySet[CheckIn]:
        return queryset.conflicts() if self.value() == "yes" else queryset


@admin.register(CheckIn)
class CheckInAdmin(Ledger, admin.ModelAdmin):
    list_display = ["received_at", "direction", "answer", "attendee", "station", "by", "admitted", "reason"]
    list_filter = [
        "answer",
        "direction",
        ConflictFilter,
        ("station", admin.RelatedOnlyFieldListFilter),
        ("event", EventListFilter),
    ]
    list_select_related = ["attendee", "station", "by"]
    search_fields = [
        # Whole, because what is found by a part of it could be guessed letter by letter.
        "code__iexact",
        "attendee__firstname",
        "attendee__lastname",
        "attendee__code__iexact",
        "attendee__order__identifier",
    ]
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
