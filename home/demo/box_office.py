from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import partial
from random import Random
from typing import Any
from typing import cast as cast_to

from accounts.models import User
from home.demo import cast
from home.demo.doors import Doors
from home.demo.stage import Stage
from orders.guest_list import Entry, Way, put_on_list
from orders.lifecycle import complete
from orders.models import Order, Payment
from orders.sale import Guest, Line, Sale, Sold
from orders.sales import sell_onsite
from orders.settlement import Paid
from prices.claims import Claim
from shifts import drawer
from shifts.desk import Desk
from shifts.models import Shift, Till

CASH, CARD = Payment.Tender.CASH, Payment.Tender.CARD
# How many of all parties do so: of students those who come alone, of a split payment those who pay cash.
NAMED, WITH_EMAIL, STUDENT, VOUCHER, BY_CASH, SPLIT = 0.55, 0.4, 0.36, 0.04, 0.45, 0.1
FLOAT = Decimal(100)


@dataclass
class BoxOffice:
    """Tickets are sold at the tills that are open, and their guests go to the doors."""

    stage: Stage
    doors: Doors
    rng: Random
    shifts: list[Shift] = field(default_factory=list)

    def open(self, till: Till, cashier: User, at: datetime) -> None:
        self.shifts.append(drawer.open_shift(till=till, cashier=cashier, opening_float=FLOAT, at=at))

    @property
    def main(self) -> Shift:
        """The first that was opened."""
        return self.shifts[0]

    @property
    def side(self) -> Shift:
        return self.shifts[1]

    def close(self, shift: Shift, at: datetime, *, missing: Decimal, why: str) -> None:
        """Count and close, with so much missing in the drawer, of which some stays there."""
        cash, card = drawer.expected_cash(shift) - missing, drawer.expected_card(shift)
        drawer.count(shift=shift, cash=cash, card=card, by=shift.cashier, at=at)
        at += timedelta(minutes=2)
        drawer.close_shift(shift=shift, by=shift.cashier, note=why, stays=FLOAT, at=at)
        self.shifts.remove(shift)

    def desk(self, shift: Shift | None = None, by: User | None = None) -> Desk:
        """Whoever opened the shift, or another, at its till; without one at any that is open."""
        shift = shift or self.rng.choice(self.shifts)
        return Desk(by or shift.cashier, shift.till_id, drawer_required=True)

    def sell(
        self, tickets: Mapping[str, int], at: datetime, *, desk: Desk | None = None, **terms: Any
    ) -> Sold:
        """Sell so many of each ticket, by its name, and have it paid in full, unless the `terms` of the sale
        say otherwise.
        """
        lines = [self.line(name, quantity) for name, quantity in tickets.items()]
        return self.sell_lines(lines, at, desk=desk, **terms)

    def sell_lines(self, lines: list[Line], at: datetime, *, desk: Desk | None = None, **terms: Any) -> Sold:
        sale = Sale(self.stage.event, lines, **{"payments": [Paid(CARD)], **terms})
        return sell_onsite(sale, desk=desk or self.desk(), at=at)

    def line(self, name: str, quantity: int, **more: Any) -> Line:
        """Of grown-ups some say who they are."""
        ticket = self.stage.tickets[name]
        if ticket.type == ticket.Type.DONATION:
            more["price"] = self.rng.choice(cast.DONATIONS)
        guests = self._guests(quantity) if ticket.admits and name != "Child" else ()
        return Line(ticket.pk, quantity, guests=guests, **more)

    def serve(self, at: datetime) -> None:
        """A party buys what parties buy, pays as they do, and goes to a gate."""
        (basket,) = self.rng.choices(cast.BASKETS, [basket.weight for basket in cast.BASKETS])
        lines = [self.line(name, quantity) for name, quantity in basket.tickets.items()]
        claim = self._claim(basket.tickets)
        due = None if claim else sum((self._price(line) * line.quantity for line in lines), Decimal(0))
        sold = self.sell_lines(lines, at, discount=claim, payments=self._paid(due))
        self.doors.expect(sold.attendees, at)

    def _price(self, line: Line) -> Decimal:
        if line.price is not None:
            return line.price
        return next(one.price for one in self.stage.tickets.values() if one.pk == line.ticket_id)

    def _guests(self, quantity: int) -> tuple[Guest, ...]:
        if self.rng.random() > NAMED:
            return ()
        return tuple(self._guest() for _one in range(self.rng.randint(1, quantity)))

    def _guest(self) -> Guest:
        first, last = cast.name_of(self.rng)
        written = self.rng.random() < WITH_EMAIL
        email = f"guest{self.rng.randint(100, 999)}@example.com" if written else ""
        return Guest(first, last, email)

    def _claim(self, tickets: Mapping[str, int]) -> Claim | None:
        if tickets == {"Adult": 1} and self.rng.random() < STUDENT:
            return Claim(discount_id=self.stage.student.pk)
        if "Adult" in tickets and self.rng.random() < VOUCHER:
            return Claim(code=self.stage.voucher.code)
        return None

    def _paid(self, due: Decimal | None) -> list[Paid]:
        """How it is paid: `due` is what it costs, None if that is for the sale to say."""
        if self.rng.random() > BY_CASH:
            return [Paid(CARD, reference=f"{self.rng.randint(0, 999_999):06}")]
        if due is None:
            return [Paid(CASH)]
        if due > 20 and self.rng.random() < SPLIT:
            return [Paid(CASH, Decimal(20)), Paid(CARD)]
        return [Paid(CASH, tendered=_handed_over(due, self.rng.choice((1, 10, 50))))]

    # --- the guest list ---------------------------------------------------------------------------

    def expect_guests(self, starts_at: datetime, at: datetime) -> None:
        """Put the guests who are expected on the list; they come in their time, and pay what they owe."""
        people = cast.GUEST_LIST
        entries = [
            Entry(self.stage.tickets[one.ticket].pk, one.firstname, one.lastname, way=Way(one.way))
            for one in people
        ]
        listed = put_on_list(self.stage.event, entries, by=self.stage.staff.organizer, at=at)
        for one, guest in zip(people, listed.guests, strict=True):
            if one.comes is None:
                continue
            comes = starts_at + timedelta(minutes=one.comes)
            if one.way == Way.AT_DOOR:
                self.doors.clock.plan(comes, partial(self._settle, cast_to(Order, guest.order)))
            self.doors.outside[guest.pk] = guest
            self.doors.come([guest], comes + timedelta(minutes=1))

    def _settle(self, order: Order, at: datetime) -> None:
        complete(order, payments=[Paid(CARD)], desk=self.desk(), at=at)


def _handed_over(due: Decimal, step: int) -> Decimal:
    """The sum in notes or coins of that size."""
    return (due / step).to_integral_value(ROUND_CEILING) * step
