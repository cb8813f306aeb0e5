"""What was sold or moved before is called on paper what it is called today, and stays so.

Written down here as `events.letterhead` was when this was written. As few statements as there are different
letterheads, each of its own: what was interrupted goes on.
"""

from datetime import UTC

from django.conf import settings
from django.db import migrations


def keep(apps, schema_editor):
    alias = schema_editor.connection.alias
    events, tills, users = (
        dict(apps.get_model(label).objects.using(alias).in_bulk())
        for label in ("events.Event", "shifts.Till", settings.AUTH_USER_MODEL)
    )
    orders = apps.get_model("orders", "Order").objects.using(alias)
    for rows, (event, till, seller) in alike(orders, "event_id", "shift__till_id", "seller_id"):
        people = {"till": tills[till].name if till else "", "cashier": "", "by": name(users.get(seller))}
        rows.update(kept_letterhead=letterhead(events[event], **people))
    movements = apps.get_model("shifts", "CashMovement").objects.using(alias)
    for rows, (till, cashier, by) in alike(movements, "shift__till_id", "shift__cashier_id", "created_by_id"):
        people = {"till": tills[till].name, "cashier": name(users[cashier]), "by": name(users[by])}
        rows.update(kept_letterhead=letterhead(events[tills[till].event_id], **people))


def alike(rows, *names):
    """The rows that have no letterhead yet, by what it will be made of."""
    bare = rows.filter(kept_letterhead__isnull=True).order_by()
    for values in list(bare.values_list(*names).distinct()):
        known = {key: value for key, value in zip(names, values, strict=True) if value is not None}
        unknown = {f"{key}__isnull": True for key in names if key not in known}
        yield bare.filter(**known, **unknown), values


def letterhead(event, **people):
    return {
        "event": event.name,
        "place": event.location_name,
        "zone": event.timezone,
        "starts": event.starts_at.astimezone(UTC).isoformat(),
        "currency": event.currency,
        "issuer": issuer(event),
        **people,
    }


def issuer(event):
    own = event.issuer_name, event.issuer_address, event.issuer_tax_number
    installation = settings.ISSUER_NAME, settings.ISSUER_ADDRESS, settings.ISSUER_TAX_NUMBER
    said = dict(zip(("name", "address", "tax_number"), own if any(own) else installation, strict=True))
    return {**said, "footer": event.receipt_footer or settings.RECEIPT_FOOTER}


def name(user):
    return "" if user is None else user.name or masked(user.email)


def masked(address):
    local, at, domain = address.partition("@")
    return f"{local[:1]}…{at}{domain}" if at else ""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("orders", "0005_letterhead"),
        ("shifts", "0004_letterhead"),
        ("events", "0004_issuer"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
