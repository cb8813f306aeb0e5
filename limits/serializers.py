from collections.abc import Callable
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers

from base.api.fields import (
    POSITIVE_INTEGER_MAX,
    LinkField,
    ReferenceField,
    ReferencesField,
    WholeNumberField,
)
from base.api.serializers import ResourceSerializer
from base.sql.above import model_above
from events import planning
from events.access import require
from events.models import Act, Event, Member
from limits.holds import write_hold
from limits.models import MOST_HELD, Hold, Quota
from limits.quotas import write_quota
from tickets.models import Ticket


def number(**kwargs: Any) -> WholeNumberField:
    return WholeNumberField(**{"min_value": 0, "max_value": POSITIVE_INTEGER_MAX, **kwargs})


class LimitSerializer(ResourceSerializer):
    """What is written by an act, with the rows of a to-many relationship, which `several` names. `write` is
    the act: it saves a row, with those in place of what it had (None: as they are).
    """

    several = ""
    write: ClassVar[Callable[..., Any]]

    def candidate(self, attrs: dict[str, Any]) -> Any:
        return super().candidate({name: value for name, value in attrs.items() if name != self.several})

    def create(self, validated_data: dict[str, Any]) -> Any:
        many = validated_data.pop(self.several, [])
        row = self.Meta.model(**validated_data)
        planning.check_more(self.Meta.model, row.event)
        return self.write(row, many)

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        many = validated_data.pop(self.several, None)
        for name, value in validated_data.items():
            setattr(instance, name, value)
        return self.write(instance, many, changed=validated_data.keys())


class QuotaSerializer(LimitSerializer):
    """A limit over several tickets of an event together, read by who sells there."""

    event = ReferenceField(Event)
    size = number(help_text="So many of its tickets can be sold or held, all kinds together")
    left = serializers.IntegerField(read_only=True)
    tickets = ReferencesField(Ticket, required=False)
    constraint_fields = {"quota_name_once_per_event": "name"}
    judged_elsewhere = frozenset({"used"})
    several = "tickets"
    write = staticmethod(write_quota)

    class Meta:
        model = Quota
        fields = ["name", "size", "used", "left", "event", "tickets"]
        read_only_fields = ["used"]
        validators: list[Any] = []  # the model's constraints say it all

    def validate_event(self, event: Event) -> Event:
        if self.instance is not None and event != self.instance.event:
            raise serializers.ValidationError(_("A quota stays with its event."), code="event_is_fixed")
        require(event, Act.MANAGE)
        return event


class HoldSerializer(LimitSerializer):
    """So many of a ticket set aside for a purpose, read by who sells there. A smaller quantity gives back."""

    event = LinkField("event")
    ticket = ReferenceField(Ticket)
    quantity = number(
        max_value=MOST_HELD, help_text="What was sold from it included; less gives the rest back"
    )
    left = serializers.IntegerField(read_only=True)
    till = ReferenceField(model_above(Hold, "till"), required=False, allow_null=True)
    members = ReferencesField(Member, required=False)
    constraint_fields = {"hold_name_once_per_ticket": "name", "hold_till_if_for_a_till": "till"}
    judged_elsewhere = frozenset({"sold"})
    several = "members"
    write = staticmethod(write_hold)

    class Meta:
        model = Hold
        fields = [
            "name",
            "quantity",
            "sold",
            "left",
            "ends_at",
            "open_to",
            "event",
            "ticket",
            "till",
            "members",
        ]
        read_only_fields = ["sold"]
        validators: list[Any] = []  # the model's constraints say it all

    def validate_ticket(self, ticket: Ticket) -> Ticket:
        if self.instance is not None and ticket != self.instance.ticket:
            raise serializers.ValidationError(_("A hold stays with its ticket."), code="ticket_is_fixed")
        require(ticket, Act.MANAGE)
        return ticket

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is None:
            attrs["event"] = attrs["ticket"].event
        return super().validate(attrs)
