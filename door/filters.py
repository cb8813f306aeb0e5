from base.api.filters import COMPARED, WHOLE, IdFilter, ResourceFilter, TruthFilter
from door.models import CheckIn, CheckInQuerySet


class CheckInFilter(ResourceFilter):
    station = IdFilter(field_name="station_id")
    attendee = IdFilter(field_name="attendee_id")
    conflict = TruthFilter(
        method="in_conflict", help_text="Let in although refused, or sent away although welcome"
    )

    class Meta:
        model = CheckIn
        fields = {
            **dict.fromkeys(["answer", "direction"], WHOLE),
            **dict.fromkeys(["occurred_at", "received_at"], COMPARED),
        }

    def in_conflict(self, checks: CheckInQuerySet, name: str, value: bool) -> CheckInQuerySet:
        conflicts = checks.conflicts()
        return conflicts if value else checks.exclude(pk__in=conflicts.values("pk"))
