"""What the routes of shifts take and answer."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema

from shifts.serializers import (
    CloseSerializer,
    CountSerializer,
    MovementSerializer,
    NewCountSerializer,
    NewMovementSerializer,
    OpenSerializer,
    ShiftSerializer,
)

KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="1 to 255 printable ASCII characters; one key in a shift, one movement",
)
open_schema = extend_schema(request=OpenSerializer, responses={201: ShiftSerializer()})
close_schema = extend_schema(request=CloseSerializer, responses={200: ShiftSerializer()})
move_schema = extend_schema(
    request=NewMovementSerializer, responses={201: MovementSerializer()}, parameters=[KEY]
)
count_schema = extend_schema(request=NewCountSerializer, responses={201: CountSerializer()})
