from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db.models import Count, Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from accounts.resources import own_account
from base.api.fields import visible
from base.api.first_pages import FirstPages
from base.api.links import linked, root_of
from base.api.rendering import DocumentResponse
from base.api.views import Resource
from base.asking import concerns
from base.sql.above import many_above
from base.sql.kept import kept
from events.access import OrganizersChange, event_in_url
from events.filters import EventFilter
from events.models import Act, Event, EventQuerySet
from events.role_models import asker
from events.serializers import EventSerializer, EventWithTicketsSerializer, GeneralStatisticsSerializer

# What the Open Event Server has of an event, by the names under which its clients include it.
ELSEWHERE = frozenset(
    {
        "access_codes",
        "attendees",
        "coorganizers",
        "custom_forms",
        "discount_codes",
        "event_copyright",
        "event_invoice",
        "event_sub_topic",
        "event_topic",
        "event_type",
        "exhibitors",
        "faqs",
        "feedbacks",
        "general_statistics",
        "group",
        "marketer",
        "microlocations",
        "moderators",
        "order_statistics",
        "orders",
        "organizers",
        "owner",
        "registrars",
        "role_invites",
        "roles",
        "sales_admins",
        "session_types",
        "sessions",
        "social_links",
        "speakers",
        "speakers_call",
        "sponsors",
        "stripe_authorization",
        "tags",
        "tax",
        "track_organizers",
        "tracks",
        "video_stream",
    }
)


class EventViewSet(
    FirstPages,
    Resource,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.ReadOnlyModelViewSet[Event],
):
    """Events: published ones for everybody, drafts for their members. There is no DELETE: what was
    sold stays on the books.
    """

    queryset = Event.objects.all()
    serializer_class = EventWithTicketsSerializer
    filterset_class = EventFilter
    ordering_fields = [
        *(name for name in EventSerializer.Meta.fields if name not in ("payment_currency", "tickets")),
        "currency",
        "id",
    ]
    elsewhere = ELSEWHERE
    permission_classes = [OrganizersChange]

    def get_queryset(self) -> QuerySet[Event]:
        events = cast(EventQuerySet, super().get_queryset()).for_user(self.request.user)
        if self.includes("tickets"):
            events = events.prefetch_related(Prefetch("tickets", self._tickets().select_related("event")))
        return events

    def _tickets(self) -> QuerySet[Any]:
        """Of all events those that the user may see."""
        return visible(many_above(Event, "tickets")).for_user(self.request.user)

    def rows_beside(self, page: Sequence[Event]) -> Mapping[int, int]:
        if not self.includes("tickets"):
            return {}
        tickets = self._tickets().filter(event__in=[event.pk for event in page]).order_by()
        return dict(tickets.values_list("event").annotate(rows=Count("pk")))

    def first_rows(self) -> list[Any] | None:
        user = self.request.user
        return _first_rows(user_id=user.pk, is_superuser=user.is_superuser)

    def get_object(self) -> Event:
        found: Event = super().get_object()
        concerns(found.pk)
        return found

    def is_named(self, found: Event, sent: str) -> bool:
        return super().is_named(found, sent) or found.former_identifiers.filter(identifier=sent).exists()


class OwnEventsViewSet(EventViewSet):
    """The events at which one has a role oneself."""

    permission_classes = [IsAuthenticated]
    http_method_names = ["get", "head", "options"]

    def first_rows(self) -> None:
        return None

    def get_queryset(self) -> QuerySet[Event]:
        user = own_account(self.request, self.kwargs["reference"])
        return super().get_queryset().filter(pk__in=user.memberships.values("event"))


@kept
def _first_rows(user_id: int | None, is_superuser: bool) -> QuerySet[Any]:
    return EventViewSet.first(Event.objects.for_user(asker(user_id, is_superuser)))


class GeneralStatisticsViewSet(Resource, viewsets.GenericViewSet[Event]):
    """What the Open Event Server counts of an event beside its sales: nothing of that is here."""

    queryset = Event.objects.none()
    serializer_class = GeneralStatisticsSerializer
    query_parameters = frozenset({"page[size]"})

    @extend_schema(responses={200: GeneralStatisticsSerializer()})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> DocumentResponse:
        """Sessions, speakers and sponsors: 0, for clients that show them."""
        event = event_in_url(self, Act.READ_GUESTS)
        names = [name.replace("_", "-") for name in dict(GeneralStatisticsSerializer().get_fields())]
        told = {**dict.fromkeys(names, 0), "identifier": event.identifier}
        resource = {"type": "event-statistics-general", "id": str(event.pk), "attributes": told}
        home = f"{root_of(request)}events/{event.identifier}/general-statistics"
        return DocumentResponse(linked(resource, home))
