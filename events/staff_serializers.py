"""Who works at an event, who is invited to, and who changed what: for its organizers."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from accounts.authentication import user_of
from audit.models import Change
from base.api.fields import LinkField, ReferenceField
from base.api.serializers import ResourceSerializer
from events import invitations
from events.access import require
from events.forms import InvitationForm
from events.members import change_role
from events.models import Act, Event, Invitation, Member
from outbox import mailing


class MemberSerializer(ResourceSerializer):
    """Somebody's role at an event. Members come by redeeming an invitation."""

    email = serializers.CharField(source="user.email", read_only=True)
    name = serializers.CharField(source="user.name", read_only=True)
    event = LinkField("event")

    class Meta:
        model = Member
        fields = ["email", "name", "role", "event"]

    def update(self, instance: Member, validated_data: dict[str, Any]) -> Member:
        return change_role(instance, **validated_data) if validated_data else instance


class InvitationSerializer(ResourceSerializer):
    """A link that makes whoever redeems it a member, once. The address only says whom it is meant for, and
    where the link is sent if mail is set up; whether it has an account is not told.
    """

    event = ReferenceField(Event)
    state = serializers.SerializerMethodField(help_text="`open`, `redeemed`, `withdrawn` or `expired`")
    invited_by = serializers.CharField(read_only=True, allow_null=True)
    redeemed_by = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = Invitation
        fields = [
            "email",
            "role",
            "state",
            "created_at",
            "expires_at",
            "invited_by",
            "redeemed_at",
            "redeemed_by",
            "withdrawn_at",
            "event",
        ]
        read_only_fields = ["created_at", "expires_at", "redeemed_at", "withdrawn_at"]

    def get_state(self, invitation: Invitation) -> str:
        return invitation.state_at(timezone.now())

    def validate_event(self, event: Event) -> Event:
        require(event, Act.MANAGE)
        return event

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """As the admin's form does."""
        form = InvitationForm(attrs)
        if not form.is_valid():
            said = {name: [str(detail) for detail in details] for name, details in form.errors.items()}
            raise serializers.ValidationError(said)
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Invitation:
        request = self.context["request"]
        asked = {**validated_data, "by": user_of(request), "site": mailing.site_of(request)}
        invitation, self.token = invitations.invite(**asked)
        return invitation


class WithdrawalSerializer(serializers.Serializer[Any]):
    """An invitation is only ever ended."""

    state = serializers.ChoiceField(["withdrawn"])

    class Meta:
        resource_name = "invitation"


class RenewalSerializer(serializers.Serializer[Any]):
    """Nothing: an invitation is asked for another link."""

    class Meta:
        resource_name = "invitation"


class ChangeSerializer(ResourceSerializer):
    """One change of one row, as the audit trail has it."""

    by = serializers.CharField(read_only=True, allow_null=True, help_text="null: a script, or a log-in page")
    account = serializers.CharField(read_only=True, allow_null=True, help_text="Whom it concerns")
    before = serializers.DictField(read_only=True)
    after = serializers.DictField(read_only=True)

    class Meta:
        model = Change
        fields = ["at", "by", "address", "account", "kind", "row", "name", "act", "before", "after"]
        read_only_fields = fields


WITHDRAWAL_FORM = WithdrawalSerializer()
