from django_filters import rest_framework as filters

from base.api.filters import IdFilter, TruthFilter
from door.models import CheckIn, CheckInQuerySet


class CheckInFilter(filters.FilterSet):
    station = IdFilter(field_name="station_id")
    attendee = IdFilter(field_name="attendee_id")
    conflict = TruthFilter(
        method="in_conflict", help_text="Let in although refused, or sent away although welcome"
    )

    class Meta:
        model = CheckIn
        fields = ["answer", "direction", "station", "attendee"]

    def in_conflict(self, checks: CheckInQuerySet, name: str, value: bool) -> CheckInQuerySet:
        conflicts = checks.conflicts()
        return conflicts if value else checks.exclude(pk__in=conflicts.values("pk"))
