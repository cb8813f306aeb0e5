"""The pages' sessions, each with who is logged in, since when, last seen when, and where.

A log-in with less than a password reaches only some pages (`keep_within`); a browser that somebody locked is
still a log-in of theirs, which opens nothing by itself (`lock`).
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from django.contrib.auth import SESSION_KEY, get_user, logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.http import HttpRequest
from django.utils import timezone

from accounts.guessing import client_address
from accounts.models import Session, User
from base import languages

SEEN_EVERY = 5 * 60
STARTED, SEEN, AGENT, ADDRESS = "started", "seen", "agent", "address"
LOCKED_BY, LOCKED_AT, WITHIN = "locked_by", "locked_at", "within"


class SessionStore(db.SessionStore):
    @classmethod
    def get_model_class(cls) -> type[AbstractBaseSession]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = cast(Session, super().create_model_instance(data))
        row.user_id = data.get(SESSION_KEY) or data.get(LOCKED_BY)
        row.started_at, row.last_seen_at = _time(data.get(STARTED)), _time(data.get(SEEN))
        row.agent, row.address = data.get(AGENT, ""), data.get(ADDRESS)
        return row


def where(request: HttpRequest) -> dict[str, Any]:
    """What is kept of where a log-in comes from."""
    agent = request.headers.get("User-Agent", "")[:200].replace("\x00", "")
    return {AGENT: agent, ADDRESS: client_address(request) or None}


def begin(request: HttpRequest) -> None:
    """Note who logs in, where and when. Django tells of every log-in."""
    for name in (LOCKED_BY, LOCKED_AT, WITHIN):
        request.session.pop(name, None)
    request.session.update(_now(request))


def _now(request: HttpRequest) -> dict[str, Any]:
    now = int(timezone.now().timestamp())
    return {**where(request), STARTED: now, SEEN: now}


class Locked(NamedTuple):
    """Who has locked this browser, and what they have locked."""

    by: User
    at: str


def lock(request: HttpRequest, *, at: str) -> None:
    """Log out, and keep who it was, and `at` what. It ends with that account's other log-ins."""
    by = cast(User, request.user).pk
    logout(request)
    request.session.update({**_now(request), LOCKED_BY: by, LOCKED_AT: at})


def locked(request: HttpRequest) -> Locked | None:
    """What was locked in this browser, in which nobody has logged in since."""
    by = User.objects.filter(pk=request.session.get(LOCKED_BY, 0), is_active=True).first()
    return Locked(by, request.session[LOCKED_AT]) if by else None


def keep_within(request: HttpRequest, path: str) -> None:
    """Whoever has just logged in is nobody outside of the pages below `path`, until they log in again."""
    request.session[WITHIN] = path


def move(request: HttpRequest, before: str, now: str) -> None:
    """Where the log-in is kept within `before`, that is called `now`."""
    if request.session.get(WITHIN) == before:
        request.session[WITHIN] = now


def user_here(request: HttpRequest) -> User | AnonymousUser:
    """Who is logged in, as far as this page is concerned; spoken to in their language from then on."""
    within = request.session.get(WITHIN, "")
    user = cast(User, get_user(request)) if request.path.startswith(within) else AnonymousUser()
    languages.speak(getattr(user, "language", ""))
    return user


def see(request: HttpRequest) -> None:
    """Let the session of whoever does something last for another shift. What a page asks for by itself
    every few seconds is nobody's doing.
    """
    if request.method != "POST" and "text/html" not in request.headers.get("Accept", ""):
        return
    now = int(timezone.now().timestamp())
    if now - request.session.get(SEEN, now) >= SEEN_EVERY:
        request.session[SEEN] = now


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
