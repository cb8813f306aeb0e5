"""Files that are made to keep a worker busy, or to break it."""

import io
import random
import tracemalloc
import zipfile
from contextlib import suppress

import pytest

from base.errors import Invalid
from guests.sheets import rows_of
from guests.tests.files import with_part, xlsx_of
from guests.tests.test_sheets import refusal_of

HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = "</sheetData></worksheet>"
SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"


def workbook():
    return xlsx_of([["Name"], ["Ana"]])


def part_of(content, name):
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return parts.read(name).decode()


@pytest.mark.parametrize(
    "sheet",
    [
        f"{HEAD}<row>{'<c/>' * 100_000}</row>{TAIL}",
        f"{HEAD}{('<row>' + '<c/>' * 15_000 + '</row>') * 90}{TAIL}",
        f"{HEAD}<x:row>{'<x:c/>' * 100_000}</x:row>{TAIL}",
    ],
    ids=["in one row", "in many", "by another prefix"],
)
def test_workbook_of_empty_cells_is_refused_before_it_is_read(sheet):
    """40 MB of them are 40 kB, and were 4 GB and a minute to their reader."""
    bomb = with_part(workbook(), SHEET, sheet)
    assert len(bomb) < 50_000
    assert refusal_of(bomb).code == "too-large-file"


def test_workbook_of_styles_is_refused_before_it_is_read():
    styles = part_of(workbook(), STYLES)
    place = styles.index(">", styles.index("<cellXfs")) + 1
    bomb = with_part(workbook(), STYLES, styles[:place] + "<xf/>" * 120_000 + styles[place:])
    assert refusal_of(bomb).code == "too-large-file"


def test_workbook_as_large_as_may_be_is_read():
    rows = [[f"{row}-{column}" for column in range(50)] for row in range(5001)]
    assert len(rows_of(xlsx_of(rows))) == 5001


def test_no_damage_to_a_workbook_that_is_packed_otherwise_breaks_it():
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as new,
    ):
        for part in old.namelist():
            new.writestr(part, old.read(part))
    draw = random.Random(1)
    for _try in range(300):
        content = bytearray(stream.getvalue())
        for _byte in range(3):
            content[draw.randrange(len(content))] = draw.randrange(256)
        with suppress(Invalid):
            rows_of(bytes(content))


def test_too_many_rows_are_not_all_kept_to_be_counted():
    content = b"Name\n" + b"a\n" * 300_000
    tracemalloc.start()
    try:
        assert refusal_of(content).code == "too-large-file"
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 * 1024**2


def test_elements_without_an_end_are_looked_through_once():
    assert refusal_of(with_part(workbook(), SHEET, HEAD + "<c " * 300_000)).code == "unreadable-file"
