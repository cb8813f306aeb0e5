"""Eight people at work and three watchers, each on a thread of its own, who try until they are answered."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle

from faults import requests
from faults.client import Client, Request
from faults.log import DOOR, HEALTHZ, TILL, Log, Said
from faults.requests import CARD, CASH, FREE
from faults.world import PRICE, Person, World

# Seconds. The tills' own script waits five for an answer; a load balancer waits longer.
PATIENCE = (5.0, 20.0)
THINKS, AGAIN, WATCHES = (0.05, 0.3), 0.4, 0.2
HASTY = 0.03  # waits so little that it does not know
UNDO_WITHIN = 30  # younger sales can be taken back
DRAIN = 25  # after it has been told to stop, until an answer is given up


@dataclass
class Crew:
    """All who ask of one event, from `start` to `stop`; the servers in turn."""

    ports: Sequence[int]
    world: World
    log: Log
    began: float
    served: dict[str, float] = field(default_factory=dict)
    stopped: float | None = None

    def start(self) -> None:
        people = [Worker(self, number, person) for number, person in enumerate(self.world.clients)]
        jobs = [worker.work for worker in people] + [self._door, self._till, self._healthz]
        self._threads = [threading.Thread(target=job, daemon=True) for job in jobs]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Whoever is asking goes on until there is an answer, but not for ever."""
        self.stopped = time.monotonic()
        for thread in self._threads:
            thread.join()

    @property
    def goes_on(self) -> bool:
        return self.stopped is None

    @property
    def has_patience(self) -> bool:
        return self.stopped is None or time.monotonic() < self.stopped + DRAIN

    def client(self, who: str, person: Person, patience: float) -> Client:
        return Client(self.ports, who, person.token, self.world.event, self.log, self.began, patience)

    def until_answered(self, client: Client, request: Request) -> Said:
        """The last answer: done or refused, or none where patience ended."""
        while True:
            said = client.ask(request)
            if said.is_final or not self.has_patience:
                return said
            time.sleep(AGAIN)

    def _watch(self, lane: str, make: Callable[[], Request]) -> None:
        client = self.client(lane, self.world.watcher, PATIENCE[0])
        while self.goes_on:
            if self.until_answered(client, make()).is_done:
                self.served[lane] = time.monotonic()
            time.sleep(WATCHES)

    def _door(self) -> None:
        ways = cycle(["in", "out"])
        self._watch(DOOR, lambda: requests.scan(self.world, self.world.door_guest, next(ways)))

    def _till(self) -> None:
        lines = [(self.world.tickets["other"], 1)]
        self._watch(TILL, lambda: requests.sale(self.world, self.world.watcher, lines, CASH))

    def _healthz(self) -> None:
        self._watch(HEALTHZ, requests.health)


class Worker:
    """A cashier who does everything: each kind of act once, then at random, the same for the same number."""

    def __init__(self, crew: Crew, number: int, person: Person) -> None:
        self.crew, self.person = crew, person
        self.world = crew.world
        self.client = crew.client(f"client {number}", person, PATIENCE[number % 2])
        self.chance = random.Random(number)
        self.sold: list[tuple[float, Said]] = []
        self.acts = [
            self.sell_for_cash,
            self.give_up,
            self.sell_by_card,
            self.check_in,
            self.sell_for_nothing,
            self.card_later,
            self.cancel,
            self.sell_the_last,
            self.scan_somebody,
        ]

    def work(self) -> None:
        first = [*self.acts]
        while self.crew.goes_on:
            act = first.pop(0) if first else self.chance.choice(self.acts)
            act()
            time.sleep(self.chance.uniform(*THINKS))

    def _ask(self, request: Request) -> Said:
        return self.crew.until_answered(self.client, request)

    def _sale(self, tender: str, *names: str, pending: bool = False) -> Request:
        lines = [(self.world.tickets[name], self.chance.randint(1, 3)) for name in names]
        return requests.sale(self.world, self.person, lines, tender, pending=pending)

    def _sell(self, request: Request) -> Said:
        """Some who hear nothing give the sale up, others try until they know."""
        if self.chance.random() < 0.3:
            said = self.client.ask(request)
            if not said.is_final:
                said = self._ask(requests.giving_up(self.person, request.key))
        else:
            said = self._ask(request)
        if said.is_done and said.told:
            self.sold.append((time.monotonic(), said))
        return said

    def sell_for_cash(self) -> None:
        self._sell(self._sale(CASH, "hot"))

    def sell_by_card(self) -> None:
        self._sell(self._sale(CARD, "hot", "other"))

    def sell_for_nothing(self) -> None:
        self._sell(self._sale(FREE, "free"))

    def sell_the_last(self) -> None:
        self._sell(self._sale(CASH, "scarce"))

    def card_later(self) -> None:
        request = self._sale(CARD, "hot", pending=True)
        said = self._ask(request)
        if said.is_done:
            ((_ticket, number),) = request.asked["lines"]
            self._ask(requests.completion(self.person, said.told["order"], number * PRICE["hot"]))

    def give_up(self) -> None:
        """While the sale is still on its way, or before it was sent; and then it comes once more."""
        request = self._sale(CASH, "hot")
        if self.chance.random() < 0.5:
            self.client.ask(request, patience=HASTY)
        self._ask(requests.giving_up(self.person, request.key))
        self.client.ask(request)

    def cancel(self) -> None:
        """The oldest sale that can still be taken back and has let nobody in."""
        self.sold = [one for one in self.sold if time.monotonic() - one[0] < UNDO_WITHIN]
        if self.sold:
            _at, said = self.sold.pop(0)
            self._ask(requests.cancellation(self.person, said.told["order"]))

    def check_in(self) -> None:
        """A guest of an own sale, in and out again."""
        if self.sold:
            _at, said = self.sold.pop()
            attendee = self.chance.choice(said.told["attendees"])
            self._ask(requests.scan(self.world, attendee, "in"))
            self._ask(requests.scan(self.world, attendee, "out"))

    def scan_somebody(self) -> None:
        """One of those whom others scan, too."""
        attendee = self.chance.choice(self.world.guests)
        self._ask(requests.scan(self.world, attendee, self.chance.choice(["in", "out"])))
