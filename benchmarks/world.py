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


@dataclass(frozen=True)
class World:
    """An event and somebody who sells there. The filled orders have the ids 1 to `orders`."""

    event: int
    token: str
    orders: int


def sale_body(event: int, ticket: str, quantity: int) -> str:
    """The JSON:API document of a sale; `ticket` may be a placeholder."""
    return json.dumps(
        {
            "data": {
                "type": "order",
                "attributes": {
                    "status": "completed",
                    "on-site-tickets": [{"id": ticket, "quantity": quantity}],
                },
                "relationships": {"event": {"data": {"type": "event", "id": str(event)}}},
            }
        }
    )
