from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.authentication import user_of
from attendees import search
from attendees.corrections import correct
from attendees.models import Attendee
from attendees.names import NAMES
from base.admin_lists import found
from events.admin_site import EventListFilter, Ledger, OfEventListFilter, ScopedAdmin
from events.models import Act


@admin.register(Attendee)
class AttendeeAdmin(Ledger[Attendee], ScopedAdmin[Attendee]):
    """Who came by a sale stays; what they are called can be put right."""

    changes = Act.SELL
    event_path = "ticket__event"
    keyed_by = "order"
    # The newest orders first: those of one event lie together, its guests have no index but that.
    ordering = ["-order_id", "-pk"]
    list_display = ["__str__", "ticket", "order", "price_paid", "email", "is_inside"]
    list_filter = ["is_inside", ("ticket", OfEventListFilter), ("ticket__event", EventListFilter)]
    list_select_related = ["ticket"]
    search_fields = ["lastname"]  # so that there is a field; what it finds, `attendees.search` says
    search_help_text = _(
        "Words of a name, or how they begin, in any order; the beginning of an order's code; or a whole"
        " e-mail address or code of a ticket."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attendee]:
        """Without drafts. Their orders are looked up for the page alone: beside all guests they would be read
        in the same order, from the first one on.
        """
        return super().get_queryset(request).filter(order__isnull=False).prefetch_related("order")

    def get_readonly_fields(self, request: HttpRequest, obj: Attendee | None = None) -> list[str]:
        return [name for name in super().get_readonly_fields(request, obj) if name not in NAMES]

    def has_add_permission(self, request: HttpRequest, obj: Attendee | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Attendee | None = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: Attendee, form: forms.ModelForm[Attendee], change: bool
    ) -> None:
        correct(obj, by=user_of(request), **{name: form.cleaned_data[name] for name in form.changed_data})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Attendee], search_term: str
    ) -> tuple[QuerySet[Attendee], bool]:
        if not search_term.strip():
            return queryset, False
        return found(queryset, search.ways_to(self.events_read(request), search_term)), False
