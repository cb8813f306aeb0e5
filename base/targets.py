"""Where something may be sent: to the world, and not to what stands beside this machine."""

import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

PORTS = {"https": 443, "http": 80}
# Of all IPv6 addresses those that are routed: https://www.iana.org/assignments/ipv6-address-space/
UNICAST = ipaddress.IPv6Network("2000::/3")


class Target(NamedTuple):
    scheme: str
    host: str  # as DNS knows it
    port: int
    path: str  # with its query

    @property
    def header(self) -> str:
        """As the header `Host` names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """Where an address leads; raises `ValueError` with a sentence for people."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise ValueError(_("Write the address in plain ASCII, as a browser shows it when it is copied."))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError as error:  # a broken IPv6 address, a port that is no number, a label that is too long
        raise ValueError(_("This is no address of a web server.")) from error
    scheme = parts.scheme
    if scheme not in PORTS or not host or port == 0:
        raise ValueError(_("This is no address of a web server."))
    if scheme != "https" and not settings.WEBHOOKS_TO_PRIVATE_ADDRESSES:
        raise ValueError(_("The address must begin with https://."))
    if "@" in parts.netloc:
        raise ValueError(_("Leave user and password out of the address; the signature says who sends."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme, host, port or PORTS[scheme], path)


def validate_target(url: str) -> None:
    try:
        target_of(url)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the world: not to this machine or its network, to no group of
    machines, and not by being written as an address of the other family.
    """
    ip = ipaddress.ip_address(address)
    if ip.is_multicast or ip.is_reserved or not ip.is_global:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return True
    inside = [ip.sixtofour, *(ip.teredo or ())]
    return ip in UNICAST and all(is_public(str(other)) for other in inside if other is not None)
