from collections.abc import Awaitable, Callable

from csp import middleware as csp
from csp.constants import HEADER
from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware import common
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from accounts.guessing import client_address
from base import database
from base.asking import asked_by

API = "/v1/"
RETRY_AFTER = "1"
NOTHING = "default-src 'none'; frame-ancestors 'none'"


class ForPages(MiddlewareMixin):
    """Leaves the API alone, which knows tokens only, and no session."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return self.get_response(request) if request.path_info.startswith(API) else super().__call__(request)


class SessionMiddleware(ForPages, sessions.SessionMiddleware):
    pass


class AuthenticationMiddleware(ForPages, auth.AuthenticationMiddleware):
    pass


class MessageMiddleware(ForPages, messages.MessageMiddleware):
    pass


class CommonMiddleware(common.CommonMiddleware):
    """Django's, but for the API: its paths end without a slash, and none is looked for."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return not request.path_info.startswith(API) and super().should_redirect_with_slash(request)


class CSPMiddleware(csp.CSPMiddleware):
    """django-csp's, but for the API's answers that are no page: they may do nothing, and say it with a text
    that need not be built each time, which costs a tenth of a scan.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        page = response.headers.get("Content-Type", "").startswith("text/html")
        if page or not request.path_info.startswith(API):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, NOTHING)
        return response


class Headers:
    """What a browser may do with our answers: the devices that a page may use, and that no answer is kept
    that does not say so itself, for nearly all of them are somebody's own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.permissions = ", ".join(f"{name}={who}" for name, who in settings.PERMISSIONS_POLICY.items())

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", self.permissions)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class KnowsWhoAsks:
    """Lets the audit trail name who asked, and from where."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with asked_by(request, client_address):
            return self.get_response(request)


class BusyPages:
    """Pages that meet a busy database say so with 503, and every 503 says when to try again. (The body
    of the API's is its exception handler's.)
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 503:
            response.headers.setdefault("Retry-After", RETRY_AFTER)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DatabaseError | InterfaceError) and database.is_busy(exception):
            return render(request, "503.html", status=503)
        return None
