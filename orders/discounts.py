"""What a sale's discounts take off the prices of its attendees."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain

from django.utils.translation import gettext as _

from attendees.models import Attendee
from base.errors import Invalid, Path, Problem
from orders.sale import Line, Sale
from prices.claims import Claim, claimed
from prices.models import Discount, typed_code
from prices.reductions import reductions
from tickets.models import Ticket

WHOLE: Path = ("discount",)


Found = Mapping[Claim, Discount]


def find_discounts(sale: Sale, at: datetime) -> Found:
    """The discounts that a sale asks for, held before any of its tickets is locked. Costs no statement where
    there is none. Raises what `claimed` raises.
    """
    claims = _claims(sale)
    return claimed(sale.event, claims, at) if claims else {}


def give_discounts(sale: Sale, walk_ins: Sequence[Sequence[Attendee]], found: Found) -> None:
    """Let attendees, who have their tickets and full prices, cost less by the discounts of their lines, else
    by that of the whole sale, if it is for their ticket; each keeps which it was, what it took off and, as
    the reason of its price, what it is called.

    Raises `Invalid` `discount-not-for-ticket`, of a whole sale if it is for none.
    """
    if not found:
        return
    for attendee in chain(*walk_ins):
        if attendee.discounted is not None:  # by a try before this one, which was undone
            attendee.discount, attendee.discounted, attendee.price_reason = None, None, ""
    reduced: dict[Discount, list[Attendee]] = {}
    problems = []
    for index, (line, attendees) in enumerate(zip(sale.lines, walk_ins, strict=True)):
        discount = _of_line(sale, line, attendees[0].ticket, found)
        if discount is not None:
            reduced.setdefault(discount, []).extend(attendees)
        elif line.discount is not None:
            problems.append(_misfit(found[line.discount], ("lines", index, "discount")))
    if sale.discount is not None and found[sale.discount] not in reduced:
        problems.append(_misfit(found[sale.discount], WHOLE))
    if problems:
        raise Invalid(*problems)
    for discount, attendees in reduced.items():
        _reduce(attendees, discount, sale.event.currency)


def codes(sale: Sale) -> set[str]:
    """Those that the guests of a sale show."""
    return {typed_code(claim.code) for claim in _claims(sale).values() if claim.code}


def _claims(sale: Sale) -> dict[Path, Claim]:
    claims: dict[Path, Claim] = {
        ("lines", index, "discount"): line.discount
        for index, line in enumerate(sale.lines)
        if line.discount is not None
    }
    return claims if sale.discount is None else {**claims, WHOLE: sale.discount}


def _of_line(sale: Sale, line: Line, ticket: Ticket, found: Found) -> Discount | None:
    """The discount of a line; None for one that has none, or for which it is not."""
    claim = sale.discount if line.discount is None else line.discount
    if claim is None or line.reason or ticket.type != Ticket.Type.PAID:
        return None
    discount = found[claim]
    only = discount.ticket_ids
    return discount if not only or ticket.pk in only else None


def _misfit(discount: Discount, path: Path) -> Problem:
    detail = _("%s is not for these tickets.") % discount.name
    return Problem("discount-not-for-ticket", detail, path)


def _reduce(attendees: Sequence[Attendee], discount: Discount, currency: str) -> None:
    off = reductions(discount, [attendee.price_paid for attendee in attendees], currency)
    for attendee, less in zip(attendees, off, strict=True):
        if less:
            attendee.discount, attendee.discounted = discount, less
            attendee.price_paid -= less
            attendee.price_reason = discount.name
