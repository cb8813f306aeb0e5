"""Which demo there is: the event `demo` is the night that is under way, and each that is over has its date in
its identifier.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain, count
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from base.errors import Conflict
from events.models import Event
from home.demo.cast import BALCONY_LEFT
from home.demo.night import Night
from home.demo.stage import Staff, build, hire, plan_event
from orders.lifecycle import cancel, give_back
from orders.models import Order, Payment
from orders.sale import Line, Sale
from orders.sales import sell_onsite
from orders.settlement import Paid, round_cash
from shifts import drawer
from shifts.desk import Desk
from shifts.models import Shift, Till

IDENTIFIER, IN_THE_MAKING = "demo", "demo-in-the-making"
# So long after its end it is still the one that people try.
OVER = timedelta(hours=6)
EMPTY_LASTS = timedelta(days=30)


def seed(*, password: str, empty: bool, at: datetime) -> tuple[Event, bool]:
    """The demo that runs at `at` (UTC), and whether it was made just now: a night that began two hours ago,
    or an event in which next to nothing has happened (`empty`). Accounts that are made have the `password`.
    A night that is over keeps everything but its identifier, and its tills are closed.

    Raises `Conflict` `shift-open` while the demo's cashier works elsewhere. What is interrupted leaves no
    half of a demo under its name. Must not be called inside a transaction.
    """
    at = at.replace(microsecond=0)
    last = Event.objects.filter(identifier=IDENTIFIER).first()
    if last is not None and at <= last.ends_at + OVER:
        return last, False
    staff = hire(password)
    for former in Event.objects.filter(identifier__in=[IDENTIFIER, IN_THE_MAKING]):
        _close_tills(former, at)
        if former != last:
            _rename(former, _dated(former))
    _check_free(staff)
    event = _make_empty(staff, at) if empty else _make_night(staff, at)
    with transaction.atomic():
        if last is not None:
            _rename(last, _dated(last))
        _rename(event, IDENTIFIER)
    return event, True


def _make_night(staff: Staff, at: datetime) -> Event:
    stage = build(IN_THE_MAKING, staff, at)
    Night(stage, at).happen()
    return stage.event


def _make_empty(staff: Staff, at: datetime) -> Event:
    """An open till, and a balcony that is nearly sold out."""
    starts_at = at.replace(minute=0, second=0, microsecond=0)
    event = plan_event(IN_THE_MAKING, staff, starts_at=starts_at, ends_at=starts_at + EMPTY_LASTS)
    till = Till.objects.create(event=event, name="Main entrance")
    drawer.open_shift(till=till, cashier=staff.cashier, opening_float=Decimal("100.00"), at=at)
    balcony = event.tickets.get(name="Balcony")
    lines = [Line(balcony.pk, (balcony.quantity or 0) - BALCONY_LEFT)]
    sell_onsite(Sale(event, lines, [Paid(Payment.Tender.CARD)]), desk=Desk(staff.cashier), at=at)
    return event


def _check_free(staff: Staff) -> None:
    shift = Shift.objects.open().filter(cashier=staff.cashier).select_related("till__event").first()
    if shift is not None:
        detail = _("%(cashier)s has an open shift at %(till)s of %(event)s: close it first.")
        names = {"cashier": staff.cashier.email, "till": shift.till, "event": shift.till.event}
        raise Conflict.of("shift-open", detail % names)


def _close_tills(event: Event, at: datetime) -> None:
    """Close the shifts that nobody has closed, with what should lie in their drawers."""
    for shift in Shift.objects.open().filter(till__event=event).select_related("cashier"):
        for order in shift.orders.unpaid().filter(awaits_card=True):
            cancel(order, at=at)
        for order in Order.objects.filter(money_due=True, payments__shift=shift).distinct():
            give_back(order, at=at)
        cash = round_cash(max(drawer.expected_cash(shift), Decimal(0)), event.cash_rounding)
        card = drawer.expected_card(shift)
        drawer.count(shift=shift, cash=cash, card=card, by=shift.cashier, at=at)
        drawer.close_shift(shift=shift, by=shift.cashier, note=_("Left open when the night was over."), at=at)


def _dated(event: Event) -> str:
    """`demo-` and the day it began on, and perhaps a number: what no event is called."""
    day = event.starts_at.astimezone(ZoneInfo(event.timezone)).date()
    names = chain([f"{IDENTIFIER}-{day}"], (f"{IDENTIFIER}-{day}-{number}" for number in count(2)))
    return next(name for name in names if not Event.objects.filter(identifier=name).exists())


def _rename(event: Event, identifier: str) -> None:
    # Not as an organizer does: `demo` shall lead to no night that is over.
    event.identifier = identifier
    event.save(update_fields=["identifier"])
