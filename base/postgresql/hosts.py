"""The hosts of the database, of which one takes changes: a primary, and who stands by.

libpq goes through such a list by itself, but leaves it to whoever waits for it as we do (`base._wait`) to
give a silent host up, and then has no way to go on with the next. So each is asked by itself.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from psycopg2 import OperationalError


class Host:
    """One host, as this process has met it. Whoever asks next after one that waited for it in vain hears so
    at once: if each waited anew, a few clients who ask again would fill all workers for minutes.
    """

    unreachable_until = float("-inf")
    fell_silent = float("-inf")

    def check(self) -> None:
        """Raise psycopg2's `OperationalError` while it is not to be tried again."""
        if time.monotonic() < self.unreachable_until:
            raise OperationalError("The database did not answer a moment ago")

    @contextmanager
    def noticed(self, patience: float) -> Iterator[None]:
        """Make a connection, and remember if it took as long as may be waited for one, in vain."""
        begun = time.monotonic()
        try:
            yield
        except OperationalError:
            now = time.monotonic()
            if now - begun >= patience:
                self.unreachable_until = now + settings.CONNECT_TIMEOUT
                self.is_silent()
            raise

    def is_silent(self) -> None:
        """It has not answered: of several it is asked last from now on. It may be a primary that is none any
        more and does not know, and whose commits nobody confirms.
        """
        self.fell_silent = time.monotonic()


HOSTS: dict[tuple[str, str], Host] = {}


def by_preference(parameters: Mapping[str, Any]) -> list[tuple[Host, dict[str, Any]]]:
    """Each host that libpq's parameters name, and what is to be said to libpq for it alone."""
    places = [
        (HOSTS.setdefault(place, Host()), {**parameters, **_named(place)}) for place in _places(parameters)
    ]
    return sorted(places, key=lambda one: one[0].fell_silent)


def _places(parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    hosts = str(parameters.get("host", "")).split(",")
    ports = str(parameters.get("port", "")).split(",")
    return list(zip(hosts, ports * len(hosts) if len(ports) == 1 else ports, strict=True))


def _named(place: tuple[str, str]) -> dict[str, str]:
    return {name: value for name, value in zip(("host", "port"), place, strict=True) if value}
