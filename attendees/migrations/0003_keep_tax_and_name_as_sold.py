"""Whoever was sold before keeps the tax that their receipt said, and what the ticket is called now.

The rule of `orders.taxes` as it was when this was written, so that it stays what it did. In chunks of
orders, each of its own: what was interrupted goes on.
"""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from django.db import migrations, transaction

CHUNK = 500
NO_DECIMALS = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()  # of ISO 4217
)


def keep(apps, schema_editor):
    alias = schema_editor.connection.alias
    orders = apps.get_model("orders", "Order").objects.using(alias).order_by("pk")
    attendees = apps.get_model("attendees", "Attendee").objects.using(alias)
    last = 0
    while some := dict(orders.filter(pk__gt=last).values_list("pk", "currency")[:CHUNK]):
        with transaction.atomic(using=alias):
            _keep(attendees, some)
        last = max(some)


def _keep(attendees, currencies):
    """All of these orders: as few statements as there are different tickets and taxes."""
    rows = attendees.filter(order__in=list(currencies), sold_as="").order_by("pk")
    sold = defaultdict(list)
    for pk, order, price, rate, name in rows.values_list(
        "pk", "order_id", "price_paid", "tax_rate", "ticket__name"
    ):
        sold[order].append((pk, price, rate, name))
    alike = defaultdict(list)
    for order, tickets in sold.items():
        taxes = shared_out([(price, rate) for _pk, price, rate, _name in tickets], currencies[order])
        for (pk, _price, _rate, name), tax in zip(tickets, taxes, strict=True):
            alike[tax, name].append(pk)
    for (tax, name), pks in alike.items():
        for start in range(0, len(pks), CHUNK):
            attendees.filter(pk__in=pks[start : start + CHUNK]).update(tax=tax, sold_as=name)


def shared_out(tickets, currency):
    taxes = [None] * len(tickets)
    for rate in {rate for _price, rate in tickets} - {None}:
        unit = Decimal(1) if currency in NO_DECIMALS else Decimal("0.01")
        part, whole = int(rate * 100), int(rate * 100) + 10_000
        places = [place for place, (_price, other) in enumerate(tickets) if other == rate]
        cut = {place: divmod(int(tickets[place][0] / unit) * part, whole) for place in places}
        gross = sum(tickets[place][0] for place in places)
        total = int((gross * rate / (100 + rate) / unit).quantize(Decimal(1), ROUND_HALF_UP))
        left = total - sum(down for down, _rest in cut.values())
        up = set(sorted(cut, key=lambda place: -cut[place][1])[:left])
        for place, (down, _rest) in cut.items():
            taxes[place] = (down + (place in up)) * unit
    return taxes


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("attendees", "0002_tax_and_name_as_sold"),
        ("orders", "0001_initial"),
    ]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
