from django.contrib.auth import authenticate
from django.contrib.auth.models import update_last_login
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import second_factor
from accounts.authentication import TokenAuthentication
from accounts.models import ApiToken
from accounts.serializers import AccessTokenSerializer, CredentialsSerializer
from accounts.sessions import where
from base.api.parsing import PlainJSONParser
from base.api.rendering import PlainJSONRenderer
from base.errors import Forbidden


class SessionView(APIView):
    """The API's log-in: an e-mail address and a password for a token, plain JSON both ways."""

    authentication_classes = [TokenAuthentication]
    parser_classes = [PlainJSONParser]
    renderer_classes = [PlainJSONRenderer]

    def get_permissions(self) -> list[BasePermission]:
        return [IsAuthenticated()] if self.request.method == "DELETE" else [AllowAny()]

    def perform_authentication(self, request: Request) -> None:
        """Leave it to the permission of DELETE: a stale token must not keep anybody from logging in."""

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"

    @extend_schema(
        request=CredentialsSerializer,
        responses={
            200: AccessTokenSerializer,
            400: OpenApiResponse(description="Malformed"),
            401: OpenApiResponse(
                description="Wrong e-mail address or password, `code-required` or `wrong-code`"
            ),
            429: OpenApiResponse(description="Too many tries; `Retry-After` says when there is one again"),
        },
    )
    def post(self, request: Request) -> Response:
        """Log in. The token is shown this once; only its digest is stored."""
        form = CredentialsSerializer(data=request.data)
        if not form.is_valid():
            raise ParseError(_("Send an e-mail address and a password, both strings."))
        email, password = form.validated_data["email"], form.validated_data["password"]
        user = authenticate(request._request, username=email, password=password)
        if user is None:
            raise AuthenticationFailed(_("The e-mail address or the password is wrong."))
        try:
            second_factor.check(user, form.validated_data.get("code", ""))
        except Forbidden as refusal:
            (problem,) = refusal.problems
            raise AuthenticationFailed(problem.detail, code=problem.code) from refusal
        _row, token = ApiToken.objects.create(user=user, **where(request._request))
        update_last_login(type(user), user)
        return Response({"access_token": token}, headers={"Cache-Control": "no-store"})

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Log out: the token that was sent stops working at once."""
        ApiToken.objects.filter(digest=request.auth).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)
