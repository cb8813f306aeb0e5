"""Seals: what is closed is digested (SHA-256) together with the seal before, so that nobody changes it
unseen. Not even who can write into the database: a Z on paper says what the seal was.

What goes in is written down here once and for all (`FIELDS`): a column that comes later is not sealed, or
every seal would be broken. Ids, sums with two decimals and instants in UTC are the same on either database.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from base.plain import plain
from books.checking import Check, Difference
from books.models import ClosedReport, Seal
from events.days import DAY, begins_at, business_day
from events.models import Event
from orders.models import Payment
from shifts.models import CashCount, CashMovement, Shift

FIRST = ""  # before the first one of a till or an event there is none
EVER = datetime(1, 1, 2, tzinfo=UTC)
AT_ONCE = 2000
ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
# Whatever is being written while a day ends is committed by then.
GRACE = timedelta(minutes=10)
SHIFT = (
    "pk",
    "till_id",
    "cashier_id",
    "opened_at",
    "opening_float",
    "closed_at",
    "closed_by_id",
    "number",
    "note",
    "stays",
    "to_safe",
)
PAYMENT = (
    "pk",
    "order_id",
    "amount",
    "tender",
    "tendered",
    "change",
    "reference",
    "created_by_id",
    "created_at",
    "shift_id",
    "reverses_id",
)
# What belongs to a shift, in the order in which it is digested.
FIELDS: Mapping[type[Model], tuple[str, ...]] = {
    Payment: PAYMENT,
    CashMovement: ("pk", "shift_id", "amount", "reason", "created_by_id", "created_at"),
    CashCount: (
        "pk",
        "shift_id",
        "cash",
        "card",
        "expected_cash",
        "expected_card",
        "pieces",
        "counted_by_id",
        "counted_at",
    ),
    ClosedReport: ("shift_id", "data"),
}
Row = tuple[Any, ...]


def line(row: Iterable[Any]) -> bytes:
    """A row as it is digested."""
    values = [f"{value:.2f}" if isinstance(value, Decimal) else plain(value) for value in row]
    return ENCODER.encode(values).encode() + b"\n"


def digest(before: str, rows: Iterable[Row]) -> str:
    """The seal of the rows, which follows the one `before`."""
    found = sha256(line([before]))
    for row in rows:
        found.update(line(row))
    return found.hexdigest()


def seal_shift(shift: Shift, at: datetime | None = None) -> Seal:
    """Seal a shift that is being closed, in the same transaction, after its report was kept."""
    last = Seal.objects.filter(shift__till=shift.till_id).order_by("-shift__number").first()
    rows = [tuple(getattr(shift, name) for name in SHIFT)]
    for model, names in FIELDS.items():
        rows += model._default_manager.filter(shift=shift.pk).order_by("pk").values_list(*names)
    made = digest(last.digest if last else FIRST, rows)
    return Seal.objects.create(shift=shift, digest=made, made_at=at or timezone.now())


# --- what belongs to no drawer --------------------------------------------------------------------


def seal_days(at: datetime) -> int:
    """Seal the business days that were over by `at` (UTC), of every event, on which money moved outside of
    any drawer; how many. What is sealed stays so.
    """
    loose = Payment.objects.filter(shift=None).order_by()
    events = Event.objects.filter(pk__in=loose.values("order__event")).order_by("pk")
    return sum(_seal_days_of(event, at) for event in events)


@transaction.atomic
def _seal_days_of(event: Event, at: datetime) -> int:
    """Locks nothing: of two at the same moment, the second fails at the first day, and is tried again."""
    last = event.seals.order_by("until").last()
    newest, since = (last and last.day) or date.min, (last and last.until) or EVER
    rows = _loose().filter(order__event=event, created_at__gte=since, created_at__lt=at - GRACE)
    by_day: Mapping[date, list[Row]] = defaultdict(list)
    for row in rows.values_list(*PAYMENT):
        by_day[business_day(event, row[PAYMENT.index("created_at")])].append(row)
    before, sealed, waiting = last.digest if last else FIRST, 0, list[Row]()
    for day, those in sorted(by_day.items()):
        until = begins_at(event, day + DAY)
        waiting += those
        # A day that was sealed already comes again where the event's clock was set back meanwhile.
        if until <= at - GRACE and day > newest and until > since:
            before, waiting = digest(before, waiting), []
            Seal.objects.create(event=event, day=day, until=until, digest=before, made_at=at)
            sealed += 1
    return sealed


def _loose() -> QuerySet[Payment]:
    return Payment.objects.filter(shift=None).order_by("created_at", "pk")


# --- looked at again ------------------------------------------------------------------------------


def broken_shifts(check: Check, event: int | None) -> Iterator[Difference]:
    """The closed shifts whose rows, or the seal before, are not those that were sealed."""
    closed = Shift.objects.filter(closed_at__isnull=False).order_by("pk")
    closed = closed if event is None else closed.filter(till__event=event)
    parts = [_by_shift(closed, model, names) for model, names in FIELDS.items()]
    before: dict[int, str] = {}  # by till
    for row in closed.values_list("till__event", "seal__digest", *SHIFT).iterator(AT_ONCE):
        at, sealed, pk, till, *_rest = row
        rows = [row[2:], *(found for part in parts for found in part(pk))]
        made = digest(before.get(till, FIRST), rows)
        before[till] = sealed or made
        if made != sealed:
            yield Difference(check.name, "shift", pk, sealed or "-", made, at)


def _by_shift(shifts: QuerySet[Shift], model: type[Model], names: tuple[str, ...]) -> Any:
    """A function that gives the rows of one shift after the other, in the order of their ids, of one pass."""
    rows = model._default_manager.filter(shift__in=shifts.order_by().values("pk")).order_by("shift_id", "pk")
    place = names.index("shift_id")
    groups = groupby(rows.values_list(*names).iterator(AT_ONCE), lambda row: row[place])
    ahead = next(groups, None)

    def of(pk: int) -> list[Row]:
        nonlocal ahead
        if ahead is None or ahead[0] != pk:
            return []
        found = list(ahead[1])
        ahead = next(groups, None)
        return found

    return of


def broken_days(check: Check, event: int | None) -> Iterator[Difference]:
    """The sealed business days whose payments, or the seal before, are not those that were sealed."""
    seals = Seal.objects.filter(event__isnull=False).order_by("event", "until")
    seals = seals if event is None else seals.filter(event=event)
    for at, those in groupby(seals, lambda seal: seal.event_id):
        before, since = FIRST, EVER
        for seal in those:
            rows = _loose().filter(order__event=at, created_at__gte=since, created_at__lt=seal.until)
            made = digest(before, rows.values_list(*PAYMENT).iterator(AT_ONCE))
            if made != seal.digest:
                yield Difference(check.name, "seal", seal.pk, seal.digest, made, at)
            before, since = seal.digest, seal.until or since
