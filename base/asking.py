"""Who asks, and from where: for whatever is written down about it while a request is answered."""

import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject, empty

# What another server may have called the request before.
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


@dataclass
class Asker:
    """Looked at late: the API knows its user only in the view, a log-in page only after it. What the answer
    was about is noted on the way.
    """

    request: HttpRequest
    address_of: Callable[[HttpRequest], str]
    request_id: str  # for the log, and told in the answer
    event_id: int | None = None
    codes: tuple[str, ...] = ()  # of the last refusal, which need not have been the answer

    @property
    def user(self) -> Any | None:
        """Who is logged in, if anybody."""
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @property
    def known_user_id(self) -> int | None:
        """The id of who is logged in, as far as that was asked before: nothing is looked up for it."""
        user = self.request.__dict__.get("user")
        if isinstance(user, SimpleLazyObject) and user.__dict__.get("_wrapped") is empty:
            return None
        return getattr(user, "pk", None)

    @property
    def address(self) -> str:
        """The network address."""
        return self.address_of(self.request)


_asker: ContextVar[Asker | None] = ContextVar("asker", default=None)


def asker() -> Asker | None:
    """Whose request is being answered; None in a script."""
    return _asker.get()


def concerns(event_id: int | None) -> None:
    """Note that what is asked for is of that event."""
    who = asker()
    if who is not None and event_id is not None:
        who.event_id = event_id


def refused_by(codes: Iterable[str]) -> None:
    """Note by which codes something was refused."""
    who = asker()
    if who is not None:
        who.codes = tuple(codes)


@contextmanager
def asked_by(request: HttpRequest, address_of: Callable[[HttpRequest], str]) -> Iterator[Asker]:
    """Answer `request` inside; `address_of` tells the network address that it came from."""
    who = Asker(request, address_of, _request_id(request))
    before = _asker.set(who)
    try:
        yield who
    finally:
        _asker.reset(before)


def _request_id(request: HttpRequest) -> str:
    """What `X-Request-ID` says, where that is well-formed; else a new one."""
    told = request.headers.get("X-Request-ID", "")
    return told if REQUEST_ID.fullmatch(told) else secrets.token_hex(8)
