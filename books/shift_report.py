"""What the report of a shift says, X or Z: plain facts, without a database.

Page, paper and spreadsheet are made of this alone, whether it was read just now from the rows (`reports`)
or kept when the shift was closed. A new fact is a field here, filled in `reports`, and a row in the
template; its default is what a report says that was kept before there was such a field.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from books.figures import Figures
from events.issuer import Issuer
from orders.models import Payment

# Of how the fields are to be read; higher once an old one means something else.
VERSION = 1
NOTHING = Decimal("0.00")
NOBODY = Issuer()


@dataclass(frozen=True)
class Refund:
    """A payment out, for the order that was cancelled or of which some went back."""

    order: str
    tender: str
    amount: Decimal
    by: str = ""
    reason: str = ""

    @property
    def tender_name(self) -> str:
        return str(Payment.Tender(self.tender).label)


@dataclass(frozen=True)
class Cancelled:
    """An order that was cancelled and of which nothing was given back: it was free, or the money is kept."""

    order: str
    amount: Decimal
    by: str = ""
    reason: str = ""
    is_kept: bool = False


@dataclass(frozen=True)
class Moved:
    """Cash put into the drawer; below zero, taken out."""

    amount: Decimal
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Counted:
    """What was counted, beside what was expected at that moment."""

    cash: Decimal
    card: Decimal
    expected_cash: Decimal
    expected_card: Decimal
    by: str
    at: datetime

    @property
    def difference(self) -> Decimal:
        """Cash counted less cash expected: below zero, something is missing."""
        return self.cash - self.expected_cash

    @property
    def card_difference(self) -> Decimal:
        return self.card - self.expected_card


@dataclass(frozen=True)
class Report:
    """The books of one shift: names as they were, instants with the event's time zone, sums in the currency
    of `figures`. `refunds` are its payments out, `cancelled` its orders that were cancelled before it was
    closed with nothing given back; `unpaid` counts the orders still waiting for their money; `paid_here` is
    what was taken, rounding included. `left_before` stayed at the till's last close, `float_note` says why
    the float was another; of what was counted, so much `stays` and the rest goes `to_safe`. `number` and
    `closed_at` are None of a shift that is open. A Z stays in the `language` in which it was signed.
    """

    event: str
    zone: str
    till: str
    cashier: str
    opened_at: datetime
    opening_float: Decimal
    figures: Figures
    orders: int
    paid_here: Decimal
    expected_cash: Decimal
    unpaid: int = 0
    number: int | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    was_forgotten: bool = False
    note: str = ""
    left_before: Decimal | None = None
    float_note: str = ""
    stays: Decimal | None = None
    to_safe: Decimal | None = None
    refunds: tuple[Refund, ...] = ()
    cancelled: tuple[Cancelled, ...] = ()
    movements: tuple[Moved, ...] = ()
    counts: tuple[Counted, ...] = ()
    issuer: Issuer = NOBODY
    language: str = "en"
    version: int = VERSION

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def currency(self) -> str:
        return self.figures.currency

    @property
    def moved(self) -> Decimal:
        return sum((movement.amount for movement in self.movements), NOTHING)

    @property
    def cash(self) -> Decimal:
        """What came in as cash less what went back."""
        return self.figures.net_of(Payment.Tender.CASH)

    @property
    def expected_card(self) -> Decimal:
        return self.figures.net_of(Payment.Tender.CARD)

    @property
    def last_count(self) -> Counted | None:
        """The count that holds."""
        return self.counts[-1] if self.counts else None

    @property
    def is_counted(self) -> bool:
        """Whether the drawer was counted, and no money has moved since."""
        last = self.last_count
        expected = (self.expected_cash, self.expected_card)
        return last is not None and (last.expected_cash, last.expected_card) == expected

    @property
    def paid_elsewhere(self) -> Decimal:
        """What was sold here and paid in another shift or in none; below zero, what was paid here for
        orders that belong elsewhere or are not complete.
        """
        return self.figures.sold - self.figures.exchanged - self.paid_here
