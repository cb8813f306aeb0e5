"""Log-in: passwords, the API's token header, the pages' sessions."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.backends import ModelBackend
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.crypto import hash_token
from rest_framework.authentication import SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import guessing
from accounts.models import ApiToken, User
from base import languages
from base.sql.kept import kept

View = Callable[..., HttpResponse]


class UserRequest(HttpRequest):
    """A request by somebody who is logged in: what `login_required` lets through."""

    user: User


def user_of(request: HttpRequest | Request) -> User:
    """Who asks, where nobody else gets to: in the admin, and behind the API's own permission."""
    return cast(User, request.user)


class PasswordBackend(ModelBackend):
    """Passwords, wherever one is typed; a try is paid for before it is hashed.

    Raises `TooManyTries`. Scripts, which have no request, may try as they like.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_more: Any,
    ) -> User | None:
        if request is None or username is None or password is None:
            return super().authenticate(request, username, password)
        with guessing.password(request, username) as paid:
            user = super().authenticate(request, username, password)
            if user is not None:
                paid.was_right()
        return user


@kept
def _bearer(digest: str) -> QuerySet[User]:
    """The active user whose token in force has this digest."""
    in_force = Q(auth_token_set__expiry__gt=Now()) | Q(auth_token_set__expiry=None)
    opens = {"auth_token_set__digest": digest, "auth_token_set__refreshes": False}
    return User.objects.filter(in_force, **opens, is_active=True).order_by()


class TokenAuthentication(KnoxTokenAuthentication):
    """knox's token under the three names that clients use, checked with one query.

    The digest is the primary key, so the token is found by it: nothing is compared byte by byte, and
    a token of 256 random bits needs no salt. Expired tokens are not cleaned up in passing.
    """

    prefixes = (b"bearer", b"jwt", b"token")

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        prefix, _space, token = get_authorization_header(request).strip().partition(b" ")
        if prefix.lower() not in self.prefixes:
            return None
        return self.authenticate_credentials(token.strip())

    def authenticate_credentials(self, token: bytes) -> tuple[User, str]:
        """The token's user, who is answered in their language, and its digest as `request.auth`."""
        try:
            digest = hash_token(token.decode("ascii"))
        except UnicodeDecodeError:
            raise AuthenticationFailed(_("The token is not valid.")) from None
        user = self.user_of(digest)
        if user is None:
            raise AuthenticationFailed(_("The token is not valid."))
        languages.speak(user.language)
        return user, digest

    def user_of(self, digest: str) -> User | None:
        """The active user whose token in force, of the kind that is asked for here, has this digest."""
        return next(iter(_bearer(digest=digest)), None)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def has_token(request: Request) -> bool:
    """Whether a client of the API asks, and not one of our own pages."""
    return request.auth is not None


class RefresherAuthentication(TokenAuthentication):
    """Tokens that make others, and nothing else."""

    def user_of(self, digest: str) -> User | None:
        in_force = ApiToken.objects.filter(expiry__gt=Now(), user__is_active=True)
        tokens = in_force.filter(digest=digest, refreshes=True).select_related("user")
        return next((token.user for token in tokens), None)


class PageAuthentication(SessionAuthentication):
    """The log-in of our own pages, with their CSRF protection: for what their scripts call. The API
    under `/v1/` takes tokens only.
    """

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        return None if speaks_for_another(request) else super().authenticate(request)

    def authenticate_header(self, request: Request) -> str:
        return "Session"  # so that a session that has ended answers 401


def speaks_for_another(request: HttpRequest | Request) -> bool:
    """Whether the page that asks believes somebody else to be logged in (`X-Cashier`): in another tab
    of the browser they have changed places. What it asks would be done in the wrong name.
    """
    user = request._request.user if isinstance(request, Request) else request.user
    return request.headers.get("X-Cashier", str(user.pk)) != str(user.pk)


def for_its_script(view: View) -> View:
    """A view that a page's script asks: it answers 401 once whoever opened the page is logged out, where a
    redirect to the log-in would look like one by somebody's Wi-Fi.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated or speaks_for_another(request):
            return HttpResponse(status=401)
        return view(request, *args, **kwargs)

    return answer
