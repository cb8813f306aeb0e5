"""What happens at the demo: always the same for the same time, but for identifiers, codes and nonces. They
are drawn as everywhere, because a code that is known would open a door.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from random import Random

from attendees.models import Attendee
from home.demo import cast
from home.demo.box_office import CARD, CASH, BoxOffice
from home.demo.clock import Act, Clock
from home.demo.doors import Doors
from home.demo.stage import Stage
from orders.amending import Ask
from orders.lifecycle import cancel, complete
from orders.models import Order
from orders.partial import cancel_attendees
from orders.refunds import refund
from orders.settlement import Paid
from shifts.desk import Desk
from shifts.drawer import move_cash

SEED = 20
# The last minutes are for filling the house.
QUIET = timedelta(minutes=2)


class Night:
    """A night at `stage`, from before the doors opened until `at` (UTC)."""

    def __init__(self, stage: Stage, at: datetime) -> None:
        self.stage, self.at, self.rng = stage, at, Random(SEED)
        self.clock = Clock()
        self.doors = Doors(stage, self.clock, self.rng)
        self.office = BoxOffice(stage, self.doors, self.rng)

    def happen(self) -> None:
        self._plan_tills()
        self._plan_sales()
        self._plan_incidents()
        self._plan_refusals()
        self.clock.run(until=self.at - QUIET)
        self.doors.fill(self.at - QUIET)

    def _after(self, minutes: int) -> datetime:
        """So many minutes after the beginning, or before it."""
        return self.stage.event.starts_at + timedelta(minutes=minutes)

    def _plan(self, minutes: int, act: Act) -> None:
        self.clock.plan(self._after(minutes), act)

    # --- what goes as it should -------------------------------------------------------------------

    def _plan_tills(self) -> None:
        starts_at, stage = self.stage.event.starts_at, self.stage
        self._plan(-180, partial(self.office.expect_guests, starts_at))
        self._plan(-60, partial(self.office.open, stage.main, stage.staff.cashier))
        self._plan(-35, partial(self.office.open, stage.side, stage.colleague))
        self._plan(48, self._to_the_safe)
        self._plan(74, self._close_the_side)

    def _to_the_safe(self, at: datetime) -> None:
        shift = self.office.main
        desk = self.office.desk(shift)
        move_cash(shift=shift, amount=Decimal(-500), reason="To the safe", desk=desk, at=at)

    def _close_the_side(self, at: datetime) -> None:
        why = "A two-euro coin rolled under the desk"
        self.office.close(self.office.side, at, missing=Decimal(2), why=why)

    def _plan_sales(self) -> None:
        self._plan(-55, self._let_the_crew_in)
        for minutes in (-28, -9, 2, 11, 33):
            self._plan(minutes, self._sell_balcony)
        for at in self._times():
            self.clock.plan(at, self.office.serve)

    def _times(self) -> list[datetime]:
        """When parties buy, along the curve until now."""
        ends = [*(start for start, _weight in cast.CURVE), (self.at - self._after(0)) // timedelta(minutes=1)]
        minutes = [
            (minute, weight)
            for (start, end), (_start, weight) in zip(pairwise(ends), cast.CURVE, strict=True)
            for minute in range(start, end)
        ]
        drawn = self.rng.choices(*zip(*minutes, strict=True), k=cast.SALES)
        return sorted(self._after(minute) + timedelta(seconds=self.rng.randrange(60)) for minute in drawn)

    def _let_the_crew_in(self, at: datetime) -> None:
        sold = self.office.sell({"Crew": 8}, at, payments=[])
        self.doors.expect(sold.attendees, at)

    def _sell_balcony(self, at: datetime) -> None:
        sold = self.office.sell({"Balcony": 2}, at)
        self.doors.expect(sold.attendees, at, self.stage.stairs)

    # --- what is to be put right ------------------------------------------------------------------

    def _plan_incidents(self) -> None:
        self._plan(12, self._hand_out_comps)
        self._plan(18, self._undo)
        self._plan(22, self._pay_later)
        self._plan(26, self._wait_for_the_card)
        self._plan(35, self._cancel)
        self._plan(40, self._refund)
        self._plan(52, self._give_one_back)

    def _organizer(self) -> Desk:
        return self.office.desk(self.office.main, self.stage.staff.organizer)

    def _hand_out_comps(self, at: datetime) -> None:
        press = {"price": Decimal(0), "reason": "Press", "hold_id": self.stage.press.pk}
        comps = [self.office.line("Adult", 2, **press)]
        sold = self.office.sell_lines(comps, at, payments=[], desk=self._organizer())
        self.doors.expect(sold.attendees, at)

    def _undo(self, at: datetime) -> None:
        """The wrong tickets were tapped, and the cashier takes the sale back at once."""
        desk = self.office.desk()
        sold = self.office.sell({"Child": 4}, at, desk=desk, payments=[Paid(CASH)])
        cancel(sold.order, desk=desk, at=at + timedelta(seconds=25))

    def _pay_later(self, at: datetime) -> None:
        """Reserved, and tried at the gate without having paid."""
        note = "Pays when the others are here"
        pending = Order.Status.PENDING
        sold = self.office.sell({"Adult": 2}, at, payments=[], status=pending, order_notes=note)
        self._show_later(sold.attendees[0], at + timedelta(minutes=6))

    def _wait_for_the_card(self, at: datetime) -> None:
        """The terminal takes its time."""
        desk = self.office.desk()
        sold = self.office.sell({"Adult": 2, "Child": 1}, at, desk=desk, payments=[], awaits_card=True)
        at += timedelta(seconds=50)
        complete(sold.order, payments=[Paid(CARD, reference="004711")], desk=desk, at=at)
        self.doors.expect(sold.attendees, at)

    def _cancel(self, at: datetime) -> None:
        """Bought twice: an organizer gives the money back, and the other ticket is shown at the gate."""
        sold = self.office.sell({"Adult": 1}, at)
        self.clock.plan(at + timedelta(minutes=7), partial(self._cancel_order, sold.order))
        self._show_later(sold.attendees[0], at + timedelta(minutes=11))

    def _cancel_order(self, order: Order, at: datetime) -> None:
        cancel(order, desk=self._organizer(), reason="Bought twice", at=at)

    def _refund(self, at: datetime) -> None:
        sold = self.office.sell({"Adult": 2}, at, payments=[Paid(CASH)])
        self.doors.expect(sold.attendees, at)
        self.clock.plan(at + timedelta(minutes=20), partial(self._refund_some, sold.order))

    def _refund_some(self, order: Order, at: datetime) -> None:
        ask = Ask(self._organizer(), "Waited in the rain for half an hour", at=at)
        refund(order, amount=Decimal(10), ask=ask)

    def _give_one_back(self, at: datetime) -> None:
        """One of three does not come: their ticket goes back, and some of its price is kept."""
        sold = self.office.sell({"Adult": 3}, at, payments=[Paid(CASH)])
        self.doors.expect(sold.attendees[1:], at)
        self.clock.plan(at + timedelta(minutes=9), partial(self._cancel_one, sold.order, sold.attendees[0]))

    def _cancel_one(self, order: Order, guest: Attendee, at: datetime) -> None:
        ask = Ask(self._organizer(), "Fell ill on the way", at=at)
        cancel_attendees(order, attendees=[guest.pk], ask=ask, amount=Decimal(15))

    # --- who is sent away -------------------------------------------------------------------------

    def _plan_refusals(self) -> None:
        for minutes, code in ((-4, "BCDFGHJKLNPRSTVXBCDF"), (31, "4006381333931"), (83, "NOTATICKETATALL")):
            self._plan(minutes, partial(self.doors.show, code, self.rng.choice(self.stage.gates)))
        for minutes in (16, 43, 69):
            self._plan(minutes, self._take_the_wrong_stairs)

    def _show_later(self, guest: Attendee, at: datetime) -> None:
        self.clock.plan(at, partial(self.doors.show, guest.code, self.stage.gates[0]))

    def _take_the_wrong_stairs(self, at: datetime) -> None:
        """Somebody without a place there shows their ticket at the balcony."""
        guest = next(one for one in self.doors.outside.values() if one.ticket.name == "Adult")
        self.doors.show(guest.code, self.stage.stairs, at)
