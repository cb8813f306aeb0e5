"""What is sold, counted or let in is on disk when its act returns: no act may be part of a transaction of
somebody else's, which may still be undone.
"""

import ast
from pathlib import Path

from django.conf import settings

BOOKS = ("attendees", "door", "limits", "orders", "prices", "shifts", "tickets")
# The admin has one around a ticket that it deletes, which nobody bought, around a name that it corrects, and
# around quotas, holds and discounts.
IN_ANOTHERS = {
    "attendees/corrections.py",
    "limits/holds.py",
    "limits/quotas.py",
    "prices/discounts.py",
    "tickets/stock.py",
}


def transactions(path):
    """Whether each transaction that a module begins is durable."""
    calls = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Attribute(attr="atomic") as begun, keywords=keywords):
                calls.add(begun)
                yield any(k.arg == "durable" and k.value.value is True for k in keywords)
            case ast.Attribute(attr="atomic") if node not in calls:
                yield False


def test_every_transaction_of_the_books_is_durable():
    found = {}
    for room in BOOKS:
        for path in Path(settings.BASE_DIR, room).glob("*.py"):
            if begun := list(transactions(path)):
                found[f"{room}/{path.name}"] = begun
    assert len(found) > 6
    assert {name for name, begun in found.items() if not all(begun)} == IN_ANOTHERS
    assert sorted(found["tickets/stock.py"]) == [False, True]
