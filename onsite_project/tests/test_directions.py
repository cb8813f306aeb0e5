"""Pages turn round with the direction of writing: no style of ours says left or right."""

import re

import pytest
from django.conf import settings

STYLES = sorted(
    path for path in (settings.BASE_DIR / "static" / "onsite").rglob("*.css") if "vendor" not in path.parts
)
SIDED = re.compile(r"(^|-)(left|right)(-|$)")
# Of four values the second is the right and the fourth the left.
FOUR_SIDED = re.compile(r"(margin|padding|inset|border-(width|style|color)|scroll-(margin|padding))$")
FOUR_CORNERED = "border-radius"
ASIDE = re.compile(r"(text-align|float|clear)$")

PHYSICAL = {
    ("claims/claim.css", "padding"): "the notch of a telephone is where it is, whatever is written",
}


def bare(style):
    return re.sub(r"/\*.*?\*/", "", style, flags=re.S)


def declarations(style):
    """Property and value of each, of at-rules and nested rules too."""
    for name, value in re.findall(r"(?<![\w-])([a-z-]+)\s*:\s*([^;{}]+)(?=[;}])", bare(style)):
        yield name, value.strip()


def words(value):
    """`8px calc(1px + 2px)` as two."""
    parts, depth = [""], 0
    for letter in value:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter.isspace() and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part for part in parts if part]


def corners_differ(corners):
    """Whether left and right ones do: of top left, top right, bottom right, bottom left."""
    full = corners * 2 if len(corners) == 2 else [*corners, *corners[1:2]]
    return full[0] != full[1] or full[2] != full[3]


def is_physical(name, value):
    """Whether a declaration means another side of the page where writing runs the other way."""
    parts = words(value)
    if FOUR_SIDED.match(name):
        return len(parts) == 4 and parts[1] != parts[3]
    if name == FOUR_CORNERED and "/" not in value:
        return len(parts) > 1 and corners_differ(parts)
    if ASIDE.match(name):
        return value in ("left", "right")
    if name == "box-shadow":
        return bool(re.match(r"(inset )?-?[1-9.]", value))
    return bool(SIDED.search(name))


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_no_style_says_left_or_right(path):
    name = str(path.relative_to(settings.BASE_DIR / "static" / "onsite"))
    found = [
        f"{key}: {value}"
        for key, value in declarations(path.read_text())
        if is_physical(key, value) and (name, key) not in PHYSICAL
    ]
    assert found == [], f"{name} says sides of the screen: use -inline-start and -inline-end"


@pytest.mark.parametrize(
    "declaration",
    [
        "margin-left: 8px",
        "right: 0",
        "border-left: 1px solid",
        "border-top-left-radius: 4px",
        "text-align: right",
        "float: left",
        "padding: 4px 0 4px calc(8px + 4px)",
        "inset: 8px 8px auto auto",
        "border-radius: 0 8px 8px 0",
        "box-shadow: inset 4px 0 0 red",
    ],
)
def test_sides_are_noticed(declaration):
    (found,) = declarations(f"@media print {{ .a:hover {{ {declaration}; }} }}")
    assert is_physical(*found)


@pytest.mark.parametrize(
    "declaration",
    [
        "margin: 0 8px 4px",
        "padding: 1px 2px 3px 2px",
        "border-radius: 8px 8px 0 0",
        "box-shadow: 0 1px 2px red",
        "inset: 0",
    ],
)
def test_what_is_the_same_on_both_sides_is_not(declaration):
    (found,) = declarations(f".a {{ {declaration}; }}")
    assert not is_physical(*found)


def test_each_exception_is_there():
    for name, key in PHYSICAL:
        style = (settings.BASE_DIR / "static" / "onsite" / name).read_text()
        assert any(found == key for found, _ in declarations(style)), (name, key)
