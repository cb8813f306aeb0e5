from typing import Any, TypeVar

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from base.errors import Conflict
from events import planning
from events.models import Event, Member

M = TypeVar("M", bound=Model)


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
            "location_name",
            "day_ends_at",
            "cash_rounding",
            "pending_minutes",
            "reentry",
            "capacity",
            "admit_now",
        ]

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"]
        if self.instance.pk:
            try:
                planning.check_currency(self.instance, currency)
            except Conflict as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return currency


class MemberForm(forms.ModelForm[Member]):
    """A member, named by e-mail address. An unknown address makes an account without a password."""

    email = forms.EmailField(label=_("e-mail"), max_length=254)
    made_account = found_account = False

    class Meta:
        model = Member
        fields = ["event", "email", "role"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["email"] = self.instance.user.email
            self.fields["email"].disabled = True

    def clean_email(self) -> str:
        email = User.objects.normalize_email(self.cleaned_data["email"])
        longest = User._meta.get_field("email").max_length
        if longest is not None and len(email) > longest:
            raise forms.ValidationError(_("This address is too long."))  # some letters grow in lower case
        if User.objects.filter(email=email, is_device=True).exists():
            raise forms.ValidationError(_("This is a device, which stays what it is at its event."))
        return email

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        event = cleaned.get("event") or getattr(self.instance, "event", None)
        others = Member.objects.filter(event=event, user__email=cleaned.get("email")).exclude(
            pk=self.instance.pk
        )
        if event is not None and event.pk and others.exists():
            self.add_error("email", _("This user has a role at the event already."))
        return cleaned

    def save(self, commit: bool = True) -> Member:
        if not self.instance.pk:
            email = self.cleaned_data["email"]
            known = User.objects.filter(email=email).first()
            self.instance.user = known or User.objects.create_user(email)
            self.made_account, self.found_account = known is None, known is not None
        member: Member = super().save(commit)
        return member


class MemberFormSet(forms.BaseInlineFormSet[Member, Event, forms.ModelForm[Member]]):
    def clean(self) -> None:
        super().clean()
        emails = [form.cleaned_data["email"] for form in self.forms if form.cleaned_data.get("email")]
        if len(emails) != len(set(emails)):
            raise forms.ValidationError(_("Each address can be added once."))


class OfEventForm(forms.ModelForm[M]):
    """What belongs to an event that cannot be changed afterwards, by a name unique there."""

    def _get_validation_exclusions(self) -> set[str]:
        # Not in the form any more, yet the constraint on the name needs them.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # not in the stubs
        return excluded - {"event", "revoked_at"}
