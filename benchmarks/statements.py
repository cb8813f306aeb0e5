"""The SQL statements of one sale through the whole application, as they go to the database.

Prints JSON: for each number of attendees the statements, their values filled in, and what the sale
made; for "check-in" those of one scan, None if it was not answered 201.

    python -m benchmarks.statements EVENT TOKEN 1,4,20,100
"""

import json
import secrets
import sys
from uuid import uuid4

import django
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.load import JSON_API
from benchmarks.world import HOT, check_in_body, code_of, sale_body


class Seller:
    """Sells in this process, over the whole middleware."""

    def __init__(self, event: int, token: str) -> None:
        self.event = event
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def sell(self, attendees: int, key: str | None = None) -> dict:
        """The resource object of the order."""
        answer = self.client.post(
            "/v1/orders?onsite=true",
            data=sale_body(self.event, str(HOT), attendees),
            content_type=JSON_API,
            headers={"Idempotency-Key": key or secrets.token_hex(16)},
        )
        if answer.status_code != 201:
            raise SystemExit(f"The sale answered {answer.status_code}: {answer.content!r}")
        return answer.json()["data"]

    def check_in(self, station: int, number: int) -> int:
        """The status of the answer to a scan of a filled attendee."""
        body = check_in_body(station, code_of(number), str(uuid4()))
        return self.client.post("/v1/check-ins", data=body, content_type=JSON_API).status_code


def capture(seller: Seller, attendees: int) -> dict:
    """One sale: its statements, and the values in them that differ from sale to sale."""
    from attendees.models import Attendee

    key = secrets.token_hex(16)
    with CaptureQueriesContext(connection) as captured:
        order = seller.sell(attendees, key)
    return {
        "sql": _sent(captured),
        "key": key,
        "order": int(order["id"]),
        "identifier": order["attributes"]["identifier"],
        "codes": list(Attendee.objects.filter(order_id=order["id"]).values_list("code", flat=True)),
    }


def capture_check_in(seller: Seller) -> dict:
    """One scan, after another one: its statements."""
    from door.models import Station

    station = Station.objects.get().pk
    seller.check_in(station, 1)
    with CaptureQueriesContext(connection) as captured:
        status = seller.check_in(station, 2)
    return {"sql": _sent(captured) if status == 201 else None}


def _sent(captured: CaptureQueriesContext) -> list[str]:
    """Every statement; those that went out together apart. The BEGIN is told by Django by itself."""
    messages = [query["sql"].removeprefix("BEGIN;\n") for query in captured.captured_queries]
    return [sql for message in messages for sql in message.split(";\n")]


def main() -> None:
    django.setup()
    event, token, sizes = sys.argv[1:]
    seller = Seller(int(event), token)
    seller.sell(1)
    sales = {size: capture(seller, int(size)) for size in sizes.split(",")}
    print(json.dumps({**sales, "check-in": capture_check_in(seller)}))


if __name__ == "__main__":
    main()
