"""Shifts that were closed before reports were kept: what their Z says now is what it will say.

Written down here as format 1 of `books.shift_report` was when this was written, whatever that becomes. Each
shift of its own, so that what was interrupted goes on.
"""

from datetime import UTC
from decimal import Decimal

from django.db import migrations
from django.db.models import Count, Q

CENT = Decimal("0.01")
TENDERS = ("cash", "card", "bank", "cheque", "other")
GROUPS = (
    "ticket__position",
    "ticket_id",
    "sold_as",
    "price_paid",
    "tax_rate",
    "price_reason",
    "approved_by__name",
    "approved_by__email",
)


def keep(apps, schema_editor):
    alias = schema_editor.connection.alias
    shifts = apps.get_model("shifts", "Shift").objects.using(alias)
    reports = apps.get_model("books", "ClosedReport").objects.using(alias)
    attendees = apps.get_model("attendees", "Attendee").objects.using(alias)
    orders = apps.get_model("orders", "Order").objects.using(alias)
    closed = shifts.filter(closed_at__isnull=False, closed_report__isnull=True).order_by("pk")
    for pk in list(closed.values_list("pk", flat=True)):
        shift = shifts.select_related("till__event", "cashier", "closed_by").get(pk=pk)
        reports.create(shift=shift, data=report(shift, orders, attendees))


def report(shift, orders, attendees):
    event = shift.till.event
    payments = list(shift.payments.order_by("pk").select_related("order", "created_by"))
    movements = list(shift.movements.order_by("pk").select_related("created_by"))
    free = shift.orders.filter(completed_at__isnull=False, amount=0, cancelled_at__lte=shift.closed_at)
    refunded = [row.order_id for row in payments if row.reverses_id]
    given_up = orders.filter(Q(pk__in=refunded, completed_at__isnull=False) | Q(pk__in=free.values("pk")))
    cash = sum((row.amount for row in payments if row.tender == "cash"), shift.opening_float)
    return {
        "event": event.name,
        "zone": event.timezone,
        "till": shift.till.name,
        "cashier": name(shift.cashier),
        "opened_at": time(shift.opened_at),
        "opening_float": text(shift.opening_float),
        "figures": {
            "sales": lines(attendees.filter(order__shift=shift, order__completed_at__isnull=False)),
            "returned": lines(attendees.filter(order__in=given_up.order_by().values("pk"))),
            "tenders": tenders(payments),
            "rounding": text(sum((row.amount for row in payments if row.tender == "rounding"), Decimal(0))),
            "currency": event.currency,
        },
        "orders": shift.orders.filter(completed_at__isnull=False).count(),
        "paid_here": text(sum((row.amount for row in payments if not row.reverses_id), Decimal(0))),
        "expected_cash": text(sum((row.amount for row in movements), cash)),
        "unpaid": shift.orders.filter(status__in=["initializing", "pending"]).count(),
        "number": shift.number,
        "closed_at": time(shift.closed_at),
        "closed_by": name(shift.closed_by),
        "was_forgotten": shift.closed_by_id != shift.cashier_id,
        "note": shift.note,
        "refunds": [refund(row) for row in payments if row.reverses_id],
        "cancelled": [cancelled(row) for row in free.order_by("-pk").select_related("cancelled_by")],
        "movements": [moved(row) for row in movements],
        "counts": [counted(row) for row in shift.counts.order_by("pk").select_related("counted_by")],
        "version": 1,
    }


def lines(attendees):
    groups = {}
    for row in attendees.order_by().values(*GROUPS, "tax").annotate(quantity=Count("pk")):
        key = tuple(row[group] for group in GROUPS)
        quantity, tax = groups.get(key, (0, Decimal(0)))
        groups[key] = quantity + row["quantity"], tax + row["quantity"] * (row["tax"] or Decimal(0))
    found = sorted(groups, key=lambda key: (*key[:2], -key[3], *map(str, key)))
    return [line(key, *groups[key]) for key in found]


def line(key, quantity, tax):
    _position, _ticket, ticket, price, rate, reason, approver, email = key
    return {
        "ticket": ticket,
        "price": text(price),
        "quantity": quantity,
        "tax_rate": None if rate is None else text(rate),
        "tax": text(tax),
        "reason": reason,
        "approver": approver or masked(email or ""),
    }


def tenders(payments):
    rows = []
    for tender in TENDERS:
        taken = [row.amount for row in payments if row.tender == tender and not row.reverses_id]
        given_back = [row.amount for row in payments if row.tender == tender and row.reverses_id]
        if taken or given_back:
            rows.append(
                {
                    "tender": tender,
                    "taken": text(sum(taken, Decimal(0))),
                    "given_back": text(sum(given_back, Decimal(0))),
                    "payments": len(taken),
                    "refunds": len(given_back),
                }
            )
    return rows


def refund(row):
    return {
        "order": row.order.identifier,
        "tender": row.tender,
        "amount": text(row.amount),
        "by": name(row.created_by),
        "reason": row.order.cancel_reason,
    }


def cancelled(order):
    return {
        "order": order.identifier,
        "amount": text(order.amount),
        "by": name(order.cancelled_by),
        "reason": order.cancel_reason,
    }


def moved(row):
    return {
        "amount": text(row.amount),
        "reason": row.reason,
        "by": name(row.created_by),
        "at": time(row.created_at),
    }


def counted(row):
    sums = ("cash", "card", "expected_cash", "expected_card")
    return {
        **{field: text(getattr(row, field)) for field in sums},
        "by": name(row.counted_by),
        "at": time(row.counted_at),
    }


def text(amount):
    return f"{amount.quantize(CENT):f}"


def time(at):
    return at.astimezone(UTC).isoformat()


def name(user):
    return "" if user is None else user.name or masked(user.email)


def masked(address):
    local, at, domain = address.partition("@")
    return f"{local[:1]}…{at}{domain}" if at else ""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("books", "0001_closed_reports"),
        ("attendees", "0003_keep_tax_and_name_as_sold"),
    ]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
