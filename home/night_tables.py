"""A night's report as a table: what the books say of that day, and below it what door and drawers do."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from books import spreadsheets
from books.dialects import Dialect
from books.spreadsheets import Row
from books.totals import Day, Totals
from events.models import Event
from exports.tables import Rows, Table, money, number, text
from exports.writing import write_xlsx
from home.night import Night


def rows_of(night: Night) -> list[Row]:
    """A header, then a row for each fact, as in the table of the totals. Times are the event's, with their
    offset.
    """
    heading, *books = spreadsheets.of_totals(
        Totals(night.event, night.figures, [Day(night.day, night.figures)])
    )
    day = night.day.isoformat()
    return [heading, *books, *((day, *row) for row in _beside(night))]


def _beside(night: Night) -> Iterator[Row]:
    for row in night.other_prices:
        yield _("other price"), row.reason, row.approver, row.quantity, row.amount
    for gate, counts in night.heat.gates:
        for at, came in zip(night.heat.quarters, counts, strict=True):
            if came:
                yield _("arrivals"), gate, _time(night, at), came, ""
    for shows in night.no_shows:
        yield _("never came"), shows.ticket, "", shows.missing, ""
    for line in night.refusals:
        yield _("turned away"), line.reason, "", line.number, ""
    for drawer in night.drawers:
        if drawer.report is not None and drawer.difference is not None:
            till = f"{drawer.report.till} / Z {drawer.report.number}"
            yield _("cash difference"), drawer.report.cashier, till, "", drawer.difference


def _time(night: Night, at: datetime) -> str:
    return at.astimezone(ZoneInfo(night.event.timezone)).isoformat(timespec="minutes")


def as_csv(night: Night, dialect: Dialect) -> bytes:
    return spreadsheets.written(rows_of(night), dialect)


COLUMNS = (
    text(gettext_lazy("business day"), "day"),
    text(gettext_lazy("section"), "section"),
    text(gettext_lazy("item"), "item"),
    text(gettext_lazy("detail"), "detail"),
    number(gettext_lazy("quantity"), "quantity"),
    money(gettext_lazy("amount"), "amount"),
)


@dataclass(frozen=True)
class Facts(Table):
    """A table of facts that are at hand, in one chunk."""

    facts: Rows = field(default_factory=list)

    def chunks(self, event: Event) -> Iterator[Rows]:
        yield self.facts


def as_xlsx(night: Night) -> bytes:
    file = io.BytesIO()
    facts: Rows = [[None if cell == "" else cell for cell in row] for row in rows_of(night)[1:]]
    table = Facts("night", _("The night"), lambda event: event.orders.none(), COLUMNS, facts=facts)
    write_xlsx(file, table, night.event, lambda _rows: None)
    return file.getvalue()
