from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.links import set_password_link
from accounts.models import ApiToken, User

admin.site.unregister(Group)  # rights come from the member's role at an event


class UserCreationForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["email", "name", "is_superuser"]

    def save(self, commit: bool = True) -> User:
        self.instance.set_unusable_password()
        return super().save(commit)


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["email", "name", "is_active", "is_superuser", "last_login", "date_joined"]
    list_filter = ["is_active", "is_superuser"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "is_active", "is_superuser", "last_login", "date_joined"]
    readonly_fields = ["last_login", "date_joined"]
    actions = ["show_password_links"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """People: devices have a list of their own, beside their event."""
        return super().get_queryset(request).filter(is_device=False)

    def get_form(self, request: HttpRequest, obj: User | None = None, **kwargs: object) -> type:
        if obj is None:
            kwargs["form"] = UserCreationForm
        return super().get_form(request, obj, **kwargs)

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list:
        return list(UserCreationForm.Meta.fields) if obj is None else self.fields

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # sales name their sellers; deactivate instead

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            self._show_link(request, obj)

    @admin.action(description=_("Show a link to set a password"), permissions=["change"])
    def show_password_links(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self._show_link(request, user)

    def _show_link(self, request: HttpRequest, user: User) -> None:
        self.message_user(
            request,
            _("%(email)s sets a password here, once: %(link)s")
            % {"email": user.email, "link": set_password_link(request, user)},
            messages.INFO,
        )


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """Who is logged in to the API; deleting a row logs that client out."""

    list_display = ["token_key", "user", "created", "expiry"]
    list_select_related = ["user"]
    search_fields = ["user__email", "token_key"]
    fields = ["token_key", "user", "created", "expiry"]
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
