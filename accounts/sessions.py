"""The pages' sessions, each with who is logged in, since when, last seen when, and where."""

from datetime import UTC, datetime
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.http import HttpRequest
from django.utils import timezone

from accounts.guessing import client_address
from accounts.models import Session

SEEN_EVERY = 5 * 60
STARTED, SEEN, AGENT, ADDRESS = "started", "seen", "agent", "address"


class SessionStore(db.SessionStore):
    @classmethod
    def get_model_class(cls) -> type[AbstractBaseSession]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = cast(Session, super().create_model_instance(data))
        row.user_id = data.get(SESSION_KEY)
        row.started_at, row.last_seen_at = _time(data.get(STARTED)), _time(data.get(SEEN))
        row.agent, row.address = data.get(AGENT, ""), data.get(ADDRESS)
        return row


def where(request: HttpRequest) -> dict[str, Any]:
    """What is kept of where a log-in comes from."""
    agent = request.headers.get("User-Agent", "")[:200].replace("\x00", "")
    return {AGENT: agent, ADDRESS: client_address(request) or None}


def begin(request: HttpRequest) -> None:
    """Note who logs in, where and when. Django tells of every log-in."""
    now = int(timezone.now().timestamp())
    request.session.update({**where(request), STARTED: now, SEEN: now})


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
