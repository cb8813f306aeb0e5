"""What the door's routes take and answer."""

from drf_spectacular.utils import extend_schema

from door.scan_forms import GroupSerializer, ScanSerializer, SentSerializer
from door.serializers import CheckInSerializer, OccupancySerializer

check_in_schema = extend_schema(request=ScanSerializer, responses={201: CheckInSerializer()})
undo_schema = extend_schema(request=SentSerializer, responses={201: CheckInSerializer()})
group_schema = extend_schema(request=GroupSerializer, responses={201: CheckInSerializer(many=True)})
occupancy_schema = extend_schema(responses={200: OccupancySerializer()})
