"""Shifts that were closed before there were seals are sealed as they are now; later on, none is.

Written down here as `books.sealing` was when this was written. Each shift of its own, so that what was
interrupted goes on.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256

from django.db import migrations
from django.utils import timezone

SHIFT = (
    *("pk", "till_id", "cashier_id", "opened_at", "opening_float", "closed_at", "closed_by_id", "number"),
    *("note", "stays", "to_safe"),
)
ROWS = {
    ("orders", "Payment"): (
        *("pk", "order_id", "amount", "tender", "tendered", "change", "reference", "created_by_id"),
        *("created_at", "shift_id", "reverses_id"),
    ),
    ("shifts", "CashMovement"): ("pk", "shift_id", "amount", "reason", "created_by_id", "created_at"),
    ("shifts", "CashCount"): (
        *("pk", "shift_id", "cash", "card", "expected_cash", "expected_card", "pieces", "counted_by_id"),
        "counted_at",
    ),
    ("books", "ClosedReport"): ("shift_id", "data"),
}


def seal(apps, schema_editor):
    alias = schema_editor.connection.alias
    seals = apps.get_model("books", "Seal").objects.using(alias)
    closed = apps.get_model("shifts", "Shift").objects.using(alias).filter(closed_at__isnull=False)
    last = {}
    for row in closed.order_by("till", "number").values_list("seal__digest", *SHIFT):
        sealed, pk, till, *_rest = row
        if sealed is None:
            sealed = digest(last.get(till, ""), rows(apps, alias, pk, row[1:]))
            seals.create(shift_id=pk, digest=sealed, made_at=timezone.now())
        last[till] = sealed


def rows(apps, alias, pk, shift):
    yield shift
    for label, names in ROWS.items():
        found = apps.get_model(*label).objects.using(alias).filter(shift=pk)
        yield from found.order_by("pk").values_list(*names)


def digest(before, rows):
    found = sha256(line([before]))
    for row in rows:
        found.update(line(row))
    return found.hexdigest()


def line(row):
    return json.dumps([text(value) for value in row], sort_keys=True, separators=(",", ":")).encode() + b"\n"


def text(value):
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("books", "0004_seals"), ("orders", "0009_key_of_scripts"), ("shifts", "0004_letterhead")]

    operations = [migrations.RunPython(seal, migrations.RunPython.noop)]
