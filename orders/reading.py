"""One order, read by its number or its code: what is asked for most, by statements that are built once."""

from dataclasses import dataclass

from accounts.models import User
from attendees.models import Attendee, AttendeeQuerySet
from base.api.pagination import check_rows
from base.sql.kept import kept
from orders.blind import is_kept_from
from orders.models import Order, OrderQuerySet, Payment
from orders.payment_models import PaymentQuerySet


@dataclass(frozen=True)
class Read:
    """An order as somebody may read it: without payments, where these are kept from them (None)."""

    order: Order
    payments: list[Payment] | None
    attendee_ids: list[int]
    ticket_ids: list[int]


def read_order(user: User, reference: int | str | None) -> Read | None:
    """The order, if there is one of that reference that `user` may see. Raises `TooMuch`."""
    if reference is None:
        return None
    # In capitals here: a kept statement passes on what it is given.
    named = reference.upper() if isinstance(reference, str) else reference
    found: list[Order] = _seen(user_id=user.pk, is_superuser=user.is_superuser, reference=named)
    if not found:
        return None
    order = found[0]
    attendees: list[Attendee] = _attendees(order=order.pk)
    check_rows(1 + len(attendees))
    payments: list[Payment] = _payments(order=order.pk)
    is_open = not all(payment.is_counted for payment in payments)
    is_kept = is_kept_from(user, order.role, order, is_open=is_open, listed=False)
    return Read(
        order,
        None if is_kept else payments,
        [attendee.pk for attendee in attendees],
        list(dict.fromkeys(attendee.ticket_id for attendee in attendees)),
    )


@kept
def _seen(user_id: int, is_superuser: bool, reference: int | str) -> OrderQuerySet:
    user = User(pk=user_id, is_superuser=is_superuser)
    return Order.objects.for_user(user).by_reference(reference).order_by()


@kept
def _attendees(order: int) -> AttendeeQuerySet:
    return Attendee.objects.filter(order=order).only("pk", "ticket_id")


@kept
def _payments(order: int) -> PaymentQuerySet:
    return Payment.objects.filter(order=order).with_counted()
