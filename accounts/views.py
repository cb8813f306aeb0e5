from contextlib import suppress
from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.models import update_last_login
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import second_factor
from accounts.authentication import RefresherAuthentication, TokenAuthentication
from accounts.models import ApiToken, User
from accounts.serializers import AccessTokenSerializer, CredentialsSerializer, LoggedOutSerializer
from accounts.sessions import where
from base.api.parsing import MislabelledJSONParser, PlainJSONParser
from base.api.rendering import PlainJSONRenderer
from base.api.views import Optioned
from base.errors import Forbidden

TOKEN_ANSWERS: dict[int, Any] = {
    200: AccessTokenSerializer,
    400: OpenApiResponse(description="Malformed"),
    401: OpenApiResponse(description="Wrong e-mail address or password, `code-required` or `wrong-code`"),
    429: OpenApiResponse(description="Too many tries; `Retry-After` says when there is one again"),
}
NOT_KEPT = {"Cache-Control": "no-store"}


class PlainView(Optioned, APIView):
    """What is plain JSON both ways, whatever it is called, and asked by whoever has no token yet."""

    authentication_classes: list[type[BaseAuthentication]] = [TokenAuthentication]
    permission_classes: list[type[BasePermission]] = [AllowAny]
    parser_classes = [PlainJSONParser, MislabelledJSONParser]
    renderer_classes = [PlainJSONRenderer]

    def perform_authentication(self, request: Request) -> None:
        """Leave it to the permissions: a stale token must not keep anybody from logging in."""

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"


class LogInView(PlainView):
    """The API's log-in: an e-mail address and a password for a token."""

    @extend_schema(
        summary="Log in",
        auth=[],
        request={"application/json": CredentialsSerializer},
        responses=TOKEN_ANSWERS,
    )
    def post(self, request: Request) -> Response:
        """Log in. The token is shown this once; only its digest is stored. With `remember-me` and
        `include-in-response` it works for 90 minutes, and a `refresh_token` beside it makes others.
        """
        form = CredentialsSerializer(data=request.data)
        if not form.is_valid():
            raise ParseError(_("Send an e-mail address and a password, both strings."))
        told = form.validated_data
        user = _proven(request, told)
        update_last_login(type(user), user)
        remember = told.get("remember-me") and told.get("include-in-response")
        row, token = ApiToken.objects.create(user=user, refreshes=bool(remember), **where(request._request))
        tokens = {"access_token": token}
        if remember:
            tokens = {"access_token": row.refresh(), "refresh_token": token}
        return Response(tokens, headers=NOT_KEPT)


class SessionView(LogInView):
    """The API's log-in and log-out."""

    def get_permissions(self) -> list[BasePermission]:
        return [IsAuthenticated()] if self.request.method == "DELETE" else [AllowAny()]

    @extend_schema(summary="Log out", request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Log out: the token that was sent stops working at once, and what made it."""
        _end(request)
        return Response(status=status.HTTP_204_NO_CONTENT)


class LogOutView(PlainView):
    @extend_schema(summary="Log out, if logged in", request=None, responses={200: LoggedOutSerializer})
    def post(self, request: Request) -> Response:
        """Log out, as the Open Event Server's clients do: it is no failure if nobody was logged in."""
        with suppress(AuthenticationFailed):
            _end(request)
        return Response({"success": True})


class RefreshView(PlainView):
    authentication_classes = [RefresherAuthentication]
    permission_classes = [IsAuthenticated]

    @extend_schema(summary="Another access token", request=None, responses={200: AccessTokenSerializer})
    def post(self, request: Request) -> Response:
        """Another token, by the `refresh_token` of a log-in in the header: for 90 minutes again."""
        token = ApiToken.objects.select_related("user").filter(digest=request.auth).first()
        if token is None:  # ended just now
            raise AuthenticationFailed(_("The token is not valid."))
        return Response({"access_token": token.refresh()}, headers=NOT_KEPT)


def _proven(request: Request, told: dict[str, Any]) -> User:
    """Whose e-mail address, password and, where it is asked for, code these are."""
    user = authenticate(request._request, username=told["email"], password=told["password"])
    if user is None:
        raise AuthenticationFailed(_("The e-mail address or the password is wrong."))
    try:
        second_factor.check(user, told.get("code", ""))
    except Forbidden as refusal:
        (problem,) = refusal.problems
        raise AuthenticationFailed(problem.detail, code=problem.code) from refusal
    return user


def _end(request: Request) -> None:
    """End the log-in of the token that was sent, if one was. Raises `AuthenticationFailed`."""
    for token in ApiToken.objects.filter(digest=request.auth).select_related("refresher"):
        token.log_in.delete()
