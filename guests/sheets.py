"""The bytes of a CSV or XLSX file as rows of texts, however a spreadsheet has written them."""

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any, NamedTuple, cast
from warnings import catch_warnings
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from base.errors import Invalid

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 5000  # below the row of names
MOST_COLUMNS = 50
# What an XLSX may be once it is unpacked, and the lines that are looked at, most of them empty.
MOST_UNPACKED = 40 * 1024 * 1024
MOST_LINES = 20_000
# Elements that it is made of: all of them, those of one row, and what is no cell or text, which costs most.
MOST_ELEMENTS, MOST_OF_A_ROW, MOST_OTHERS = 1_200_000, 70_000, 100_000
OF_CELLS = re.compile(rb"<(?:\w+:)?(?:row|c|v|f|is|si|t)[\s/>]")
# A number is never blank; a text that a formula makes may be.
UNCOMPUTED = re.compile(
    rb"<(?:\w+:)?c(?:\s(?![^<>]*\bt=)[^<>]*)?>\s*<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")

PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # no other workbooks are made, and those fail otherwise
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# The longer marks first: UTF-32's begins like UTF-16's.
MARKS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
UNMARKED = ("utf-8", "cp1252", "latin-1")
SEPARATORS = (";", ",", "\t")
# What the readers of zip files and workbooks raise for what is none.
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, OSError, EOFError, RuntimeError),
    *(StopIteration, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError),
)


class Row(NamedTuple):
    """What stands in one line (of a CSV file: begins there), without blanks around it."""

    line: int
    cells: tuple[str, ...]


def rows_of(content: bytes) -> list[Row]:
    """The rows of a file in which anything stands, the first of them the names of its columns.

    Raises `Invalid` `unreadable-file` for what is no table, and `too-large-file`.
    """
    if len(content) > MOST_BYTES:
        raise _too_large(_("A file has at most %d MB.") % (MOST_BYTES // 1024**2))
    if content.startswith(OLD_EXCEL):
        raise _unreadable(_("This is an old Excel file: save it as XLSX or CSV."))
    lines: Iterable[tuple[int, Iterable[object]]]
    lines = _of_workbook(content) if content.startswith(ZIP) else _of_text(content)
    filled = (row for row in (Row(line, _texts(cells)) for line, cells in lines) if row.cells)
    rows = list(islice(filled, MOST_ROWS + 2))
    if not rows:
        raise _unreadable(_("Nothing stands in this file."))
    if len(rows) > MOST_ROWS + 1:
        raise _too_large(_("A file has at most %d rows: split it.") % MOST_ROWS)
    if max(len(row.cells) for row in rows) > MOST_COLUMNS:
        raise _too_large(_("A file has at most %d columns.") % MOST_COLUMNS)
    return rows


def _unreadable(detail: str) -> Invalid:
    return Invalid.of("unreadable-file", detail, "file")


def _too_large(detail: str) -> Invalid:
    return Invalid.of("too-large-file", detail, "file")


def _texts(cells: Iterable[object]) -> tuple[str, ...]:
    """As they are typed, up to the last in which anything stands."""
    texts = [_text(cell).strip() for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case float() if cell.is_integer():
            return str(int(cell))  # a spreadsheet has no other numbers
        case datetime() if cell.time() == time.min:
            return cell.date().isoformat()
        case datetime():
            return cell.isoformat(" ", "seconds")
        case date() | time():
            return cell.isoformat()
    return str(cell)


# --- XLSX -----------------------------------------------------------------------------------------


def _of_workbook(content: bytes) -> list[tuple[int, Iterable[object]]]:
    """The lines of the first sheet that is shown."""
    try:
        _check_unpacked(content)
        with catch_warnings(action="ignore"):  # of what a workbook has beside its cells
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            sheet = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
            _check_computed(content, cast(Any, sheet)._worksheet_path)
            sheet.reset_dimensions()  # what a file says of itself may be wrong
            cells = sheet.iter_rows(max_row=MOST_LINES, max_col=MOST_COLUMNS + 1, values_only=True)
            return list(enumerate(cells, start=1))
    except BROKEN as error:
        raise _unreadable(_("This is no XLSX file that can be read: save it anew, or as CSV.")) from error


def _check_unpacked(content: bytes) -> None:
    """Of a part no more is unpacked than it says of itself, so that can be believed. What its reader makes of
    it is a hundred times as large, and read while somebody waits: it is counted first.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if any(part.compress_type not in PACKED for part in parts.infolist()):
            raise zipfile.BadZipFile("No workbook is packed like that.")
        if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
            raise _too_large(_("There is too much in this file."))
        elements = others = 0
        for part in parts.infolist():
            text = parts.read(part)
            found = text.count(b"<") - text.count(b"</")
            elements += found
            if elements > MOST_ELEMENTS or _widest(text) > MOST_OF_A_ROW:
                raise _too_large(_("There is too much in this file."))
            others += found - sum(1 for _element in OF_CELLS.finditer(text))
        if others > MOST_OTHERS:
            raise _too_large(_("There is too much in this file."))


def _check_computed(content: bytes, sheet: str) -> None:
    """What a program has written and no spreadsheet has opened has formulas without results: read as blanks,
    they would let in for nothing whoever has to pay.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if UNCOMPUTED.search(parts.read(sheet)):
            raise _unreadable(
                _("This file has formulas without results: open it in a spreadsheet, and save it.")
            )


def _widest(text: bytes) -> int:
    """Of how many elements the longest row is, their ends counted as well."""
    begins = [row.start() for row in ROW.finditer(text)]
    rows = zip(begins, [*begins[1:], len(text)], strict=True) if begins else ()
    return max((text.count(b"<", begin, end) for begin, end in rows), default=0)


# --- CSV ------------------------------------------------------------------------------------------


def _of_text(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content)
    begun, separator = 0, None
    if text[:4].casefold() == "sep=":  # Excel's own way to say it
        first, _end, text = text.partition("\n")
        begun, separator = 1, first[4:5]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator or _separator(text), strict=True)
    before = 0
    try:
        for cells in reader:
            yield begun + before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        detail = _("Line %(line)d cannot be read: look for a quotation mark that stands alone.")
        raise _unreadable(detail % {"line": begun + before + 1}) from error


def _decoded(content: bytes) -> str:
    encodings = [encoding for mark, encoding in MARKS if content.startswith(mark)][:1] or UNMARKED
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
        break
    raise _unreadable(_("This is no table: save it as CSV or XLSX."))


def _separator(text: str) -> str:
    """The one of which most stand in the row of names."""
    line = next((line for line in io.StringIO(text) if line.strip()), "")
    return max(SEPARATORS, key=line.count)
