"""Who asks, and from where: for whatever is written down about it while a request is answered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True)
class Asker:
    """Looked at late: the API knows its user only in the view, a log-in page only after it."""

    request: HttpRequest
    address_of: Callable[[HttpRequest], str]

    @property
    def user(self) -> Any | None:
        """Who is logged in, if anybody."""
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @property
    def address(self) -> str:
        """The network address."""
        return self.address_of(self.request)


_asker: ContextVar[Asker | None] = ContextVar("asker", default=None)


def asker() -> Asker | None:
    """Whose request is being answered; None in a script."""
    return _asker.get()


@contextmanager
def asked_by(request: HttpRequest, address_of: Callable[[HttpRequest], str]) -> Iterator[None]:
    """Answer `request` inside; `address_of` tells the network address that it came from."""
    before = _asker.set(Asker(request, address_of))
    try:
        yield
    finally:
        _asker.reset(before)
