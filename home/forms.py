"""What an organizer types to copy an event, to rehearse one, and to delete a test."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from base.identifiers import readable_identifier
from base.moments import MomentField
from base.validators import validate_time
from events.models import Event
from home.copying import LONGEST_NAME


class Pickers(forms.SplitDateTimeWidget):
    """The browser's own, which are sent ISO 8601, whatever they show."""

    def __init__(self) -> None:
        day, time = (
            {"type": "date", "aria-label": gettext_lazy("Day")},
            {"type": "time", "aria-label": gettext_lazy("Time")},
        )
        forms.MultiWidget.__init__(self, [forms.DateInput(day, "%Y-%m-%d"), forms.TimeInput(time, "%H:%M")])


class OnceForm(forms.Form):
    """Its event is made once, however often it is sent: it brings along what that will be called in
    addresses.
    """

    identifier = forms.CharField(
        widget=forms.HiddenInput,
        initial=readable_identifier,
        max_length=50,
        validators=Event._meta.get_field("identifier").validators,
    )


class CopyForm(OnceForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME)
    starts_at = MomentField(
        label=gettext_lazy("Starts"),
        validators=[validate_time],
        widget=Pickers,
    )


class DeleteForm(forms.Form):
    """The name is typed, so that no tap deletes anything."""

    name = forms.CharField(label=gettext_lazy("Its name"), max_length=LONGEST_NAME)

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event = event
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name.casefold() != " ".join(self.event.name.split()).casefold():
            raise forms.ValidationError(_("That is not its name."), code="other-name")
        return name
