"""The first paper of an order is the original; whatever is printed later is a copy, and says so."""

from datetime import datetime, timedelta

from django.utils import timezone

from orders.models import Order

# So long whoever printed it may still choose another kind of paper.
OTHER_PAPER = timedelta(seconds=60)


def print_paper(order: Order, *, instead_of: datetime | None = None, at: datetime | None = None) -> bool:
    """Take note (once) that the paper of an order is printed, at `at` (UTC). Returns whether it is a copy.

    `instead_of` is when the original was printed (UTC), if this is to be the original in its place: within
    `OTHER_PAPER`. What admits nobody is no original, and takes it from nobody.
    """
    at = at or timezone.now()
    if order.printed_at is None and order.is_valid:
        first = Order.objects.filter(pk=order.pk, printed_at__isnull=True).update(printed_at=at)
        order.printed_at = at
        return not first
    return order.printed_at is not None and not _replaces(order.printed_at, instead_of, at)


def _replaces(printed_at: datetime, instead_of: datetime | None, at: datetime) -> bool:
    return instead_of == printed_at and at - printed_at <= OTHER_PAPER


def give_back(order_id: int, *, printed_at: datetime) -> None:
    """The original that was made at that time (UTC) has reached nobody: the next paper is it."""
    Order.objects.filter(pk=order_id, printed_at=printed_at).update(printed_at=None)
