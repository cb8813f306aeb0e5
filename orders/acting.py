"""What every act on an order begins and ends with: its lock, what it becomes, and who is told."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from attendees.models import Attendee
from base import metrics
from base.errors import Conflict
from events.models import Event
from limits import stock
from limits.shelf import Counts, Place
from orders import letters
from orders.models import Order
from orders.settlement import Paid, Taking, settle
from outbox.announcing import Happening, announce
from outbox.models import heard
from prices.claims import check_again


def locked(order: Order) -> Order:
    """The order as it is now, held until the transaction ends, with its event, shift and seller at hand.

    The full lock, because it must keep out check-ins (`door.admission`).
    """
    orders = Order.objects.select_for_update(of=("self",)).select_related("event", "shift", "seller")
    found = orders.annotate(event_is_heard=heard("event_id")).get(pk=order.pk)
    found.event.is_heard = vars(found)["event_is_heard"]
    return found


def tell(order: Order, happenings: Iterable[Happening], at: datetime) -> None:
    """Announce what has happened to a `locked` order, to whoever hears of its event, and to its guest."""
    told = list(happenings)
    announce(order.event_id, told, at=at, is_heard=order.event.is_heard)
    letters.told(order, told, at)


def become(order: Order, status: str, **changes: object) -> None:
    """Save what an order becomes; whatever it becomes, nothing is waited for any more."""
    changes = {"status": status, "awaits_card": False, "expires_at": None, **changes}
    for name, value in changes.items():
        setattr(order, name, value)
    order.save(update_fields=list(changes))
    metrics.counted(metrics.order_ends, status)


def check_published(event: Event) -> None:
    """Raise `Conflict` `event-not-published`: nothing is sold for an event that is a draft."""
    if not event.is_published:
        raise Conflict.of("event-not-published", _("The event is not published yet."), "event")


def held(orders: Sequence[Order]) -> Counts:
    """How many tickets the orders hold, by where they came from."""
    live = Attendee.objects.live().filter(order__in=orders)
    return places(live.values_list("ticket_id", "hold_id"))


def places(pairs: Iterable[tuple[int, int | None]]) -> Counts:
    """How many come from where, of the ids of tickets and holds."""
    return Counter(Place(*pair) for pair in pairs)


def hold_again(order: Order, at: datetime) -> stock.Taken | None:
    """Take the tickets of a `locked` order again that had let go of them, and use its discounts again; None,
    and nothing is taken, where there are too few. Raises `Conflict` `discount-used-up`, with nothing taken.
    """
    given = order.attendees.live().filter(discount__isnull=False).order_by("discount_id")
    check_again(order.event, list(given.values_list("discount_id", flat=True).distinct()))
    taken = stock.take_again(event=order.event, counts=held([order]), at=at)
    if taken is None:
        return None
    if taken.without:
        order.attendees.live().filter(hold__in=taken.without).update(hold=None)
    return taken


def settle_rest(order: Order, left: Decimal, payments: Sequence[Paid]) -> Sequence[Taking]:
    """How so much of what an order costs is paid: as `payments` say, or in the tender of its mode."""
    mode = order.payment_mode
    return settle(
        amount=left,
        currency=order.currency,
        mode=Order.PaymentMode.ONSITE if mode == Order.PaymentMode.FREE and left else mode,
        status=Order.Status.COMPLETED,
        payments=payments,
        cash_rounding=order.event.cash_rounding,
    ).payments
