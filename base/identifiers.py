"""Identifiers that people read aloud and type, references that clients send, and masked addresses."""

import re
import secrets

# Without the pairs that are confused on paper or on the telephone: 0 O, 1 I L, 2 Z, 5 S, 8 B.
READABLE = "ACDEFGHJKMNPQRTUVWXY34679"
LENGTH = 8

NUMERIC = re.compile(r"[0-9]{1,18}", re.ASCII)
IDENTIFIER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9-]{2,49}", re.ASCII)


def readable_identifier() -> str:
    """Eight random characters with at least one letter, so that no identifier looks like an id."""
    while True:
        identifier = "".join(secrets.choice(READABLE) for _ in range(LENGTH))
        if not identifier.isdigit():
            return identifier


def parse_id(value: object) -> int | None:
    """The id that a JSON integer or a string of 1 to 18 ASCII digits names, else None."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return int(value) if isinstance(value, str) and NUMERIC.fullmatch(value) else None


def parse_reference(value: object) -> int | str | None:
    """A numeric id as `int`, an identifier as `str`, None for what can be neither."""
    numeric = parse_id(value)
    if numeric is not None:
        return numeric
    return value if isinstance(value, str) and IDENTIFIER.fullmatch(value) else None


def masked_email(address: str) -> str:
    """Enough of an e-mail address to recognise somebody by: `a…@example.com`; empty for none."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}…{at}{domain}" if at else ""
