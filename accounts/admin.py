from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import second_factor
from accounts.links import set_password_link
from accounts.models import ApiToken, User

admin.site.unregister(Group)  # rights come from the member's role at an event
admin.site.unregister(TOTPDevice)  # its form shows the secret


class UserCreationForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ["email", "name", "is_superuser"]

    def save(self, commit: bool = True) -> User:
        self.instance.set_unusable_password()
        user: User = super().save(commit)
        return user


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    list_display = ["email", "name", "is_active", "is_superuser", "last_login", "date_joined"]
    list_filter = ["is_active", "is_superuser"]
    search_fields = ["email", "name"]
    readonly_fields = ["last_login", "date_joined"]
    actions = ["show_password_links", "turn_off_two_step"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """People: devices have a list of their own, beside their event."""
        return super().get_queryset(request).filter(is_device=False)

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[User]]:
        if obj is None:
            kwargs["form"] = UserCreationForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        if obj is None:
            return (*UserCreationForm.Meta.fields,)
        return ("email", "name", "language", "is_active", "is_superuser", "last_login", "date_joined")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # sales name their sellers; deactivate instead

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm[User], change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            obj.end_log_ins()

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self.show_password_links(request, [obj])

    @admin.action(description=_("Show a link to set a password"), permissions=["change"])
    def show_password_links(self, request: HttpRequest, users: Iterable[User]) -> HttpResponse:
        """On a page of their own: a message would lie in a cookie or a table until it is read."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Links to set a password"),
            "opts": self.opts,
            "links": [(user, set_password_link(request, user)) for user in users],
        }
        return TemplateResponse(request, "admin/accounts/user/links.html", context)

    @admin.action(description=_("Turn off two-step log-in, for who has lost the app"), permissions=["change"])
    def turn_off_two_step(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            second_factor.turn_off(user)
            self.log_change(request, user, _("Two-step log-in turned off"))


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin[ApiToken]):
    """Who is logged in to the API; deleting a row logs that client out."""

    list_display = ["token_key", "user", "created", "expiry"]
    list_select_related = ["user"]
    search_fields = ["user__email", "token_key"]
    fields = readonly_fields = ("token_key", "user", "created", "expiry", "agent", "address")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
