"""What a claim link looks like to whoever comes upon one: the page behind it, a door, a till. Whose it is,
and whether it is true, only `claims.tokens` knows. The scripts have the same in
`static/onsite/common/code.js`.
"""

import re

from base.identifiers import LENGTH

# The order's identifier, and 130 bits in letters of base32.
PROOF = 26
TOKEN = re.compile(rf"[a-z0-9]{{{LENGTH}}}[a-z2-7]{{{PROOF}}}", re.ASCII)
# With what browsers and those who share it hang on, and what lies behind it.
_ADDRESS = re.compile(
    rf"(?:.*/)?c/([a-z0-9]{{{LENGTH}}})[a-z2-7]{{{PROOF}}}(?:[/?#].*)?", re.ASCII | re.IGNORECASE
)
# What is kept of a claim link that was scanned: that it was one.
HIDDEN = "/c/…"


def order_in(text: str) -> str | None:
    """The identifier of the order that a claim link, of any host, speaks of; None for another text."""
    found = _ADDRESS.fullmatch(text.strip())
    return found[1].upper() if found else None
