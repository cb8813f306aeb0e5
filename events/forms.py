from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from events.models import Event, Member


class EventForm(forms.ModelForm):
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
        ]

    def clean_currency(self) -> str:
        currency = self.cleaned_data["currency"]
        if self.instance.pk and currency != self.initial["currency"] and self.instance.orders.exists():
            raise forms.ValidationError(_("The currency cannot change any more: there are orders in it."))
        return currency


class MemberForm(forms.ModelForm):
    """A member, named by e-mail address. An unknown address makes an account without a password."""

    email = forms.EmailField(label=_("e-mail"), max_length=254)
    made_account = False

    class Meta:
        model = Member
        fields = ["event", "email", "role"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["email"] = self.instance.user.email
            self.fields["email"].disabled = True

    def clean_email(self) -> str:
        return User.objects.normalize_email(self.cleaned_data["email"])

    def clean(self) -> dict:
        cleaned = super().clean()
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
            self.instance.user = User.objects.filter(email=email).first() or User.objects.create_user(email)
            self.made_account = not self.instance.user.has_usable_password()
        return super().save(commit)
