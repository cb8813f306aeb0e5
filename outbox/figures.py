"""How the outbox is doing, for whoever watches."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, Q, Sum

from outbox.models import Hook, Message


@dataclass(frozen=True)
class Figures:
    """How many messages wait; for how many seconds the first of them beyond its time, those to hooks that do
    not answer apart, for which nobody here is late; and how many tries went well or did not, of the hooks
    that there are.
    """

    waiting: int
    late: float
    delivered: int
    failed: int


def figures(at: datetime) -> Figures:
    waiting = Message.objects.waiting().order_by()
    ours = waiting.filter(Q(hook=None) | Q(hook__is_active=True, hook__failures=0))
    first = ours.filter(next_try_at__lte=at).aggregate(first=Min("next_try_at"))["first"]
    tries = Hook.objects.aggregate(delivered=Sum("delivered"), failed=Sum("failed"))
    late = 0.0 if first is None else (at - first).total_seconds()
    return Figures(waiting.count(), late, tries["delivered"] or 0, tries["failed"] or 0)
