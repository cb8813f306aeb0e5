"""Rows are read out of whatever a spreadsheet has written, and of nothing else."""

import io
import unicodedata
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from base.errors import Invalid
from guests.sheets import MOST_BYTES, rows_of
from guests.tests.files import csv_of, with_part, xlsx_of

TITLES = ("Name", "E-mail")
anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
lists = st.lists(st.tuples(anything, anything), min_size=1, max_size=6)


def texts(content):
    return [row.cells for row in rows_of(content)]


def kept(rows):
    """As they are read: without blanks around, and without what is empty."""
    stripped = [[cell.strip() for cell in row] for row in rows]
    for row in stripped:
        while row and not row[-1]:
            row.pop()
    return [tuple(row) for row in stripped if row]


def refusal_of(content):
    with pytest.raises(Invalid) as refusal:
        rows_of(content)
    return refusal.value.problems[0]


@given(
    rows=lists,
    separator=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_any_letters_come_back_by_every_separator_and_encoding(rows, separator, encoding):
    assert texts(csv_of([TITLES, *rows], separator, encoding)) == kept([TITLES, *rows])


@given(rows=st.lists(st.tuples(*[st.text(st.characters(codec="cp1252"), max_size=20)] * 2), min_size=1))
def test_old_windows_letters_come_back(rows):
    assume(not any("\0" in cell for row in rows for cell in row))
    content = csv_of([TITLES, *rows], ";", "cp1252")
    try:
        content.decode()
    except UnicodeDecodeError:
        assert texts(content) == kept([TITLES, *rows])


@given(rows=st.lists(st.tuples(*[st.text(st.characters(exclude_categories=["C"]), max_size=20)] * 2)))
def test_workbooks_come_back(rows):
    safe = [[cell if not cell.startswith("=") else f"-{cell}" for cell in row] for row in rows]
    assume(all(unicodedata.is_normalized("NFC", cell) for row in safe for cell in row))
    assert texts(xlsx_of([TITLES, *safe])) == kept([TITLES, *safe])


def answer_to(content):
    """How it is refused; None if it is read."""
    try:
        rows_of(content)
    except Invalid as refusal:
        return refusal.problems[0].code
    return None


@given(st.binary(max_size=300))
def test_no_bytes_break_it(content):
    for head in (b"", b"PK\x03\x04", b"\xff\xfe", b"Name;E-mail\n"):
        assert answer_to(head + content) in (None, "unreadable-file", "too-large-file")


BOOK = xlsx_of([TITLES, ("Ana", "a@example.com")])


@given(st.lists(st.tuples(st.integers(4, len(BOOK) - 10), st.integers(0, 255)), min_size=1, max_size=8))
def test_no_damage_to_a_workbook_breaks_it(changes):
    content = bytearray(BOOK)
    for place, byte in changes:
        content[place] = byte
    assert answer_to(bytes(content)) in (None, "unreadable-file", "too-large-file")


SHEET = zipfile.ZipFile(io.BytesIO(BOOK)).read("xl/worksheets/sheet1.xml")


@given(st.lists(st.tuples(st.integers(0, len(SHEET) - 1), st.integers(32, 126)), min_size=1, max_size=4))
def test_no_damage_to_its_sheet_breaks_it(changes):
    sheet = bytearray(SHEET)
    for place, byte in changes:
        sheet[place] = byte
    damaged = with_part(BOOK, "xl/worksheets/sheet1.xml", bytes(sheet))
    assert answer_to(damaged) in (None, "unreadable-file", "too-large-file")


def test_latin_1_of_an_old_program():
    assert texts("Name;Ort\nJosé Müller;Köln\n".encode("latin-1"))[1] == ("José Müller", "Köln")


def test_lines_are_those_of_the_file():
    rows = rows_of(b'Name;Note\n\n;;\nAna;"two\nlines"\nBo;x\n')
    assert [row.line for row in rows] == [1, 4, 6]


def test_excels_own_word_for_the_separator_is_no_row():
    rows = rows_of(b"sep=;\nName;Note\nAna, the first;x\n")
    assert [(row.line, row.cells[0]) for row in rows] == [(2, "Name"), (3, "Ana, the first")]


def test_lonely_quotation_mark_is_told_by_its_line():
    assert "Line 3" in refusal_of(b'Name;Note\nAna;x\n"Bo;y\nCy;z\n').detail
    assert "Line 2" in refusal_of(b'Name;Note\n"Ana"x;y\n').detail


def test_numbers_and_dates_of_a_workbook_are_texts():
    at = datetime(2026, 11, 29, 20, 15)  # noqa: DTZ001 - a cell has no zone
    row = (12345.0, 7, 1.5, date(2026, 11, 29), at, True, None, "end")
    content = xlsx_of([[str(n) for n in range(8)], row])
    expected = ("12345", "7", "1.5", "2026-11-29", "2026-11-29 20:15:00", "True", "", "end")
    assert texts(content)[1] == expected


def test_rows_of_a_workbook_have_the_numbers_that_excel_shows():
    assert [row.line for row in rows_of(xlsx_of([["Name"], [None], ["Ana"], [], ["Bo"]]))] == [1, 3, 5]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Nothing stands"),
        (b"\n;;\n \n", "Nothing stands"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no table"),
        (b"Name\nA\0na\n", "no table"),
        (b"\xff\xfeN", "no table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "old Excel"),
        (b"PK\x03\x04 and nothing else", "no XLSX"),
    ],
)
def test_what_is_no_table_is_refused_in_words(content, words):
    assert words in refusal_of(content).detail


def test_other_zip_files_are_no_workbooks():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("word/document.xml", "<a/>")
    assert refusal_of(stream.getvalue()).code == "unreadable-file"


def test_bomb_in_a_workbook_is_not_unpacked():
    bomb = with_part(xlsx_of([TITLES]), "xl/worksheets/sheet1.xml", b" " * (60 * 1024 * 1024))
    assert len(bomb) < 200_000
    assert refusal_of(bomb).code == "too-large-file"


def test_part_that_lies_about_its_size_is_not_unpacked_either():
    bomb = with_part(xlsx_of([TITLES]), "xl/worksheets/sheet1.xml", b" " * (60 * 1024 * 1024))
    lying = bomb.replace((60 * 1024 * 1024).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lying != bomb
    assert refusal_of(lying).code == "unreadable-file"


def test_laughs_by_the_billion_are_refused():
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))
    sheet = (
        f"<!DOCTYPE x [{entities}]><worksheet"
        ' xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&a9;</t></is></c></row></sheetData></worksheet>'
    )
    content = with_part(xlsx_of([TITLES]), "xl/worksheets/sheet1.xml", sheet)
    assert refusal_of(content).code == "unreadable-file"


def test_last_line_of_excel_costs_nothing():
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    assert texts(with_part(xlsx_of([TITLES]), "xl/worksheets/sheet1.xml", sheet)) == [("Name",)]


@pytest.mark.parametrize(
    "content",
    [
        b"Name\n" + b"A\n" * 5001,
        b";".join([b"x"] * 51),
        b"Name\n" + b"A" * MOST_BYTES,
        xlsx_of([["x"] * 51]),
        xlsx_of([["Name"], *(["A"] for _ in range(5001))]),
    ],
    ids=["rows", "columns", "bytes", "columns of a workbook", "rows of a workbook"],
)
def test_too_much_is_refused(content):
    assert refusal_of(content).code == "too-large-file"


def test_as_much_as_may_be_is_read():
    assert len(rows_of(b"Name\n" + b"A\n" * 5000)) == 5001
    assert len(rows_of(xlsx_of([["x"] * 50]))[0].cells) == 50
