"""Which act is possible in which state of an order, and what it becomes: here, and nowhere else.

What else an act asks (a reason, an open drawer, stock) is the act's own to judge. `docs/orders.md` draws it.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from django.utils.translation import gettext as _

from base.errors import Conflict
from orders.models import Order

S = Order.Status


class Act(StrEnum):
    """What can be done to an order, named as its function."""

    COMPLETE = "complete"
    CANCEL = "cancel"
    EXPIRE = "expire"
    GIVE_BACK = "give_back"
    RESTORE = "restore"
    CANCEL_ATTENDEES = "cancel_attendees"
    REFUND = "refund"
    EXCHANGE = "exchange"
    SWAP_CODE = "swap_code"
    TRANSFER = "transfer"


_UNPAID = {S.INITIALIZING: (S.INITIALIZING,), S.PENDING: (S.PENDING,)}
_LIVE = {**_UNPAID, S.COMPLETED: (S.COMPLETED,)}
# What it may become, by the state it is in.
TABLE: Mapping[Act, Mapping[Order.Status, tuple[Order.Status, ...]]] = {
    # An expired one by a card alone, and while there are tickets.
    Act.COMPLETE: dict.fromkeys((S.INITIALIZING, S.PENDING, S.EXPIRED), (S.COMPLETED,)),
    Act.CANCEL: dict.fromkeys((S.INITIALIZING, S.PENDING, S.COMPLETED), (S.CANCELLED,)),
    Act.EXPIRE: dict.fromkeys((S.INITIALIZING, S.PENDING), (S.EXPIRED,)),
    Act.GIVE_BACK: {S.EXPIRED: (S.EXPIRED,)},
    # Completed, where its money was kept.
    Act.RESTORE: {
        S.CANCELLED: (S.INITIALIZING, S.PENDING, S.COMPLETED),
        S.EXPIRED: (S.INITIALIZING, S.PENDING),
    },
    Act.CANCEL_ATTENDEES: _LIVE,
    Act.REFUND: {S.COMPLETED: (S.COMPLETED,), S.CANCELLED: (S.CANCELLED,)},
    Act.EXCHANGE: {S.COMPLETED: (S.COMPLETED,)},
    Act.SWAP_CODE: _LIVE,
    Act.TRANSFER: _LIVE,
}


def allows(order: Order, act: Act) -> bool:
    """Whether the state of the order lets the act be tried."""
    return Order.Status(order.status) in TABLE[act]


def check(order: Order, act: Act) -> None:
    """Raise `Conflict` `order-` and its state, unless that lets the act be tried."""
    if not allows(order, act):
        raise refusal(order)


def refusal(order: Order) -> Conflict:
    """What whoever comes at the wrong time hears: `order-` and the state."""
    details: dict[str, str] = {
        S.INITIALIZING: _("The order is not paid yet."),
        S.PENDING: _("The order is not paid yet."),
        S.COMPLETED: _("The order is paid already."),
        S.CANCELLED: _("The order was cancelled."),
        S.EXPIRED: _("The order was not paid in time, and its tickets are back on sale."),
    }
    detail = details.get(order.status, _("Nothing can be done with the order in its state."))
    return Conflict.of(f"order-{order.status}", detail, "status")


def diagram() -> str:
    """The states and what leads from one to the other, for Mermaid."""
    return "\n".join(["stateDiagram-v2", *_arrows(), ""])


def _arrows() -> Iterator[str]:
    for state in (S.INITIALIZING, S.PENDING, S.COMPLETED):
        yield f"    [*] --> {state.value}"
    edges: dict[tuple[str, str], list[str]] = {}
    for act, states in TABLE.items():
        for before, afters in states.items():
            for after in afters:
                edges.setdefault((before.value, after.value), []).append(act.value)
    for (before, after), acts in edges.items():
        yield f"    {before} --> {after}: {', '.join(acts)}"
