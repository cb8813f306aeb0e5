from typing import Any, cast
from zoneinfo import available_timezones

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.authentication import user_of
from events import (
    audit_admin,  # noqa: F401  registers the trail
    planning,
    webhook_admin,  # noqa: F401  and what leaves
)
from events.admin_site import EventScoped, ScopedAdmin
from events.forms import EventForm, MemberForm, MemberFormSet
from events.invitation_admin import InvitationInline, InvitingRequest, invite_all, links_page
from events.members import take_out
from events.models import Act, Event, EventQuerySet, Invitation, Member, may
from outbox import mailing


class OfMembers(EventScoped[Member]):
    """Members come by redeeming an invitation. Organizers change their roles and take them out."""

    reads = Act.MANAGE

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        """People: a device keeps the role that it was made with."""
        return super().get_queryset(request).filter(user__is_device=False).select_related("user", "event")

    @admin.display(description=_("e-mail"), ordering="user__email")
    def email(self, member: Member) -> str:
        return member.user.email


class MemberInline(OfMembers, admin.TabularInline[Member, Event]):
    model = Member
    formset = MemberFormSet
    fields = ["email", "name", "role"]
    readonly_fields = ["email", "name"]
    extra = 0

    def event_of(self, obj: Event) -> Event:
        return obj  # an inline is asked about its parent

    def has_add_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False

    @admin.display(description=_("name"))
    def name(self, member: Member) -> str:
        return member.user.name or "-"


@admin.register(Event)
class EventAdmin(ScopedAdmin[Event]):
    event_path = ""
    reads = Act.READ_GUESTS
    form = EventForm
    list_display = ["name", "identifier", "state", "is_test", "starts_at", "location_name", "sell_link"]
    list_filter = ["state", "is_test"]
    search_fields = ["name", "identifier", "location_name"]
    readonly_fields = ["sell_link", "mail_link", "is_test", "created_at"]

    def zone_of_form(self, request: HttpRequest, object_id: str | None) -> str | None:
        """The one that is sent along: who corrects it means the clock of the place."""
        sent = request.POST.get("timezone", "")
        return sent if sent in available_timezones() else super().zone_of_form(request, object_id)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return cast(EventQuerySet, super().get_queryset(request)).for_user(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True  # as long as anybody may add one

    def has_add_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return True  # whoever creates an event is its organizer

    def has_delete_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False

    def get_inlines(self, request: HttpRequest, obj: Event | None) -> list[Any]:
        return [MemberInline, InvitationInline] if obj is not None else []

    def save_model(self, request: HttpRequest, obj: Event, form: ModelForm[Event], change: bool) -> None:
        if change:
            planning.save_changes(obj, form.changed_data)
            return
        planning.add_event(obj, creator=user_of(request))

    def save_formset(
        self,
        request: HttpRequest,
        form: ModelForm[Event],
        formset: BaseInlineFormSet[Any, Event, Any],
        change: bool,
    ) -> None:
        if formset.model is Invitation:
            cast(InvitingRequest, request).invited = invite_all(
                formset, user_of(request), mailing.site_of(request)
            )
        else:
            super().save_formset(request, form, formset, change)

    def response_change(self, request: HttpRequest, obj: Event) -> HttpResponse:
        response = super().response_change(request, obj)
        invited = getattr(request, "invited", [])
        return links_page(self, request, invited) if invited else response

    @admin.display(description=_("sell"))
    def sell_link(self, event: Event) -> str:
        if not may(event.role, Act.SELL):
            return "-"
        return format_html('<a href="{}">{}</a>', reverse("till", args=[event.identifier]), _("Sell onsite"))

    @admin.display(description=_("mail"))
    def mail_link(self, event: Event) -> str:
        if event.pk is None or not may(event.role, Act.MANAGE):
            return "-"
        address = reverse("event-mail", args=[event.identifier])
        return format_html('<a href="{}">{}</a>', address, _("Look at what guests get"))


@admin.register(Member)
class MemberAdmin(OfMembers, ScopedAdmin[Member]):
    form = MemberForm
    list_display = ["user", "email", "event", "role"]
    list_filter = ["role"]
    search_fields = ["user__email", "user__name", "event__name"]
    autocomplete_fields = ["user"]

    def has_add_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        return request.user.is_superuser  # everybody else invites

    def get_readonly_fields(self, request: HttpRequest, obj: Member | None = None) -> list[str]:
        return ["event", "user"] if obj else []

    def delete_model(self, request: HttpRequest, obj: Member) -> None:
        take_out([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        take_out(queryset)
