"""What the database holds of an event, read with plain SQL and without the application's code."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID


class Ticket(NamedTuple):
    id: int
    sold: int
    quantity: int | None


class Order(NamedTuple):
    id: int
    identifier: str
    key: str | None
    status: str
    amount: Decimal


class Attendee(NamedTuple):
    id: int
    ticket: int
    order: int
    price: Decimal
    is_inside: bool


class Payment(NamedTuple):
    id: int
    order: int
    amount: Decimal
    tender: str
    shift: int | None


class Scan(NamedTuple):
    id: int
    attendee: int
    nonce: str
    direction: str
    answer: str
    moved: int


class Drawer(NamedTuple):
    """A shift, and what was put in and taken out beside its sales, the float included."""

    id: int
    moved: Decimal


@dataclass
class Books:
    """The rows of one event."""

    tickets: list[Ticket] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    attendees: list[Attendee] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    drawers: list[Drawer] = field(default_factory=list)
    given_up: set[str] = field(default_factory=set)
    inside: int = 0


OF_EVENT = "SELECT id FROM orders_order WHERE event_id = {event}"
ROWS = {
    "tickets": "SELECT id, sold, quantity FROM tickets_ticket WHERE event_id = {event}",
    "orders": "SELECT id, identifier, idempotency_key, status, amount FROM orders_order"
    " WHERE event_id = {event}",
    "attendees": "SELECT id, ticket_id, order_id, price_paid, is_inside FROM attendees_attendee"
    f" WHERE order_id IN ({OF_EVENT})",
    "payments": "SELECT id, order_id, amount, tender, shift_id FROM orders_payment"
    f" WHERE order_id IN ({OF_EVENT})",
    "scans": "SELECT id, attendee_id, nonce, direction, answer, moved FROM door_checkin"
    " WHERE event_id = {event} AND nonce IS NOT NULL",
    "drawers": "SELECT shift.id, opening_float + COALESCE("
    "(SELECT sum(amount) FROM shifts_cashmovement WHERE shift_id = shift.id), 0)"
    " FROM shifts_shift shift JOIN shifts_till till ON till.id = shift.till_id WHERE till.event_id = {event}",
}
KINDS: dict[str, Any] = {
    "tickets": Ticket,
    "orders": Order,
    "attendees": Attendee,
    "payments": Payment,
    "scans": Scan,
    "drawers": Drawer,
}


def read_books(cursor: Any, event: int) -> Books:
    """What a cursor of PostgreSQL or SQLite sees of the event."""
    found = {name: [_row(name, row) for row in _rows(cursor, name, event)] for name in ROWS}
    cursor.execute("SELECT key FROM orders_givenup")
    given_up = {key for (key,) in cursor.fetchall()}
    cursor.execute(f"SELECT inside FROM events_event WHERE id = {event}")
    return Books(**found, given_up=given_up, inside=cursor.fetchone()[0])


def _rows(cursor: Any, name: str, event: int) -> Iterable[Any]:
    cursor.execute(ROWS[name].format(event=event) + " ORDER BY 1")
    return cursor.fetchall()


def _row(name: str, row: Any) -> Any:
    """SQLite keeps money as numbers, truths as 0 and 1, UUIDs without hyphens."""
    found = KINDS[name](*row)
    match found:
        case Order() | Payment():
            return found._replace(amount=cents(found.amount))
        case Attendee():
            return found._replace(price=cents(found.price), is_inside=bool(found.is_inside))
        case Drawer():
            return found._replace(moved=cents(found.moved))
        case Scan():
            return found._replace(nonce=str(UUID(str(found.nonce))))
    return found


def cents(amount: Any) -> Decimal:
    return round(Decimal(str(amount)), 2)
