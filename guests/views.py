"""The guest list by token."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts.authentication import user_of
from attendees.models import Attendee
from attendees.serializers import AttendeeSerializer
from attendees.views import AttendeeViewSet
from base.api.links import root_of
from events.access import event_in_url
from events.models import Act
from guests.serializers import GuestListSerializer
from orders.guest_list import put_on_list

FORM = GuestListSerializer()
LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[201],
    description="The guests on the event's list",
)


class GuestListViewSet(AttendeeViewSet):
    """Guests put on the list of an event."""

    http_method_names = ["post", "options"]
    serializer_class = AttendeeSerializer
    query_parameters = frozenset()
    already: int | None = None

    def forms(self) -> list[type[Serializer[Any]]]:
        return [GuestListSerializer]

    def get_serializer_class(self) -> type[AttendeeSerializer]:
        return AttendeeSerializer

    def meta(self) -> dict[str, Any]:
        return {**super().meta(), "already": self.already}

    @extend_schema(
        summary="Put guests on the list",
        request=GuestListSerializer,
        responses={201: AttendeeSerializer(many=True)},
        parameters=[LOCATION],
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All or none; each has an order of their own. Answers with those who are new; `meta.already` is how
        many were there before, by their keys, and stay as they are. Sent again, it changes nothing.
        """
        event = event_in_url(self, Act.MANAGE)
        form = FORM.run_validation(request.data)
        listed = put_on_list(event, form["entries"], by=user_of(request))
        self.already = len(listed.already)
        rows: QuerySet[Attendee] = self.get_queryset().filter(pk__in=[guest.pk for guest in listed.guests])
        data = self.get_serializer(rows.order_by("pk"), many=True).data
        home = f"{root_of(request)}events/{event.identifier}/attendees?filter[on-guest-list]=true"
        return Response(data, status=status.HTTP_201_CREATED, headers={"Location": home})
