"""What an organizer types to put guests on the list, or says of a file of them."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee
from attendees.names import NAMES
from events.models import Event
from guests.importing import Defaults
from guests.sheets import MOST_BYTES
from limits.models import Hold
from orders.guest_list import REFERENCE_LENGTH, Entry, Way
from tickets.models import Ticket

WAYS = [
    (Way.FREE.value, _("free")),
    (Way.AT_DOOR.value, _("to be paid at the door")),
    (Way.PAID.value, _("paid elsewhere")),
]


class ListForm(forms.Form):
    """How it is paid, which ticket, and from which hold of it."""

    ticket = forms.ModelChoiceField(Ticket.objects.none(), label=_("Ticket"), empty_label=_("which one?"))
    way = forms.ChoiceField(label=_("Paid"), choices=WAYS, initial=Way.FREE, widget=forms.RadioSelect)
    hold = forms.ModelChoiceField(
        Hold.objects.none(),
        label=_("From what is held for"),
        required=False,
        empty_label=_("nothing: from what everybody is sold"),
    )

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tickets = Ticket.objects.filter(event=event).order_by("position", "pk")
        cast("forms.ModelChoiceField[Ticket]", self.fields["ticket"]).queryset = tickets
        holds = Hold.objects.filter(event=event).order_by("name")
        cast("forms.ModelChoiceField[Hold]", self.fields["hold"]).queryset = holds
        if not holds:
            del self.fields["hold"]

    @property
    def hold_id(self) -> int | None:
        hold: Hold | None = self.cleaned_data.get("hold")
        return None if hold is None else hold.pk


class EntryForm(ListForm):
    """One guest."""

    reference = forms.CharField(
        label=_("Reference of what was paid elsewhere"), required=False, max_length=REFERENCE_LENGTH
    )
    field_order = [*NAMES, "ticket", "way", "reference", "hold"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NAMES:
            field = cast("Any", Attendee._meta.get_field(name)).formfield(required=False)
            field.widget.attrs["autocomplete"] = "off"
            self.fields[name] = field
        self.order_fields(self.field_order)

    def entry(self) -> Entry:
        """What was typed."""
        typed = self.cleaned_data
        names = {name: typed[name] for name in (*NAMES, "reference")}
        return Entry(typed["ticket"].pk, way=Way(typed["way"]), hold_id=self.hold_id, **names)


class UploadForm(ListForm):
    """A file of guests, and what is so of those of whom it does not say."""

    file = forms.FileField(
        label=_("File (CSV or XLSX)"), widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"})
    )
    field_order = ["file", "ticket", "way", "hold"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ticket = cast("forms.ModelChoiceField[Ticket]", self.fields["ticket"])
        ticket.required, ticket.empty_label = False, str(_("each row says which"))
        self.fields["ticket"].label = _("Ticket, where a row does not say")
        self.fields["way"].label = _("Paid, where a row does not say")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("A file has at most %d MB.") % (MOST_BYTES // 1024**2))
        return file

    def defaults(self) -> Defaults:
        typed = self.cleaned_data
        return Defaults(Way(typed["way"]), typed["ticket"], typed.get("hold"))
