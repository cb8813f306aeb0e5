"""A table as a file, for spreadsheets and programs: CSV in somebody's dialect, and XLSX.

In CSV a text that looks like a formula is disarmed with an apostrophe, as in the books. In XLSX every text is
a text by its cell's type, so that none is ever computed, and says what it says.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from string import ascii_uppercase
from typing import IO, Any, cast
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from base.money import currencies
from books.dialects import Dialect
from books.spreadsheets import cell as csv_cell
from events.models import Event
from exports.tables import Cell, Column, Kind, Rows, Table

# What XML 1.0 cannot hold.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# What one sheet of Excel holds below its heading, and one cell.
ROWS_PER_SHEET = 1_048_575
LETTERS_PER_CELL = 32_767
TIME_FORMAT = "yyyy-mm-dd hh:mm:ss"
WIDTHS = {Kind.TEXT: 18, Kind.NUMBER: 10, Kind.MONEY: 12, Kind.TIME: 20}

# Told how many rows are written so far, after each chunk; may raise what ends the writing.
Tell = Callable[[int], None]


def csv_lines(table: Table, event: Event, dialect: Dialect) -> Iterator[tuple[int, bytes]]:
    """The heading and then each chunk of rows, as UTF-8, with how many rows there are in it. Times are the
    event's, with their offset.
    """
    zone = ZoneInfo(event.timezone)
    yield 0, _as_csv([[*table.headings(event.timezone)]], dialect, zone, mark=dialect.has_mark)
    for rows in table.chunks(event):
        yield len(rows), _as_csv(rows, dialect, zone)


def _as_csv(rows: Rows, dialect: Dialect, zone: ZoneInfo, *, mark: bool = False) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=dialect.separator)
    writer.writerows([_csv_cell(value, dialect, zone) for value in row] for row in rows)
    return file.getvalue().encode("utf-8-sig" if mark else "utf-8")


def _csv_cell(value: Cell, dialect: Dialect, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    return csv_cell(value, dialect)


def write_csv(file: IO[bytes], table: Table, event: Event, dialect: Dialect, tell: Tell) -> int:
    """Write all of it; how many rows that were."""
    written = 0
    for rows, lines in csv_lines(table, event, dialect):
        file.write(lines)
        written += rows
        tell(written)
    return written


def write_xlsx(
    file: IO[bytes], table: Table, event: Event, tell: Tell, *, per_sheet: int = ROWS_PER_SHEET
) -> int:
    """Write all of it; how many rows that were. What does not fit one sheet goes on in the next."""
    sheets = _Sheets(table, event, per_sheet)
    written = 0
    try:
        for rows in table.chunks(event):
            for row in rows:
                sheets.append(row)
            written += len(rows)
            tell(written)
        sheets.book.save(file)
    except BaseException:
        sheets.abandon()
        raise
    return written


class _Sheets:
    """The sheets of a book, filled one after the other, never held in memory."""

    def __init__(self, table: Table, event: Event, per_sheet: int) -> None:
        self.book = Workbook(write_only=True)
        self.table, self.event, self.per_sheet = table, event, per_sheet
        self.zone = ZoneInfo(event.timezone)
        self.begin()

    def begin(self) -> None:
        self.left = self.per_sheet
        number = len(self.book.worksheets) + 1
        name = f"{self.table.key} {number}" if number > 1 else self.table.key
        sheet: Any = self.book.create_sheet(name)  # a write-only one, which the stubs know nothing of
        sheet.freeze_panes = "A2"
        for column, letter in zip(self.table.columns, ascii_uppercase, strict=False):
            sheet.column_dimensions[letter].width = WIDTHS[column.kind]
        headings = [_as_text(sheet, name) for name in self.table.headings(self.event.timezone, named=True)]
        for heading in headings:
            heading.font = Font(bold=True)
        sheet.append(headings)
        # Each is written before the next row is put into it: styling one for each row takes longer.
        self.styled = [self._styled(sheet, column) for column in self.table.columns]
        self.sheet = sheet

    def _styled(self, sheet: Any, column: Column) -> SheetCell | None:
        made = WriteOnlyCell(sheet)
        if column.kind is Kind.MONEY:
            decimals = currencies().get(self.event.currency, 2)
            made.number_format = f"0.{'0' * decimals}" if decimals else "0"
        elif column.kind is Kind.TIME:
            made.number_format = TIME_FORMAT
        return made if made.has_style else None

    def append(self, row: list[Cell]) -> None:
        if not self.left:
            self.begin()
        self.left -= 1
        self.sheet.append([self._put(cell, value) for cell, value in zip(self.styled, row, strict=True)])

    def _put(self, styled: SheetCell | None, value: Cell) -> SheetCell | Cell:
        """What openpyxl writes: bare values, which it is quickest with, unless they need a cell."""
        if isinstance(value, str):
            legal = _legal(value)
            # It takes the one for a formula and the other perhaps for an error: these are texts.
            return _as_text(self.sheet, legal) if legal.startswith(("=", "#")) else legal
        if styled is None or value is None:
            return value
        if isinstance(value, datetime):
            value = value.astimezone(self.zone).replace(tzinfo=None, microsecond=0)
        styled.value = value
        return styled

    def abandon(self) -> None:
        """openpyxl clears its temporary files away when it saves, and else when the process ends: that may
        be in weeks.
        """
        for sheet in cast(list[Any], self.book.worksheets):
            if not sheet.closed:
                with suppress(OSError):
                    sheet.close()
            with suppress(OSError, ValueError):
                sheet._writer.cleanup()


def _as_text(sheet: Any, value: str) -> SheetCell:
    """A cell that is a text, whatever it looks like."""
    cell = WriteOnlyCell(sheet, _legal(value))
    cell.data_type = "s"
    return cell


def _legal(value: str) -> str:
    """As XML and Excel can hold it."""
    legal = FORBIDDEN.sub("\ufffd", value)
    return legal if len(legal) <= LETTERS_PER_CELL else f"{legal[: LETTERS_PER_CELL - 1]}…"
