"""How an event is going just now: all that its live picture says, in a constant number of statements."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple, Self, cast

from django.core.cache import cache
from django.db.models import Count, Max, Q

from accounts.models import User
from devices.models import Device
from door.models import CheckIn, Phone
from door.occupancy import WARN_AT
from events.days import business_day
from events.models import Act, Event
from home import flow
from home.figures import inside, taken
from home.flow import Bought, Curve, Scanned, Span, Steps
from orders.models import Order, Payment
from shifts.models import Shift
from tickets.models import Ticket

STEP = timedelta(minutes=5)
PACE = timedelta(minutes=10)  # over which a desk's pace is told
TREND = timedelta(minutes=15)  # from which is told how full it will be
RECENT = timedelta(minutes=30)  # of the refusals that are worth an advice
KEPT = timedelta(minutes=10)  # for so long is what an earlier event did
SETTLED = timedelta(minutes=30)  # what is longer ago hardly changes any more,
COUNTED = timedelta(minutes=1)  # and is counted so often
MOST_BARS = 12
CENT = Decimal("0.01")
# By shift, None for sales in none: how many orders of late, and when the last was (UTC); by that who sold it.
Paces = dict[int | None, tuple[int, datetime | None]]
Sellers = dict[tuple[int | None, datetime | None], str]


@dataclass(frozen=True)
class Inside:
    """How many are inside and may be; by how many that grew within `TREND`."""

    now: int
    capacity: int | None
    entered: int
    grown: int

    @property
    def level(self) -> str:
        """`full`, `nearly` or nothing."""
        if self.capacity is None or self.now < self.capacity * WARN_AT:
            return ""
        return "full" if self.now >= self.capacity else "nearly"

    @property
    def percent(self) -> int | None:
        return self.now * 100 // self.capacity if self.capacity else None


@dataclass(frozen=True)
class Stock:
    """What was sold of a ticket, or of several together, and what is left; None for no limit."""

    name: str
    sold: int
    left: int | None

    @property
    def of(self) -> int:
        """What would fill its bar; where there is no limit, what was sold does."""
        return self.sold + (self.left or 0)

    @property
    def is_low(self) -> bool:
        return self.left is not None and 0 < self.left * 10 <= self.of


@dataclass(frozen=True)
class Tendered:
    """What was taken by one tender less what was given back, and which share of all that is."""

    name: str
    amount: Decimal
    share: float


@dataclass(frozen=True)
class DeskPace:
    """A till of the event, or None for sales without one; who has opened it, since when it is locked, how
    many orders it sold within `PACE`, when and by whom it sold last.
    """

    till: str | None
    cashier: str
    opened_at: datetime | None
    locked_at: datetime | None
    recent: int
    sold_at: datetime | None
    seller: str

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None

    @property
    def locked_since(self) -> datetime | None:
        """None where something was sold since: in another browser, say."""
        if self.locked_at is None or (self.sold_at is not None and self.sold_at > self.locked_at):
            return None
        return self.locked_at

    @property
    def idle_since(self) -> datetime | None:
        """Since when an open one has sold nothing."""
        return (self.sold_at or self.opened_at) if self.is_open else None


@dataclass(frozen=True)
class Refusals:
    """How many were turned away for one reason."""

    reason: str
    number: int


@dataclass(frozen=True)
class GatePace:
    """How many scans a gate had within `RECENT`, and how many of them turned somebody away."""

    gate: str
    scans: int
    refused: int


@dataclass(frozen=True)
class Picture:
    """An event at one instant (UTC), on one of its business days; sums in its currency. `earlier` is the last
    event of the same name, beside whose same night the curves are.
    """

    event: Event
    at: datetime
    day: date
    inside: Inside
    stocks: Sequence[Stock]
    tenders: Sequence[Tendered]
    arrivals: Curve
    sales: Curve
    earlier: Event | None
    desks: Sequence[DeskPace]
    refusals: Sequence[Refusals]
    gates: Sequence[GatePace]
    devices: Sequence[Device]
    phones: Sequence[Phone]

    @cached_property
    def taken(self) -> Decimal:
        return sum((line.amount for line in self.tenders), Decimal("0.00"))

    @property
    def refused(self) -> int:
        return sum(line.number for line in self.refusals)

    @property
    def sold(self) -> int:
        return sum(stock.sold for stock in self.stocks)

    @property
    def waiting(self) -> int:
        on_devices = sum(device.waiting for device in self.devices)
        return on_devices + sum(phone.waiting for phone in self.phones)


def picture(event: Event, user: User, at: datetime) -> Picture:
    """The live picture at `at` (UTC), for somebody who organizes the event."""
    day = business_day(event, at)
    span = flow.span_of(event, day)
    scanned = _settled("scans", flow.scans, event, span, at)
    earlier = event_before(event, user)
    before = _counts(earlier, flow.same_night_before(event, day, earlier)) if earlier else None
    now = Counts.of(span, scanned, _settled("sales", flow.sales, event, span, at))
    until = now.steps.of(at)
    return Picture(
        event,
        at,
        day,
        _inside(event, scanned, at),
        bars(list(event.tickets.with_quotas().order_by("position", "pk"))),
        _tenders(event, span),
        flow.curve(now.came, until, before.came if before else None, now.steps),
        flow.curve(now.sold, until, before.sold if before else None, now.steps),
        earlier,
        desks(event, span, at),
        refusals(scanned),
        gate_paces(scanned, at),
        list(event.devices.filter(revoked_at=None, last_seen_at__gte=span.begins).order_by("name")),
        list(event.phones.filter(told_at__gte=span.begins).select_related("user").order_by("-waiting", "pk")),
    )


def _settled(
    name: str, count: Callable[[Event, Span], list[Any]], event: Event, span: Span, at: datetime
) -> list[Any]:
    """What happened in a span, up to now (`at`), of which the greater part was counted before: an evening of
    100,000 guests takes too long to be counted for each look.
    """
    steps = Steps(span.begins, STEP)
    cut = max(span.begins, steps.at(steps.of(at - SETTLED)))
    key = f"home-{name}-{event.pk}-{span.begins:%Y%m%d%H%M}-{cut:%Y%m%d%H%M}"
    begun: Any = cache.get_or_set(key, lambda: count(event, Span(span.begins, cut)), COUNTED.total_seconds())
    return [*begun, *count(event, Span(cut, span.ends))]


class Counts(NamedTuple):
    """How many came in and how many tickets were sold, by step."""

    steps: Steps
    came: Counter[int]
    sold: Counter[int]

    @classmethod
    def of(cls, span: Span, scanned: Sequence[Scanned], sold: Sequence[Bought]) -> Self:
        steps = Steps(span.begins, STEP)
        return cls(steps, steps.counted((row.at, row.entered) for row in scanned), steps.counted(sold))


def _counts(event: Event, day: date) -> Counts:
    """Of an event that is over: nobody waits for what will hardly change any more."""

    def count() -> Counts:
        span = flow.span_of(event, day)
        return Counts.of(span, flow.scans(event, span), flow.sales(event, span))

    return cast(Counts, cache.get_or_set(f"home-counts-{event.pk}-{day}", count, KEPT.total_seconds()))


def event_before(event: Event, user: User) -> Event | None:
    """The last one of the same name that the same organizer ran."""
    events = Event.objects.where(user, Act.MANAGE).filter(name__iexact=event.name, is_test=event.is_test)
    return events.filter(starts_at__lt=event.starts_at).order_by("-starts_at", "-pk").first()


def _inside(event: Event, scanned: Sequence[Scanned], at: datetime) -> Inside:
    grown = sum(row.entered - row.left for row in scanned if row.at > at - TREND)
    return Inside(inside(event), event.capacity, sum(row.entered for row in scanned), grown)


def bars(tickets: Sequence[Ticket]) -> list[Stock]:
    """What most was sold of first; those beyond the twelfth as one."""
    stocks = sorted(
        (Stock(ticket.name, ticket.sold, ticket.available) for ticket in tickets),
        key=lambda stock: -stock.sold,
    )
    if len(stocks) <= MOST_BARS:
        return stocks
    others = stocks[MOST_BARS - 1 :]
    left = None if any(one.left is None for one in others) else sum(one.left or 0 for one in others)
    return [*stocks[: MOST_BARS - 1], Stock("", sum(one.sold for one in others), left)]


def _tenders(event: Event, span: Span) -> list[Tendered]:
    """By tender, in the order of the choices."""
    sums = taken(event, created_at__gte=span.begins, created_at__lt=span.ends)
    return tendered([(tender, sums[tender]) for tender in Payment.Tender.values if tender in sums])


def tendered(sums: Sequence[tuple[str, Decimal]]) -> list[Tendered]:
    """Each with its share of what is above zero."""
    of = sum((max(amount, Decimal(0)) for _tender, amount in sums), Decimal(0))
    return [
        Tendered(
            str(Payment.Tender(tender).label),
            amount.quantize(CENT),
            float(amount / of) if of and amount > 0 else 0.0,
        )
        for tender, amount in sums
    ]


def desks(event: Event, span: Span, at: datetime) -> list[DeskPace]:
    """Every till of the event, and what was sold onsite without one if anything was; the open ones first.
    What was ordered before is sold where it is paid, and who was put on the guest list was sold nothing.
    """
    at_no_till = Q(channel=Order.Channel.ONSITE, list_key=None)
    sold = Order.objects.filter(at_no_till | Q(shift__isnull=False), event=event).order_by()
    within = sold.filter(completed_at__gte=span.begins, completed_at__lt=span.ends)
    paces: Paces = {
        shift: (recent, last)
        for shift, recent, last in within.values_list("shift")
        .annotate(recent=Count("pk", filter=Q(completed_at__gt=at - PACE)), last=Max("completed_at"))
        .values_list("shift", "recent", "last")
    }
    newest = within.filter(completed_at__in={last for _recent, last in paces.values()})
    sellers = {
        (order.shift_id, order.completed_at): str(order.seller or "")
        for order in newest.select_related("seller")
    }
    shifts = Shift.objects.open().filter(till__event=event).select_related("cashier")
    open_at = {shift.till_id: shift for shift in shifts}
    found = [
        _desk(till.name, open_at.get(till.pk), paces, sellers) for till in event.tills.order_by("name", "pk")
    ]
    if None in paces:
        found.append(_desk(None, None, paces, sellers))
    return sorted(found, key=lambda desk: not desk.is_open)


def _desk(till: str | None, shift: Shift | None, paces: Paces, sellers: Sellers) -> DeskPace:
    counted = till is None or shift is not None
    key, cashier = (shift.pk if shift else None), (str(shift.cashier) if shift else "")
    recent, sold_at = paces.get(key, (0, None)) if counted else (0, None)
    seller = "" if sold_at is None else sellers.get((key, sold_at), "") or cashier
    opened_at, locked_at = (shift.opened_at, shift.locked_at) if shift else (None, None)
    return DeskPace(till, cashier, opened_at, locked_at, recent, sold_at, seller)


def refusals(scanned: Sequence[Scanned]) -> list[Refusals]:
    """Who was turned away, by reason, the commonest first."""
    reasons: Counter[str] = Counter()
    for row in scanned:
        reasons[row.answer] += row.refused
    common = sorted(reasons.items(), key=lambda reason: (-reason[1], reason[0]))
    return [Refusals(str(CheckIn.Answer(answer).label), number) for answer, number in common if number]


def gate_paces(scanned: Sequence[Scanned], at: datetime) -> list[GatePace]:
    """What each gate did within `RECENT`, by its name."""
    gates: dict[str, list[int]] = {}
    for row in scanned:
        if row.at > at - RECENT:
            gate = gates.setdefault(row.gate, [0, 0])
            gate[0] += row.number
            gate[1] += row.refused
    return [GatePace(gate, number, refused) for gate, (number, refused) in sorted(gates.items())]
