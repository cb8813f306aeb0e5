from django_filters import rest_framework as filters

from attendees.models import CheckIn, CheckInQuerySet


class CheckInFilter(filters.FilterSet):
    station = filters.NumberFilter(field_name="station_id", max_value=10**18 - 1)
    attendee = filters.NumberFilter(field_name="attendee_id", max_value=10**18 - 1)
    conflict = filters.BooleanFilter(
        method="in_conflict", help_text="Let in although refused, or sent away although welcome"
    )

    class Meta:
        model = CheckIn
        fields = ["answer", "direction", "station", "attendee"]

    def in_conflict(self, checks: CheckInQuerySet, name: str, value: bool) -> CheckInQuerySet:
        conflicts = checks.conflicts()
        return conflicts if value else checks.exclude(pk__in=conflicts.values("pk"))
