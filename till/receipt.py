"""The facts of a receipt: what was sold, the tax that includes, how it was paid.

Reads rows that are at hand and writes nothing. Money is `Decimal` in the order's currency.
"""

import zoneinfo
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from attendees.models import Attendee
from attendees.standing import Standing
from base.money import figures, percent
from base.times import moment
from events.issuer import Issuer
from orders.models import Adjustment, Order, Payment


@dataclass(frozen=True)
class Item:
    """So many of one ticket at one price; `reason` says why the price is not the ticket's own, and what a
    discount took off each.
    """

    ticket: str
    price: Decimal
    reason: str
    quantity: int

    @property
    def sum(self) -> Decimal:
        return self.price * self.quantity


@dataclass(frozen=True)
class Tax:
    """The tax that prices of one rate (per cent; None: no tax is shown) include. Net and tax always
    make up the gross.
    """

    rate: Decimal | None
    gross: Decimal
    tax: Decimal

    @property
    def net(self) -> Decimal:
        return self.gross - self.tax

    @property
    def name(self) -> str:
        """`7.5 %`, or a dash where no tax is shown."""
        return "–" if self.rate is None else percent(self.rate)


@dataclass(frozen=True)
class Movement:
    """Money taken, or given back (`amount` below zero). Of cash, what was handed over and returned."""

    name: str
    amount: Decimal
    given: Decimal | None = None
    change: Decimal | None = None
    is_rounding: bool = False


@dataclass(frozen=True)
class Receipt:
    """`warning` is empty for an order that is paid; else the tickets admit nobody, and it says why. `kept`
    was paid for tickets that were cancelled, `goodwill` went back for some that were not; `left` is what is
    still to be paid. `time` is when it was paid, else ordered, in the time zone of the event, as `starts` is.
    Names are those of the sale. `is_copy` says whether it was printed before, `is_test` that nothing was
    sold in truth; `link` is the address at which the guest sees the tickets, empty for none.
    """

    identifier: str
    warning: str
    event: str
    location: str
    issuer: Issuer
    starts: datetime
    time: datetime
    zone: str
    till: str
    seller: str
    billing: tuple[str, ...]
    currency: str
    items: tuple[Item, ...]
    total: Decimal
    taxes: tuple[Tax, ...]
    movements: tuple[Movement, ...]
    left: Decimal
    is_copy: bool = False
    kept: Decimal = Decimal(0)
    goodwill: Decimal = Decimal(0)
    is_test: bool = False
    link: str = ""

    @property
    def goodwill_name(self) -> str:
        return _("Given back, the ticket stays") if self.is_valid else _("Given back of what was kept")

    @property
    def goodwill_given(self) -> Decimal:
        """Below zero."""
        return -self.goodwill

    @property
    def rounding(self) -> Decimal:
        """What rounding the cash part has added to the total; below zero, what it took off."""
        return -sum((moved.amount for moved in self.movements if moved.is_rounding), Decimal(0))

    @property
    def asked(self) -> Decimal:
        """What the guest was asked for."""
        return self.total + self.rounding

    @property
    def passed(self) -> tuple[Movement, ...]:
        """The movements of money that anybody held in hand."""
        return tuple(moved for moved in self.movements if not moved.is_rounding)

    @property
    def is_valid(self) -> bool:
        """Whether the order's tickets admit."""
        return not self.warning

    @property
    def when(self) -> str:
        """The time of the sale for people, the event's."""
        return moment(self.time, self.zone)

    @property
    def starts_when(self) -> str:
        return moment(self.starts, self.zone)


def receipt_of(order: Order, *, is_copy: bool = False, link: str = "") -> Receipt:
    """The receipt of an order whose event, seller, shift with till, payments, adjustments and attendees with
    tickets are at hand; what is missing costs a query each.
    """
    letterhead, attendees, payments = order.letterhead, order.live, order.payments.all()
    return Receipt(
        identifier=order.identifier,
        warning=_warning(order),
        event=letterhead.event,
        location=letterhead.place,
        issuer=letterhead.issuer,
        starts=_local(letterhead.starts, letterhead.zone),
        time=_local(order.completed_at or order.created_at, letterhead.zone),
        zone=letterhead.zone,
        till=letterhead.till,
        seller=letterhead.by,
        billing=_billing(order),
        currency=order.currency,
        items=items_of(attendees, order.currency),
        total=order.amount,
        taxes=taxes_of(attendees, order.adjustments.all()),
        movements=tuple(_movement(payment) for payment in payments),
        left=order.left_to_pay if order.standing == Standing.UNPAID else Decimal(0),
        is_copy=is_copy,
        kept=_sum_of(order, Adjustment.Kind.KEPT),
        goodwill=_sum_of(order, Adjustment.Kind.GOODWILL),
        is_test=order.event.is_test,
        link=link,
    )


def _sum_of(order: Order, kind: str) -> Decimal:
    return sum((row.amount for row in order.adjustments.all() if row.kind == kind), Decimal(0))


def items_of(attendees: Iterable[Attendee], currency: str) -> tuple[Item, ...]:
    """The lines: attendees of the same ticket, price and reason are one."""
    counted = Counter((a.ticket_id, a.sold_as, a.price_paid, _reason(a, currency)) for a in attendees)
    return tuple(
        Item(name, price, reason, quantity) for (_ticket, name, price, reason), quantity in counted.items()
    )


def _reason(attendee: Attendee, currency: str) -> str:
    if attendee.discounted is None:
        return attendee.price_reason
    return f"{attendee.price_reason} {figures(-attendee.discounted, currency)}"


def taxes_of(attendees: Iterable[Attendee], adjustments: Iterable[Adjustment] = ()) -> tuple[Tax, ...]:
    """The tax included per rate, as it was kept when each attendee was sold, and in what the order holds
    beyond their prices; the highest rate first, what has none last. Empty if nothing has a rate.
    """
    gross: dict[Decimal | None, Decimal] = defaultdict(Decimal)
    tax: dict[Decimal | None, Decimal] = defaultdict(Decimal)
    for attendee in attendees:
        gross[attendee.tax_rate] += attendee.price_paid
        tax[attendee.tax_rate] += attendee.tax or Decimal(0)
    for row in adjustments:
        gross[row.tax_rate] += row.sign * row.amount
        tax[row.tax_rate] += row.sign * row.tax
    if set(gross) <= {None}:
        return ()
    rates = sorted(gross, key=lambda rate: Decimal(-1) if rate is None else rate, reverse=True)
    return tuple(Tax(rate, gross[rate], tax[rate]) for rate in rates)


def _warning(order: Order) -> str:
    if order.is_valid:
        return ""
    words = {Standing.CANCELLED: _("Cancelled"), Standing.EXPIRED: _("Expired")}
    return words.get(order.standing, _("Not paid"))


def _movement(payment: Payment) -> Movement:
    tender = payment.get_tender_display()
    name = _("%(tender)s, given back") % {"tender": tender} if payment.reverses_id else tender
    is_rounding = payment.tender == Payment.Tender.ROUNDING
    return Movement(name, payment.amount, payment.tendered, payment.change, is_rounding)


def _billing(order: Order) -> tuple[str, ...]:
    place = " ".join(part for part in (order.zipcode, order.city) if part)
    lines = (order.company, order.address, place, order.state, order.country, order.tax_business_info)
    return tuple(line for line in lines if line)


def _local(time: datetime, zone: str) -> datetime:
    return time.astimezone(zoneinfo.ZoneInfo(zone))
