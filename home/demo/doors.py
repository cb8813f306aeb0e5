from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random

from attendees.models import Attendee
from door.admission import check_in, check_out
from door.models import CheckIn, Station
from door.scan import Scan
from home.demo.clock import Clock
from home.demo.stage import CAPACITY, Stage

# How likely it is that a party comes, that a guest goes out, and back in, and shows a ticket twice.
COME, GO_OUT, COME_BACK, SCANNED_TWICE = 0.9, 0.12, 0.6, 0.02
PLACES_LEFT = 2


def minutes(rng: Random, least: int, most: int) -> timedelta:
    return timedelta(seconds=rng.randint(60 * least, 60 * most))


@dataclass
class Doors:
    """Guests come to the gates, are let in or not, and some go out again. Who is `inside`, and who has a
    ticket and is `outside`, by id.
    """

    stage: Stage
    clock: Clock
    rng: Random
    inside: dict[int, Attendee] = field(default_factory=dict)
    outside: dict[int, Attendee] = field(default_factory=dict)

    def expect(self, guests: Iterable[Attendee], at: datetime, gate: Station | None = None) -> None:
        """Have a party that has its tickets since `at` come, or not."""
        guests = [guest for guest in guests if guest.ticket.admits]
        self.outside |= {guest.pk: guest for guest in guests}
        if self.rng.random() < COME:
            self.come(guests, at + minutes(self.rng, 1, 9), gate)

    def come(self, guests: Sequence[Attendee], at: datetime, gate: Station | None = None) -> None:
        """Have the guests be at one gate at that time, one after the other."""
        gate = gate or self.rng.choice(self.stage.gates)
        for guest in guests:
            self.clock.plan(at, partial(self._let_in, guest, gate))
            at += timedelta(seconds=self.rng.randint(3, 9))

    def show(self, code: str, gate: Station, at: datetime) -> CheckIn:
        """A code is scanned by the gate's registrar."""
        return check_in(Scan(self.stage.event, code, station=gate), by=self.stage.staff.registrar, at=at)

    def _let_in(self, guest: Attendee, gate: Station, at: datetime) -> None:
        answer = self.show(guest.code, gate, at).answer
        if answer == CheckIn.Answer.FULL:
            self.come([guest], at + minutes(self.rng, 15, 30), gate)
        if answer != CheckIn.Answer.OK:
            return
        self.inside[guest.pk] = self.outside.pop(guest.pk)
        if self.rng.random() < SCANNED_TWICE:
            other = self.rng.choice(self.stage.gates)
            self.clock.plan(at + timedelta(seconds=40), partial(self.show, guest.code, other))
        elif self.rng.random() < GO_OUT:
            self.clock.plan(at + minutes(self.rng, 20, 60), partial(self._let_out, guest, gate))

    def _let_out(self, guest: Attendee, gate: Station, at: datetime) -> None:
        self._out(guest, gate, at)
        if self.rng.random() < COME_BACK:
            self.come([guest], at + minutes(self.rng, 5, 15), gate)

    def _out(self, guest: Attendee, gate: Station, at: datetime) -> None:
        scan = Scan(self.stage.event, guest.code, station=gate)
        check_out(scan, by=self.stage.staff.registrar, at=at)
        self.outside[guest.pk] = self.inside.pop(guest.pk)

    def fill(self, at: datetime) -> None:
        """Fill the house, send one away, and let two out: the next two who come find a place, the third
        finds none.
        """
        gate = self.stage.gates[0]
        for guest in list(self.outside.values())[: CAPACITY - len(self.inside) + 1]:
            self._let_in(guest, gate, at)
            at += timedelta(seconds=1)
        for guest in list(self.inside.values())[:PLACES_LEFT]:
            self._out(guest, gate, at)
