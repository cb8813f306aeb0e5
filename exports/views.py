"""Exports by token, for organizers."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import user_of
from base.api.schema import CSV, XLSX
from base.api.views import Resource
from books.dialects import dialect_for, dialect_named
from events.access import event_in_url
from events.models import Act
from exports import asking
from exports.catalogue import TABLES
from exports.models import Export, ExportQuerySet
from exports.serializers import ExportSerializer


class ExportViewSet(Resource, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Export]):
    """The exports of the events that one organizes."""

    queryset = Export.objects.select_related("event", "asked_by")
    serializer_class = ExportSerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[Export]:
        return cast(ExportQuerySet, super().get_queryset()).for_user(user_of(self.request))

    @extend_schema(summary="Have a table written into a file", responses={201: ExportSerializer()})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Have the worker write a table of the event into a file: `state` says when it is `done`."""
        event = event_in_url(self, Act.MANAGE)
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        export = asking.ask(
            event=event,
            table=TABLES[asked["table"]],
            format=asked["format"],
            dialect=dialect_named(asked.get("lang", ""), request._request),
            by=user_of(request),
        )
        headers = self.created("export", export)
        return Response(self.get_serializer(export).data, status=status.HTTP_201_CREATED, headers=headers)


class ExportFileViewSet(ExportViewSet):
    @extend_schema(
        summary="The file of an export", responses={(200, CSV): str, (200, XLSX): OpenApiTypes.BINARY}
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> StreamingHttpResponse:  # type: ignore[override]
        """What was written; 404 before it is done, and after a day."""
        return asking.fetched(self.get_object())


class ExportTableViewSet(ExportViewSet):
    query_parameters = frozenset({"lang"})

    @extend_schema(summary="A whole table of an event, as CSV", responses={(200, CSV): str})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> StreamingHttpResponse:  # type: ignore[override]
        """`orders`, `attendees`, `payments`, `check-ins` or `shifts`, row by row while it is read: one at a
        time of each event (503). A table of too many rows is refused (400): have it written into a file.
        """
        event = event_in_url(self, Act.MANAGE)
        table = TABLES.get(kwargs["table"])
        if table is None:
            raise Http404
        dialect = dialect_for(request._request)
        return asking.streamed(event=event, table=table, dialect=dialect, by=user_of(request))
