from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.models import Change
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

    def _save_m2m(self) -> None:
        """The tickets stand in the audit trail like the station's other settings."""
        before = self._tickets()
        super()._save_m2m()  # type: ignore[misc]  # not in the stubs
        if (after := self._tickets()) != before:
            Change.note(self.instance, Change.Act.CHANGED, {"tickets": before}, {"tickets": after})

    def _tickets(self) -> list[str]:
        return list(self.instance.tickets.order_by("position", "pk").values_list("name", flat=True))

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
