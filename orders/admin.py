from typing import TypeVar, cast

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.authentication import user_of
from attendees import search
from attendees.models import Attendee, Correction
from base.admin_lists import found
from events.admin_site import EventListFilter, Ledger, ScopedAdmin
from events.models import Act, Event, may
from orders.admin_pages import cancel_orders
from orders.blind import told
from orders.models import Order, OrderQuerySet, Payment
from orders.story import story_of

M = TypeVar("M", bound=Model)


class OfOrder(Ledger[M], admin.TabularInline[M, Order]):
    """Rows of an order, shown on its page."""

    extra = 0
    can_delete = False
    related: list[str] = []

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        return super().get_queryset(request).select_related(*self.related)

    def event_of(self, obj: Order) -> Event:
        return obj.event  # an inline is asked about its parent


class AttendeeInline(OfOrder[Attendee]):
    model = Attendee
    readonly_fields = ["cancelled_at"]
    show_change_link = True  # where the name can be corrected
    event_path = "ticket__event"
    related = ["ticket", "approved_by"]
    fields = [
        "ticket",
        "cancelled_at",
        "sold_as",
        "firstname",
        "lastname",
        "email",
        "price_paid",
        "tax",
        "price_reason",
        "discounted",
        "approved_by",
        "code",
    ]


class CorrectionInline(OfOrder[Correction]):
    """Which names were others when the tickets were sold."""

    model = Correction
    event_path = "order__event"
    related = ["attendee", "by"]
    fields = ["at", "by", "attendee", "corrected"]
    readonly_fields = ["corrected"]

    @admin.display(description=_("corrected"))
    def corrected(self, correction: Correction) -> str:
        return str(correction)


class PaymentInline(OfOrder[Payment]):
    model = Payment
    event_path = "order__event"
    related = ["created_by", "shift__till", "shift__cashier"]
    fields = ["amount", "tender", "tendered", "change", "reference", "created_by", "created_at", "shift"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return told(super().get_queryset(request), user_of(request))


def _of_company(text: str) -> Q:
    """In capitals and small letters, too, as far as a database does not see by itself that they are one."""
    named = Q()
    for way in {text, text.upper(), text.lower(), text.title()}:
        named |= Q(company__icontains=way)
    return named


@admin.register(Order)
class OrderAdmin(Ledger[Order], ScopedAdmin[Order]):
    keyed_by = "pk"
    list_display = [
        "identifier",
        "event",
        "status",
        "channel",
        "total",
        "payment_mode",
        "sold_by",
        "created_at",
    ]
    list_filter = ["status", "channel", "payment_mode", ("event", EventListFilter)]
    list_select_related = ["event", "seller"]
    search_fields = ["identifier"]  # so that there is a field; what it finds stands below
    search_help_text = _("A guest, as in the list of attendees; or a part of the company's name.")
    date_hierarchy = "created_at"
    inlines = [AttendeeInline, PaymentInline, CorrectionInline]
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
                    "shift",
                    "order_notes",
                ]
            },
        ),
        (_("Billing"), {"fields": list(Order.BILLING), "classes": ["collapse"]}),
        (_("Times"), {"fields": ["created_at", "expires_at", "completed_at", "cancelled_at"]}),
        (_("Cancellation"), {"fields": ["cancelled_by", "cancel_reason", "money_kept", "money_due"]}),
        (_("What happened"), {"fields": ["story", "acts"]}),
    ]
    readonly_fields = ["total", "story", "acts"]
    actions = ["cancel_orders"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return cast(OrderQuerySet, super().get_queryset(request)).with_role(user_of(request))

    @admin.display(description=_("seller"))
    def sold_by(self, order: Order) -> str:
        """Not beside all the totals, for whoever could add up from them what a colleague has taken; nor to
        be sorted by.
        """
        return str(order.seller or "-") if may(order.role, Act.MANAGE) else "-"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        if not search_term.strip():
            return queryset, False
        ways = search.ways_to(self.events_read(request), search_term)
        guests = Attendee.objects.order_by().values("order")
        company = Q(~Q(company=""), _of_company(search_term.strip()))
        return found(queryset, [*(Q(pk__in=guests.filter(way)) for way in ways), company]), False

    @admin.display(description=_("story"))
    def story(self, order: Order) -> str:
        """Without sums: those stand in the payments, for whoever is told of them."""
        happened = story_of(order, with_sums=False)
        return render_to_string("admin/orders/order/story.html", {"happened": happened, "order": order})

    @admin.display(description=_("what can be done"))
    def acts(self, order: Order) -> str:
        """At the till's page of the order, which asks what each needs."""
        if not may(order.role, Act.SELL):
            return "-"
        page = reverse("till-done", args=[order.event.identifier, order.identifier])
        return format_html('<a href="{}">{}</a>', page, _("Change, exchange, give money back"))

    @admin.action(description=_("Cancel the chosen orders"), permissions=["manage"])
    def cancel_orders(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        return cancel_orders(self, request, queryset)


@admin.register(Payment)
class PaymentAdmin(Ledger[Payment], ScopedAdmin[Payment]):
    """For organizers: from a list of payments a cashier could add up what is to be counted blind."""

    reads = Act.MANAGE
    event_path = "order__event"
    keyed_by = "order"
    list_display = [
        "created_at",
        "order",
        "amount",
        "tender",
        "tendered",
        "change",
        "reference",
        "created_by",
        "shift",
    ]
    list_filter = ["tender", ("order__event", EventListFilter)]
    list_select_related = ["order__event", "created_by", "shift__till", "shift__cashier"]
    search_fields = ["reference"]  # so that there is a field; what it finds stands below
    # Those of one event lie together in the index of its orders.
    ordering = ["-order_id", "-pk"]
    date_hierarchy = "created_at"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Payment], search_term: str
    ) -> tuple[QuerySet[Payment], bool]:
        """By the beginning of an order's code, or a part of a reference."""
        if not (text := search_term.strip()):
            return queryset, False
        orders = search.orders_of(self.events_read(request), text)
        reference = Q(~Q(reference=""), reference__icontains=text)
        return found(queryset, [Q(order__in=orders), reference]), False
