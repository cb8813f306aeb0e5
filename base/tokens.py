"""What an API token looks like: three segments, which the Open Event Server's clients take apart to learn
whose it is and when it ends. Nothing is ever believed of what it says: a token is found by the digest of the
whole.
"""

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime

SECRET_BYTES = 32


def new_token(user_id: int, *, issued: datetime, expiry: datetime) -> str:
    """A token with the claims `identity`, `iat` and `exp` (seconds since 1970), and 32 random bytes."""
    claims = {"identity": user_id, "iat": int(issued.timestamp()), "exp": int(expiry.timestamp())}
    head = {"typ": "JWT", "alg": "opaque"}
    return ".".join([_segment(head), _segment(claims), secrets.token_urlsafe(SECRET_BYTES)])


def _segment(values: Mapping[str, str | int]) -> str:
    """Without padding. The organizer app reads the other alphabet of base64, but `-` and `_` are never needed
    for what is written here.
    """
    return urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def beginning(token: str) -> str:
    """What a token is told apart by on a list: a few letters of its random part."""
    return token.rpartition(".")[2][:8]
