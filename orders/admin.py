from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee
from events.admin_site import Ledger
from events.models import Event
from orders.models import Order, Payment


class OfOrder(Ledger, admin.TabularInline):
    """Rows of an order, shown on its page."""

    extra = 0
    can_delete = False
    related: list[str] = []

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related(*self.related)

    def event_of(self, obj: Order) -> Event:
        return obj.event  # an inline is asked about its parent


class AttendeeInline(OfOrder):
    model = Attendee
    event_path = "ticket__event"
    related = ["ticket"]
    fields = ["ticket", "firstname", "lastname", "email", "price_paid", "code"]


class PaymentInline(OfOrder):
    model = Payment
    event_path = "order__event"
    related = ["created_by"]
    fields = ["amount", "tender", "tendered", "change", "reference", "created_by", "created_at"]


@admin.register(Order)
class OrderAdmin(Ledger, admin.ModelAdmin):
    list_display = [
        "identifier",
        "event",
        "status",
        "channel",
        "total",
        "payment_mode",
        "seller",
        "created_at",
    ]
    list_filter = ["status", "channel", "payment_mode", ("event", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["event", "seller"]
    search_fields = ["identifier", "attendees__lastname", "attendees__email", "company"]
    date_hierarchy = "created_at"
    inlines = [AttendeeInline, PaymentInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "identifier",
                    "event",
                    "status",
                    "channel",
                    "total",
                    "payment_mode",
                    "seller",
                    "buyer",
                    "order_notes",
                ]
            },
        ),
        (_("Billing"), {"fields": list(Order.BILLING), "classes": ["collapse"]}),
        (_("Times"), {"fields": ["created_at", "completed_at", "cancelled_at"]}),
    ]
    readonly_fields = ["total"]


@admin.register(Payment)
class PaymentAdmin(Ledger, admin.ModelAdmin):
    event_path = "order__event"
    list_display = [
        "created_at",
        "order",
        "amount",
        "tender",
        "tendered",
        "change",
        "reference",
        "created_by",
    ]
    list_filter = ["tender", ("order__event", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["order", "created_by"]
    search_fields = ["order__identifier", "reference"]
    date_hierarchy = "created_at"
