"""The story of an order: everything that is kept of it and its guests, in the order in which it happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from base.times import parse_time
from door.models import CheckIn
from orders.models import Amendment, Order, Payment

Kind = Amendment.Kind


def _expired() -> str:
    return _("Not paid in time: its tickets went back on sale")


@dataclass(frozen=True)
class Happening:
    """One thing that happened: when (UTC), what, by whom and with whose leave, where, why, to which guest; of
    money how much, in the order's currency, below zero what went back.
    """

    at: datetime
    what: str
    text: str
    by: str = ""
    approved_by: str = ""
    where: str = ""
    why: str = ""
    guest: str = ""
    amount: Decimal | None = None


def story_of(order: Order, *, with_sums: bool = True) -> list[Happening]:
    """All that happened to an order, the first thing first; where its event, seller, buyer and canceller are
    at hand, in a constant number of statements. Without sums for whoever is not told of them
    (`orders.blind`).
    """
    told = [*_of_order(order), *_of_amendments(order), *_of_corrections(order), *_of_scans(order)]
    payments = order.payments.select_related("created_by", "shift__till")
    told += [_of_payment(row, with_sums) for row in payments if row.tender != Payment.Tender.ROUNDING]
    return sorted(told, key=lambda one: one.at)


def _of_order(order: Order) -> Iterator[Happening]:
    letterhead = order.letterhead
    by = str(order.seller or order.buyer or "")
    onsite = order.channel == Order.Channel.ONSITE
    text = _("Sold") if onsite else _("Ordered online")
    yield Happening(order.created_at, "made", text, by, where=letterhead.till)
    if order.completed_at is not None and order.completed_at != order.created_at:
        yield Happening(order.completed_at, "completed", _("Completed"))
    if order.printed_at is not None:
        yield Happening(order.printed_at, "printed", _("Printed for the first time"))
    if order.expired_at is not None:
        yield Happening(order.expired_at, "expired", _expired())
    if order.cancelled_at is not None:
        text = _("Cancelled, the money kept") if order.money_kept else _("Cancelled")
        who = _name(order.cancelled_by)
        yield Happening(order.cancelled_at, "cancelled", text, who, why=order.cancel_reason)


def _of_payment(row: Payment, with_sums: bool) -> Happening:
    back = row.reverses_id is not None
    text = _("Given back, %s") if back else _("Paid, %s")
    return Happening(
        row.created_at,
        "given-back" if back else "paid",
        text % row.get_tender_display(),
        _name(row.created_by),
        where=row.shift.till.name if row.shift else "",
        amount=row.amount if with_sums else None,
    )


def _of_amendments(order: Order) -> Iterator[Happening]:
    rows = order.amendments.select_related("by", "approved_by", "shift__till")
    for row in rows.exclude(kind=Kind.CANCEL):  # that is told by the order itself
        where = row.shift.till.name if row.shift else ""
        by, leave = _name(row.by), _name(row.approved_by)
        if row.kind == Kind.RESTORE:
            yield from _ended_before(row)
        text, guests = _told(row, order), _guests(row.said.get("attendees", ()))
        yield Happening(row.at, row.kind, text, by, leave, where, row.reason, guests)


def _told(row: Amendment, order: Order) -> str:
    if row.kind == Kind.REFUND and order.cancelled_at is not None and row.at >= order.cancelled_at:
        return _("Money given back that was kept")
    match row.kind, row.said:
        case Kind.EXCHANGE, {"to": ticket}:
            return _("Exchanged for %s") % str(ticket)
        case Kind.TRANSFER, {"to": [{"name": name}]}:
            return _("Passed on to %s, with a new code") % str(name)
    texts: dict[str, str] = {
        Kind.CANCEL_ATTENDEES: _("Tickets cancelled"),
        Kind.REFUND: _("Money given back, the tickets stay"),
        Kind.RESTORE: _("Restored"),
        Kind.SWAP_CODE: _("New code for a lost ticket"),
    }
    return texts.get(row.kind, str(row))


def _ended_before(row: Amendment) -> Iterator[Happening]:
    """How an order had ended that was restored: nothing else tells that any more."""
    at = parse_time(row.said.get("at") or "")
    if at is not None and row.said.get("was") == Order.Status.EXPIRED:
        yield Happening(at, "expired", _expired())
    elif at is not None:
        who, why = row.said.get("by", ""), row.said.get("reason", "")
        yield Happening(at, "cancelled", _("Cancelled"), who, why=why)


def _guests(said: Any) -> str:
    """`Ana Silva (Adult), Adult`: who they were then."""
    named = ("{name} ({ticket})" if guest["name"] else "{ticket}" for guest in said)
    return ", ".join(form.format(**guest) for form, guest in zip(named, said, strict=True))


def _of_corrections(order: Order) -> Iterator[Happening]:
    passed_on = set(order.amendments.filter(kind=Kind.TRANSFER).values_list("at", flat=True))
    for row in order.corrections.select_related("attendee", "by"):
        if row.at not in passed_on:  # of which that is a part
            by = _("By the guest, with the claim link") if row.is_by_guest else _name(row.by)
            yield Happening(row.at, "corrected", _("Corrected: %s") % row, by)


def _of_scans(order: Order) -> Iterator[Happening]:
    scans = CheckIn.objects.filter(attendee__order=order)
    for row in scans.select_related("attendee", "station", "by", "approved_by"):
        yield Happening(
            row.occurred_at,
            "scanned",
            _scanned(row),
            _name(row.by),
            _name(row.approved_by),
            row.station.name if row.station else "",
            row.reason,
            str(row.attendee.full_name or row.attendee.sold_as) if row.attendee else "",
        )


def _scanned(row: CheckIn) -> str:
    if row.undoes_id is not None:
        return _("Scan taken back")
    if row.is_let_through:
        return _("Let in") if row.direction == CheckIn.Direction.IN else _("Let out")
    return _("Not let through: %s") % row.get_answer_display()


def _name(user: User | None) -> str:
    return "" if user is None else str(user)
