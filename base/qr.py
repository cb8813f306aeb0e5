"""QR codes, as bars that SVG and PDF draw alike."""

import re
from dataclasses import dataclass
from functools import lru_cache

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString

# The margin that the standard asks for, in modules.
QUIET_ZONE = 4
# Light modules behind each row and below the last while masks are compared: the longest pattern looks so far.
GAP = 4
LARGE = 45
DIGITS = bytes.maketrans(b"\0\1", b"01")


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
    first, size = _modules(text, mask=0)
    judged = _judged(size)
    best = min((first ^ mask for mask in _masks(size)), key=lambda modules: _penalty(modules & judged, size))
    stride = size + GAP
    digits = f"{best:0{stride * stride}b}"
    return Symbol(
        size=size + 2 * QUIET_ZONE,
        bars=tuple(
            (QUIET_ZONE + bar.start(), QUIET_ZONE + y, bar.end() - bar.start())
            for y in range(size)
            for bar in re.finditer("1+", digits[y * stride :][:size])
        ),
    )


# The encoder finds the best of eight masks module by module, which was most of what a PDF of tickets
# cost. Here all modules are one number, row after row, dark ones 1, with the gap behind each row and below
# the last: `modules << 1` is for each module its right neighbour, `modules << size + GAP` the one below.


def _modules(text: str, mask: int) -> tuple[int, int]:
    """The modules under a mask, and how many a row has."""
    rows = segno.make_qr(text, error="m", boost_error=False, mask=mask).matrix
    size, gap = len(rows), b"0" * GAP
    digits = b"".join(bytes(row).translate(DIGITS) + gap for row in rows)
    return int(digits + gap * (size + GAP), 2), size


@lru_cache
def _masks(size: int) -> tuple[int, ...]:
    """What each mask turns round in a symbol under the first: the same, whatever the symbol says."""
    text = "0"
    while (first := _modules(text, mask=0))[1] < size:
        text += "0000"
    return tuple(first[0] ^ _modules(text, mask)[0] for mask in range(8))


@lru_cache
def _area(size: int, columns: int, rows: int) -> int:
    """So many columns and rows, from the left and from the top."""
    stride = size + GAP
    row = int("1" * columns + "0" * (stride - columns), 2)
    return sum(row << (stride - 1 - y) * stride for y in range(rows))


@lru_cache
def _judged(size: int) -> int:
    """Every module but those that name the mask and, in a large symbol, the version."""
    stride = size + GAP
    named = {(8, place) for place in range(size) if place not in (6, *range(9, size - 8))}
    if size >= LARGE:
        named |= {(size - 11 + x, y) for x in range(3) for y in range(6)}
    named |= {(y, x) for x, y in named}
    unjudged = sum(1 << ((stride - y) * stride - 1 - x) for x, y in named)
    return _area(size, size, size) - unjudged


def _penalty(modules: int, size: int) -> int:
    """How hard a symbol is to read, by the standard (ISO/IEC 18004, 7.8.3.1)."""
    down = size + GAP
    right = ~(modules ^ modules << 1) & _area(size, size - 1, size)
    below = ~(modules ^ modules << down) & _area(size, size, size - 1)
    blocks = right & right << down & below
    dark = modules.bit_count() / size**2 * 100
    return (
        sum(_runs(same, step) + _finders(modules, step) for same, step in ((right, 1), (below, down)))
        + 3 * blocks.bit_count()
        + 10 * int(abs(dark - 50) / 5)
    )


def _runs(same: int, step: int) -> int:
    """Five alike in a row count three, each more one; `same` are the modules like their next."""
    five = same & same << step & same << 2 * step & same << 3 * step
    return five.bit_count() + 2 * (five & ~(five >> step)).bit_count()


def _finders(modules: int, step: int) -> int:
    """What looks like a corner, 1011101 with four light modules before or after it, counts forty."""
    light = ~modules
    found = modules & light << step & light << 5 * step
    for place in (2, 3, 4, 6):
        found &= modules << place * step
    if not found:
        return 0
    before = light >> step & light >> 2 * step & light >> 3 * step & light >> 4 * step
    after = light << 7 * step & light << 8 * step & light << 9 * step & light << 10 * step
    found &= before | after
    overlapping = found >> 4 * step | found >> 6 * step
    return 40 * (found & ~overlapping).bit_count()


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
