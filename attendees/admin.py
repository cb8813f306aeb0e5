from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from attendees import search
from attendees.models import Attendee
from events.admin_site import EventListFilter, Ledger, OfEventListFilter, ScopedAdmin


@admin.register(Attendee)
class AttendeeAdmin(Ledger[Attendee], ScopedAdmin[Attendee]):
    event_path = "ticket__event"
    list_display = ["__str__", "ticket", "order", "price_paid", "email", "is_inside"]
    list_filter = ["is_inside", ("ticket", OfEventListFilter), ("ticket__event", EventListFilter)]
    list_select_related = ["ticket", "order"]
    search_fields = ["lastname"]  # so that there is a field; what it finds, `attendees.search` says
    show_full_result_count = False  # of so many, it takes longer than the search
    search_help_text = _(
        "The beginning of a name or an order's code; first and last name together; or a whole e-mail"
        " address or code of a ticket."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attendee]:
        return super().get_queryset(request).filter(order__isnull=False)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Attendee], search_term: str
    ) -> tuple[QuerySet[Attendee], bool]:
        if not search_term.strip():
            return queryset, False
        return search.among(queryset, self.events_read(request), search_term), False
