"""The forms of an event's home: each row of its tables is one."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from base.forms import typed_formfield
from base.identifiers import readable_identifier
from base.moments import LocalMomentField
from base.money import currencies
from devices.forms import DeviceForm
from door.forms import StationForm
from door.models import Station
from events.forms import EventForm, InvitationForm, OfEventForm
from events.models import Event, Invitation
from limits.forms import HoldForm, QuotaForm
from limits.models import Hold, Quota
from prices.forms import DiscountForm
from prices.models import Discount
from shifts.models import Till
from tickets.forms import TicketForm
from tickets.models import Ticket

EVENING, LASTS = time(20), timedelta(hours=6)
SATURDAY = 5


class Typed:
    formfield_callback = typed_formfield


class TicketRow(TicketForm):
    class Meta(Typed):
        model = Ticket
        fields = ["name", "type", "price", "quantity", "tax_rate", "group", "color", "is_hidden"]


class InvitationRow(InvitationForm):
    class Meta(Typed):
        model = Invitation
        fields = ["email", "role"]


class TillRow(OfEventForm[Till]):
    class Meta(Typed):
        model = Till
        fields = ["name", "auto_print"]


class StationRow(StationForm):
    class Meta(Typed):
        model = Station
        fields = ["name", "direction", "tickets"]


class DeviceRow(DeviceForm):
    class Meta(Typed, DeviceForm.Meta):
        fields = ["name"]


class QuotaRow(QuotaForm):
    class Meta(Typed):
        model = Quota
        fields = ["name", "size", "tickets"]


class HoldRow(HoldForm):
    class Meta(Typed):
        model = Hold
        fields = ["name", "ticket", "quantity", "ends_at", "open_to", "till", "members"]
        field_classes = {"ends_at": LocalMomentField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["ticket"]  # stays as it was made


class DiscountRow(DiscountForm):
    class Meta(Typed):
        model = Discount
        fields = ["name", "percent", "amount", "code", "limit", "ends_at", "tickets", "is_active"]
        field_classes = {"ends_at": LocalMomentField}


def offer(form: forms.BaseForm, event: Event) -> None:
    """Let a form offer what belongs to the event alone."""
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField):
            chosen: Any = field
            chosen.queryset = chosen.queryset.filter(event=event)
            chosen.names_event = False


class OfTimes(EventForm):
    class Meta(Typed, EventForm.Meta):
        field_classes = {"starts_at": LocalMomentField, "ends_at": LocalMomentField}


class SettingsForm(OfTimes):
    class Meta(OfTimes.Meta):
        fields = [
            "name",
            "identifier",
            "description",
            "state",
            "starts_at",
            "ends_at",
            "timezone",
            "language",
            "location_name",
            "day_ends_at",
            "capacity",
            "reentry",
            "margin_hours",
            "pending_minutes",
            "admit_now",
            "claims",
        ]


class MoneyForm(EventForm):
    class Meta(EventForm.Meta):
        fields = [
            "currency",
            "cash_rounding",
            "issuer_name",
            "issuer_address",
            "issuer_tax_number",
            "receipt_footer",
        ]


# --- the first event ------------------------------------------------------------------------------


class NewEventForm(OfTimes):
    """What it is. Only its name is asked for: the rest has something sensible in it."""

    # Names the event before it is there, so that a page that is sent twice makes one.
    identifier = forms.CharField(widget=forms.HiddenInput, initial=readable_identifier)
    currency = forms.ChoiceField(
        label=_("Currency"), choices=lambda: [(code, code) for code in sorted(currencies())], initial="EUR"
    )

    class Meta(OfTimes.Meta):
        fields = ["name", "identifier", "location_name", "starts_at", "ends_at", "timezone", "currency"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_at"].required = self.fields["ends_at"].required = False
        self.initial.setdefault("starts_at", next_evening(timezone.localtime()))
        if isinstance(starts_at := self.initial["starts_at"], datetime):  # not what was typed
            self.initial.setdefault("ends_at", _later(starts_at))

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if "starts_at" not in self.errors:
            cleaned["starts_at"] = cleaned.get("starts_at") or next_evening(timezone.localtime())
            if "ends_at" not in self.errors:
                cleaned["ends_at"] = cleaned.get("ends_at") or _later(cleaned["starts_at"])
        return cleaned


def _later(begins: datetime) -> datetime:
    try:
        return begins + LASTS
    except OverflowError:
        return begins  # of no year that an event may have: refused for that


def next_evening(now: datetime) -> datetime:
    """The next Saturday at eight in the evening, by the clock of `now`."""
    days = (SATURDAY - now.weekday()) % 7
    evening = datetime.combine(now.date() + timedelta(days), EVENING, now.tzinfo)
    return evening if evening > now else evening + timedelta(7)


class NewTicketForm(TicketForm):
    """A kind of ticket; without a price it is free."""

    class Meta(Typed):
        model = Ticket
        fields = ["name", "price", "quantity", "tax_rate", "group", "color"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"].required = False
        if "price" not in (kwargs.get("initial") or {}):
            self.initial["price"] = None

    def clean_price(self) -> Decimal:
        price: Decimal = self.cleaned_data["price"] or Decimal(0)
        self.instance.type = Ticket.Type.PAID if price else Ticket.Type.FREE
        return price


class NewTillForm(TillRow):
    class Meta(TillRow.Meta):
        fields = ["name"]


class NewStationForm(StationRow):
    class Meta(StationRow.Meta):
        fields = ["name", "direction"]
