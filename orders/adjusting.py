"""What an order holds beyond what its tickets cost, or less: money that was kept of cancelled tickets, and
money that went back for tickets that still admit. Each with its tax, and none of it ever edited.

Always, and so `books.checks` holds it: paid = amount + kept - goodwill.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee
from base.errors import Conflict, Invalid
from base.money import display, fits, misfit, smallest, tax_within
from base.sql.insert import insert
from orders.models import Adjustment, Amendment, Order
from orders.takings import GiveBack
from shifts.models import Shift

Kind = Adjustment.Kind


class Share(NamedTuple):
    """A sum of one tax rate, and the tax that it includes."""

    amount: Decimal
    tax: Decimal


# By tax rate; None: no tax is shown.
Shares = Mapping[Decimal | None, Share]


class Outcome(NamedTuple):
    """What becomes of the money of what an order no longer costs: so much goes back, so much is kept, and so
    much went back before, as goodwill, which is none any more.
    """

    back: Decimal
    kept: Shares
    goodwill: Shares


def total(shares: Shares) -> Decimal:
    return sum((share.amount for share in shares.values()), Decimal(0))


def of_attendees(attendees: Iterable[Attendee]) -> Shares:
    """What they cost together."""
    shares: dict[Decimal | None, Share] = defaultdict(lambda: Share(Decimal(0), Decimal(0)))
    for one in attendees:
        amount, tax = shares[one.tax_rate]
        shares[one.tax_rate] = Share(amount + one.price_paid, tax + (one.tax or Decimal(0)))
    return shares


def of_adjustments(order: Order, kind: str) -> Shares:
    """What stands of the kind."""
    rows = order.adjustments.filter(kind=kind).order_by().values_list("tax_rate")
    return {
        rate: Share(round(amount, 2), round(tax, 2))
        for rate, amount, tax in rows.annotate(Sum("amount"), Sum("tax"))
        if round(amount, 2)
    }


def portion(shares: Shares, amount: Decimal, currency: str) -> Shares:
    """So much of the shares, of each rate its part: rounded down, and what is left to those of which most
    was cut off.
    """
    whole = total(shares)
    if amount == whole or not whole:
        return dict(shares)
    unit = smallest(currency)
    units = int(amount / unit)
    cut = {
        rate: divmod(int(share.amount / unit) * units, int(whole / unit)) for rate, share in shares.items()
    }
    left = units - sum(down for down, _rest in cut.values())
    up = set(sorted(cut, key=lambda rate: -cut[rate][1])[:left])
    parts = {rate: (down + (rate in up)) * unit for rate, (down, _rest) in cut.items()}
    return {rate: _share(part, rate, currency) for rate, part in parts.items() if part}


def _share(part: Decimal, rate: Decimal | None, currency: str) -> Share:
    return Share(part, Decimal(0) if rate is None else tax_within(part, rate, currency))


def check_sum(amount: Decimal, currency: str) -> None:
    """Raise `Invalid` `invalid-amount` for what cannot go back: less than nothing, or half a cent."""
    if amount < 0:
        raise Invalid.of("invalid-amount", _("A sum above zero goes back."), "amount")
    if not fits(amount, currency):
        raise Invalid.of("invalid-amount", misfit(currency), "amount")


def outcome(
    order: Order, freed: Shares, money_back: GiveBack | None, amount: Decimal | None = None
) -> Outcome:
    """What becomes of what the order, whose `amount` is without it already, no longer costs: it goes back, or
    as much of it as `amount` says, and the rest is kept. Goodwill that is more than what is left costs was
    given for what is gone.

    Raises `Conflict` `refund-too-high`; `Invalid` `invalid-amount` for a sum of what shall be kept.
    """
    given = of_adjustments(order, Kind.GOODWILL)
    excess = min(total(freed), max(Decimal(0), total(given) - order.amount))
    most = total(freed) - excess
    back = most if amount is None else amount
    if money_back is None:
        if amount:
            raise Invalid.of("invalid-amount", _("Money is kept, or so much of it goes back."), "amount")
        back = Decimal(0)
    if back > most:
        detail = _("At most %s can be given back.") % display(most, order.currency)
        raise Conflict.of("refund-too-high", detail, "amount", most=f"{most:.2f}")
    kept = portion(freed, most - back, order.currency) if back < most else {}
    goodwill = portion(given, excess, order.currency) if excess else {}
    return Outcome(back, kept, goodwill)


def write(amendment: Amendment, kind: str, shares: Shares, sign: int = 1) -> None:
    """Write down what is kept or given by an amendment; with a `sign` of -1, what no longer counts."""
    insert(
        [
            Adjustment(
                amendment=amendment,
                order=amendment.order,
                kind=kind,
                amount=sign * share.amount,
                tax_rate=rate,
                tax=sign * share.tax,
            )
            for rate, share in shares.items()
            if share.amount
        ]
    )


def settled(amendment: Amendment, result: Outcome) -> None:
    """Write down what was kept, and the goodwill that is none any more."""
    write(amendment, Kind.KEPT, result.kept)
    write(amendment, Kind.GOODWILL, result.goodwill, -1)


def end(order: Order, *, by: User | None, shift: Shift | None, reason: str, at: datetime) -> Decimal:
    """How much of an order that is cancelled as a whole is to go back: all but what was kept of it before.
    The goodwill that was given for it is none any more.
    """
    sums = order.adjustments.sums()
    if sums[Kind.GOODWILL]:
        amendment = Amendment.objects.create(
            order=order, kind=Amendment.Kind.CANCEL, by=by, reason=reason.strip(), at=at, shift=shift
        )
        write(amendment, Kind.GOODWILL, of_adjustments(order, Kind.GOODWILL), -1)
    return order.balance - sums[Kind.KEPT]
