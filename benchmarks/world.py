"""What is for sale in every database of the benchmarks."""

import json
from dataclasses import dataclass

# Numbers that occur nowhere else in an SQL statement of a sale, see pgbench.py.
HOT = 700_000
SPREAD = (700_001, 700_100)
FIRST_ORDER = 50_000_000

# A planner that knows empty tables only reads all of them; nobody sells from empty tables for long.
NEARLY_NONE = 1_000
PER_ORDER = 4
# What all codes of filled attendees end in, after eight letters that look like random ones.
CODE_ENDS = "BCDFGHJKLNPR"


@dataclass(frozen=True)
class World:
    """An event and somebody who sells there. The filled orders have the ids 1 to `orders`."""

    event: int
    token: str
    orders: int
    station: int

    @property
    def attendees(self) -> int:
        """How many were filled; their codes are `code_of` 1 to this."""
        return self.orders * PER_ORDER


def code_of(number: int) -> str:
    """The code of a filled attendee; as in fill.py and load.lua."""
    digits = f"{number * 2654435761 % 2**32:08x}"
    return digits.translate(str.maketrans("0123456789abcdef", "BCDFGHJKLNPRSTVX")) + CODE_ENDS


def check_in_body(station: int, code: str, nonce: str) -> str:
    """The JSON:API document of a scan; code and nonce may be placeholders."""
    return json.dumps(
        {
            "data": {
                "type": "check-in",
                "attributes": {"code": code, "direction": "in", "nonce": nonce},
                "relationships": {"station": {"data": {"type": "station", "id": str(station)}}},
            }
        }
    )


def bare_scan_body(world: World, code: str, nonce: str) -> str:
    """The same for the yardstick, which looks nothing up."""
    return json.dumps({"event": world.event, "station": world.station, "code": code, "nonce": nonce})


def sale_body(event: int, ticket: str, quantity: int) -> str:
    """As `sale_document`, of one line."""
    return sale_document(event, {"id": ticket, "quantity": quantity})


def sale_document(event: int, line: dict) -> str:
    """The JSON:API document of a sale; the id of the line may be a placeholder."""
    return json.dumps(
        {
            "data": {
                "type": "order",
                "attributes": {
                    "status": "completed",
                    "on-site-tickets": [line],
                },
                "relationships": {"event": {"data": {"type": "event", "id": str(event)}}},
            }
        }
    )
