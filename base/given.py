"""What may be given for a setting, or to a command: each takes what was written and gives the value, or
raises `Unfit`, which says in plain English what is wanted. (Settings are read before anything can be
translated.)
"""

import math
import re
from collections.abc import Callable
from datetime import time
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from environ import Env

T = TypeVar("T")
MOST = 10**9  # beyond that, no number means anything here
DAY = 86_400  # seconds

FLAGS = {
    **dict.fromkeys(["1", "true", "on", "yes", "y", "ok"], True),
    **dict.fromkeys(["0", "false", "off", "no", "n"], False),
}
LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?"
NAME = rf"{LABEL}(\.{LABEL})*\.?"
HOST = rf"({NAME}|\[[0-9A-Fa-f:.]+\])"
ORIGIN = rf"https?://(\*\.)?{HOST}(:[0-9]{{1,5}})?"
# The folder of a URL may be shown; whatever could be somebody's password in it may not.
HARMLESS = re.compile(r"[A-Za-z0-9+.-]*(://?)?[\w/. -]*")


class Unfit(ValueError):
    """What was given is not what is `wanted`."""

    def __init__(self, wanted: str) -> None:
        super().__init__(wanted)
        self.wanted = wanted


def flag(text: str) -> bool:
    try:
        return FLAGS[text.lower()]
    except KeyError:
        raise Unfit("1 or 0 (true or false, on or off, yes or no)") from None


def whole(text: str, least: int = 1, most: int = MOST) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text) or not least <= int(text) <= most:
        bounds = f"of {least} or more" if most == MOST else f"from {least} to {most}"
        raise Unfit(f"a whole number {bounds}")
    return int(text)


def seconds(text: str, least: float = 0.001) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) or not least <= float(text) <= DAY:
        raise Unfit(f"seconds, such as 5 or 2.5, {least:g} to {DAY}")
    return float(text) if math.modf(float(text))[0] else int(text)


def whole_seconds(text: str) -> int:
    return whole(text, most=DAY)


def one_of(*choices: str) -> Callable[[str], str]:
    def chosen(text: str) -> str:
        if text not in choices:
            raise Unfit(" or ".join(choices))
        return text

    return chosen


def longer_than(shortest: int) -> Callable[[str], str]:
    """A secret of so many characters at least."""

    def long(text: str) -> str:
        if len(text) < shortest:
            raise Unfit(f"{shortest} characters or more: take some from `openssl rand -hex 20`")
        return text

    return long


def entries(text: str, each: Callable[[str], T]) -> list[T]:
    """What stands between commas, without the blanks round it; an entry that is empty is none."""
    return [each(entry) for part in text.split(",") if (entry := part.strip())]


def _matching(pattern: str, wanted: str) -> Callable[[str], str]:
    def matching(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise Unfit(wanted)
        return text

    return matching


allowed_host = _matching(
    rf"\*|\.?{HOST}", "host names without scheme, port and path, such as box.example.org, separated by commas"
)
origin = _matching(ORIGIN, "origins with their scheme, such as https://box.example.org, separated by commas")
nothing = _matching("", "nothing: Onsite is served at the root of a host name of its own, not below a path")


def proxy(text: str) -> str:
    """An address in its one spelling, a network, or `*`."""
    try:
        return text if text == "*" else str(ip_network(text) if "/" in text else ip_address(text))
    except ValueError:
        raise Unfit("network addresses, such as 127.0.0.1, separated by commas") from None


def address(text: str) -> str:
    """An e-mail address, perhaps with a name before it."""
    try:
        validate_email(re.sub(r"^[^<>]*<([^<>]*)>$", r"\1", text))
    except ValidationError:
        raise Unfit("e-mail addresses, such as box@example.org") from None
    return text


def port(text: str) -> int:
    return whole(text, most=65_535)


def listened(text: str) -> str:
    """Where gunicorn listens, in its own words: https://docs.gunicorn.org/en/stable/settings.html#bind"""
    found = re.fullmatch(rf"(unix:.+)|(fd://[0-9]+)|(?!$){HOST}?(?P<port>:[0-9]{{1,5}})?", text, re.ASCII)
    if not found or (found["port"] and not 0 < int(found["port"][1:]) <= 65_535):
        raise Unfit("where to listen, such as 127.0.0.1:8000 or unix:/run/onsite.sock")
    return text


def clock(text: str) -> str:
    """A time of the day; empty for none."""
    try:
        aware = text and time.fromisoformat(text).tzinfo
    except ValueError:
        aware = True
    if aware:
        raise Unfit("a time of the day, such as 05:00, or nothing")
    return text


def time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, LookupError):
        raise Unfit("the IANA name of a time zone, such as Europe/Berlin") from None
    return text


