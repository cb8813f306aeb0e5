"""What is told of an order beside its tickets and its money: notes, billing, and how it is to be paid."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from base.database import retry_transient
from base.errors import Conflict, Forbidden
from events.models import Act, may
from orders.models import Order
from orders.settlement import check_free

DETAILS = ("payment_mode", "order_notes", *Order.BILLING)
# What asks for something to be done; such a value may be one that is known already.
ASKED = frozenset({"status", "money_due", "payments", "amount", "money_kept"})


@retry_transient
def tell(order: Order, **details: str) -> None:
    """Write down other `DETAILS` of an order. The caller has made sure that whoever asks, for whom it was
    looked up (`for_user`), sells at its event or is its buyer; all but organizers may only until it is paid.
    What is as it was changes nothing.

    Raises `Forbidden` `organizers-only`; `Conflict` `order-completed`, `order-cancelled` or `order-expired`
    for the payment mode where nothing is to be paid any more; `Invalid` `not-free`; `Busy`.
    """
    with transaction.atomic(durable=True):
        now = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        changed = {name: text for name, text in details.items() if getattr(now, name) != text}
        if not changed:
            return
        _check(now, order.role, changed)
        for name, text in changed.items():
            setattr(now, name, text)
        now.save(update_fields=list(changed))


def _check(order: Order, role: str | None, changed: Mapping[str, str]) -> None:
    if not (order.is_unpaid or may(role, Act.MANAGE)):
        detail = _("Only an organizer may change an order that is not unpaid.")
        raise Forbidden.of("organizers-only", detail)
    if "payment_mode" not in changed:
        return
    if not order.is_unpaid:
        detail = _("The payment mode is that of an order that is still to be paid.")
        raise Conflict.of(f"order-{order.status}", detail, "payment_mode")
    check_free(order.amount, order.currency, changed["payment_mode"])


def told_anew(sent: Mapping[str, Any], served: Mapping[str, Any]) -> dict[str, Any]:
    """What a client tells of an order by sending it, `served` being as it reads it: all, if it sends nothing
    but what it asks for; if it sends along what it has read, what differs.
    """
    if not sends_all(sent, served):
        return dict(sent)
    known = {*ASKED, *DETAILS} & served.keys()
    return {
        name: value for name, value in sent.items() if name not in known or not _same(value, served[name])
    }


def sends_all(sent: Mapping[str, Any], served: Mapping[str, Any]) -> bool:
    """Whether a client sends more than it asks for."""
    links = {"event", "attendees", "tickets"}
    return any(name in served and name not in ASKED and name not in links for name in sent)


def _same(sent: Any, served: Any) -> bool:
    match sent, served:
        case None, "":
            return True
        case (list(), list()):
            return len(sent) == len(served) and all(map(_same, sent, served))
        case (dict(), dict()):
            return all(_same(sent.get(name), value) for name, value in served.items())
        case (int() | Decimal(), str()):
            return f"{sent:.2f}" == served
    return bool(sent == served)
