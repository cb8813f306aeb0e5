from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiToken
from accounts.sessions import where
from base.api.parsing import PlainJSONParser
from base.api.rendering import PlainJSONRenderer
from base.errors import NotFound
from devices import pairing
from devices.serializers import PairedSerializer, PairingCodeSerializer


class PairView(APIView):
    """A device's log-in to the API: a pairing code for a token, plain JSON both ways."""

    authentication_classes: list[type[BaseAuthentication]] = []
    permission_classes: list[type[BasePermission]] = []
    parser_classes = [PlainJSONParser]
    renderer_classes = [PlainJSONRenderer]

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"  # so that a wrong code answers 401

    @extend_schema(
        request=PairingCodeSerializer,
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
