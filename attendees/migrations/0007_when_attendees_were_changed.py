"""Who was sold before was changed last when the last thing happened to them that has a time; of a draft none
is known, it was changed just now.

In chunks, each of its own: what was interrupted is done again.
"""

from django.db import migrations
from django.db.models import F, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest

CHUNK = 5000


def tell(apps, schema_editor):
    alias = schema_editor.connection.alias
    attendees = apps.get_model("attendees", "Attendee").objects.using(alias)
    sold = attendees.filter(order__isnull=False).order_by("pk")
    orders = apps.get_model("orders", "Order").objects.using(alias)
    made = Subquery(orders.filter(pk=OuterRef("order")).order_by().values("created_at")[:1])
    last = Greatest(
        made,
        *(Coalesce(F(name), made) for name in ("entered_at", "left_at")),
        Coalesce(_last(apps, alias, "attendees", "Correction", "at"), made),
        Coalesce(_last(apps, alias, "door", "CheckIn", "received_at"), made),
    )
    done = 0
    while some := list(sold.filter(pk__gt=done).values_list("pk", flat=True)[:CHUNK]):
        sold.filter(pk__gt=done, pk__lte=some[-1]).order_by().update(updated_at=last)
        done = some[-1]


def _last(apps, alias, app, model, time):
    rows = apps.get_model(app, model).objects.using(alias).filter(attendee=OuterRef("pk")).order_by()
    return Subquery(rows.values("attendee").annotate(last=Max(time)).values("last"))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("attendees", "0006_updated_at"),
        ("door", "0001_initial"),
        ("orders", "0001_initial"),
    ]

    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
