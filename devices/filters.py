from typing import Any

from django.db.models import QuerySet

from base.api.filters import ResourceFilter, TruthFilter
from devices.models import Device


class DeviceFilter(ResourceFilter):
    is_revoked = TruthFilter(method="revoked_or_not")

    class Meta:
        model = Device
        fields = ["name"]

    def revoked_or_not(self, devices: QuerySet[Device], name: str, revoked: bool) -> QuerySet[Any]:
        return devices.filter(revoked_at__isnull=not revoked)
