"""Text on paper: any Unicode in one embedded font, measured and cut to fit."""

import unicodedata
from functools import lru_cache
from typing import cast

from django.conf import settings
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.enums import MethodReturnValue

from base.qr import Symbol

FONT = settings.BASE_DIR / "static/onsite/common/fonts/DejaVuSansCondensed.ttf"
MARGIN = 15
WIDTH = 210 - 2 * MARGIN
# Of a line, in millimetres per point of its size.
LINE = 0.45
UNKNOWN = "□"


class Sheets(FPDF):
    """A4 pages in millimetres. Pages are broken by those who write on them."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self.set_margin(MARGIN)
        self.set_auto_page_break(False)
        self.c_margin = 0
        self.add_font("Onsite", fname=FONT)
        self.set_font("Onsite")
        self._fitted: dict[tuple[str, float, float, int], list[str]] = {}

    def put(
        self, x: float, y: float, width: float, text: str, size: float, most: int = 2, align: str = "L"
    ) -> float:
        """Write `text` in at most so many lines, and say where the next line begins."""
        for line in self.fit(text, width, size, most):
            self.set_xy(x, y)
            self.set_font_size(size)
            self.cell(width, size * LINE, visual(line), align=align)
            y += size * LINE
        return y

    def fit(self, text: str, width: float, size: float, most: int) -> list[str]:
        """The lines of `text`; what does not fit is cut, and an ellipsis says so."""
        key = (text, width, size, most)
        if key not in self._fitted:
            self.set_font_size(size)
            lines = self._lines(printable(text), width)
            if len(lines) > most:
                rest = lines[most - 1]
                while rest and self.get_string_width(f"{rest}…") > width:
                    rest = rest[:-1]
                lines = [*lines[: most - 1], f"{rest}…"]
            self._fitted[key] = lines
        return self._fitted[key]

    def _lines(self, text: str, width: float) -> list[str]:
        if not text:
            return []
        return cast(
            list[str], self.multi_cell(width, text=text, dry_run=True, output=MethodReturnValue.LINES)
        )

    def draw(self, symbol: Symbol, x: float, y: float, side: float) -> None:
        """A QR code, quiet zone included, in a square of so many millimetres."""
        module = side / symbol.size
        for column, row, length in symbol.bars:
            # A trace higher than a module, or some viewers show hairlines between the rows.
            self.rect(x + column * module, y + row * module, length * module, module * 1.03, style="F")


def printable(text: str) -> str:
    """`text` in one line of characters that the font has. What it lacks, Chinese or an emoji, becomes
    a box, unless a compatible character does; what is invisible, and could turn the rest of a line
    round, is left out.
    """
    shown = "".join(_printable(letter) for letter in unicodedata.normalize("NFC", text))
    return " ".join(shown.split())


def _printable(letter: str) -> str:
    if letter.isspace():
        return " "
    if unicodedata.category(letter) in ("Cc", "Cf"):
        return ""
    if ord(letter) in known():
        return letter
    compatible = unicodedata.normalize("NFKC", letter)
    return compatible if all(ord(part) in known() for part in compatible) else UNKNOWN


@lru_cache(maxsize=1)
def known() -> frozenset[int]:
    with TTFont(FONT, lazy=True) as font:
        return frozenset(font.getBestCmap())


def visual(line: str) -> str:
    """The line from left to right, as PDF wants also Hebrew and Arabic."""
    if any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in line):
        return BidiParagraph(line).get_reordered_string()
    return line
