"""Text on paper: any Unicode, in the fonts that have it, measured and cut to fit."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import cast

from fpdf import FPDF
from fpdf.bidi import BidiParagraph, auto_detect_base_direction
from fpdf.enums import PDFResourceType, TextDirection
from fpdf.fonts import TTFFont

from base.qr import Symbol
from till import fonts
from till.fonts import Font

MARGIN = 15
WIDTH = 210 - 2 * MARGIN
# Of a line, in millimetres per point of its size; and where in it the letters stand.
LINE = 0.45
BASELINE = 0.33
POINT = 25.4 / 72
UNKNOWN = "□"
ELLIPSIS = "…"
FSI, PDI = "\u2068", "\u2069"
WITHOUT_ISOLATES = {ord(FSI): None, ord(PDI): None}
RIGHT_TO_LEFT = frozenset(("R", "AL", "AN"))
DIRECTIONS = (TextDirection.LTR, TextDirection.RTL)


@dataclass(frozen=True)
class Run:
    """Letters of one font in one direction, in the order in which they are read."""

    text: str
    font: Font
    is_rtl: bool = False
    is_shaped: bool = True


@dataclass(frozen=True)
class Glyph:
    """A letter's picture: its code in the font of the document; how far it moves on, and where it stands
    beside its place, in thousandths of the size.
    """

    code: str
    advance: float
    x: float = 0
    y: float = 0


class Sheets(FPDF):
    """A4 pages in millimetres. Pages are broken by those who write on them; for who reads from the right
    they are `mirrored`: what is placed from the left stands as far from the right.
    """

    def __init__(self, *, mirrored: bool = False) -> None:
        super().__init__(format="A4")
        self.mirrored = mirrored
        self.set_margin(MARGIN)
        self.set_auto_page_break(False)
        self._used: dict[Font, TTFFont] = {}
        self._drawn: dict[Run, list[Glyph]] = {}
        self._runs: dict[tuple[str, TextDirection], list[Run]] = {}
        self._widths: dict[str, float] = {}
        self._fitted: dict[tuple[str, float, int], list[str]] = {}

    def put(
        self, x: float, y: float, width: float, text: str, size: float, most: int = 2, align: str = "L"
    ) -> float:
        """Write `text` in at most so many lines, and say where the next line begins."""
        base = auto_detect_base_direction(text)
        x, ends_right = self.across(x, width), (align == "R") is not self.mirrored
        for line in self.fit(text, width, size, most):
            left = x + width - self.width(line, size) if ends_right else x
            self._write(left, y + size * BASELINE, line, size, base)
            y += size * LINE
        return y

    def across(self, x: float, width: float) -> float:
        """Where something so wide begins."""
        return self.w - x - width if self.mirrored else x

    def fit(self, text: str, width: float, size: float, most: int) -> list[str]:
        """The lines of `text`; what does not fit is cut, and an ellipsis says so."""
        key = (text, width / size, most)
        if key not in self._fitted:
            self._fitted[key] = self._fit(printable(text), width / size / POINT * 1000, most)
        return self._fitted[key]

    def width(self, line: str, size: float) -> float:
        """In millimetres."""
        return self._width(line) / 1000 * size * POINT

    def draw(self, symbol: Symbol, x: float, y: float, side: float) -> None:
        """A QR code, quiet zone included, in a square of so many millimetres."""
        module, left = side / symbol.size * self.k, self.across(x, side) * self.k
        # One path in modules from the top left, each a trace higher than one, or some viewers show hairlines
        # between the rows.
        bars = "".join(f"{column} {row} {length} 1.03 re\n" for column, row, length in symbol.bars)
        place = f"{module:.4f} 0 0 {-module:.4f} {left:.2f} {(self.h - y) * self.k:.2f} cm"
        self._out(f"q {place}\n{bars}f Q")

    def _fit(self, text: str, width: float, most: int) -> list[str]:
        lines = list(self._lines(text, width))
        if len(lines) > most:
            rest = list(clusters(lines[most - 1]))
            while rest and self._width("".join(rest) + ELLIPSIS) > width:
                rest.pop()
            lines[most - 1 :] = ["".join(rest) + ELLIPSIS]
        return lines

    def _lines(self, text: str, width: float) -> Iterator[str]:
        """Broken between words, and within those that are too long for a line."""
        line = ""
        for word in text.split(" "):
            longer = f"{line} {word}" if line else word
            if self._width(longer) <= width:
                line = longer
                continue
            if line:
                yield line
            *full, line = self._pieces(word, width)
            yield from full
        if line:
            yield line

    def _pieces(self, word: str, width: float) -> list[str]:
        if self._width(word) <= width:
            return [word]
        pieces = [""]
        for cluster in clusters(word):
            if pieces[-1] and self._width(pieces[-1] + cluster) > width:
                pieces.append("")
            pieces[-1] += cluster
        return pieces

    def _width(self, text: str) -> float:
        """In thousandths of the size. Letters do not reach over blanks, so that a line is its words."""
        return sum(map(self._width_of_word, text.split(" "))) + text.count(" ") * self._width_of_word(" ")

    def _width_of_word(self, word: str) -> float:
        if word not in self._widths:
            self._widths[word] = sum(
                glyph.advance for run in self._runs_of(word) for glyph in self._glyphs(run)
            )
        return self._widths[word]

    def _write(self, x: float, y: float, line: str, size: float, base: TextDirection) -> None:
        """From `x` on the baseline `y`."""
        left, bottom, scale = x * self.k, (self.h - y) * self.k, size / 1000
        parts = []
        for run in self._runs_of(line, base):
            number = self._font(run.font).i
            self._resource_catalog.add(PDFResourceType.FONT, number, self.page)
            parts.append(f"/F{number} {size} Tf")
            glyphs = self._glyphs(run)
            if run.is_shaped:
                for glyph in glyphs:
                    place = f"{left + glyph.x * scale:.2f} {bottom + glyph.y * scale:.2f}"
                    parts.append(f"1 0 0 1 {place} Tm <{glyph.code}> Tj")
                    left += glyph.advance * scale
            else:
                parts.append(f"1 0 0 1 {left:.2f} {bottom:.2f} Tm <{''.join(g.code for g in glyphs)}> Tj")
                left += sum(glyph.advance for glyph in glyphs) * scale
        self._out(f"BT {' '.join(parts)} ET")

    def _runs_of(self, line: str, base: TextDirection = TextDirection.LTR) -> list[Run]:
        if (line, base) not in self._runs:
            self._runs[line, base] = runs(line, base)
        return self._runs[line, base]

    def _font(self, font: Font) -> TTFFont:
        """The font in the document, of which it will have the letters that are used."""
        if font not in self._used:
            family = f"font{len(self._used)}"
            self.add_font(family, fname=font.path, collection_font_number=font.number)
            self._used[font] = cast(TTFFont, self.fonts[family])
        return self._used[font]

    def _glyphs(self, run: Run) -> list[Glyph]:
        if run not in self._drawn:
            font = self._font(run.font)
            self._drawn[run] = list(_shaped(font, run) if run.is_shaped else _plain(font, run.text))
        return self._drawn[run]


def _plain(font: TTFFont, text: str) -> Iterator[Glyph]:
    for letter in text:
        yield Glyph(f"{font.subset.pick(ord(letter)):04x}", font.cw[ord(letter)])


def _shaped(font: TTFFont, run: Run) -> Iterator[Glyph]:
    terms = {"features": {}, "fragment_direction": DIRECTIONS[run.is_rtl]}
    for glyph in font.shape_text(run.text, 1, terms):
        measures = (glyph[name] * font.scale for name in ("x_advance", "x_offset", "y_offset"))
        yield Glyph(f"{glyph['mapped_char']:04x}", *measures)


def isolated(text: str) -> str:
    """`text` for the midst of a line whose order of words it does not turn round, nor they its."""
    return f"{FSI}{text.translate(WITHOUT_ISOLATES)}{PDI}" if text else ""


def printable(text: str) -> str:
    """`text` in one line of characters that some font has. What none has becomes a box, unless a
    compatible character does; what is invisible, and could turn the rest of a line round, is left out.
    """
    shown = "".join(_printable(letter) for letter in unicodedata.normalize("NFC", text))
    return " ".join(shown.split())


def _printable(letter: str) -> str:
    if letter.isspace():
        return " "
    if letter in fonts.FORMATS or letter in (FSI, PDI):
        return letter
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs"):
        return ""
    compatible = unicodedata.normalize("NFKC", letter)
    for shown in (letter, compatible):
        if all(map(fonts.font_for, shown)):
            return shown
    fonts.tell_missing(fonts.script_of(letter))
    return UNKNOWN


def clusters(text: str) -> Iterator[str]:
    """Letters with the marks that they carry, which no line or cut parts from them."""
    cluster = ""
    for letter in text:
        if cluster and not _belongs(letter):
            yield cluster
            cluster = ""
        cluster += letter
    if cluster:
        yield cluster


def _belongs(letter: str) -> bool:
    return letter in fonts.FORMATS or unicodedata.category(letter).startswith("M")


def runs(line: str, base: TextDirection) -> list[Run]:
    """What is drawn one after the other from left to right, for a line of what is printable, out of a text
    that begins in the direction `base`.
    """
    if any(unicodedata.bidirectional(letter) in RIGHT_TO_LEFT for letter in line):
        characters = BidiParagraph(line, base, preserve_bn_chars=True).get_reordered_characters()
        places = [(each.character_index, each.embedding_level % 2 == 1) for each in characters]
        return list(_runs(line, places))
    line = line.translate(WITHOUT_ISOLATES)
    if all(map(_is_plain, line)):
        return [Run(line, fonts.OURS, is_shaped=False)]
    return list(_runs(line, [(place, False) for place in range(len(line))]))


def _runs(line: str, places: list[tuple[int, bool]]) -> Iterator[Run]:
    """Of the places of the letters from left to right, with whether they are read from right to left."""
    chosen = _fonts_of(line)
    visible = [(place, is_rtl) for place, is_rtl in places if line[place] not in (FSI, PDI)]
    for (is_rtl, font), group in groupby(visible, key=lambda each: (each[1], chosen[each[0]])):
        text = "".join(line[place] for place, _is_rtl in group)
        is_shaped = not all(map(_is_plain, text))
        yield Run(text[::-1] if is_rtl else text, font, is_rtl, is_shaped or is_rtl)


def _fonts_of(line: str) -> list[Font]:
    """For each letter that of its word, so that its letters join, if one font has them all."""
    chosen: list[Font] = []
    for is_between, letters in groupby(line, key=lambda letter: letter in (" ", FSI, PDI)):
        word = "".join(letters)
        font = fonts.OURS if is_between else fonts.font_for(word)
        chosen += [font] * len(word) if font else _fonts_of_letters(word)
    return chosen


def _fonts_of_letters(word: str) -> Iterator[Font]:
    for cluster in clusters(word):
        font = fonts.font_for(cluster)
        for letter in cluster:
            yield font or fonts.font_for(letter) or fonts.OURS


@lru_cache(maxsize=10_000)
def _is_plain(letter: str) -> bool:
    """Whether it looks the same in any company, in our own font."""
    return (
        fonts.OURS.has(letter)
        and not _belongs(letter)
        and unicodedata.bidirectional(letter) not in RIGHT_TO_LEFT
    )
