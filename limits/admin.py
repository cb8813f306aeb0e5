from collections.abc import Iterable
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from events.admin_site import EventListFilter, OfEventListFilter, ScopedAdmin
from events.models import Event
from limits.forms import HoldForm, QuotaForm
from limits.holds import delete_hold, give_back, write_hold
from limits.models import Hold, Quota
from limits.quotas import delete_quota, write_quota

M = TypeVar("M", bound=Model)


class LimitAdmin(ScopedAdmin[M]):
    """What acts write: the form has judged it, `save_model` does it."""

    fixed: tuple[str, ...] = ("event",)  # stays as it was made

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> list[str]:
        return [*self.readonly_fields, *(self.fixed if obj is not None else ())]

    def get_form(
        self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[M]]:
        """Offers what belongs to the event, or of a new one to those that the member organizes."""
        events = Event.objects.where(request.user, self.changes) if self.changes else Event.objects.none()
        if obj is not None:
            events = Event.objects.filter(pk=self.event_of(obj).pk)
        form: Any = super().get_form(request, obj, change, **kwargs)

        class Offered(form):  # type: ignore[misc]  # made for this request
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                self.of_events(events)
                if self.many in self.fields:
                    self.fields[self.many].names_event = obj is None

        return Offered


@admin.register(Quota)
class QuotaAdmin(LimitAdmin[Quota]):
    form = QuotaForm
    list_display = ["name", "event", "size", "used", "left"]
    list_filter = [("event", EventListFilter)]
    list_select_related = ["event"]
    search_fields = ["name"]
    readonly_fields = ["used", "left"]

    def save_model(self, request: HttpRequest, obj: Quota, form: Any, change: bool) -> None:
        write_quota(obj, form.named, changed=form.written)

    def delete_model(self, request: HttpRequest, obj: Quota) -> None:
        delete_quota(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Quota]) -> None:
        for quota in queryset:
            delete_quota(quota)

    def get_deleted_objects(
        self, objs: Iterable[Quota], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Its tickets only leave it."""
        return self.deleted(list(objs), request, [])

    @admin.display(description=_("left"))
    def left(self, quota: Quota) -> str:
        return "" if quota.pk is None else str(quota.left)


@admin.register(Hold)
class HoldAdmin(LimitAdmin[Hold]):
    form = HoldForm
    fixed = ("event", "ticket")
    list_display = ["name", "event", "ticket", "quantity", "sold", "left", "ends_at", "open_to"]
    list_filter = ["open_to", ("event", EventListFilter), ("ticket", OfEventListFilter)]
    list_select_related = ["event", "ticket"]
    search_fields = ["name", "ticket__name"]
    readonly_fields = ["sold", "left"]
    actions = ["give_back"]

    def save_model(self, request: HttpRequest, obj: Hold, form: Any, change: bool) -> None:
        write_hold(obj, form.named, changed=form.written)

    def delete_model(self, request: HttpRequest, obj: Hold) -> None:
        delete_hold(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Hold]) -> None:
        for hold in queryset:
            delete_hold(hold)

    def get_deleted_objects(
        self, objs: Iterable[Hold], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What was sold from keeps its hold."""
        holds = list(objs)
        return self.deleted(holds, request, [str(hold) for hold in holds if hold.attendees.exists()])

    @admin.display(description=_("left"))
    def left(self, hold: Hold) -> str:
        return "" if hold.pk is None else str(hold.left)

    @admin.action(description=_("Give back what is left"), permissions=["change"])
    def give_back(self, request: HttpRequest, queryset: QuerySet[Hold]) -> None:
        number = 0
        for hold in queryset.select_related("event", "ticket"):
            number += hold.quantity - give_back(hold).quantity
        told = ngettext("%d ticket is back on sale.", "%d tickets are back on sale.", number) % number
        self.message_user(request, told, messages.SUCCESS)
