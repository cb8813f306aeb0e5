"""How whoever is told knows that it was us, by https://www.standardwebhooks.com: HMAC-SHA256 over
`id.timestamp.body`.

A secret is not kept, but derived from a seed in the database and the `SECRET_KEY` of the installation: a copy
of the database alone signs nothing.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from outbox.models import Hook

PREFIX = "whsec_"
# So long after a change the former secret signs, too.
OVERLAP = timedelta(hours=24)


def new_seed() -> str:
    return secrets.token_hex(32)


def secret_of(seed: str, key: str | None = None) -> str:
    """The secret as it is shown: `whsec_` and 32 bytes in Base64."""
    derived = hmac.digest(
        (key or settings.SECRET_KEY).encode(), f"outbox.hook {seed}".encode(), hashlib.sha256
    )
    return PREFIX + base64.b64encode(derived).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"


def headers(hook: Hook, message_id: str, body: bytes, at: datetime) -> dict[str, str]:
    """What is sent with `body` at `at` (UTC): one signature for each secret that holds."""
    timestamp = int(at.timestamp())
    seeds = [hook.seed]
    if hook.former_until is not None and at < hook.former_until:
        seeds.append(hook.former_seed)
    keys: list[Any] = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    signatures = [
        signature(secret_of(seed, key), message_id, timestamp, body) for seed in seeds for key in keys
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
