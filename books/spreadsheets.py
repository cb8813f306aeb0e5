"""The books as CSV: one fact a row, for people who open it in a spreadsheet and programs that add up."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from base import languages
from books.dialects import POINT, Dialect
from books.figures import Figures
from books.shift_report import Report
from books.totals import Totals

Row = Sequence[str | int | Decimal]
# Signs that begin a formula, wide ones in Japanese spreadsheets, with the run of what may stand between
# them and the end of the cell before. It is found from its beginning only, so that a long one costs little.
FORMULA = re.compile(r"""(?<![;,|\s"'])[;,|\s"']*+(?=[=+\-@＝＋－＠])|^(?=[\t\r\n])""")
# What ends a cell in some language's spreadsheets, in quotes or not.
ENDS = frozenset(";,|\t\r\n")


def written(rows: Iterable[Row], dialect: Dialect = POINT) -> bytes:
    """UTF-8 as `dialect` has it. What looks like a formula in a text gets an apostrophe; numbers stay
    numbers.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=dialect.separator)
    writer.writerows([cell(value, dialect) for value in row] for row in rows)
    return file.getvalue().encode("utf-8-sig" if dialect.has_mark else "utf-8")


def cell(value: str | int | Decimal, dialect: Dialect) -> str:
    """One of them, as `written` has it."""
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", dialect.decimal)
    return str(value) if isinstance(value, int) else FORMULA.sub(_disarmed, str(value))


def _disarmed(sign: re.Match[str]) -> str:
    begins_cell = sign.start() == 0 or ENDS & {*sign[0]}
    return f"{sign[0]}'" if begins_cell else sign[0]


def of_report(report: Report) -> list[Row]:
    """A header, then a row for each fact of a Z report, in the language in which it was signed. Times are the
    event's, with their offset.
    """
    with languages.spoken(report.language):
        return _of_report(report)


def _of_report(report: Report) -> list[Row]:
    return [
        (_("section"), _("item"), _("detail"), _("quantity"), _("amount")),
        *_about(report),
        *_of_figures(report.figures),
        *(
            (_("other price"), line.ticket, f"{line.reason} / {line.approver}", line.quantity, line.amount)
            for line in report.figures.other_prices
        ),
        *((_("refund"), row.order, row.tender_name, 1, row.amount) for row in report.refunds),
        *(
            (_("cancelled, kept") if row.is_kept else _("cancelled"), row.order, row.reason, 1, row.amount)
            for row in report.cancelled
        ),
        (_("paid elsewhere"), "", "", "", report.paid_elsewhere),
        *_of_drawer(report),
    ]


def _about(report: Report) -> list[Row]:
    about = _("report")
    return [
        (about, _("event"), report.event, "", ""),
        (about, _("till"), report.till, "", ""),
        (about, _("number"), "", report.number or "", ""),
        (about, _("cashier"), report.cashier, "", ""),
        (about, _("time zone"), report.zone, "", ""),
        (about, _("opened at"), _time(report, report.opened_at), "", ""),
        (about, _("closed at"), _time(report, report.closed_at), "", ""),
        (about, _("closed by"), report.closed_by, "", ""),
        (about, _("currency"), report.currency, "", ""),
        (about, _("orders"), "", report.orders, ""),
    ]


def _of_drawer(report: Report) -> list[Row]:
    """What should lie there, what was counted, and where it went."""
    last = report.last_count
    differences = [(_("cash"), last.difference), (_("card"), last.card_difference)] if last else []
    return [
        (_("cash"), _("opening float"), report.float_note, "", report.opening_float),
        *_where(_("left before"), report.left_before),
        *((_("movement"), row.by, row.reason, "", row.amount) for row in report.movements),
        (_("cash"), _("expected"), "", "", report.expected_cash),
        (_("card"), _("expected"), "", "", report.expected_card),
        *(
            row
            for count in report.counts
            for row in (
                (_("cash"), _("counted"), f"{count.by} {_time(report, count.at)}", "", count.cash),
                (_("card"), _("declared"), f"{count.by} {_time(report, count.at)}", "", count.card),
            )
        ),
        *((name, _("difference"), report.note, "", difference) for name, difference in differences),
        *_where(_("stays in the drawer"), report.stays),
        *_where(_("to the safe"), report.to_safe),
    ]


def _time(report: Report, at: datetime | None) -> str:
    return "" if at is None else at.astimezone(ZoneInfo(report.zone)).isoformat(timespec="seconds")


def _where(name: str, cash: Decimal | None) -> list[Row]:
    """A row of where cash lies, if somebody was asked."""
    return [] if cash is None else [(_("cash"), name, "", "", cash)]


def _of_figures(figures: Figures) -> list[Row]:
    return [
        *((_("sold"), line.ticket, line.price, line.quantity, line.amount) for line in figures.by_ticket),
        *(
            (_("cancelled ticket"), line.ticket, line.price, -line.quantity, -line.amount)
            for line in figures.returned_by_ticket
        ),
        *(
            (_("kept"), line.ticket, line.price, line.quantity, line.amount)
            for line in figures.kept_by_ticket
        ),
        *((_("discount"), line.discount, "", line.quantity, line.amount) for line in figures.discounts),
        *((_("adjusted"), line.name, line.tax_rate or "", "", line.earned) for line in figures.adjusted),
        *([(_("exchanged"), "", "", "", figures.exchanged)] if figures.exchanged else []),
        *((_("taken"), line.name, "", line.payments, line.taken) for line in figures.tenders),
        *((_("given back"), line.name, "", line.refunds, line.given_back) for line in figures.tenders),
        *_outside(figures),
        (_("rounding"), "", "", "", figures.rounding),
        *((_("tax included"), tax.rate, tax.gross, "", tax.tax) for tax in figures.taxes),
    ]


def _outside(figures: Figures) -> list[Row]:
    cash, name = figures.outside, _("cash outside any drawer")
    sides = ((_("taken"), cash.payments, cash.taken), (_("given back"), cash.refunds, cash.given_back))
    return [(name, side, "", number, amount) for side, number, amount in sides if number]


def of_totals(totals: Totals) -> list[Row]:
    """A header, then the rows of each business day, the latest first."""
    return [
        (_("business day"), _("section"), _("item"), _("detail"), _("quantity"), _("amount")),
        *((day.isoformat(), *row) for day, figures in totals.days for row in _of_figures(figures)),
    ]
