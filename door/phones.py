"""Scans that wait on people's own phones. The door's page tells how many with each look at who is inside;
what a paired tablet tells is kept with it (`devices.lifecycle.seen`).

Nearly always none waits: then there is no row, and nothing is asked of the database. A browser is known by a
cookie, so that it is the same one after another log-in; the first time it is called after the session, which
two of its tabs have in common.
"""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.authentication import user_of
from base import cookies
from base.news import is_news
from devices.middleware import WAITING, told
from door.models import Phone
from events.models import Event

logger = logging.getLogger(__name__)
SALT = "onsite-phone"
KEPT = timedelta(days=14)
AGAIN = timedelta(minutes=1)  # the same number is written down so often
MOST = 5  # phones that somebody has at one event


def hear(request: HttpRequest, response: HttpResponseBase, event: Event, at: datetime | None = None) -> None:
    """Keep what the page of somebody who lets guests in tells of their phone. A fault of the database stays
    here: what was asked for is answered.
    """
    user, waiting = user_of(request), told(request.headers.get(WAITING))
    name = cookies.named(f"door-{event.pk}")
    browser = request.get_signed_cookie(name, "", salt=SALT, max_age=KEPT)
    if user.is_device or waiting is None or not (waiting or browser):
        return
    try:
        if not browser:
            browser = _called_after(request)
            cookies.keep(response, name, browser, salt=SALT, max_age=KEPT)
        is_new = is_news(f"phone-{event.pk}-{user.pk}-{browser}", waiting, AGAIN)
        if not waiting:
            Phone.objects.filter(event=event, browser=browser).delete()
            cookies.forget(response, name)
        elif is_new:
            now = at or timezone.now()
            _write(Phone(event=event, user=user, browser=browser, waiting=waiting, told_at=now))
    except (DatabaseError, InterfaceError):
        logger.warning("Not recorded that %s scans wait with %s", waiting, user, exc_info=True)


def _called_after(request: HttpRequest) -> str:
    return salted_hmac("door.phones", request.session.session_key or "", algorithm="sha256").hexdigest()[:16]


def _write(phone: Phone) -> None:
    """Instead of what it told before, whoever was logged in then; and of the oldest of too many."""
    Phone.objects.bulk_create(
        [phone],
        update_conflicts=True,
        unique_fields=["event", "browser"],
        update_fields=["user", "waiting", "told_at"],
    )
    own = Phone.objects.filter(event=phone.event, user=phone.user).order_by("-told_at", "-pk")
    if too_many := list(own.values_list("pk", flat=True)[MOST:]):
        Phone.objects.filter(pk__in=too_many).delete()
