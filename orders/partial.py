"""Some tickets of an order are cancelled, and the others stay as they are."""

from collections.abc import Collection, Iterable
from decimal import Decimal
from functools import partial

from django.utils.translation import gettext as _

from attendees.models import Attendee
from base.errors import Conflict
from base.money import wire_money
from door.announcing import moves
from door.undo import take_back
from limits import stock
from orders import adjusting, takings
from orders.acting import places
from orders.amending import Ask, Way, amend, chosen, told
from orders.announcing import refunded
from orders.cancellable import drawer_of
from orders.models import Amendment, Order
from orders.states import Act
from orders.takings import GiveBack
from outbox.announcing import Happening


def cancel_attendees(
    order: Order,
    *,
    attendees: Collection[int],
    ask: Ask = Ask(),
    money_back: GiveBack | None = GiveBack(),
    amount: Decimal | None = None,
) -> Order:
    """Cancel some attendees of an order, by id: they admit nobody, their tickets go back on sale, and the
    order costs less. Their money goes back (`money_back`), or as much of it as `amount` says (`Decimal` in
    the event's currency); what does not is kept. Those that are cancelled already stay so.

    Of a paid order, who asks is an organizer or has the leave of one, with a reason; or a cashier who takes
    back within 60 seconds what this drawer sold. Whoever has come in by a door is cancelled only with one.

    Raises what `amending.amend` raises; `NotFound`; `Conflict` `all-attendees` for all that are left,
    `awaits-card`, `deposit-too-high`, `guest-inside`, `refund-too-high`, `no-open-shift`; `Invalid`
    `invalid-amount`, `reason-required`, `no-coins`; `Forbidden` `approval-required`.
    """
    if amount is not None:
        adjusting.check_sum(amount, order.currency)
    do = partial(_cancel, ids=attendees, money_back=money_back, amount=amount)
    terms = {"attendees": sorted(attendees), "money_back": money_back, "amount": amount}
    return amend(order, Act.CANCEL_ATTENDEES, ask, do, **terms)


def _cancel(
    order: Order, way: Way, *, ids: Collection[int], money_back: GiveBack | None, amount: Decimal | None
) -> Iterable[Happening] | None:
    ended = chosen(order, ids)
    if not ended:
        return None
    if order.awaits_card:
        detail = _("The guest is at the card terminal with the sum of all tickets: wait for its answer.")
        raise Conflict.of("awaits-card", detail, "status")
    _check_others_stay(order, ended)
    shift = drawer_of(order, way.desk, money_back or GiveBack(), way.at)
    freed = adjusting.of_attendees(ended)
    order.amount -= adjusting.total(freed)
    _check_deposit(order)
    if order.is_unpaid:
        freed = {}
    result = adjusting.outcome(order, freed, money_back, amount)
    way.check(order, shift, undoes=not result.kept)
    back = takings.reverse(
        order,
        result.back,
        desk=way.desk,
        shift=shift,
        at=way.at,
        tender=money_back.tender if money_back else None,
    )
    freed_places = places((one.ticket_id, one.hold_id) for one in ended)
    stock.give_back(event=order.event, counts=freed_places, at=way.at)
    guests = order.attendees.filter(pk__in=[one.pk for one in ended])
    out = take_back(guests, event=order.event, by=way.desk.by, at=way.at, reason=way.reason)
    kept = adjusting.total(result.kept)
    said = {"attendees": told(ended), "back": wire_money(result.back), "kept": wire_money(kept)}
    amendment = way.record(order, shift, **said)
    end(ended, amendment)
    adjusting.settled(amendment, result)
    order.save(update_fields=["amount"])
    return [*refunded(order, back), *moves(out)]


def end(attendees: Collection[Attendee], amendment: Amendment) -> None:
    """Cancel attendees of a locked order, for which their tickets were given back."""
    rows = Attendee.objects.filter(pk__in=[one.pk for one in attendees])
    rows.update(cancelled_at=amendment.at, ended_by=amendment)


def _check_others_stay(order: Order, ended: Collection[Attendee]) -> None:
    if order.attendees.live().count() == len(ended):
        detail = _("These are all tickets that the order has: cancel the whole order.")
        raise Conflict.of("all-attendees", detail, "attendees")


def _check_deposit(order: Order) -> None:
    """An unpaid order stays one: what was paid for it may not be all that it costs."""
    if order.is_unpaid and (paid := order.balance) and paid >= order.amount:
        detail = _("As much was paid as the other tickets cost: let it all be paid, or cancel all.")
        raise Conflict.of("deposit-too-high", detail, "attendees", paid=f"{paid:.2f}")
