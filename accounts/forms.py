"""What somebody types about their own account."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import pins, second_factor
from accounts.authentication import UserRequest
from accounts.models import User
from base import languages
from base.errors import Forbidden, Invalid

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def secret(label: "StrOrPromise", **attributes: str) -> forms.CharField:
    widget = forms.PasswordInput(attrs=attributes)
    return forms.CharField(label=label, strip=False, widget=widget, max_length=4096)


class TwoStepLogIn(AuthenticationForm):
    """Address, password, and the app's code from whoever has turned that on."""

    code = forms.CharField(
        label=_("Code of your app, if you use one"),
        required=False,
        max_length=32,
        widget=forms.PasswordInput(attrs={"autocomplete": "one-time-code"}),
    )

    def confirm_login_allowed(self, user: User) -> None:
        super().confirm_login_allowed(user)
        try:
            second_factor.check(user, self.cleaned_data.get("code", ""))
        except Forbidden as refusal:
            raise ValidationError(refusal.problems[0].detail, code=refusal.problems[0].code) from refusal


class LanguageForm(forms.ModelForm[User]):
    """In which language one is spoken to."""

    class Meta:
        model = User
        fields = ("language",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", _("As the browser says")), *languages.offered()]  # type: ignore[attr-defined]  # of a choice

    def save(self, commit: bool = True) -> User:
        self.instance.save(update_fields=["language"])
        return self.instance


class ForgottenForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": ""}),
    )


class PasswordForm(forms.Form):
    """What needs the password besides, so that an open till is not enough for it."""

    password = secret(_("Your password"), autocomplete="current-password", autofocus="")

    def __init__(self, *args: Any, request: UserRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        """Through the log-in's own check, where tries are paid for."""
        password: str = self.cleaned_data["password"]
        if authenticate(self.request, username=self.request.user.email, password=password) is None:
            raise ValidationError(_("This is not your password."), code="wrong-password")
        return password


class TwoStepForm(PasswordForm):
    """Turns two-step log-in on or off, or asks for new recovery codes."""

    code = secret(_("Code of your app"), autocomplete="one-time-code")
    act = forms.ChoiceField(choices=[("on", ""), ("off", ""), ("codes", "")], widget=forms.HiddenInput)

    def save(self) -> list[str]:
        """New recovery codes, if any. Raises what `second_factor.check` raises."""
        user, act, code = self.request.user, self.cleaned_data["act"], self.cleaned_data["code"]
        if act == "on":
            return second_factor.turn_on(user, code)
        second_factor.check(user, code)
        if act == "codes":
            return second_factor.new_recovery_codes(user)
        second_factor.turn_off(user)
        return []


class PinForm(PasswordForm):
    """A new PIN, typed twice."""

    pin = secret(_("New PIN, six digits"), autocomplete="off", inputmode="numeric", maxlength="6")
    repeated = secret(_("The same PIN again"), autocomplete="off", inputmode="numeric", maxlength="6")

    def clean_pin(self) -> str:
        pin: str = self.cleaned_data["pin"]
        try:
            pins.check_new(pin)
        except Invalid as refusal:
            raise ValidationError(refusal.problems[0].detail, code="invalid-pin") from refusal
        return pin

    def clean_repeated(self) -> str:
        repeated: str = self.cleaned_data["repeated"]
        if self.cleaned_data.get("pin", repeated) != repeated:
            raise ValidationError(_("The two PINs differ."), code="pins-differ")
        return repeated

    def save(self) -> None:
        pins.set_pin(self.request.user, self.cleaned_data["pin"])
