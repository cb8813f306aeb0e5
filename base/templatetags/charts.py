"""Charts as inline SVG: a ring, bars, lines and a heat. They are shapes alone, coloured by classes, so that
they follow the theme, print, and turn with the direction of writing; every page says the numbers beside them.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

# Of the drawing: a line's height, and how long a bar is when it is full.
HEIGHT = 100
FULL = 1000
# Shades of the heat, from nothing to the most.
SHADES = 5
# How many colours `split` tells apart; `common/charts.css` names them, and a test that they are told apart.
COLOURS = 6


class Part(Protocol):
    """Of a `split`."""

    @property
    def share(self) -> float: ...


def length(value: float, of: float) -> int:
    """How long a bar of `value` is where `of` is full: in thousandths, never more than all."""
    return 0 if of <= 0 or value <= 0 else min(round(value * FULL / of), FULL)


@register.simple_tag
def ring(value: float, of: float | None) -> SafeString:
    """How much of something is taken, all around for all of it; the bare circle where there is no limit."""
    taken = 0 if of is None else FULL if of <= value else length(value, of)
    return format_html(
        '<svg class="chart ring" viewBox="0 0 120 120" aria-hidden="true" focusable="false">'
        '<circle class="track" cx="60" cy="60" r="52"/>'
        '<circle class="taken" cx="60" cy="60" r="52" pathLength="{}" stroke-dasharray="{} {}"'
        ' transform="rotate(-90 60 60)"/></svg>',
        FULL,
        taken,
        FULL,
    )


@register.simple_tag
def bar(value: float, of: float) -> SafeString:
    """One bar against what would fill it."""
    return _row(format_html('<rect class="taken" width="{}" height="1"/>', length(value, of)), "gauge")


@register.simple_tag
def split(parts: Sequence[Part]) -> SafeString:
    """One bar, divided by the `share` of each part (0 to 1); its colours are those of `swatch`."""
    begun, pieces = 0, []
    for number, part in enumerate(parts):
        wide = length(part.share, 1)
        pieces.append((number % COLOURS, begun, max(wide - 4, 1) if wide else 0))
        begun += wide
    shapes = format_html_join("", '<rect class="colour-{}" x="{}" width="{}" height="1"/>', pieces)
    return _row(shapes, "split")


@register.simple_tag
def swatch(number: int) -> SafeString:
    """The colour of the part of that number (from 0), beside its name."""
    return format_html(
        '<svg class="swatch" viewBox="0 0 1 1" aria-hidden="true" focusable="false">'
        '<rect class="colour-{}" width="1" height="1"/></svg>',
        number % COLOURS,
    )


def _row(shapes: SafeString, kind: str) -> SafeString:
    return format_html(
        '<svg class="chart {}" viewBox="0 0 {} 1" preserveAspectRatio="none" aria-hidden="true"'
        ' focusable="false"><rect class="track" width="{}" height="1"/>{}</svg>',
        kind,
        FULL,
        FULL,
        shapes,
    )


@register.simple_tag
def lines(now: Sequence[float], before: Sequence[float]) -> SafeString:
    """One line over the other, by their places in the sequences: of `now` a whole one, of `before`, if there
    is any, a broken one.
    """
    steps = max(len(now), len(before), 2) - 1
    most = max([*now, *before, 1])
    return format_html(
        '<svg class="chart lines" viewBox="0 -2 {} {}" preserveAspectRatio="none" aria-hidden="true"'
        ' focusable="false"><path class="ground" d="M0 {}H{}"/>{}{}</svg>',
        FULL,
        HEIGHT + 4,
        HEIGHT,
        FULL,
        _line(before, steps, most, "before"),
        _line(now, steps, most, "now"),
    )


def _line(values: Sequence[float], steps: int, most: float, kind: str) -> SafeString:
    """Of a single value, a dot."""
    if not values:
        return SafeString("")
    points = [
        f"{place * FULL / steps:.1f},{HEIGHT - value * HEIGHT / most:.1f}"
        for place, value in enumerate(values)
    ]
    return format_html(
        '<polyline class="{}" points="{}"/>', kind, " ".join(points * 2 if len(points) == 1 else points)
    )


@register.simple_tag
def heat(row: Iterable[int], most: int) -> SafeString:
    """A row of squares, the darker the more; `most` is that of all rows which are to be compared."""
    cells = [(place, shade(value, most)) for place, value in enumerate(row)]
    return format_html(
        '<svg class="chart heat" viewBox="0 0 {} 1" preserveAspectRatio="none" aria-hidden="true"'
        ' focusable="false">{}</svg>',
        max(len(cells), 1),
        format_html_join("", '<rect class="shade-{1}" x="{0}" width="0.92" height="1"/>', cells),
    )


def shade(value: int, most: int) -> int:
    """Which of the shades, 0 for nothing; whatever is more than nothing is seen."""
    return 0 if value <= 0 else 1 + min(value * SHADES // (most + 1), SHADES - 1)
