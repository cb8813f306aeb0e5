from typing import Any

from django.utils.translation import gettext_lazy as _

from door.models import Station
from events.forms import OfEventForm
from tickets.models import Ticket


class StationForm(OfEventForm[Station]):
    class Meta:
        model = Station
        fields = ["event", "name", "direction", "tickets"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "tickets" in self.fields and not self.instance.pk:
            tickets: Any = self.fields["tickets"]
            tickets.label_from_instance = self._with_event

    @staticmethod
    def _with_event(ticket: Ticket) -> str:
        """For a station whose event is not chosen yet."""
        return f"{ticket.event}: {ticket}"

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        event_id = cleaned["event"].pk if "event" in cleaned else self.instance.event_id
        if event_id and any(ticket.event_id != event_id for ticket in cleaned.get("tickets", [])):
            self.add_error("tickets", _("Choose tickets of the station's own event."))
        return cleaned
