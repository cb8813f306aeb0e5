"""One request, one effect: what is sent again with its key must be the same request."""

import re
import secrets
from typing import Any

from django.utils.translation import gettext as _

from base.errors import Invalid

# Where a refusal says the key stands, for `source.header`.
HEADER = ("headers", "Idempotency-Key")
KEY = re.compile(r"[\x20-\x7e]{1,255}", re.ASCII)


def new_key() -> str:
    """A key for one request that may be sent twice."""
    return secrets.token_urlsafe(16)


def check_key(key: str) -> None:
    """Raise `Invalid` `invalid-idempotency-key` for what is none."""
    if not KEY.fullmatch(key):
        detail = _("An Idempotency-Key has 1 to 255 printable ASCII characters.")
        raise Invalid.of("invalid-idempotency-key", detail, *HEADER)


def check_same(made: Any, asked: Any, *path: str) -> None:
    """Raise `Invalid` `idempotency-key-reused` at `path`, where the key stands, unless what was `made` with
    the key is what is `asked` for now. Both are what tells one request from another, by value.
    """
    if made != asked:
        detail = _("This Idempotency-Key belongs to another request.")
        raise Invalid.of("idempotency-key-reused", detail, *path)
