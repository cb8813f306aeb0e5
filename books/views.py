"""The books by token: reports of shifts and an event's totals, as on their pages."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.request import Request

from accounts.authentication import user_of
from base.api.links import linked, root_of
from base.api.rendering import DocumentResponse
from base.api.schema import CSV
from base.api.views import Resource
from base.asking import concerns
from books import downloads, reports
from books.serializers import ReportSerializer, TotalsSerializer, told_report, told_totals
from events.access import event_in_url
from events.models import Act, Event, may
from shifts.models import Shift, ShiftQuerySet

LANG = frozenset({"lang"})


class ReportViewSet(Resource, viewsets.GenericViewSet[Shift]):
    """The report of a shift, for whoever opened or closed it, and for organizers."""

    queryset = Shift.objects.select_related("till__event", "cashier", "closed_by", "closed_report")
    serializer_class: Any = ReportSerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[Shift]:
        return cast(ShiftQuerySet, super().get_queryset()).for_user(user_of(self.request))

    def shift(self) -> Shift:
        """404 for what one does not read; also for whoever only helps out there."""
        shift: Shift = self.get_object()
        concerns(shift.till.event_id)
        if not shift.is_accounted_for_by(user_of(self.request)) and not may(shift.role, Act.MANAGE):
            raise Http404
        return shift

    @extend_schema(responses={200: ReportSerializer()})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """X while the shift is open, Z as it was signed once it is closed. A cashier who has still to count
        is told no money.
        """
        shift = self.shift()
        report = reports.report(shift)
        told = told_report(report, blind=reports.is_blind(report, shift.role))
        home = f"{root_of(request)}shifts/{shift.pk}/report"
        return DocumentResponse(linked({"type": "report", "id": str(shift.pk), "attributes": told}, home))


class ReportTableViewSet(ReportViewSet):
    query_parameters = LANG

    @extend_schema(summary="The report of a shift, as CSV", responses={(200, CSV): str})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """A Z report as a table; an X report has none."""
        shift = self.shift()
        if shift.is_open:
            raise Http404
        return downloads.of_report(request._request, shift.till.event, shift)


class TotalsViewSet(Resource, viewsets.GenericViewSet[Event]):
    """What an event sold and took, for its organizers."""

    queryset = Event.objects.none()
    serializer_class: Any = TotalsSerializer
    filter_backends: list[Any] = []

    @extend_schema(tags=["Reports"], responses={200: TotalsSerializer()})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """As a whole and by business day, the latest first."""
        event = event_in_url(self, Act.MANAGE)
        told = told_totals(reports.totals(event))
        home = f"{root_of(request)}events/{event.identifier}/totals"
        return DocumentResponse(linked({"type": "totals", "id": str(event.pk), "attributes": told}, home))


class TotalsTableViewSet(TotalsViewSet):
    query_parameters = LANG

    @extend_schema(tags=["Reports"], summary="The totals of an event, as CSV", responses={(200, CSV): str})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The totals as a table."""
        return downloads.of_totals(request._request, event_in_url(self, Act.MANAGE))
