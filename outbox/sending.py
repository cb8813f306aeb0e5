"""One request to a server that nobody here knows: it may be slow, drip, lead elsewhere, or never end.

The name is resolved once, every address that it has is looked at, and one of those is what is connected to;
so a name that leads elsewhere the next time leads nowhere. All of it is over within so many seconds, and of
the answer nothing is read but its head. No proxy and no redirect is followed.
"""

import io
import queue
import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from threading import Thread
from time import monotonic
from typing import Any

from django.conf import settings

from base.targets import Target, is_public, target_of

SECONDS = 10.0


class NotSent(Exception):
    """There is no answer; its text says why."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> int:
    """The status that `url` answers. Raises `NotSent`."""
    deadline = monotonic() + seconds
    try:
        target = target_of(url)
        found = _resolved(target, deadline)
        with closing(_connected(target, found, deadline)) as server:
            return _asked(target, server, body, headers)
    except TimeoutError as error:
        raise NotSent(f"no answer within {seconds:g} seconds") from error
    except ssl.SSLCertVerificationError as error:
        raise NotSent(f"wrong certificate: {error.verify_message}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise NotSent(str(error) or type(error).__name__) from error


def _left(deadline: float) -> float:
    """The seconds that are left; raises `TimeoutError` if there are none."""
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _resolved(target: Target, deadline: float) -> list[str]:
    """The IP addresses of the host, all of which may be sent to. The resolver knows no deadline, so somebody
    else waits for it.
    """
    answers: queue.Queue[list[str] | OSError] = queue.Queue(1)

    def ask() -> None:
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(address[0]) for *_rest, address in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError("this is no name"))

    Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=_left(deadline))
    except queue.Empty as silence:
        raise TimeoutError from silence
    if isinstance(found, OSError):
        raise NotSent("the name has no address") from found
    if not settings.WEBHOOKS_TO_PRIVATE_ADDRESSES and not all(map(is_public, found)):
        raise NotSent("the name leads to a private address")
    return found


def _connected(target: Target, found: list[str], deadline: float) -> "Patient":
    """Connected to the first address that answers, under the host's own name."""
    plain = _first(found, target.port, deadline)
    try:
        plain.settimeout(_left(deadline))
        if target.scheme == "https":
            plain = ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
    except BaseException:
        plain.close()
        raise
    return Patient(plain, deadline)


def _first(found: list[str], port: int, deadline: float) -> socket.socket:
    failed: OSError = OSError("the name has no address")
    for address in found:
        try:
            return socket.create_connection((address, port), timeout=_left(deadline))
        except TimeoutError:
            raise
        except OSError as error:
            failed = error
    raise failed


def _asked(target: Target, server: "Patient", body: bytes, headers: Mapping[str, str]) -> int:
    connection = HTTPConnection(target.host, target.port)
    connection.sock = server  # it does what is asked of it there
    own = {"Host": target.header, "Connection": "close", "Content-Type": "application/json"}
    connection.request("POST", target.path, body, {**own, **headers})
    return connection.getresponse().status


class Patient:
    """A socket that waits until a deadline altogether, and not as long again for each byte."""

    def __init__(self, server: socket.socket, deadline: float) -> None:
        self.server, self.deadline = server, deadline

    def sendall(self, data: bytes) -> None:
        self.server.settimeout(_left(self.deadline))
        self.server.sendall(data)

    def receive(self, buffer: Any) -> int:
        self.server.settimeout(_left(self.deadline))
        return self.server.recv_into(buffer)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Received(self))

    def close(self) -> None:
        self.server.close()


class _Received(io.RawIOBase):
    def __init__(self, server: Patient) -> None:
        self.server = server

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self.server.receive(buffer)
