"""What an organizer types to copy an event, to rehearse one, and to delete a test."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from base.identifiers import readable_identifier
from base.moments import LocalMomentField
from base.validators import validate_time
from events.identifiers import check_identifier
from events.models import Event
from home.copying import LONGEST_NAME


class OnceForm(forms.Form):
    """Its event is made once, however often it is sent: it brings along what that will be called in
    addresses.
    """

    identifier = forms.CharField(
        widget=forms.HiddenInput,
        initial=readable_identifier,
        max_length=50,
        validators=[*Event._meta.get_field("identifier").validators, check_identifier],
    )


class CopyForm(OnceForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME)
    starts_at = LocalMomentField(label=gettext_lazy("Starts"), validators=[validate_time])


def _said(name: str) -> str:
    """As a page shows it: many blanks are one there."""
    return " ".join(name.split()).casefold()


class DeleteForm(forms.Form):
    """The name is typed, so that no tap deletes anything."""

    name = forms.CharField(label=gettext_lazy("Its name"), max_length=LONGEST_NAME)

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event = event
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if _said(name) not in (_said(self.event.name), _said(str(self.event))):
            raise forms.ValidationError(_("That is not its name."), code="other-name")
        return name
