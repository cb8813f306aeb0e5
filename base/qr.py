"""QR codes, as bars that SVG and PDF draw alike."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString

# The margin that the standard asks for, in modules.
QUIET_ZONE = 4


@dataclass(frozen=True)
class Symbol:
    """A square of `size` modules, quiet zone included, with dark bars of `(x, y, length)`."""

    size: int
    bars: tuple[tuple[int, int, int], ...]


def encode(text: str) -> Symbol:
    """The QR code of a text, which an ordinary scanner types as it stands.

    The letters of an attendee's code fit the alphanumeric mode, which the encoder then chooses by
    itself; error correction M survives creases and thin ribbons.
    """
    rows = list(segno.make_qr(text, error="m", boost_error=False).matrix_iter(border=QUIET_ZONE))
    return Symbol(
        size=len(rows),
        bars=tuple((x, y, length) for y, row in enumerate(rows) for x, length in _bars(row)),
    )


def _bars(row: Iterable[int]) -> list[tuple[int, int]]:
    """Where the dark stretches of a row begin, and how long they are."""
    bars, x = [], 0
    for is_dark, stretch in groupby(row):
        length = len(list(stretch))
        if is_dark:
            bars.append((x, length))
        x += length
    return bars


def svg(text: str, name: str) -> SafeString:
    """An inline `<svg>` named `name` for those who cannot see it. Its size is the style sheet's; it is
    black on white in any theme, and uses attributes only, which no Content-Security-Policy forbids.
    """
    symbol = encode(text)
    return format_html(
        '<svg class="qr" role="img" aria-label="{}" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        '<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{}"/></svg>',
        name,
        "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in symbol.bars),
        size=symbol.size,
    )
