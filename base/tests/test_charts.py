"""Charts: how long, how many, which shade; and that the colour-blind tell their colours apart."""

import re
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings

from base.templatetags import charts

STYLE = Path(settings.BASE_DIR) / "static/onsite/common/charts.css"
# Machado, Oliveira and Fernandes 2009: what is left of linear RGB in complete protanopia and deuteranopia.
SEEN_AS = {
    "everybody": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
WHITE = (0.95047, 1.0, 1.08883)
APART = 20  # delta E of 1976; about 2 is just seen
SURFACES = {"light": "#ffffff", "dark": "#171c24"}


def linear(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def lab(rgb):
    x, y, z = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116
        for part in (value / white for value, white in zip(times(TO_XYZ, rgb), WHITE, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def delta_e(one, other, matrix):
    seen = (lab([min(max(part, 0), 1) for part in times(matrix, linear(colour))]) for colour in (one, other))
    return sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5


def contrast(one, other):
    low, high = sorted(times(TO_XYZ, linear(colour))[1] for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def palettes():
    found = re.findall(r"--chart-\d: (#[0-9a-f]{6})", STYLE.read_text())
    light, dark, dark_again = (found[at : at + charts.COLOURS] for at in range(0, len(found), charts.COLOURS))
    assert dark == dark_again
    return {"light": light, "dark": dark}


@pytest.mark.parametrize("theme", ["light", "dark"])
class TestColours:
    @pytest.mark.parametrize("eyes", SEEN_AS)
    def test_are_told_apart(self, theme, eyes):
        worst = min(delta_e(*pair, SEEN_AS[eyes]) for pair in combinations(palettes()[theme], 2))
        assert worst >= APART

    def test_stand_out_from_the_card(self, theme):
        assert min(contrast(colour, SURFACES[theme]) for colour in palettes()[theme]) >= 3


def test_red_and_green_would_not_be_told_apart():
    assert delta_e("#c0392b", "#6b7a00", SEEN_AS["deuteranopia"]) < APART


@pytest.mark.parametrize(
    ("value", "of", "long"),
    [(0, 0, 0), (0, 10, 0), (1, 3, 333), (10, 10, 1000), (11, 10, 1000), (-1, 10, 0), (5, 0, 0)],
)
def test_bar_is_never_longer_than_all(value, of, long):
    assert charts.length(value, of) == long


@pytest.mark.parametrize(
    ("value", "most", "shade"), [(0, 9, 0), (1, 9, 1), (1, 1000, 1), (9, 9, 5), (5, 9, 3), (1, 1, 3)]
)
def test_heat_shows_whatever_is_more_than_nothing(value, most, shade):
    assert charts.shade(value, most) == shade


@dataclass
class Part:
    share: float


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: charts.ring(5, 10),
        lambda: charts.ring(11, 10),
        lambda: charts.ring(5, None),
        lambda: charts.ring(0, 0),
        lambda: charts.bar(1, 2),
        lambda: charts.split([]),
        lambda: charts.split([Part(0.5), Part(0.0), Part(0.5)]),
        lambda: charts.swatch(7),
        lambda: charts.lines([], []),
        lambda: charts.lines([1], []),
        lambda: charts.lines([1, 2, 3], [3, 2, 1, 0]),
        lambda: charts.heat([], 0),
        lambda: charts.heat([1, 2, 3], 3),
    ],
)
def test_is_an_image_without_style_or_script(drawn):
    image = ElementTree.fromstring(drawn())
    assert image.tag == "svg"
    assert image.get("aria-hidden") == "true"
    for element in image.iter():
        assert not {"style", "onclick", "onload"} & set(element.attrib)


def test_full_ring_goes_all_around():
    taken = ElementTree.fromstring(charts.ring(10, 10))[1]
    assert taken.get("stroke-dasharray") == "1000 1000"


def test_line_goes_from_edge_to_edge_with_the_most_at_the_top():
    line = ElementTree.fromstring(charts.lines([0, 4, 2], []))[1]
    assert line.get("points") == "0.0,100.0 500.0,0.0 1000.0,50.0"
