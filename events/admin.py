from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.links import set_password_link
from events import (
    audit_admin,  # noqa: F401  registers the trail
    planning,
)
from events.admin_site import EventScoped
from events.forms import EventForm, MemberForm, MemberFormSet
from events.models import Act, Event, Member, may


def announce_account(request: HttpRequest, form: MemberForm) -> None:
    """After a member was added, show the link of an account that this form has made, and of no other:
    whoever gets the link gets the account. One that was there before may be anybody's, because
    addresses are not confirmed by mail.
    """
    user = form.instance.user if form.made_account or form.found_account else None
    if form.made_account:
        message = _("%(email)s sets a password here, once: %(link)s")
        link = set_password_link(request, user)
        messages.info(request, message % {"email": user.email, "link": link})
    elif form.found_account:
        message = _("%(email)s has had an account since %(date)s. Make sure that it is theirs.")
        date = formats.date_format(user.date_joined)
        messages.warning(request, message % {"email": user.email, "date": date})


class MemberInline(EventScoped, admin.TabularInline):
    model = Member
    form = MemberForm
    formset = MemberFormSet
    fields = ["email", "role"]
    extra = 0
    reads = Act.MANAGE

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return super().get_queryset(request).filter(user__is_device=False)

    def event_of(self, obj: Event) -> Event:
        return obj  # an inline is asked about its parent

    def has_add_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return obj is not None and super().has_add_permission(request, obj)


@admin.register(Event)
class EventAdmin(EventScoped, admin.ModelAdmin):
    event_path = ""
    reads = Act.READ_GUESTS
    form = EventForm
    list_display = ["name", "identifier", "state", "starts_at", "location_name", "sell_link"]
    list_filter = ["state"]
    search_fields = ["name", "identifier", "location_name"]
    date_hierarchy = "starts_at"
    readonly_fields = ["sell_link", "created_at"]
    inlines = [MemberInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).for_user(request.user)

    def has_add_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return True  # whoever creates an event is its organizer

    def has_delete_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False

    def get_inlines(self, request: HttpRequest, obj: Event | None) -> list:
        return [MemberInline] if obj is not None else []

    def save_model(self, request: HttpRequest, obj: Event, form: ModelForm, change: bool) -> None:
        if change:
            planning.save_changes(obj, form.changed_data)
            return
        super().save_model(request, obj, form, change)
        planning.make_organizer(obj, request.user)

    def save_formset(
        self, request: HttpRequest, form: ModelForm, formset: BaseInlineFormSet, change: bool
    ) -> None:
        super().save_formset(request, form, formset, change)
        for member_form in formset.forms:
            announce_account(request, member_form)

    @admin.display(description=_("sell"))
    def sell_link(self, event: Event) -> str:
        if not may(getattr(event, "role", None), Act.SELL):
            return "-"
        return format_html('<a href="{}">{}</a>', reverse("till", args=[event.identifier]), _("Sell onsite"))


@admin.register(Member)
class MemberAdmin(EventScoped, admin.ModelAdmin):
    reads = Act.MANAGE
    form = MemberForm
    list_display = ["user", "event", "role"]
    list_filter = ["role"]
    list_select_related = ["user", "event"]
    search_fields = ["user__email", "user__name", "event__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        """People: a device keeps the role that it was made with."""
        return super().get_queryset(request).filter(user__is_device=False)

    def save_model(self, request: HttpRequest, obj: Member, form: MemberForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        announce_account(request, form)
