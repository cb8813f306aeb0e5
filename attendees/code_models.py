"""What the secret code of a ticket looks like."""

import secrets

# Sixteen letters that lie on the same keys on QWERTY, QWERTZ and AZERTY, so that a scanner set to
# another keyboard still types them right; upper case fits the QR code's alphanumeric mode.
CODE_LETTERS = "BCDFGHJKLNPRSTVX"
CODE_LENGTH = 20
_FROM_HEX = str.maketrans("0123456789abcdef", CODE_LETTERS)


def new_code() -> str:
    """A secret code: 80 random bits, 4 to a letter."""
    return secrets.token_hex(CODE_LENGTH // 2).translate(_FROM_HEX)


def typed_code(text: str) -> str:
    """The text as a code is stored, however people have typed it."""
    return "".join(text.split()).upper()


def is_code(text: str) -> bool:
    """Whether the text, as it was typed, may be somebody's code."""
    code = typed_code(text)
    return len(code) == CODE_LENGTH and set(code) <= set(CODE_LETTERS)
