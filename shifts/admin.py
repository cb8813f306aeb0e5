from typing import TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from events.admin_site import EventListFilter, Ledger, ScopedAdmin
from events.forms import OfEventForm
from events.models import Act, Event
from shifts.models import CashCount, CashMovement, Relief, Shift, Till

M = TypeVar("M", bound=Model)


@admin.register(Till)
class TillAdmin(ScopedAdmin[Till]):
    form = OfEventForm[Till]
    list_display = ["name", "event", "auto_print"]
    list_filter = [("event", EventListFilter)]
    list_select_related = ["event"]
    search_fields = ["name"]
    fields = ["event", "name", "auto_print"]

    def get_readonly_fields(self, request: HttpRequest, obj: Till | None = None) -> list[str]:
        # The books of a till stay with its event.
        return [*super().get_readonly_fields(request, obj), *(["event"] if obj else [])]

    def has_delete_permission(self, request: HttpRequest, obj: Till | None = None) -> bool:
        return False


class Drawer(Ledger[M]):
    """Mixin: the money of shifts is for organizers, so that cashiers count blind."""

    reads = Act.MANAGE


class OfShift(Drawer[M], admin.TabularInline[M, Shift]):
    """Rows of a shift, shown on its page."""

    extra = 0
    can_delete = False
    event_path = "shift__till__event"

    def event_of(self, obj: Shift) -> Event:
        return obj.till.event  # an inline is asked about its parent


class ReliefInline(OfShift[Relief]):
    model = Relief
    fields = ["created_at", "user", "let_in_by"]


class CashCountInline(OfShift[CashCount]):
    model = CashCount
    fields = ["counted_at", "counted_by", "cash", "expected_cash", "card", "expected_card", "pieces"]


class CashMovementInline(OfShift[CashMovement]):
    model = CashMovement
    fields = ["created_at", "created_by", "amount", "reason"]


@admin.register(Shift)
class ShiftAdmin(Drawer[Shift], ScopedAdmin[Shift]):
    event_path = "till__event"
    list_display = ["till", "cashier", "opened_at", "closed_at", "closed_by", "number"]
    list_filter = [
        ("closed_at", admin.EmptyFieldListFilter),
        ("till__event", EventListFilter),
    ]
    list_select_related = ["till__event", "cashier", "closed_by"]
    search_fields = ["till__name", "cashier__name", "cashier__email"]
    date_hierarchy = "opened_at"
    inlines = [ReliefInline, CashMovementInline, CashCountInline]


@admin.register(CashCount)
class CashCountAdmin(Drawer[CashCount], ScopedAdmin[CashCount]):
    event_path = "shift__till__event"
    list_display = ["counted_at", "shift", "cash", "expected_cash", "card", "expected_card", "counted_by"]
    list_filter = [("shift__till__event", EventListFilter)]
    list_select_related = ["shift__till__event", "shift__cashier", "counted_by"]
    date_hierarchy = "counted_at"


@admin.register(CashMovement)
class CashMovementAdmin(Drawer[CashMovement], ScopedAdmin[CashMovement]):
    event_path = "shift__till__event"
    list_display = ["created_at", "shift", "amount", "reason", "created_by"]
    list_filter = [("shift__till__event", EventListFilter)]
    list_select_related = ["shift__till__event", "shift__cashier", "created_by"]
    search_fields = ["reason"]
    fields = ["shift", "amount", "reason", "created_by", "created_at"]
    date_hierarchy = "created_at"
