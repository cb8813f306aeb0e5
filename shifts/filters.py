from django.db.models import QuerySet
from django_filters import rest_framework as filters

from base.api.filters import COMPARED, IdFilter, ResourceFilter
from shifts.models import CashCount, CashMovement, Shift


class ShiftFilter(ResourceFilter):
    till = IdFilter(field_name="till_id")
    state = filters.ChoiceFilter(choices=[("open", "open"), ("closed", "closed")], method="of_state")

    class Meta:
        model = Shift
        fields = {"opened_at": COMPARED, "closed_at": COMPARED}

    def of_state(self, shifts: QuerySet[Shift], name: str, state: str) -> QuerySet[Shift]:
        return shifts.filter(closed_at__isnull=state == "open")


class MovementFilter(ResourceFilter):
    class Meta:
        model = CashMovement
        fields = {"created_at": COMPARED}


class CountFilter(ResourceFilter):
    class Meta:
        model = CashCount
        fields = {"counted_at": COMPARED}
