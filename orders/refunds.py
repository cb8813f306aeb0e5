"""Money goes back for an order, and its tickets stay as they are."""

from collections.abc import Iterable
from decimal import Decimal
from functools import partial

from django.utils.translation import gettext as _

from base import money
from base.errors import Invalid
from orders import adjusting, takings
from orders.adjusting import Kind
from orders.amending import Ask, Way, amend
from orders.announcing import refunded
from orders.cancellable import drawer_of
from orders.models import Order
from orders.states import Act
from orders.takings import GiveBack
from outbox.announcing import Happening


def refund(
    order: Order,
    *,
    amount: Decimal,
    ask: Ask = Ask(),
    money_back: GiveBack = GiveBack(),
    payment: int | None = None,
) -> Order:
    """Give back `amount` of what was paid for an order (`Decimal` in the event's currency), never more than
    there is of it: of the latest payments, or of the one whose id is `payment`. What was kept of cancelled
    tickets goes first; what goes back for tickets that still admit is goodwill.

    Who asks is an organizer or has the leave of one, with a reason. Without a key, what is asked for twice
    goes back twice.

    Raises what `amending.amend` raises; `NotFound` `unknown-payment`; `Conflict` `refund-too-high`,
    `no-open-shift`; `Invalid` `invalid-amount`, `reason-required`, `no-coins`; `Forbidden`
    `approval-required`.
    """
    adjusting.check_sum(amount, order.currency)
    if not amount:
        raise Invalid.of("invalid-amount", _("A sum above zero goes back."), "amount")
    do = partial(_refund, amount=amount, money_back=money_back, payment=payment)
    terms = {"amount": f"{amount:.2f}", "money_back": money_back, "payment": payment}
    return amend(order, Act.REFUND, ask, do, **terms)


def _refund(
    order: Order, way: Way, *, amount: Decimal, money_back: GiveBack, payment: int | None
) -> Iterable[Happening]:
    shift = drawer_of(order, way.desk, money_back, way.at)
    way.check(order, shift)
    kept = adjusting.of_adjustments(order, Kind.KEPT)
    of_kept = min(amount, adjusting.total(kept))
    sold = adjusting.of_attendees(order.live)
    back = takings.reverse(
        order,
        amount,
        desk=way.desk,
        shift=shift,
        at=way.at,
        tender=money_back.tender,
        of=payment,
    )
    amendment = way.record(order, shift, back=money.wire_money(amount))
    if of_kept:
        adjusting.write(amendment, Kind.KEPT, adjusting.portion(kept, of_kept, order.currency), -1)
    if amount > of_kept:
        goodwill = adjusting.portion(sold, amount - of_kept, order.currency)
        adjusting.write(amendment, Kind.GOODWILL, goodwill)
    return list(refunded(order, back))
