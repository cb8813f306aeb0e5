"""Who may try how often: a password, a pairing code, a one-time link. Asked before anything is hashed.

A venue is one network address for everybody in it. So a browser that has logged in before has an
allowance of its own, which a flood from the same address does not touch.
"""

from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Self

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from accounts import limits
from accounts.limits import Allowance, Share
from accounts.models import User
from base import cookies

STRANGER = Allowance(tries=10, every=timedelta(seconds=30))
# All strangers together: as much hashing as leaves the tills quick, wherever it comes from.
STRANGERS = Allowance(tries=60, every=timedelta(seconds=1))
# Strangers' passwords that are hashed at the same time: half of the cores stay free, and half of the workers.
# It is given back afterwards, and comes back by itself where a worker has died over it.
AT_ONCE = Allowance(tries=max(1, min(settings.WORKERS, settings.CORES) // 2), every=timedelta(seconds=3))
# One account from everywhere, and one browser that is known: a hundred an hour.
ACCOUNT = Allowance(tries=100, every=timedelta(seconds=36))
KNOWN = Allowance(tries=20, every=timedelta(seconds=36))

KNOWN_SALT = "accounts.guessing.known"
KNOWN_FOR = timedelta(days=400)  # the longest that browsers keep a cookie


class Try:
    """A try that is paid for; within it something is judged."""

    def __init__(
        self, spent: Sequence[Share], *, if_right: Sequence[Share], after: Sequence[Share] = ()
    ) -> None:
        self._if_right, self._after = if_right, after
        limits.spend([*spent, *after])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        limits.give_back(self._after)

    def was_right(self) -> None:
        """A stranger's right try costs nothing: a whole crew logs in behind one network address."""
        limits.give_back(self._if_right)


def password(request: HttpRequest, email: str) -> Try:
    """Pay for a try of the password of `email`, to be hashed within. Raises `TooManyTries`."""
    account, known = account_key(email), known_account(request)
    shares = _shares(request, "password", known)
    of_account = [] if known == account else [Share(ACCOUNT, "account", account)]
    if known is not None:
        return Try([*shares, *of_account], if_right=[])
    return Try([*shares, *of_account], if_right=shares, after=[Share(AT_ONCE, "hash", "")])


def code(request: HttpRequest, door: str) -> Try:
    """Pay for a try of a code or a link that is nobody's yet, at the `door` of that name. Raises
    `TooManyTries`.
    """
    shares = _shares(request, door, known_account(request))
    return Try(shares, if_right=shares)


def _shares(request: HttpRequest, door: str, known: str | None) -> list[Share]:
    if known is not None:
        return [Share(KNOWN, door, known)]
    return [Share(STRANGER, door, network(request)), Share(STRANGERS, door, "")]


def account_key(email: str) -> str:
    """An account as the cookie and the counters name it."""
    return salted_hmac("accounts.guessing", User.objects.normalize_email(email)).hexdigest()


# --- Browsers that have logged in before ------------------------------------------------------


def known_account(request: HttpRequest) -> str | None:
    """Whose browser this is: whoever is logged in there, or was the last to be. None for a stranger."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return account_key(user.email)
    return _cookie(request)


def _cookie(request: HttpRequest) -> str | None:
    name = settings.KNOWN_BROWSER_COOKIE_NAME
    return request.get_signed_cookie(name, default=None, salt=KNOWN_SALT, max_age=KNOWN_FOR)


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Let the browser be known as that of `user`. The cookie is no key to anything else."""
    if _cookie(request) == account_key(user.email):
        return
    name, key = settings.KNOWN_BROWSER_COOKIE_NAME, account_key(user.email)
    cookies.keep(response, name, key, salt=KNOWN_SALT, max_age=KNOWN_FOR)


# --- Network addresses ------------------------------------------------------------------------


def network(request: HttpRequest) -> str:
    """Whom an address stands for: itself, or the /64 that a customer of IPv6 is given."""
    address = _address(client_address(request))
    if isinstance(address, IPv6Address):
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address or "")


def client_address(request: HttpRequest) -> str:
    """The network address of whoever asks, in its one spelling; empty for none. Each proxy of ours
    appends the address that it saw to `X-Forwarded-For`: the last that is no proxy's is the client's.
    """
    proxies = settings.FORWARDED_ALLOW_IPS
    hops = [*request.META.get("HTTP_X_FORWARDED_FOR", "").split(","), request.META.get("REMOTE_ADDR", "")]
    address = _spelled(hops.pop())
    believed = address in proxies or "*" in proxies
    while believed and hops and (before := _spelled(hops.pop())):
        address, believed = before, before in proxies
    return address


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _spelled(text: str) -> str:
    return str(_address(text) or "")
