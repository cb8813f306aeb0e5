from typing import Any, TypeVar

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import SetPasswordMixin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts import second_factor
from accounts.forms import TwoStepLogIn
from accounts.models import User
from accounts.passwords import rules_for_first
from base import languages
from base.errors import Conflict, DomainError
from base.validators import validate_currency
from events import planning
from events.identifiers import check_identifier
from events.mail_models import WritesMail
from events.members import check_organizers
from events.models import Event, Invitation, Member
from events.paragraph_models import LONGEST_PARAGRAPH

M = TypeVar("M", bound=Model)
MAIL_FIELDS = [field.name for field in WritesMail._meta.local_fields]
LONGEST_ADDRESS = 254  # of an account and of an invitation


class EventForm(forms.ModelForm[Event]):
    class Meta:
        model = Event
        fields = [
            "name",
            "identifier",
            "description",
            "state",
            "starts_at",
            "ends_at",
            "timezone",
            "currency",
            "language",
            "location_name",
            "day_ends_at",
            "cash_rounding",
            "pending_minutes",
            "reentry",
            "margin_hours",
            "capacity",
            "admit_now",
            "claims",
            "issuer_name",
            "issuer_address",
            "issuer_tax_number",
            "receipt_footer",
            *MAIL_FIELDS,
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A new event starts in the time zone of the browser that makes it, says `zones.js`."""
        super().__init__(*args, **kwargs)
        if not self.is_bound and self.instance.pk is None and "timezone" not in self.initial:
            self.fields["timezone"].widget.attrs["data-of-browser"] = ""

    def clean_identifier(self) -> str:
        identifier: str = self.cleaned_data["identifier"]
        if identifier != self.instance.identifier:
            check_identifier(identifier)
        return identifier

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"]
        validate_currency(currency)  # the model's field would do so last, and prices are compared before
        if self.instance.pk:
            try:
                planning.check_currency(self.instance, currency)
            except Conflict as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return currency


class MailForm(forms.ModelForm[Event]):
    """How an event writes mail, with a paragraph for each language that guests may read."""

    class Meta:
        model = Event
        fields = MAIL_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.languages = {f"paragraph_{code}": code for code, _name in languages.offered()}
        for name, code in self.languages.items():
            self.fields[name] = forms.CharField(
                label=languages.called(code),
                required=False,
                max_length=LONGEST_PARAGRAPH,
                initial=self.instance.mail_texts.get(code, ""),
                widget=forms.Textarea(
                    attrs={
                        "rows": 4,
                        "lang": code,
                        "dir": "rtl" if languages.is_right_to_left(code) else "ltr",
                    }
                ),
            )

    @property
    def own_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in MAIL_FIELDS]

    @property
    def paragraphs(self) -> list[forms.BoundField]:
        return [self[name] for name in self.languages]

    @property
    def changed_texts(self) -> dict[str, str]:
        """By language, what was typed instead of what was there."""
        return {
            code: self.cleaned_data[name]
            for name, code in self.languages.items()
            if name in self.changed_data
        }

    @property
    def changed_fields(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data if name not in self.languages}


class RoleForm(forms.ModelForm[Member]):
    class Meta:
        model = Member
        fields = ["role"]

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if self.instance.pk:
            try:
                check_organizers(self.instance.event, {self.instance.pk: role})
            except DomainError as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return role


class MemberFormSet(forms.BaseInlineFormSet[Member, Event, forms.ModelForm[Member]]):
    """Several at once: who leaves may have made somebody else an organizer."""

    def clean(self) -> None:
        super().clean()
        changed = [form for form in self.initial_forms if form.has_changed() and form.is_valid()]
        roles = {form.instance.pk: form.cleaned_data["role"] for form in changed}
        roles |= {form.instance.pk: None for form in self.deleted_forms}
        if not roles:
            return
        try:
            check_organizers(self.instance, roles)
        except DomainError as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class MemberForm(RoleForm):
    class Meta:
        model = Member
        fields = ["event", "user", "role"]

    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if user.is_device:
            raise forms.ValidationError(_("This is a device, which stays what it is at its event."))
        return user


def _address(typed: str) -> str:
    email = User.objects.normalize_email(typed)
    if len(email) > LONGEST_ADDRESS:
        raise forms.ValidationError(_("This address is too long."))  # some letters grow in lower case
    return email


class InvitationForm(forms.ModelForm[Invitation]):
    """Whom a link is meant for, and as what. Whether the address has an account is not told."""

    class Meta:
        model = Invitation
        fields = ["event", "email", "role"]

    def clean_email(self) -> str:
        return _address(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        event = cleaned.get("event") or self.instance.event_id
        of_address = Invitation.objects.open(timezone.now()).filter(event=event, email=cleaned.get("email"))
        if event and of_address.exists():
            self.add_error("email", _("This address has been invited already: renew or withdraw its link."))
        return cleaned


class InvitationFormSet(forms.BaseInlineFormSet[Invitation, Event, forms.ModelForm[Invitation]]):
    def clean(self) -> None:
        super().clean()
        emails = [form.cleaned_data["email"] for form in self.extra_forms if form.cleaned_data.get("email")]
        if len(emails) != len(set(emails)):
            raise forms.ValidationError(_("Each address can be invited once."))


class LogInForm(TwoStepLogIn):
    """Below another form, which comes first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs.pop("autofocus", None)


class RegisterForm(SetPasswordMixin, forms.Form):  # type: ignore[type-arg]  # not generic to Python
    """A new account. With the address and the password of an old one it is that: no need to tell which."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=LONGEST_ADDRESS,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    name = forms.CharField(
        label=_("Your name, as colleagues shall read it"),
        max_length=User._meta.get_field("name").max_length,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password1, password2 = SetPasswordMixin.create_password_fields(
        label1=_("Password"), label2=_("The same password again")
    )
    user: User | None = None

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text, self.fields["password2"].help_text = rules_for_first(), ""

    def get_user(self) -> User | None:
        """The account that was there; None if one is to be made."""
        return self.user

    def account(self) -> dict[str, Any]:
        """What the new account is made of."""
        cleaned = self.cleaned_data
        return {"email": cleaned["email"], "name": cleaned["name"], "password": cleaned["password1"]}

    def clean_email(self) -> str:
        return _address(self.cleaned_data["email"])

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        email, password = cleaned.get("email"), cleaned.get("password1")
        if not email or not password:
            return cleaned
        if User.objects.filter(email=email).exists():
            # Through the log-in's own check, which counts failures: or addresses could be tried here.
            self.user = authenticate(self.request, username=email, password=password)
            if self.user is None or second_factor.is_on(self.user):
                self.add_error("email", _("This address cannot be used for a new account. Log in instead."))
            return cleaned
        self.validate_passwords()
        self.validate_password_for_user(User(email=email, name=cleaned.get("name", "")), "password2")
        return cleaned


class OfEventForm(forms.ModelForm[M]):
    """What belongs to an event that cannot be changed afterwards, by a name unique there."""

    def _get_validation_exclusions(self) -> set[str]:
        # Not in the form any more, yet the constraint on the name needs them.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # not in the stubs
        return excluded - {"event", "revoked_at"}
