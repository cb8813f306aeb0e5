"""How long the PDF of an order takes, by how many tickets it has. Writes PAPER.md.

make bench-paper                                   half a minute
python -m benchmarks.paper --against FOLDER        in turns with another checkout, and the ratio
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).resolve().parent
QUANTITIES = {1: 0.1, 200: 1, 500: 3}  # tickets, and the seconds that they may take
ROUNDS = 7
FIRST = ["Ana", "Björn", "Chloé", "Дарья", "Ελένη"]
LAST = ["Silva", "Müller", "O’Brien", "García López"]
SCRIPTS = {"Latin, Greek and Cyrillic names": [], "of them Arabic": ["سارة علي", "محمد (VIP)"]}


class Rows(list):
    """What was prefetched."""

    def all(self) -> Self:
        return self


def order(quantity: int, names: list[str]) -> Any:
    """An order that no database knows, with guests of these names and some of ours."""
    from attendees.models import Attendee
    from events.models import Event
    from orders.models import Order
    from tickets.models import Ticket

    at, dice = datetime(2027, 7, 1, 18, tzinfo=UTC), random.Random(1)
    event = Event(pk=1, name="Sommerfest", starts_at=at, ends_at=at, location_name="Bootshaus, Köln")
    tickets = [Ticket(pk=pk, event=event, name=name) for pk, name in enumerate(["Adult", "Child"], 1)]
    made = Order(
        pk=1, event=event, identifier="AB7CDEFG", status="completed", currency="EUR", amount=Decimal(9)
    )
    made.created_at = made.completed_at = at
    made._prefetched_objects_cache = {"payments": Rows(), "attendees": Rows()}
    for pk in range(quantity):
        attendee = Attendee(
            pk=pk, order=made, ticket=tickets[pk % 2], price_paid=Decimal(20), tax_rate=Decimal(7)
        )
        attendee.firstname = dice.choice(names) if names and pk % 2 else f"{dice.choice(FIRST)} {pk}"
        attendee.lastname = dice.choice(LAST)
        attendee.code = "".join(dice.choices("BCDFGHJKLNPRSTVX", k=20))
        made._prefetched_objects_cache["attendees"].append(attendee)
    return made


def measure() -> None:
    """Print the seconds of one round, of the code that lies in this folder."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")
    import django

    django.setup()
    from till.pdf import order_pdf

    order_pdf(order(1, []))  # what a worker has loaded
    seconds = []
    for names in SCRIPTS.values():
        for quantity in QUANTITIES:
            sold = order(quantity, names)
            begun = time.process_time()
            order_pdf(sold)
            seconds.append(time.process_time() - begun)
    print(json.dumps(seconds))


def asked(folder: Path) -> list[float]:
    command = [sys.executable, str(HERE / "paper.py"), "--measure"]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    shown = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return json.loads(shown.stdout)


def report(rounds: dict[Path, list[list[float]]]) -> str:
    ours, *others = (
        [statistics.median(column) for column in zip(*rows, strict=True)] for rows in rounds.values()
    )
    rows = [(script, quantity) for script in SCRIPTS for quantity in QUANTITIES]
    lines = [
        "# The PDF of an order",
        "",
        f"Measured by `make bench-paper`: seconds of CPU, medians of {ROUNDS} rounds, each in a new process"
        + (", in turns with the code before." if others else "."),
        "",
        "| guests | tickets | seconds | at most |" + (" ratio to before |" if others else ""),
        "| --- | --- | --- | --- |" + (" --- |" if others else ""),
    ]
    for place, (script, quantity) in enumerate(rows):
        ratio = f" {ours[place] / others[0][place]:.2f} |" if others else ""
        lines.append(f"| {script} | {quantity} | {ours[place]:.3f} | {QUANTITIES[quantity]} |{ratio}")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paper", description=__doc__)
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="a checkout of other code")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    terms = parser.parse_args()
    if terms.measure:
        measure()
        return 0
    folders = [HERE.parent, *([terms.against.resolve()] if terms.against else [])]
    rounds: dict[Path, list[list[float]]] = {folder: [] for folder in folders}
    for _round in range(ROUNDS):
        for folder, seconds in rounds.items():
            seconds.append(asked(folder))
    text = report(rounds)
    (HERE / "PAPER.md").write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
