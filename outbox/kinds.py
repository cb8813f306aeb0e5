"""How each kind of message leaves. Whoever stands above puts a kind here when its app is ready."""

from collections.abc import Callable
from datetime import datetime

from outbox.models import Message

# Outside of any transaction, in a thread of its own; returns what came of it, in a few words. It may be run
# again for the same message.
Handler = Callable[[Message], str]
HANDLERS: dict[str, Handler] = {}
# Those of which the worker writes one itself each night (`queue.begin_night`).
NIGHTLY: list[str] = []
# Those that take long, or may: a worker has one of each in hand at a time, so that nothing else waits for it.
LONG: set[str] = set()
# What a worker clears away every hour beside its own, told the time (UTC).
HOURLY: list[Callable[[datetime], None]] = []


class Failed(Exception):
    """It did not leave, and its text says why; it is tried again."""


class Refused(Failed):
    """It will never leave, and its text says why; it is given up."""


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Decorate the function by which messages of that kind leave."""

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return register
