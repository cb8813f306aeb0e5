from collections.abc import Collection
from typing import Any, NamedTuple, cast

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from rest_framework.request import Request

from attendees.models import Attendee
from attendees.search import among
from base.api.filters import IdFilter


class Searched(NamedTuple):
    """Where a list's guests are looked for, and whether the asker reads their addresses masked."""

    events: Collection[int] = ()
    masked: bool = False


class AttendeeFilter(filters.FilterSet):
    ticket = IdFilter(field_name="ticket_id")
    name = filters.CharFilter(
        method="of_name",
        help_text=_(
            "Words of the name, in any order and spelling, or the beginning of the order's code; the whole"
            " code; a whole e-mail address, for who reads it"
        ),
    )

    class Meta:
        model = Attendee
        fields = ["ticket", "firstname", "lastname"]

    def of_name(self, guests: QuerySet[Attendee], field: str, text: str) -> QuerySet[Attendee]:
        """Whom the door finds, too."""
        view: Any = cast(Request, self.request).parser_context["view"]
        events, masked = view.searched
        return among(guests, events, text, masked=masked)
