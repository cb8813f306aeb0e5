from django.db.models import Q, QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters

from audit.models import Change
from base.api.conditions import Relation
from base.api.filters import COMPARED, WHOLE, IdFilter, ResourceFilter
from events.invitation_models import InvitationQuerySet
from events.models import Event, Invitation, Member


class EventFilter(ResourceFilter):
    relations = {
        "tickets": Relation("tickets.filters.TicketFilter", at=lambda rows: Q(pk__in=rows.values("event"))),
    }

    class Meta:
        model = Event
        fields = {
            **dict.fromkeys(["identifier", "name", "state"], WHOLE),
            **dict.fromkeys(["starts_at", "ends_at"], COMPARED),
        }


class MemberFilter(ResourceFilter):
    class Meta:
        model = Member
        fields = ["role"]


class InvitationFilter(ResourceFilter):
    state = filters.ChoiceFilter(choices=[("open", "open"), ("redeemed", "redeemed")], method="of_state")

    class Meta:
        model = Invitation
        fields = ["role"]

    def of_state(self, found: InvitationQuerySet, name: str, state: str) -> QuerySet[Invitation]:
        return found.open(timezone.now()) if state == "open" else found.exclude(redeemed_at=None)


class ChangeFilter(ResourceFilter):
    row = IdFilter()

    class Meta:
        model = Change
        fields = {"kind": WHOLE, "act": WHOLE, "at": COMPARED}
