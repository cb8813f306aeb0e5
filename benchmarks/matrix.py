"""The rows of the benchmark, and the order in which they run."""

from collections.abc import Iterator
from dataclasses import dataclass

PGBENCH, BARE, APP = "pgbench", "bare", "app"
LONG_LIST = "attendee list, of all sold"
LISTS_SITE = "lists"
BARE_DOOR = "bare door"  # has the guests whom the door has
# By the last word of their addresses; tickets and attendees are read beside (`compared_reads`).
LISTS = (
    "orders",
    "payments",
    "check-ins",
    "stations",
    "tills",
    "shifts",
    "devices",
    "members",
    "invitations",
    "changes",
    "discounts",
    "quotas",
    "holds",
)


@dataclass(frozen=True)
class Row:
    """One load. `group` is its table in the report; `amount` what its table varies beside the rest:
    the attendees sold before, or the delay in milliseconds.
    """

    group: str
    site: str
    clients: int = 8
    attendees: int = 4
    spread: bool = False
    amount: int = 0
    what: str = ""

    def __str__(self) -> str:
        tickets = "spread" if self.spread else "hot"
        what = self.what or f"{self.site}: {self.attendees} attendees, {tickets}"
        return f"{what}, {self.clients} clients"


@dataclass(frozen=True)
class Plan:
    """What varies, and for how long: `seconds` for each row in each of `rounds`."""

    seconds: int
    rounds: int
    attendees: tuple[int, ...] = (1, 4, 20, 100)
    clients: tuple[int, ...] = (1, 8, 16)
    clients_at_doors: tuple[int, ...] = (1, 8)
    sold: tuple[int, ...] = (0, 100_000, 1_000_000)
    delays: tuple[int, ...] = (0, 1, 5)
    sqlite_clients: tuple[int, ...] = (1, 8, 16)
    sqlite_sold: int = 100_000
    lock_sales: int = 300

    def rows(self) -> list[Row]:
        """All rows, what is compared side by side."""
        return [
            *self._sales(),
            *self._sold(),
            *self._delays(),
            *self._sqlite(),
            *self._door(),
            *self._reads(),
            *self._lists(),
        ]

    def round(self) -> list[Row]:
        """In the order of one round: what must hold is measured four times more, to and fro, because a busy
        machine changes its speed from one second to the next.
        """
        must = [row for row in self.rows() if self._must_hold(row)]
        return self.rows() + (must[::-1] + must) * 2

    def _must_hold(self, row: Row) -> bool:
        ends_of_sold = row.group == "sold" and row.amount in (self.sold[0], self.sold[-1])
        compared = row.group == "sale" and (row.clients, row.attendees) == (8, 4)
        return (
            ends_of_sold or compared or row.group in ("yardstick", "check-in") or row in self.compared_reads
        )

    def in_order(self) -> Iterator[list[Row]]:
        """Round by round, every other one backwards, so that a machine that slows down hits all alike."""
        for number in range(self.rounds):
            rows = self.round()
            yield rows[::-1] if number % 2 else rows

    def _sales(self) -> Iterator[Row]:
        for clients in self.clients:
            for spread in (False, True):
                for attendees in self.attendees:
                    yield Row("sale", APP, clients, attendees, spread)
                    if (clients, attendees) == (8, 4):
                        yield Row("yardstick", BARE, spread=spread, what=_sale("bare DRF + ORM", spread))
                        yield Row("yardstick", PGBENCH, spread=spread, what=_sale("pgbench", spread))

    def _sold(self) -> Iterator[Row]:
        for spread in (False, True):
            for sold in self.sold:
                yield Row("sold", sold_site(sold), spread=spread, amount=sold)

    def _delays(self) -> Iterator[Row]:
        for delay in self.delays:
            yield Row("delay", f"delay-{delay}", amount=delay)

    def _sqlite(self) -> Iterator[Row]:
        for clients in self.sqlite_clients:
            yield Row("sqlite", sqlite_site(0), clients)
            if clients == 8:
                yield Row("sqlite", sqlite_site(self.sqlite_sold), clients, amount=self.sqlite_sold)

    def _door(self) -> Iterator[Row]:
        yield Row("check-in", BARE, 1, what="bare SELECT")
        yield Row("check-in", BARE_DOOR, 1, what="bare DRF + ORM")
        for clients in self.clients_at_doors:
            yield Row("check-in", self.read_site, clients, what="check-in")

    def _reads(self) -> Iterator[Row]:
        yield from self.compared_reads
        yield Row("read", BARE, what="no database")

    def _lists(self) -> Iterator[Row]:
        """What an event has lists of, each once in a round."""
        for what in LISTS:
            yield Row("list", LISTS_SITE, what=what)
        yield Row("list", BARE, what="bare SELECT")

    @property
    def compared_reads(self) -> list[Row]:
        """What is read of the API, and last what it is compared with."""
        of_many = [
            Row("read", self.read_site, what=what)
            for what in ("order detail", "guests of an order", "event list", "ticket list", LONG_LIST)
        ]
        of_few = Row("read", sold_site(self.sold[0]), what="attendee list")
        return [*of_many, of_few, Row("read", BARE, what="bare SELECT")]

    @property
    def read_site(self) -> str:
        """Whose orders are read."""
        return sold_site(self.sold[1])


def sold_site(sold: int) -> str:
    return f"sold-{sold}"


def sqlite_site(sold: int) -> str:
    return f"sqlite-{sold}"


def _sale(of: str, spread: bool) -> str:
    return f"{of}, {'spread' if spread else 'hot'}"


FULL = Plan(seconds=2, rounds=3)
QUICK = Plan(
    seconds=1,
    rounds=1,
    attendees=(1, 4, 100),
    clients=(8,),
    sold=(0, 10_000),
    delays=(0, 5),
    sqlite_clients=(8,),
    sqlite_sold=10_000,
    lock_sales=20,
)
