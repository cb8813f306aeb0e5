from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from devices.admin_pages import pairing_page, revoke_page
from devices.forms import DeviceForm
from devices.models import Device, DeviceQuerySet
from events.admin_site import EventListFilter, ScopedAdmin
from events.models import Act, Role


class RevokedFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "revoked"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Device]) -> list[tuple[str, str]]:
        return [("no", str(_("in use"))), ("yes", str(_("revoked")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Device]) -> QuerySet[Device]:
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(revoked_at__isnull=self.value() == "no")


@admin.register(Device)
class DeviceAdmin(ScopedAdmin[Device]):
    reads = Act.MANAGE
    form = DeviceForm
    list_display = ["name", "event", "role", "last_seen_at", "revoked_at"]
    list_filter = [
        RevokedFilter,
        ("event", EventListFilter),
    ]
    list_select_related = ["event"]
    search_fields = ["name", "event__name"]
    actions = ["pair", "revoke"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Device]:
        return cast(DeviceQuerySet, super().get_queryset(request)).with_role()

    def get_fields(self, request: HttpRequest, obj: Device | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("event", "name", "role")
        return ("event", "name", "role", "created_at", "last_seen_at", "revoked_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Device | None = None) -> list[str]:
        return ["event", "role", "created_at", "last_seen_at", "revoked_at"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Device | None = None) -> bool:
        return False  # sales and check-ins name it; revoke it instead

    @admin.display(description=_("role"), ordering="role")
    def role(self, device: Device) -> str:
        return str(Role(device.role).label) if device.role else "-"

    def save_model(self, request: HttpRequest, obj: Device, form: DeviceForm, change: bool) -> None:
        """The form has saved it, with its user and its role."""

    def response_post_save_add(self, request: HttpRequest, obj: Device) -> HttpResponseRedirect:
        return redirect("admin:devices_device_change", obj.pk)  # where it is paired

    @admin.action(description=_("Pair the chosen device"), permissions=["manage"])
    def pair(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse | None:
        return pairing_page(self, request, queryset)

    @admin.action(description=_("Revoke the chosen devices"), permissions=["manage"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse | None:
        return revoke_page(self, request, queryset)