def file_path(text: str) -> str:
    if Path(text).is_dir() or "\0" in text:
        raise Unfit("a file, and this is a folder")
    return text


def folder_path(text: str) -> str:
    if Path(text).exists() and not Path(text).is_dir():
        raise Unfit("a folder, and this is a file")
    return text


# --- URLs -------------------------------------------------------------------------------------


def without_secrets(url: str) -> str:
    """As much of a URL as may be shown: nothing that might be a password."""
    if HARMLESS.fullmatch(url):
        return url
    scheme, colon, _rest = url.partition("://")
    return f"{scheme}://..." if colon and scheme.isalnum() else "..."


def database(url: str) -> dict[str, Any]:
    """The settings of a database, as Django has them; of SQLite one file that all connections share."""
    if url.startswith("sqlite:"):
        _be_a_file(url)
    elif url.partition("://")[0] not in Env.POSTGRES_FAMILY:
        raise Unfit("sqlite:///file or postgresql://user:password@host/name")
    try:
        known: dict[str, Any] = Env.db_url_config(url)
    except (ValueError, ImproperlyConfigured):
        raise Unfit("postgresql://user:password@host/name, with %40 and %2F for @ and / in it") from None
    if not url.startswith("sqlite:") and not (known["NAME"] or "service" in known.get("OPTIONS", {})):
        raise Unfit("the name of a database at its end: postgresql://user:password@host/name")
    if "," in known["HOST"]:
        _be_one_of_several(known)
    return known


def _be_one_of_several(known: dict[str, Any]) -> None:
    """Of several hosts, the one that takes changes: it may be another one tomorrow."""
    hosts, ports = known["HOST"].split(","), [port for port in str(known["PORT"]).split(",") if port]
    if not all(hosts) or len(ports) not in (0, len(hosts)):
        raise Unfit("each host with its port, or none: postgresql://user:password@one:5432,other:5432/name")
    known["HOST"] = ",".join(host.strip("[]") for host in hosts)
    known["OPTIONS"] = {"target_session_attrs": "read-write", **known.get("OPTIONS", {})}


def _be_a_file(url: str) -> None:
    found = re.fullmatch(r"sqlite://(?P<host>[^/?]*)(?P<path>/[^?]*)?(\?.*)?", url)
    if found is None:
        raise Unfit("sqlite:///file, or sqlite:////folder/file from the root")
    if found["host"] not in ("", ":memory:"):
        raise Unfit(f"three slashes: sqlite:///{found['host']}{found['path'] or ''}")
    name: str = "" if found["host"] else str(Env.db_url_config(url)["NAME"])
    if name in ("", ":memory:"):
        raise Unfit("a file, such as sqlite:///db.sqlite3: in memory each connection would have its own")
    if not Path(name).parent.is_dir():
        raise Unfit(f"a folder that exists: there is no {Path(name).parent}")
    if Path(name).is_dir():
        raise Unfit(f"a file: {name} is a folder")


def mail(url: str) -> dict[str, Any]:
    """The `EMAIL_` settings of Django."""
    parts = _parts(url)
    if (
        parts is None
        or parts.scheme not in Env.EMAIL_SCHEMES
        or (parts.scheme.startswith("smtp") and not parts.hostname)
    ):
        raise Unfit("a mail server, such as smtp+tls://user:password@mail.example.org:587")
    known: dict[str, Any] = Env.email_url_config(url)
    return known


def sentry(url: str) -> str:
    parts = _parts(url)
    project = parts and parts.path.rpartition("/")[2]
    if not (
        parts
        and parts.scheme in ("http", "https")
        and parts.hostname
        and parts.username
        and project
        and project.isdigit()
    ):
        raise Unfit("what a Sentry server names as a project's DSN, such as https://key@sentry.example.org/1")
    if find_spec("sentry_sdk") is None:
        raise Unfit("its library: `pip install -r requirements-sentry.txt`")
    return url


def _parts(url: str) -> Any:
    """None where no part of it can be read, or its port is none."""
    try:
        parts = urlsplit(url)
        return parts if parts.port is None or parts.port else None
    except ValueError:
        return None
