import logging
from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from devices import lifecycle

logger = logging.getLogger(__name__)


class DevicesSeen:
    """Keeps when a device was last at work, so that an organizer notices one that is not.

    Who is there is known from the answer just given: people cost no statement.
    """

    paths = ("/v1/", "/door/", "/till/")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # After a failure the database may be gone; then nobody is asked who it was.
        if response.status_code < 500 and request.path.startswith(self.paths):
            self.note(getattr(request, "user", None))  # the API's 404 has not asked
        return response

    def note(self, user: User | AnonymousUser | None) -> None:
        if user is None or not user.is_authenticated or not user.is_device:
            return
        try:
            lifecycle.seen(user)
        except (DatabaseError, InterfaceError):  # what the device did is done
            logger.warning("Not recorded that %s was seen", user, exc_info=True)
