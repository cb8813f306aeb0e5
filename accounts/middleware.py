from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import guessing, sessions
from base.errors import TooManyTries


class LogIns:
    """Lets a browser in which somebody is logged in be known from then on, and answers whoever tries a
    password too often.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        session = getattr(request, "session", None)  # the API has none
        if response.status_code < 500 and session is not None and session.accessed:
            self.note(request, response)
        return response

    def note(self, request: HttpRequest, response: HttpResponse) -> None:
        if SESSION_KEY in request.session and request.user.is_authenticated:
            guessing.remember(request, response, request.user)
            sessions.see(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for it; the API has its own answer."""
        if not isinstance(exception, TooManyTries):
            return None
        page = render(request, "accounts/locked_out.html", {"refusal": exception}, status=exception.status)
        page["Retry-After"] = str(exception.seconds)
        return page
