"""Cookies of our own, beside those of the session and of CSRF: for this host alone, over HTTPS where the
pages are (`__Host-`, which needs the path `/`), and hidden from scripts.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase


def named(name: str) -> str:
    """What a cookie is called in the browser."""
    return f"__Host-{name}" if settings.SESSION_COOKIE_SECURE else name


def keep(
    response: HttpResponseBase, name: str, value: str, *, salt: str = "", max_age: timedelta | None = None
) -> None:
    """Let the browser keep `value` under a `name` that was `named`, signed if there is a `salt`, until it is
    closed or for `max_age`.
    """
    how: dict[str, Any] = {"max_age": max_age, "httponly": True, "samesite": "Lax"}
    how["secure"] = settings.SESSION_COOKIE_SECURE
    if salt:
        response.set_signed_cookie(name, value, salt=salt, **how)
    else:
        response.set_cookie(name, value, **how)


def forget(response: HttpResponseBase, name: str) -> None:
    response.delete_cookie(name, samesite="Lax")
