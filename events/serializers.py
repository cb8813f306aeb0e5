from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework_json_api.relations import HyperlinkedRelatedField, ResourceRelatedField

from accounts.pins import PIN
from base.api.fields import POSITIVE_INTEGER_MAX, SMALL_INTEGER_MAX, MoneyField, WholeNumberField
from base.api.serializers import ResourceSerializer
from base.sql.above import many_above
from base.validators import validate_currency
from events import planning
from events.approvals import Approval
from events.models import MOST_MARGIN, Act, Event, may


class EventSerializer(ResourceSerializer):
    """An event, with the Open Event Server's attribute names."""

    payment_currency = serializers.CharField(
        source="currency",
        default="EUR",
        validators=[validate_currency],
        help_text="ISO 4217, with none or two decimals",
    )
    cash_rounding = MoneyField(
        min_value=Decimal("0.01"),
        allow_null=True,
        required=False,
        help_text="Cash is rounded to this, for example 0.05; null: not rounded",
    )
    pending_minutes = WholeNumberField(
        min_value=1,
        max_value=SMALL_INTEGER_MAX,
        allow_null=True,
        required=False,
        help_text="Unpaid orders hold their tickets so long; null: until paid or cancelled",
    )
    margin_hours = WholeNumberField(
        min_value=0,
        max_value=MOST_MARGIN,
        allow_null=True,
        required=False,
        help_text="Guests are let in so many hours before the start and after the end, unless their ticket "
        "says when; null: at any time",
    )
    capacity = WholeNumberField(
        min_value=0,
        max_value=POSITIVE_INTEGER_MAX,
        allow_null=True,
        required=False,
        help_text="So many people may be inside; null: unlimited",
    )
    # Its links alone: an event may have many.
    tickets = HyperlinkedRelatedField(many=True, read_only=True)
    constraint_fields = {
        "event_ends_after_start": "ends_at",
        "event_cash_rounding_above_zero": "cash_rounding",
    }

    class Meta:
        model = Event
        fields = [
            "name",
            "identifier",
            "description",
            "state",
            "timezone",
            "starts_at",
            "ends_at",
            "payment_currency",
            "location_name",
            "day_ends_at",
            "cash_rounding",
            "pending_minutes",
            "reentry",
            "margin_hours",
            "capacity",
            "admit_now",
            "is_test",
            "claims",
            "language",
            "tickets",
        ]
        read_only_fields = ["identifier", "is_test"]

    def check(self, candidate: Event) -> None:
        super().check(candidate)
        try:
            candidate.clean()
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from error

    def create(self, validated_data: dict[str, Any]) -> Event:
        return planning.create_event(creator=self.context["request"].user, **validated_data)

    def update(self, instance: Event, validated_data: dict[str, Any]) -> Event:
        return planning.change_event(instance, **validated_data)


@extend_schema_serializer(component_name="Event")
class EventWithTicketsSerializer(EventSerializer):
    """The same; which tickets it has where these are included."""

    included_serializers = {"tickets": "tickets.serializers.TicketSerializer"}
    # What else clients ask for by the links of an event, and who may.
    LEADS_TO = (
        ("attendees", Act.READ_GUESTS),
        ("orders", Act.READ_SALES),
        ("general-statistics", Act.READ_GUESTS),
        ("order-statistics", Act.MANAGE),
    )

    led_to = frozenset(name.replace("-", "_") for name, _act in LEADS_TO)

    def leads_to(self, instance: Event) -> Collection[str]:
        role = getattr(instance, "role", None)
        return [name for name, act in self.LEADS_TO if may(role, act)]

    WITH_TICKETS = "with tickets"

    @cached_property
    def variant(self) -> str:
        view = self.context.get("view")
        is_included = view is not None and view.request is not None and view.includes("tickets")
        return self.WITH_TICKETS if is_included else ""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields: dict[str, serializers.Field[Any, Any, Any, Any]] = super().get_fields()
        if self.variant == self.WITH_TICKETS:
            tickets = ResourceRelatedField(many=True, read_only=True, model=many_above(Event, "tickets"))
            fields["tickets"] = tickets
        return fields


class GeneralStatisticsSerializer(serializers.Serializer[Any]):
    """What the Open Event Server counts of an event beside its sales."""

    identifier = serializers.CharField()
    sessions = serializers.IntegerField()
    sessions_accepted = serializers.IntegerField()
    sessions_confirmed = serializers.IntegerField()
    sessions_draft = serializers.IntegerField()
    sessions_pending = serializers.IntegerField()
    sessions_rejected = serializers.IntegerField()
    sessions_submitted = serializers.IntegerField()
    speakers = serializers.IntegerField()
    sponsors = serializers.IntegerField()

    class Meta:
        resource_name = "event-statistics-general"


@extend_schema_field({"type": "string", "pattern": "^[0-9]{6}$"})
class PinField(serializers.Field[str, Any, Any, Any]):
    """Six ASCII digits in a string: a number would lose its leading zeros."""

    default_error_messages = {"invalid": gettext_lazy("A PIN is a string of six digits.")}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not PIN.fullmatch(data):
            self.fail("invalid")
        return data


class ApprovalSerializer(serializers.Serializer[Approval]):
    """An organizer of the event, and the PIN, or in its place the password."""

    user = WholeNumberField()
    pin = PinField(write_only=True, required=False)
    password = serializers.CharField(write_only=True, required=False, max_length=1024, trim_whitespace=False)

    def to_internal_value(self, data: Any) -> Approval:
        self.fields["pin"].required = not (isinstance(data, Mapping) and "password" in data)
        form = super().to_internal_value(data)
        if "pin" in form and "password" in form:
            raise serializers.ValidationError({"pin": _("Send a PIN or a password.")}, code="invalid")
        return Approval(form["user"], form.get("pin", ""), form.get("password", ""))
