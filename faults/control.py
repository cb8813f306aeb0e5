"""The control: losses are planted in the books, each in a transaction that is taken back, and the checker
must find every one. A checker that finds nothing proves nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, NamedTuple

from faults.books import Books, read_books
from faults.checker import ANSWER, DOUBLED, INSIDE, LOST, MONEY, OVERSOLD, Case, Violation, violations
from faults.log import GIVE_UP, SCAN, SELL, Said
from faults.timing import LATE, late
from faults.world import World


class Planted(NamedTuple):
    """What was planted, and what the checker must say of it: its kind, and the number that it names."""

    name: str
    kind: str
    names: str
    found: bool


class Garden:
    """Where it is planted: an open transaction on the books of an event, and what was said of it."""

    def __init__(self, cursor: Any, vendor: str, said: Sequence[Said], world: World) -> None:
        self.cursor, self.vendor, self.said, self.world = cursor, vendor, said, world

    def do(self, statement: str) -> None:
        self.cursor.execute(statement)

    def one(self, statement: str) -> Any:
        self.cursor.execute(statement)
        return self.cursor.fetchone()[0]

    def lift(self, table: str, constraint: str) -> None:
        """Take a constraint away that forbids to plant."""
        if self.vendor == "sqlite":
            self.do("PRAGMA ignore_check_constraints = ON")
        else:
            self.do(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")

    def copy(self, table: str, pk: int, **values: str) -> int:
        """The id of a second row like that one, but for some values."""
        self.cursor.execute(f"SELECT * FROM {table} WHERE id = {pk}")
        names = [column[0] for column in self.cursor.description if column[0] != "id"]
        columns = ", ".join(names)
        copied = ", ".join(values.get(name, name) for name in names)
        new = self.one(f"SELECT max(id) + 1 FROM {table}")
        self.do(f"INSERT INTO {table} (id, {columns}) SELECT {new}, {copied} FROM {table} WHERE id = {pk}")
        return new

    @property
    def order(self) -> int:
        """One that was acknowledged, is paid and has let nobody in."""
        scanned = {said.asked["attendee"] for said in self.said if said.act == SCAN}
        for said in self.said:
            is_one = said.act == SELL and said.is_done and said.asked["tender"] == "cash"
            if is_one and not scanned & set(said.told["attendees"]):
                order = said.told["order"]
                if self.one(f"SELECT status FROM orders_order WHERE id = {order}") == "completed":
                    return order
        raise RuntimeError("Nothing was sold that could be planted in.")

    @property
    def scan(self) -> Said:
        """The last that was acknowledged and let somebody in."""
        return [
            said
            for said in self.said
            if said.act == SCAN
            and said.is_done
            and said.told["answer"] == "ok"
            and said.asked["direction"] == "in"
        ][-1]


Plant = Callable[[Garden], object]
PLANTS: list[tuple[str, str, Plant]] = []


def plant(name: str, kind: str) -> Callable[[Plant], Plant]:
    """Register what returns the number that the checker must name."""

    def put(sow: Plant) -> Plant:
        PLANTS.append((name, kind, sow))
        return sow

    return put


@plant("an acknowledged order deleted", LOST)
def order_deleted(garden: Garden) -> object:
    order = garden.order
    garden.do(f"DELETE FROM orders_payment WHERE order_id = {order}")
    garden.do(f"DELETE FROM attendees_attendee WHERE order_id = {order}")
    garden.do(f"DELETE FROM orders_order WHERE id = {order}")
    return order


@plant("an order twice for one key", DOUBLED)
def order_doubled(garden: Garden) -> object:
    garden.do("DROP INDEX order_idempotency_key_once_per_actor")
    return garden.copy("orders_order", garden.order, identifier="'DOUBLED2'")


@plant("an order that nobody asked for", DOUBLED)
def order_of_nobody(garden: Garden) -> object:
    return garden.copy("orders_order", garden.order, identifier="'NOBODY22'", idempotency_key="'nobody'")


@plant("an acknowledged key gone from its order", LOST)
def key_gone(garden: Garden) -> object:
    order = garden.order
    garden.do(f"UPDATE orders_order SET idempotency_key = NULL WHERE id = {order}")
    return order


@plant("an attendee too many on an order", DOUBLED)
def attendee_added(garden: Garden) -> object:
    order = garden.order
    attendee = garden.one(f"SELECT min(id) FROM attendees_attendee WHERE order_id = {order}")
    garden.copy("attendees_attendee", attendee, code="'PLANTEDPLANTEDPLANTE'")
    return order


@plant("a given-up key sold", DOUBLED)
def given_up_sold(garden: Garden) -> object:
    order = garden.order
    key = next(said.key for said in garden.said if said.act == GIVE_UP and said.status == 204)
    garden.do(f"UPDATE orders_order SET idempotency_key = '{key}' WHERE id = {order}")
    return key


@plant("a promise gone", LOST)
def promise_gone(garden: Garden) -> object:
    key = next(said.key for said in garden.said if said.act == GIVE_UP and said.status == 204)
    garden.do(f"DELETE FROM orders_givenup WHERE key = '{key}'")
    return key


@plant("a paid order back to unpaid", LOST)
def order_unpaid(garden: Garden) -> object:
    order = garden.order
    garden.do(f"UPDATE orders_order SET status = 'pending' WHERE id = {order}")
    return order


@plant("`sold` one too few", OVERSOLD)
def sold_too_few(garden: Garden) -> object:
    ticket = garden.world.tickets["hot"]
    garden.do(f"UPDATE tickets_ticket SET sold = sold - 1 WHERE id = {ticket}")
    return ticket


@plant("`sold` one too many", LOST)
def sold_too_many(garden: Garden) -> object:
    ticket = garden.world.tickets["hot"]
    garden.do(f"UPDATE tickets_ticket SET sold = sold + 1 WHERE id = {ticket}")
    return ticket


@plant("one more sold than there are", OVERSOLD)
def oversold(garden: Garden) -> object:
    ticket = garden.world.tickets["hot"]
    garden.lift("tickets_ticket", "ticket_sold_within_quantity")
    garden.do(f"UPDATE tickets_ticket SET quantity = sold - 1 WHERE id = {ticket}")
    return ticket


@plant("a payment changed", MONEY)
def payment_changed(garden: Garden) -> object:
    order = garden.order
    garden.lift("orders_payment", "payment_change_adds_up")
    garden.do(f"UPDATE orders_payment SET amount = amount + 1 WHERE order_id = {order}")
    return order


@plant("a payment in another drawer", MONEY)
def payment_moved(garden: Garden) -> object:
    order, shift = garden.order, garden.world.watcher.shift
    held = garden.one(f"SELECT min(shift_id) FROM orders_payment WHERE order_id = {order}")
    other = shift if held != shift else garden.world.clients[0].shift
    garden.do(f"UPDATE orders_payment SET shift_id = {other} WHERE order_id = {order}")
    return other


@plant("a payment twice", MONEY)
def payment_doubled(garden: Garden) -> object:
    order = garden.order
    payment = garden.one(f"SELECT min(id) FROM orders_payment WHERE order_id = {order}")
    garden.copy("orders_payment", payment)
    return order


@plant("a guest inside who never came", INSIDE)
def inside_wrong(garden: Garden) -> object:
    attendee = garden.one(f"SELECT min(id) FROM attendees_attendee WHERE order_id = {garden.order}")
    garden.do(f"UPDATE attendees_attendee SET is_inside = {_true(garden)} WHERE id = {attendee}")
    return attendee


@plant("a guest let in twice", INSIDE)
def inside_twice(garden: Garden) -> object:
    attendee = garden.scan.asked["attendee"]
    nonce = "'00000000000000000000000000000001'"
    garden.copy("door_checkin", garden.scan.told["check-in"], nonce=nonce)
    return attendee


@plant("a check-in gone", LOST)
def scan_gone(garden: Garden) -> object:
    check_in = garden.scan.told["check-in"]
    garden.do(f"DELETE FROM door_checkin WHERE id = {check_in}")
    return check_in


@plant("the event counts one too many", INSIDE)
def event_miscounts(garden: Garden) -> object:
    event = garden.world.event
    garden.do(f"UPDATE events_event SET inside = inside + 1 WHERE id = {event}")
    return "the event counts"


def _true(garden: Garden) -> str:
    return "TRUE" if garden.vendor == "postgresql" else "1"


def control(database: Any, said: Sequence[Said], world: World) -> Iterator[Planted]:
    """Each planted loss, and whether it was found."""
    for name, kind, sow in PLANTS:
        with closing(database.connect()) as connection, closing(connection.cursor()) as cursor:
            if database.vendor == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
            names = str(sow(Garden(cursor, database.vendor, said, world)))
            case = Case(said, read_books(cursor, world.event), frozenset(world.orders))
            yield Planted(name, kind, names, _is_named(violations(case), kind, names))
            connection.rollback()
    yield from _said_control(said)


def _said_control(said: Sequence[Said]) -> Iterator[Planted]:
    """What the clients were told can be planted, too."""
    one = next(one for one in said if one.act == SELL and one.is_done)
    case = Case([replace(one, status=500, key="a fault")], Books())
    yield Planted("an answer 500", ANSWER, "a fault", _is_named(violations(case), ANSWER, "a fault"))
    slow = [*said, replace(one, took=15.1, key="a slow one")]
    yield Planted("a request of 15.1 s", LATE, "a slow one", _is_named(late(slow, ()), LATE, "a slow one"))
    last = max(one.answered for one in said if one.who == "door")
    long = [*said, replace(one, who="door", sent=last + 12.1, took=0.01)]
    yield Planted("a door not served for 12.1 s", LATE, "door", _is_named(late(long, ()), LATE, "door was"))


def _is_named(found: Iterable[Violation], kind: str, names: str) -> bool:
    return any(violation.kind == kind and names in violation.text for violation in found)
