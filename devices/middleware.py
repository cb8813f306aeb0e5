import logging
import re
from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from devices import lifecycle

logger = logging.getLogger(__name__)
# With which the door's page tells how many scans wait on it.
WAITING = "X-Waiting"
NUMBER = re.compile(r"[0-9]{1,6}")


def told(number: str | None) -> int | None:
    """As it is kept; None for nothing that could be meant."""
    return int(number) if number and NUMBER.fullmatch(number) else None


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
            # The API's 404 has not asked who it is.
            self.note(getattr(request, "user", None), told(request.headers.get(WAITING)))
        return response

    def note(self, user: User | AnonymousUser | None, waiting: int | None) -> None:
        if user is None or not user.is_authenticated or not user.is_device:
            return
        try:
            lifecycle.seen(user, waiting=waiting)
        except (DatabaseError, InterfaceError):  # what the device did is done
            logger.warning("Not recorded that %s was seen", user, exc_info=True)
