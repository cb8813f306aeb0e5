from collections.abc import Awaitable, Callable
from typing import cast

from csp import middleware as csp
from csp.constants import HEADER
from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponsePermanentRedirect
from django.middleware import common, locale
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from accounts.guessing import client_address
from accounts.models import User
from accounts.sessions import user_here
from base import database, languages, places, sending
from base.api import refusals
from base.asking import asked_by
from base.errors import Busy

API = "/v1/"
NO_SLASH = (API, "/auth/")
PROBES = ("/healthz", "/readyz", "/metrics")
RETRY_AFTER = "1"
NOTHING = "default-src 'none'; frame-ancestors 'none'"


class ForPages(MiddlewareMixin):
    """Leaves the API alone, which knows tokens only, and no session."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return self.get_response(request) if request.path_info.startswith(API) else super().__call__(request)


class SessionMiddleware(ForPages, sessions.SessionMiddleware):
    pass


class AuthenticationMiddleware(ForPages, auth.AuthenticationMiddleware):
    """Django's, for pages that are within reach of the log-in."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = cast(User, SimpleLazyObject(lambda: user_here(request)))


class MessageMiddleware(ForPages, messages.MessageMiddleware):
    pass


class LocaleMiddleware(locale.LocaleMiddleware):
    """Django's, by the browser alone and among what is offered. Whoever turns out to be logged in is spoken
    to in the language of their account from then on (`accounts.sessions`; `accounts.authentication`).
    """

    def process_request(self, request: HttpRequest) -> None:
        translation.activate(languages.preferred(request))

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """No address of ours begins with a language, for which Django would look."""
        response.headers.setdefault("Content-Language", translation.get_language())
        patch_vary_headers(cast(HttpResponse, response), ["Accept-Language"])
        return response


class CommonMiddleware(common.CommonMiddleware):
    """Django's, but for the API, whose paths end without a slash, and for the probes."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        """Whoever asks whether we are well asks by an address, and has no name for us. A slash at the end of
        a path of the API is as good as none: a redirect would lose what is sent.
        """
        if request.path_info.endswith("/") and request.path_info[:-1].startswith(NO_SLASH):
            request.path, request.path_info = request.path[:-1], request.path_info[:-1]
        return None if request.path_info in PROBES else super().process_request(request)

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
    """Lets the audit trail and the log name who asked, and from where, and by which id, which is told in the
    answer. What a request has sent and waited for is its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sending.begin()
        with asked_by(request, client_address) as who:
            try:
                response = self.get_response(request)
            finally:
                places.leave()
        response.headers["X-Request-ID"] = who.request_id
        return response


class BusyPages:
    """Pages that meet a database which cannot answer say so with 503, and every 503 says when to try again.
    (The body of the API's is its exception handler's. What fails outside of a view comes to `handler500`.)
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 503:
            response.headers.setdefault("Retry-After", RETRY_AFTER)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return busy_page(request, exception)


def busy_page(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """The answer to whoever asked for a page, or anything else, while the database could not answer; None if
    `error` tells of another fault.
    """
    if isinstance(error, Exception) and database.is_busy(error):
        error = database.busy(error, outside=True)
    if not isinstance(error, Busy):
        return None
    if request.path_info.startswith(NO_SLASH):
        response: HttpResponse = refusals.unavailable(request, error)
    else:
        response = render(request, "503.html", {"refusal": error}, status=error.status)
    response["Retry-After"] = RETRY_AFTER
    return response
