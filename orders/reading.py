"""Orders and who is of them, by statements that are built once: one by its number or its code, what is asked
for most, or those with which a list begins.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import QuerySet

from accounts.models import User
from attendees.models import Attendee
from base.sql.kept import kept
from orders.blind import is_kept_from
from orders.models import Order, OrderQuerySet, Payment


class Guest(NamedTuple):
    """Who is of an order, and by which ticket."""

    id: int
    ticket_id: int


class Moved(NamedTuple):
    """What an order tells of a payment; `is_counted` as `PaymentQuerySet.with_counted` says."""

    order_id: int
    tender: str
    amount: Decimal
    tendered: Decimal | None
    change: Decimal | None
    reference: str
    created_at: datetime
    shift_id: int | None
    is_counted: bool


@dataclass(frozen=True)
class Read:
    """An order as somebody may read it: without payments, where these are kept from them (None)."""

    order: Order
    payments: list[Moved] | None
    attendee_ids: list[int]
    ticket_ids: list[int]

    @property
    def rows(self) -> int:
        """How many it is, with who is of it."""
        return 1 + len(self.attendee_ids)


def find_order(user: User, reference: int | str | None) -> Order | None:
    """The order, if there is one of that reference that `user` may see."""
    if reference is None:
        return None
    # In capitals here: a kept statement passes on what it is given.
    named = reference.upper() if isinstance(reference, str) else reference
    found: list[Order] = _seen(user_id=user.pk, is_superuser=user.is_superuser, reference=named)
    return found[0] if found else None


def read_orders(user: User, orders: Sequence[Order], *, listed: bool) -> list[Read]:
    """Orders that `user` sees in their `role`, `listed` or one by itself, with who is of them."""
    ids = [order.pk for order in orders]
    guests: dict[int | None, list[Guest]] = defaultdict(list)
    for order_id, *guest in _guests(orders=ids) if ids else ():
        guests[order_id].append(Guest(*guest))
    payments: dict[int, list[Moved]] = defaultdict(list)
    for payment in (Moved(*row) for row in (_payments(orders=ids) if ids else ())):
        payments[payment.order_id].append(payment)
    return [_read(user, order, payments[order.pk], guests[order.pk], listed) for order in orders]


def _read(user: User, order: Order, payments: list[Moved], guests: Sequence[Guest], listed: bool) -> Read:
    is_open = not all(payment.is_counted for payment in payments)
    is_kept = is_kept_from(user, order.role, order, is_open=is_open, listed=listed)
    return Read(
        order,
        None if is_kept else payments,
        [guest.id for guest in guests],
        list(dict.fromkeys(guest.ticket_id for guest in guests)),
    )


@kept
def _seen(user_id: int, is_superuser: bool, reference: int | str) -> OrderQuerySet:
    user = User(pk=user_id, is_superuser=is_superuser)
    return Order.objects.for_user(user).by_reference(reference).order_by()


# Values, because to make instances of so many rows took a third of the time.


@kept
def _guests(orders: list[int]) -> QuerySet[Attendee, tuple[Any, ...]]:
    return Attendee.objects.filter(order__in=orders).values_list("order_id", "pk", "ticket_id")


@kept
def _payments(orders: list[int]) -> QuerySet[Payment, tuple[Any, ...]]:
    return Payment.objects.filter(order__in=orders).with_counted().values_list(*Moved.__annotations__)
