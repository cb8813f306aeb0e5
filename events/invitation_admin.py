"""Invitations in the admin: an organizer makes links, hands them over, renews and withdraws them."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.authentication import user_of
from accounts.models import User
from base import qr
from base.errors import DomainError
from events import invitations
from events.admin_site import EventListFilter, EventScoped, ScopedAdmin
from events.forms import InvitationForm, InvitationFormSet
from events.invitation_models import InvitationQuerySet
from events.models import Act, Event, Invitation
from outbox import mailing

Invited = tuple[Invitation, str]  # with the token


class InvitingRequest(HttpRequest):
    """A request that invites somebody: its answer shows the links."""

    invited: Sequence[Invited]


def links(request: HttpRequest, invited: Sequence[Invited]) -> Sequence[tuple[Invitation, str, str]]:
    """Each invitation with its link and the QR code of that, as SVG."""
    found = []
    for invitation, token in invited:
        link = request.build_absolute_uri(reverse("join-link", args=[token]))
        found.append((invitation, link, qr.svg(link, gettext("QR code: %s") % gettext("invitation"))))
    return found


def links_page(
    modeladmin: admin.ModelAdmin[Any], request: HttpRequest, invited: Sequence[Invited]
) -> HttpResponse:
    """The links, shown this once: they are in no message, which a session would keep, and in no redirect."""
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": gettext("Invitations"),
        "opts": Invitation._meta,
        "links": links(request, invited),
        "sends_mail": mailing.is_set_up(),
        "media": modeladmin.media,
    }
    return TemplateResponse(request, "admin/events/invitation/links.html", context)


def invite_all(formset: BaseInlineFormSet[Any, Event, Any], by: User, site: str) -> list[Invited]:
    """Make what an event's page asks for, and tell the formset what is new, for the history."""
    formset.save(commit=False)
    invited = [
        invitations.invite(event=new.event, email=new.email, role=new.role, by=by, site=site)
        for new in formset.new_objects
    ]
    formset.new_objects = [invitation for invitation, _token in invited]
    return invited


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return [("open", _("open")), ("redeemed", _("redeemed")), ("over", _("withdrawn or too old"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> QuerySet[Invitation]:
        open_now = Invitation.objects.open(timezone.now()).values("pk")
        match self.value():
            case "open":
                return queryset.filter(pk__in=open_now)
            case "redeemed":
                return queryset.exclude(redeemed_at=None)
            case "over":
                return queryset.filter(redeemed_at=None).exclude(pk__in=open_now)
        return queryset


class OfInvitations(EventScoped[Invitation]):
    reads = Act.MANAGE
    form: type[ModelForm[Invitation]] = InvitationForm

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # renew it, or withdraw it and make another

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("state"))
    def state(self, invitation: Invitation) -> str:
        if invitation.expires_at is None:
            return "-"  # it is only being made
        words = {
            "open": _("open"),
            "redeemed": _("redeemed"),
            "withdrawn": _("withdrawn"),
            "expired": _("too old"),
        }
        return str(words[invitation.state_at(timezone.now())])


class InvitationInline(OfInvitations, admin.TabularInline[Invitation, Event]):
    """Who is invited and has not come yet; a new row is a new link."""

    model = Invitation
    formset = InvitationFormSet
    fields = ["email", "role", "state", "expires_at"]
    readonly_fields = ["state", "expires_at"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        return cast(InvitationQuerySet, super().get_queryset(request)).open(timezone.now())

    def event_of(self, obj: Event) -> Event:
        return obj  # an inline is asked about its parent


@admin.register(Invitation)
class InvitationAdmin(OfInvitations, ScopedAdmin[Invitation]):
    list_display = ["email", "event", "role", "state", "invited_by", "expires_at"]
    list_filter = [StateFilter, ("event", EventListFilter)]
    list_select_related = ["event", "invited_by"]
    search_fields = ["email", "event__name"]
    actions = ["renew", "withdraw"]

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> list[Any]:
        if obj is None:
            return ["event", "email", "role"]
        times = ["created_at", "expires_at", "redeemed_at", "withdrawn_at"]
        return ["event", "email", "role", "state", "invited_by", "redeemed_by", *times]

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> list[str]:
        return self.get_fields(request, obj) if obj else []

    def save_model(
        self, request: HttpRequest, obj: Invitation, form: ModelForm[Invitation], change: bool
    ) -> None:
        by, site = user_of(request), mailing.site_of(request)
        made = invitations.invite(event=obj.event, email=obj.email, role=obj.role, by=by, site=site)
        obj.pk, cast(InvitingRequest, request).invited = made[0].pk, [made]

    def response_add(
        self, request: HttpRequest, obj: Invitation, *args: object, **kwargs: object
    ) -> HttpResponse:
        return links_page(self, request, cast(InvitingRequest, request).invited)

    @admin.action(
        description=_("Renew the chosen invitations: other links, sent again"), permissions=["manage"]
    )
    def renew(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> HttpResponse | None:
        renewed = []
        by, site = user_of(request), mailing.site_of(request)
        for invitation in queryset.select_related("event"):
            try:
                renewed.append((invitation, invitations.renew(invitation, by=by, site=site)))
            except DomainError as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
        return links_page(self, request, renewed) if renewed else None

    @admin.action(description=_("Withdraw the chosen invitations"), permissions=["manage"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        done = sum(invitations.withdraw(invitation) for invitation in queryset)
        detail = ngettext("%d invitation is withdrawn.", "%d invitations are withdrawn.", done)
        self.message_user(request, detail % done, messages.SUCCESS)
