"""Where somebody is logged in: the sessions of browsers and the tokens of programs, seen and ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import ApiToken, Session, User
from base.errors import NotFound


@dataclass(frozen=True)
class LogIn:
    """One browser or program. Its `reference` is for pages: it opens nothing."""

    row: Session | ApiToken
    since: datetime | None
    last_seen: datetime | None
    is_this: bool = False

    @property
    def is_program(self) -> bool:
        return isinstance(self.row, ApiToken)

    @property
    def reference(self) -> str:
        return salted_hmac("accounts.log_ins", self.row.pk).hexdigest()[:20]


def of(user: User, *, this: str | None = None) -> list[LogIn]:
    """Everywhere that `user` is logged in, the session of the key `this` first."""
    return sorted(_of(user, this), key=lambda log_in: (not log_in.is_this, log_in.is_program))


def _of(user: User, this: str | None) -> Iterator[LogIn]:
    now = timezone.now()
    for session in user.sessions.filter(expire_date__gt=now).order_by("-last_seen_at"):
        is_this = session.session_key == this
        yield LogIn(session, session.started_at, session.last_seen_at, is_this)
    in_force = Q(expiry=None) | Q(expiry__gt=now)
    for token in user.auth_token_set.filter(in_force, refresher=None).order_by("-created"):
        yield LogIn(token, token.created, None)


def end(user: User, reference: str) -> None:
    """End one of the user's own log-ins. Raises `NotFound` `no-log-in` where there is none such."""
    for log_in in of(user):
        if log_in.reference == reference:
            log_in.row.delete()
            return
    raise NotFound.of("no-log-in", "")


def end_others(user: User, *, this: str | None) -> None:
    """End all but the session of the key `this`."""
    user.sessions.exclude(session_key=this or "").delete()
    user.auth_token_set.all().delete()
