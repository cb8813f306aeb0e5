"""What was sold before was changed last when the last thing happened to it that has a time.

In chunks, each of its own: what was interrupted is done again.
"""

from django.db import migrations
from django.db.models import F, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest

CHUNK = 5000
TIMES = ("completed_at", "cancelled_at", "printed_at")


def tell(apps, schema_editor):
    alias = schema_editor.connection.alias
    orders = apps.get_model("orders", "Order").objects.using(alias).order_by("pk")
    payments = apps.get_model("orders", "Payment").objects.using(alias).filter(order=OuterRef("pk"))
    paid = payments.order_by().values("order").annotate(last=Max("created_at")).values("last")
    last = Greatest(
        "created_at",
        *(Coalesce(name, "created_at") for name in TIMES),
        Coalesce(Subquery(paid), F("created_at")),
    )
    done = 0
    while some := list(orders.filter(pk__gt=done).values_list("pk", flat=True)[:CHUNK]):
        orders.filter(pk__gt=done, pk__lte=some[-1]).order_by().update(updated_at=last)
        done = some[-1]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0007_updated_at")]

    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
