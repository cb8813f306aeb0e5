"""What a cashier is told of money in a drawer that is still to be counted (docs/adr/0011)."""

from django.db.models import Q, QuerySet

from accounts.models import User
from events.models import Act, Event, Role
from orders.models import Order, Payment
from orders.payment_models import COUNTED


def keeps_payments(order: Order, user: User, role: str | None, *, listed: bool) -> bool:
    """Whether the payments of an order are kept from `user`, who has `role` at its event: from a cashier
    while the shift of one of them is open, unless it is their own sale, asked for by itself (not `listed`).
    `order` has its payments with their shifts at hand.
    """
    if role != Role.CASHIER:
        return False
    is_open = any(payment.shift is not None and payment.shift.is_open for payment in order.payments.all())
    return is_kept_from(user, role, order, is_open=is_open, listed=listed)


def is_kept_from(user: User, role: str | None, order: Order, *, is_open: bool, listed: bool) -> bool:
    """The same, where it is known whether the shift of a payment of it `is_open`."""
    return role == Role.CASHIER and is_open and (listed or order.seller_id != user.pk)


def told(payments: QuerySet[Payment], user: User) -> QuerySet[Payment]:
    """The payments among these of one order that `user` is told of; the same rule, in SQL."""
    if user.is_superuser:
        return payments
    managed = Event.objects.where(user, Act.MANAGE).order_by().values("pk")
    return payments.filter(COUNTED | Q(order__seller=user) | Q(order__event__in=managed))
