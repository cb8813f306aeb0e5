"""What two quotas and a hold cost a sale: over the whole middleware, in this process, in turns.

python tools/with_postgres.py --durable python -m benchmarks.limits    two minutes
"""

import os
import secrets
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

AT_MOST = 1.15  # times a sale of a ticket without them
SALES, ROUNDS, SIZE = 40, 25, 4
PLAIN, LIMITED = "plain", "limited"


def make() -> Iterator[tuple[str, Callable[[], None]]]:
    """Something to sell by each name."""
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.books import set_limits
    from benchmarks.fill import make_event
    from benchmarks.statements import Seller
    from limits.models import Hold
    from tickets.models import Ticket

    call_command("migrate", verbosity=0)
    limited, token = make_event()
    set_limits(limited)
    hold = Hold.objects.filter(ticket__event=limited).order_by("ticket").first()
    Ticket.objects.filter(pk=hold.ticket_id).update(held=1_000_000)
    Hold.objects.filter(pk=hold.pk).update(quantity=1_000_000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    plain = Ticket.objects.create(event_id=limited, name="Plain", price=10, quantity=2_000_000_000)
    seller = Seller(limited, token)
    yield PLAIN, lambda: sell(seller, {"id": plain.pk})
    yield LIMITED, lambda: sell(seller, {"id": hold.ticket_id, "hold": hold.pk})


def sell(seller: Any, line: dict) -> None:
    from benchmarks.load import JSON_API
    from benchmarks.world import sale_document

    answer = seller.client.post(
        "/v1/orders?onsite=true",
        data=sale_document(seller.event, {**line, "quantity": SIZE}),
        content_type=JSON_API,
        headers={"Idempotency-Key": secrets.token_hex(16)},
    )
    assert answer.status_code == 201, answer.content


def seconds(act: Callable[[], None]) -> float:
    begun = time.perf_counter()
    for _sale in range(SALES):
        act()
    return time.perf_counter() - begun


def main() -> int:
    os.environ.update(DEBUG="0", ALLOWED_HOSTS="testserver", SECURE_SSL_REDIRECT="0")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")
    import django

    django.setup()
    acts = dict(make())
    for act in acts.values():
        seconds(act)  # statements are prepared, caches are warm
    ratios = []
    for _round in range(ROUNDS):
        spent = {name: seconds(act) for name, act in acts.items()}
        ratios.append(spent[LIMITED] / spent[PLAIN])
    ratio = statistics.median(ratios)
    print(f"A sale from a hold of a ticket in two quotas takes {ratio:.2f} times as long as one without")
    print(f"(median of {ROUNDS} pairs of {SALES} sales, {min(ratios):.2f} to {max(ratios):.2f}).")
    return int(ratio > AT_MOST)


if __name__ == "__main__":
    sys.exit(main())
