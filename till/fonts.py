"""The fonts of paper: ours for most of the world, then those of the machine that `PDF_FONTS` names."""

import logging
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from glob import glob
from pathlib import Path

import uharfbuzz as hb
from django.conf import settings
from fpdf.unicode_script import get_unicode_script

logger = logging.getLogger(__name__)

# What joins letters or keeps them apart, and what chooses among their forms: no font needs them.
FORMATS = frozenset(map(chr, (0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))


@dataclass(frozen=True)
class Font:
    """A font file, or one of a collection."""

    path: Path
    number: int = 0

    @cached_property
    def letters(self) -> frozenset[int]:
        """The code points that it can draw; none if it has no outlines, which PDF wants."""
        face = hb.Face(hb.Blob.from_file_path(str(self.path)), self.number)
        has_outlines = {"glyf", "CFF "} & {*face.table_tags}
        return frozenset(face.unicodes if has_outlines else ())

    def has(self, text: str) -> bool:
        return all(letter in FORMATS or ord(letter) in self.letters for letter in text)


OURS = Font(settings.BASE_DIR / "static/onsite/common/fonts/DejaVuSansCondensed.ttf")


def font_for(text: str) -> Font | None:
    """The first font that has all letters of `text`: ours, else the machine's in the settings' order."""
    fonts = (OURS, *_named(tuple(settings.PDF_FONTS)))
    return next((font for font in fonts if font.has(text)), None)


@lru_cache
def _named(patterns: tuple[str, ...]) -> tuple[Font, ...]:
    return tuple(dict.fromkeys(font for pattern in patterns for font in _matching(pattern)))


def _matching(pattern: str) -> list[Font]:
    """The files that match `PATTERN`; with `#2` behind it, the third font of each."""
    path, _mark, number = pattern.partition("#")
    return [Font(Path(name), int(number or 0)) for name in sorted(glob(path))]


@cache
def tell_missing(script: str) -> None:
    """Once for each script in each process."""
    logger.warning(
        "No font has letters of the script %s: PDFs show boxes. PDF_FONTS can name one that does.", script
    )


def script_of(letter: str) -> str:
    """The script's name in Unicode: `HAN`, `THAI`."""
    return get_unicode_script(letter).name
