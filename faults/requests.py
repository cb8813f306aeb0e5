"""The requests that the clients make."""

from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any
from uuid import uuid4

from faults.client import Request
from faults.log import CANCEL, COMPLETE, GIVE_UP, HEALTH, SCAN, SELL
from faults.world import PRICE, Person, World

# So long that few orders fit on a page: a full disk is met by every other one.
NOTES = 1000
CASH, CARD, FREE = "cash", "card", "free"


def sale(
    world: World, person: Person, lines: Sequence[tuple[int, int]], tender: str, *, pending: bool = False
) -> Request:
    """So many of each ticket by id, paid as `tender` says at the person's till; `pending` for the card."""
    attributes: dict[str, Any] = {
        "on-site-tickets": [{"id": str(ticket), "quantity": number} for ticket, number in lines],
        "status": "pending" if pending else "completed",
        "order-notes": token_hex(NOTES),
    }
    if pending:
        attributes["awaits-card"] = True
    elif tender != FREE:
        attributes["payments"] = [{"tender": tender, "amount": f"{_costs(world, lines)}.00"}]
    relationships = {"event": _to("event", world.event), "till": _to("till", person.till)}
    return Request(
        "POST",
        "/v1/orders?onsite=true",
        SELL,
        str(uuid4()),
        {"lines": [list(line) for line in lines], "tender": tender, "shift": person.shift},
        {"type": "order", "attributes": attributes, "relationships": relationships},
    )


def _costs(world: World, lines: Sequence[tuple[int, int]]) -> int:
    price = {pk: PRICE[name] for name, pk in world.tickets.items()}
    return sum(price[ticket] * number for ticket, number in lines)


def completion(person: Person, order: int, amount: int) -> Request:
    """The card was approved."""
    attributes = {"status": "completed", "payments": [{"tender": CARD, "amount": f"{amount}.00"}]}
    return _change(person, order, COMPLETE, attributes)


def cancellation(person: Person, order: int) -> Request:
    return _change(person, order, CANCEL, {"status": "cancelled"})


def _change(person: Person, order: int, act: str, attributes: Mapping[str, Any]) -> Request:
    data = {
        "type": "order",
        "id": str(order),
        "attributes": attributes,
        "relationships": {"till": _to("till", person.till)},
    }
    return Request("PATCH", f"/v1/orders/{order}", act, "", {"order": order}, data)


def giving_up(person: Person, key: str) -> Request:
    data = {"type": "order", "relationships": {"till": _to("till", person.till)}}
    return Request("POST", "/v1/orders/given-up", GIVE_UP, key, {}, data)


def scan(world: World, attendee: int, direction: str) -> Request:
    nonce = str(uuid4())
    data = {
        "type": "check-in",
        "attributes": {"direction": direction, "nonce": nonce},
        "relationships": {
            "station": _to("station", world.station),
            "attendee": _to("attendee", attendee),
        },
    }
    asked = {"attendee": attendee, "direction": direction}
    return Request("POST", "/v1/check-ins", SCAN, nonce, asked, data)


def health() -> Request:
    return Request("GET", "/healthz", HEALTH, "", {})


def _to(kind: str, pk: int) -> dict[str, Any]:
    return {"data": {"type": kind, "id": str(pk)}}
