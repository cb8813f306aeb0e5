from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from attendees.models import Attendee
from events.admin_site import Ledger


@admin.register(Attendee)
class AttendeeAdmin(Ledger, admin.ModelAdmin):
    event_path = "ticket__event"
    list_display = ["__str__", "ticket", "order", "price_paid", "email"]
    list_filter = [("ticket__event", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["ticket", "order"]
    search_fields = ["firstname", "lastname", "email", "order__identifier", "code"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attendee]:
        return super().get_queryset(request).filter(order__isnull=False)
