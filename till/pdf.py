"""An order as one PDF: the receipt on A4, then the tickets, eight to a page."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from attendees.models import Attendee
from base import languages, qr
from base.money import display, figures
from orders.models import Order
from till.receipt import Movement, Receipt, receipt_of
from till.typeset import LINE, MARGIN, WIDTH, Sheets, isolated

BOTTOM = 297 - MARGIN
SUMS = 50
COLUMNS, ROWS = 2, 4
CARD_WIDTH, CARD_HEIGHT = WIDTH / COLUMNS, (BOTTOM - MARGIN) / ROWS
PADDING = 3
QR_SIDE = 40
GREY = 96
LINK_SIDE = 36


def order_pdf(order: Order, *, is_copy: bool = False, link: str = "") -> bytes:
    """The PDF of an order with all that `receipt_of` wants at hand; the same bytes for the same facts."""
    receipt = receipt_of(order, is_copy=is_copy, link=link)
    sheets = Sheets(mirrored=languages.is_right_to_left(languages.active()))
    sheets.set_title(f"{receipt.event} {receipt.identifier}")
    sheets.set_creation_date(receipt.time)
    _ReceiptPage(sheets, receipt).write()
    for number, attendee in enumerate(order.admitting):
        _ticket(sheets, receipt, attendee, number % (COLUMNS * ROWS))
    return bytes(sheets.output())


class _ReceiptPage:
    """Writes the receipt from top to bottom, on a next page where one is full."""

    def __init__(self, sheets: Sheets, receipt: Receipt) -> None:
        self.sheets, self.receipt = sheets, receipt
        self.y: float = MARGIN

    def write(self) -> None:
        self.sheets.add_page()
        self._head()
        self._items()
        self._movements()
        self._taxes()
        self._link()
        self._foot()

    def _row(self, text: str, *sums: str, size: float = 10, most: int = 6) -> None:
        """A text at the left, sums in columns at the right."""
        width = WIDTH - SUMS * len(sums) if sums else WIDTH
        height = size * LINE * len(self.sheets.fit(text, width, size, most))
        if self.y + height > BOTTOM:
            self.sheets.add_page()
            self.y = MARGIN
        for place, text_of_sum in enumerate(reversed(sums), start=1):
            x = MARGIN + WIDTH - SUMS * place
            self.sheets.put(x, self.y, SUMS, text_of_sum, size, most=1, align="R")
        self.y = max(self.sheets.put(MARGIN, self.y, width, text, size, most), self.y + height)

    def _rule(self) -> None:
        self.y += 2
        self.sheets.line(MARGIN, self.y, MARGIN + WIDTH, self.y)
        self.y += 2

    def _money(self, text: str, amount: Decimal, size: float = 10) -> None:
        self._row(text, display(amount, self.receipt.currency), size=size)

    def _head(self) -> None:
        receipt = self.receipt
        if receipt.is_test:
            self.y = _test_mark(self.sheets, MARGIN, self.y, WIDTH, [48, 20])
        if receipt.is_copy:
            self._row(_("Copy").upper(), size=14)
        self._row(receipt.event, size=20)
        self._row(receipt.location)
        self._issuer()
        if receipt.warning:
            self._row(receipt.warning.upper(), size=48)
        self.y += 4
        self._row(_("Order %s") % receipt.identifier, size=14)
        self._row(" · ".join(isolated(part) for part in (receipt.when, receipt.till, receipt.seller) if part))
        for line in receipt.billing:
            self._row(line)

    def _issuer(self) -> None:
        issuer = self.receipt.issuer
        number = _("Tax number %s") % isolated(issuer.tax_number) if issuer.tax_number else ""
        if issuer.is_named:
            self.y += 2
        for line in (issuer.name, *issuer.address.splitlines(), number):
            self._row(line)

    def _link(self) -> None:
        if not self.receipt.link:
            return
        self._rule()
        if self.y + LINK_SIDE > BOTTOM:
            self.sheets.add_page()
            self.y = MARGIN
        self.sheets.draw(qr.encode(self.receipt.link), MARGIN, self.y, LINK_SIDE)
        texts = [_("Your tickets on your phone"), _("This is no ticket: whoever scans it sees them all.")]
        _column(self.sheets, MARGIN + LINK_SIDE + PADDING, self.y + 8, 2 * SUMS, texts, [11, 9])
        self.y += LINK_SIDE

    def _foot(self) -> None:
        if self.receipt.issuer.footer:
            self._rule()
        for line in self.receipt.issuer.footer.splitlines():
            self._row(line, size=9)

    def _items(self) -> None:
        self._rule()
        for item in self.receipt.items:
            price = display(item.price, self.receipt.currency)
            self._money(f"{item.quantity} × {isolated(item.ticket)} · {price}", item.sum)
            self._row(item.reason, size=8)
        self._rule()
        self._money(_("Total"), self.receipt.total, size=16)
        if self.receipt.rounding:
            self._money(_("Rounding"), self.receipt.rounding)
            self._money(_("To pay"), self.receipt.asked, size=16)

    def _movements(self) -> None:
        self.y += 2
        if self.receipt.kept:
            self._money(_("Kept of cancelled tickets"), self.receipt.kept)
        if self.receipt.goodwill:
            self._money(self.receipt.goodwill_name, self.receipt.goodwill_given)
        for movement in self.receipt.passed:
            self._money(movement.name.capitalize(), movement.amount)
            self._row(_given(movement, self.receipt.currency), size=8)
        if self.receipt.left:
            self._money(_("Left to pay"), self.receipt.left, size=14)

    def _taxes(self) -> None:
        if not self.receipt.taxes:
            return
        self._rule()
        currency = self.receipt.currency
        self._row(_("Tax included, %s") % currency, _("net"), _("tax"), _("gross"), size=8)
        for tax in self.receipt.taxes:
            self._row(tax.name, *(figures(amount, currency) for amount in (tax.net, tax.tax, tax.gross)))


def _given(movement: Movement, currency: str) -> str:
    if movement.given is None or movement.change is None:
        return ""
    given, change = display(movement.given, currency), display(movement.change, currency)
    return _("given %(given)s, change %(change)s") % {"given": given, "change": change}


def _ticket(sheets: Sheets, receipt: Receipt, attendee: Attendee, place: int) -> None:
    """One card at the `place`-th place of a page; never split, because each has its place."""
    if place == 0:
        sheets.add_page()
    left = MARGIN + place % COLUMNS * CARD_WIDTH
    top = MARGIN + place // COLUMNS * CARD_HEIGHT
    sheets.set_draw_color(180)
    sheets.rect(left, top, CARD_WIDTH, CARD_HEIGHT)
    if receipt.is_valid:
        sheets.draw(qr.encode(attendee.code), left + 1, top + 1, QR_SIDE)
    else:
        words = [_("Not valid").upper(), receipt.warning.upper()]
        _column(sheets, left + PADDING, top + PADDING, QR_SIDE - PADDING, words, [18, 14])
    _column(
        sheets,
        left + QR_SIDE + 2,
        top + PADDING + 1,
        CARD_WIDTH - QR_SIDE - 2 - PADDING,
        [attendee.sold_as, attendee.full_name, receipt.event, receipt.starts_when, receipt.location],
        [13, 11, 9, 8, 8],
    )
    if receipt.is_test:
        _test_mark(sheets, left + PADDING, top + QR_SIDE + 2, CARD_WIDTH - 2 * PADDING, [16, 9])
    foot = top + CARD_HEIGHT - PADDING - 10 * LINE
    code = " ".join(attendee.code_groups)
    sheets.put(left + PADDING, foot - 13 * LINE, CARD_WIDTH - 2 * PADDING, code, 11, most=1)
    marks = " · ".join([receipt.identifier, *([_("Copy").upper()] if receipt.is_copy else [])])
    sheets.put(left + PADDING, foot, CARD_WIDTH - 2 * PADDING, marks, 8, most=1)


def _test_mark(sheets: Sheets, x: float, y: float, width: float, sizes: Sequence[float]) -> float:
    """In big grey letters; where the next line begins."""
    sheets.set_fill_color(GREY)
    for text, size in zip((_("TEST"), _("Not valid for entry").upper()), sizes, strict=True):
        y = sheets.put(x, y, width, text, size, most=1)
    sheets.set_fill_color(0)
    return y


def _column(
    sheets: Sheets, x: float, y: float, width: float, texts: Sequence[str], sizes: Sequence[float]
) -> None:
    for text, size in zip(texts, sizes, strict=True):
        if text:
            y = sheets.put(x, y, width, text, size) + 1
