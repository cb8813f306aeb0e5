from collections.abc import Sequence
from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.views import APIView

from accounts.models import ApiToken, User
from accounts.sessions import where
from base.api.parsing import MislabelledJSONParser, PlainJSONParser
from base.api.rendering import PlainJSONRenderer
from base.api.views import Optioned, Resource
from base.errors import NotFound
from base.times import wire_time
from devices import lifecycle, pairing
from devices.filters import DeviceFilter
from devices.models import Device
from devices.serializers import DeviceSerializer, NewCodeSerializer, PairedSerializer, PairingCodeSerializer
from events.lists import OfEvents
from events.models import Act, Event


class PairView(Optioned, APIView):
    """A device's log-in to the API: a pairing code for a token, plain JSON both ways."""

    authentication_classes: list[type[BaseAuthentication]] = []
    permission_classes: list[type[BasePermission]] = []
    parser_classes = [PlainJSONParser, MislabelledJSONParser]
    renderer_classes = [PlainJSONRenderer]

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"  # so that a wrong code answers 401

    @extend_schema(
        summary="Pair a device",
        request={"application/json": PairingCodeSerializer},
        responses={
            200: PairedSerializer,
            400: OpenApiResponse(description="Malformed"),
            401: OpenApiResponse(description="The code is wrong, was used before, or is too old"),
            429: OpenApiResponse(
                description="Too many wrong codes; `Retry-After` says when there is a try again"
            ),
        },
    )
    def post(self, request: Request) -> Response:
        """Pair a device with the code that an organizer was shown. The token is shown this once."""
        form = PairingCodeSerializer(data=request.data)
        if not form.is_valid():
            raise ParseError(_("Send a code, a string."))
        try:
            device = pairing.pair(request._request, form.validated_data["code"])
        except NotFound as refusal:
            raise AuthenticationFailed(refusal.problems[0].detail, code="wrong-code") from refusal
        _row, token = ApiToken.objects.create(user=device.user, **where(request._request))
        paired = {"access_token": token, "event": device.event.identifier, "role": device.role}
        return Response(paired, headers={"Cache-Control": "no-store"})


class DeviceViewSet(
    OfEvents,
    Resource,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.ReadOnlyModelViewSet[Device],
):
    """The devices of the events that one organizes. What one did is named after it: there is no DELETE."""

    needs = Act.MANAGE
    queryset = Device.objects.select_related("event", "user")
    serializer_class = DeviceSerializer
    filterset_class = DeviceFilter
    ordering_fields = ["name", "created_at", "last_seen_at"]
    # Told in the answer to whoever has it made, and nowhere else.
    code: dict[str, str] = {}

    @classmethod
    def of(cls, rows: Any, event: Event, user: User) -> QuerySet[Any]:
        return super().of(rows.with_role(), event, user)

    def meta(self) -> dict[str, Any]:
        return {**super().meta(), **self.code}

    def perform_create(self, serializer: BaseSerializer[Device]) -> None:
        """A device comes with the code that pairs it."""
        super().perform_create(serializer)
        self.show_code(cast(Device, serializer.instance))

    def show_code(self, device: Device) -> None:
        now = timezone.now()
        code, until = lifecycle.new_pairing_code(device, at=now), now + lifecycle.CODE_IN_FORCE
        self.code = {"pairing-code": code, "pairing-code-valid-until": wire_time(until)}


class PairingCodeViewSet(DeviceViewSet):
    """Another code that pairs a device."""

    def forms(self) -> Sequence[type[Serializer[Any]]]:
        return [NewCodeSerializer]

    @extend_schema(
        summary="Make another pairing code", request=NewCodeSerializer, responses={201: DeviceSerializer()}
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a code that pairs the device once, within ten minutes: `meta.pairing-code`, shown this once.
        One that was asked for before is void.
        """
        device = self.get_object()
        self.show_code(device)
        headers = self.created("device", device)
        return Response(self.get_serializer(device).data, status=status.HTTP_201_CREATED, headers=headers)
