"""What the books must say, row by row in Python: slow, and without any of their SQL."""

from collections import defaultdict
from decimal import Decimal

from attendees.models import Attendee
from base.identifiers import masked_email
from door.models import CheckIn
from events.days import DAY, begins_at, business_day
from orders.models import Adjustment, Amendment, Order, Payment

KINDS = ("sales", "returned", "kept", "tenders", "outside", "rounding", "adjusted")


def nothing():
    return {kind: defaultdict(lambda: [Decimal(0)] * 4) for kind in KINDS}


def by_day(event):
    """What happened on each business day, as `told` says it."""
    days = defaultdict(nothing)

    def on(at):
        return days[business_day(event, at)]

    guests = Attendee.objects.filter(order__event=event)
    for guest in guests.select_related("order", "approved_by", "replaces"):
        if (at := sold_at(guest)) is not None:
            add_guest(on(at)["sales"], guest)
        for at, kept in ends_of(guest):
            add_guest(on(at)["kept" if kept else "returned"], guest)
    for payment in Payment.objects.filter(order__event=event):
        add_payment(on(payment.created_at), payment)
    for row in Adjustment.objects.filter(order__event=event).select_related("amendment"):
        add(on(row.amendment.at)["adjusted"], (row.kind, row.tax_rate), row.amount, row.tax)
    return {day: plain(found) for day, found in days.items()}


def of_shift(shift):
    """What its report says, but for what was kept of it before it was closed."""
    found = nothing()
    guests = Attendee.objects.select_related("order", "approved_by", "replaces__ended_by", "ended_by")
    orders = Order.objects.filter(event=shift.till.event)
    given_up = {order.pk for order in orders if is_given_up(order, shift)}
    for guest in guests.filter(order__event=shift.till.event):
        in_exchange = guest.replaces and guest.replaces.ended_by.shift_id == shift.pk
        at_first = guest.replaces is None and guest.order.shift_id == shift.pk and sold_at(guest) is not None
        if in_exchange or at_first:
            add_guest(found["sales"], guest)
        alone = guest.ended_by and guest.ended_by.shift_id == shift.pk and ends_of(guest)
        if alone or (guest.order_id in given_up and guest.cancelled_at is None):
            add_guest(found["returned"], guest)
    for payment in shift.payments.all():
        add_payment(found, payment)
    for row in Adjustment.objects.filter(amendment__shift=shift):
        add(found["adjusted"], (row.kind, row.tax_rate), row.amount, row.tax)
    return {kind: facts for kind, facts in plain(found).items() if kind not in ("kept", "outside")}


def is_given_up(order, shift):
    if order.completed_at is None:
        return False
    back = shift.payments.filter(order=order, reverses__isnull=False)
    if any(payment.created_at == order.cancelled_at for payment in back):
        return True
    if shift.amendments.filter(order=order, kind=Amendment.Kind.CANCEL).exists():
        return True
    is_over = order.cancelled_at is not None and (shift.is_open or order.cancelled_at <= shift.closed_at)
    return order.shift_id == shift.pk and order.amount == 0 and is_over


def sold_at(guest):
    if guest.replaces is not None:
        return guest.replaces.cancelled_at
    paid = guest.order.completed_at
    return None if paid is None or (guest.cancelled_at and guest.cancelled_at < paid) else paid


def ends_of(guest):
    """When it was cancelled after it was sold, and whether its money was kept."""
    order = guest.order
    if order.completed_at is None:
        return []
    if guest.cancelled_at is None:
        return [] if order.cancelled_at is None else [(order.cancelled_at, order.money_kept)]
    return [(guest.cancelled_at, False)] if guest.cancelled_at >= order.completed_at else []


def add(facts, key, *amounts):
    had = facts[key]
    facts[key] = [before + Decimal(amount or 0) for before, amount in zip(had, amounts, strict=False)]
    facts[key] += had[len(amounts) :]


def add_guest(facts, guest):
    by = guest.approved_by
    who = "" if by is None else by.name or masked_email(by.email)
    key = (guest.sold_as, guest.price_paid, guest.tax_rate, guest.price_reason, who)
    add(facts, key, 1, guest.tax, guest.discounted)


def add_payment(found, payment):
    if payment.tender == Payment.Tender.ROUNDING:
        add(found["rounding"], "", payment.amount)
        return
    is_back = payment.reverses_id is not None
    facts = (0, payment.amount, 0, 1) if is_back else (payment.amount, 0, 1, 0)
    add(found["tenders"], payment.tender, *facts)
    if payment.shift_id is None and payment.tender == Payment.Tender.CASH:
        add(found["outside"], payment.tender, *facts)


def told(figures):
    """What figures say, as `by_day` has it."""
    found = nothing()
    for kind in ("sales", "returned", "kept"):
        for line in getattr(figures, kind):
            key = (line.ticket, line.price, line.tax_rate, line.reason, line.approver)
            add(found[kind], key, line.quantity, line.tax, line.discounted)
    for kind, lines in (("tenders", figures.tenders), ("outside", [figures.outside])):
        for line in lines:
            add(found[kind], line.tender, line.taken, line.given_back, line.payments, line.refunds)
    add(found["rounding"], "", figures.rounding)
    for line in figures.adjusted:
        add(found["adjusted"], (line.kind, line.tax_rate), line.amount, line.tax)
    return plain(found)


def plain(found):
    """Without what is nothing: a tender that only rounding had, and what was kept and taken back."""
    return {
        kind: {key: values for key, values in facts.items() if any(values[: 1 if kind == "adjusted" else 4])}
        for kind, facts in found.items()
    }


def guests_of(event, day):
    """By the name of each ticket that admits then: how many hold one, and how many of them came."""
    begins, ends = begins_at(event, day), begins_at(event, day + DAY)
    found = defaultdict(lambda: [0, 0])
    for guest in Attendee.objects.filter(order__event=event).select_related("order", "ticket"):
        ticket, order = guest.ticket, guest.order
        on = (ticket.valid_from is None or ticket.valid_from < ends) and (
            ticket.valid_until is None or ticket.valid_until > begins
        )
        if not (on and ticket.admits and guest.is_live and order.is_valid and order.completed_at < ends):
            continue
        scans = CheckIn.objects.filter(attendee=guest, moved=1, undoes=None, undone_by=None)
        found[ticket.name][0] += 1
        found[ticket.name][1] += any(begins <= scan.happened_at < ends for scan in scans)
    return dict(found)
