"""What was sold and taken, added up: plain figures, without a database."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from base.money import smallest
from orders.models import Adjustment, Payment


@dataclass(frozen=True)
class Sold:
    """So many of one ticket at one price."""

    ticket: str
    price: Decimal
    quantity: int
    tax_rate: Decimal | None = None
    tax: Decimal = Decimal("0.00")  # that they include together
    reason: str = ""  # why it is not the ticket's own price
    approver: str = ""  # who answers for that
    discounted: Decimal = Decimal("0.00")  # what a discount took off them together; the reason says which

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity


@dataclass(frozen=True)
class Given:
    """What a discount took off so many tickets."""

    discount: str
    quantity: int
    amount: Decimal


@dataclass(frozen=True)
class Taken:
    """What passed through one tender. `given_back` is below zero."""

    tender: str
    taken: Decimal = Decimal("0.00")
    given_back: Decimal = Decimal("0.00")
    payments: int = 0
    refunds: int = 0

    @property
    def name(self) -> str:
        return str(Payment.Tender(self.tender).label)

    @property
    def net(self) -> Decimal:
        return self.taken + self.given_back


@dataclass(frozen=True)
class Tax:
    """The tax that is included in `gross`, as the receipts said it; `rate` in per cent."""

    rate: Decimal
    gross: Decimal
    tax: Decimal

    @property
    def net(self) -> Decimal:
        return self.gross - self.tax


@dataclass(frozen=True)
class Adjusted:
    """Money that was kept of cancelled tickets, or went back as goodwill for tickets that still admit; below
    zero, as much of it no longer counts.
    """

    kind: str
    amount: Decimal
    tax_rate: Decimal | None = None
    tax: Decimal = Decimal("0.00")  # that it includes

    @property
    def name(self) -> str:
        return str(Adjustment.Kind(self.kind).label)

    @property
    def sign(self) -> int:
        """Whether it is earned, or given."""
        return 1 if self.kind == Adjustment.Kind.KEPT else -1

    @property
    def earned(self) -> Decimal:
        return self.sign * self.amount


@dataclass(frozen=True)
class Figures:
    """Sales, cancellations and money of a shift or a day. `returned` are the tickets of completed
    orders that were cancelled and given back, whenever they were sold; `kept` those of which the money was
    kept, so that they are sold and not returned; `rounding` is what rounding cash gave (above zero: to the
    guests); `outside` the cash that went through no drawer, which is among the `tenders`; `adjusted` what was
    kept of tickets that are among the `returned`, and what went back for those that are not. Of what was
    sold, so much was `exchanged`: paid with tickets that are among the `returned`.
    """

    sales: tuple[Sold, ...]
    returned: tuple[Sold, ...]
    tenders: tuple[Taken, ...]
    rounding: Decimal
    currency: str
    kept: tuple[Sold, ...] = ()
    outside: Taken = Taken(Payment.Tender.CASH)
    adjusted: tuple[Adjusted, ...] = ()
    exchanged: Decimal = Decimal("0.00")

    @cached_property
    def sold(self) -> Decimal:
        return _total(self.sales)

    @cached_property
    def given_up(self) -> Decimal:
        return _total(self.returned)

    @property
    def sold_quantity(self) -> int:
        return sum(line.quantity for line in self.sales)

    @property
    def by_ticket(self) -> list[Sold]:
        """The sales by ticket and price alone."""
        return by_price(self.sales)

    @property
    def quantities(self) -> dict[str, int]:
        """How many of each ticket were sold."""
        quantities: dict[str, int] = defaultdict(int)
        for line in self.sales:
            quantities[line.ticket] += line.quantity
        return dict(quantities)

    @property
    def returned_by_ticket(self) -> list[Sold]:
        return by_price(self.returned)

    @property
    def kept_by_ticket(self) -> list[Sold]:
        return by_price(self.kept)

    @property
    def kept_quantity(self) -> int:
        return sum(line.quantity for line in self.kept)

    @cached_property
    def kept_amount(self) -> Decimal:
        return _total(self.kept)

    @property
    def other_prices(self) -> list[Sold]:
        """Comps, and whatever else was sold at a price of its own, for which somebody answers."""
        return [line for line in self.sales if line.reason and not line.discounted]

    @property
    def discounts(self) -> list[Given]:
        """What each discount took off what was sold."""
        given: dict[str, Given] = {}
        for line in self.sales:
            if line.discounted:
                had = given.get(line.reason, Given(line.reason, 0, Decimal("0.00")))
                quantity, amount = had.quantity + line.quantity, had.amount + line.discounted
                given[line.reason] = Given(line.reason, quantity, amount)
        return sorted(given.values(), key=lambda one: one.discount)

    @property
    def discounted(self) -> Decimal:
        return sum((line.discounted for line in self.sales), Decimal("0.00"))

    @cached_property
    def taxes(self) -> list[Tax]:
        """What is included per rate in what was sold, less what was cancelled, and in what was kept of that,
        less what was given.
        """
        gross: dict[Decimal, Decimal] = defaultdict(Decimal)
        taxes: dict[Decimal, Decimal] = defaultdict(Decimal)
        for sign, lines in ((1, self.sales), (-1, self.returned)):
            for line in lines:
                if line.tax_rate is not None:
                    gross[line.tax_rate] += sign * line.amount
                    taxes[line.tax_rate] += sign * line.tax
        for adjusted in self.adjusted:
            if adjusted.tax_rate is not None:
                gross[adjusted.tax_rate] += adjusted.earned
                taxes[adjusted.tax_rate] += adjusted.sign * adjusted.tax
        unit = smallest(self.currency)
        return [Tax(rate, gross[rate], taxes[rate].quantize(unit)) for rate in sorted(gross)]

    def net_of(self, tender: str) -> Decimal:
        return sum((line.net for line in self.tenders if line.tender == tender), Decimal("0.00"))

    @property
    def net(self) -> Decimal:
        """All money that came in less all that went out."""
        return sum((line.net for line in self.tenders), Decimal("0.00"))


def by_price(lines: Sequence[Sold]) -> list[Sold]:
    """Lines that differ in nothing but tax, reason and approver, as one."""
    merged: dict[tuple[str, Decimal], Sold] = {}
    for line in lines:
        key = (line.ticket, line.price)
        plain = Sold(line.ticket, line.price, line.quantity)
        before = merged.get(key)
        merged[key] = replace(plain, quantity=before.quantity + line.quantity) if before else plain
    return list(merged.values())


def _total(lines: Iterable[Sold]) -> Decimal:
    return sum((line.amount for line in lines), Decimal("0.00"))
