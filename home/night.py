"""How a night went: one business day of an event, at rest. What was sold and taken is the books' own; beside
it who came when, who did not, and whose drawer did not hold what it should.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, partial

from django.db.models import Count, Q
from django.db.models.expressions import Combinable

from attendees.models import Attendee
from base.snapshot import one_snapshot
from books import reports
from books.days import Days, Period, bounds, days_of
from books.figures import Figures
from books.shift_report import Report
from books.sums import Rows
from books.totals import business_days, ledger_of
from door.models import CheckIn
from events.days import business_day
from events.models import Event
from home import flow, live
from home.flow import Curve, Scanned, Span, Steps
from home.live import MOST_BARS, Refusals, Stock, Tendered
from orders.models import Order
from shifts.models import Shift

QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Heat:
    """Arrivals by quarter of an hour: when each begins (UTC), and by gate how many came in then."""

    quarters: Sequence[datetime]
    gates: Sequence[tuple[str, Sequence[int]]]

    @property
    def most(self) -> int:
        return max((number for _gate, row in self.gates for number in row), default=0)

    @property
    def rows(self) -> list[tuple[datetime, list[int]]]:
        """By quarter, for a table."""
        return [(at, [row[place] for _gate, row in self.gates]) for place, at in enumerate(self.quarters)]

    @property
    def sums(self) -> list[tuple[str, Sequence[int], int]]:
        return [(gate, row, sum(row)) for gate, row in self.gates]


@dataclass(frozen=True)
class NoShows:
    """Of a ticket that admits that night: how many hold one, and how many of them came."""

    ticket: str
    valid: int
    came: int

    @property
    def missing(self) -> int:
        return max(self.valid - self.came, 0)


@dataclass(frozen=True)
class OtherPrices:
    """What somebody answers for at one reason: so many tickets, sold for `amount`, of which a discount took
    `discounted` off.
    """

    approver: str
    reason: str
    quantity: int
    amount: Decimal
    discounted: Decimal


@dataclass(frozen=True)
class Drawer:
    """A shift that was opened that night, and what its report says; None while it is open."""

    shift: Shift
    report: Report | None

    @property
    def difference(self) -> Decimal | None:
        """Of its cash: below zero, something is missing; None while it is open."""
        last = self.report.last_count if self.report else None
        return None if last is None else last.difference


@dataclass(frozen=True)
class Night:
    """A business day of an event; `days` are all that had anything, the latest first."""

    event: Event
    day: date
    days: Sequence[date]
    figures: Figures
    arrivals: Curve
    sales: Curve
    heat: Heat
    no_shows: Sequence[NoShows]
    refusals: Sequence[Refusals]
    drawers: Sequence[Drawer]

    @property
    def stocks(self) -> list[Stock]:
        """What was sold that night by ticket, most first; those beyond the twelfth as one."""
        sold = sorted(self.figures.quantities.items(), key=lambda item: -item[1])
        shown = [Stock(name, number, None) for name, number in sold]
        if len(shown) <= MOST_BARS:
            return shown
        others = sum(one.sold for one in shown[MOST_BARS - 1 :])
        return [*shown[: MOST_BARS - 1], Stock("", others, None)]

    @property
    def most_sold(self) -> int:
        return max((stock.sold for stock in self.stocks), default=0)

    @property
    def tenders(self) -> list[Tendered]:
        return live.tendered([(line.tender, line.net) for line in self.figures.tenders])

    @cached_property
    def other_prices(self) -> list[OtherPrices]:
        """Comps, other prices and discounts, by who approved them and why; nobody first."""
        sums: dict[tuple[str, str], tuple[int, Decimal, Decimal]] = {}
        for line in self.figures.sales:
            if line.reason:
                had = sums.get((line.approver, line.reason), (0, Decimal("0.00"), Decimal("0.00")))
                quantity, amount, off = had
                now = (quantity + line.quantity, amount + line.amount, off + line.discounted)
                sums[line.approver, line.reason] = now
        return [OtherPrices(who, why, *sums[who, why]) for who, why in sorted(sums)]

    @property
    def refused(self) -> int:
        return sum(line.number for line in self.refusals)

    @property
    def missing(self) -> int:
        return sum(row.missing for row in self.no_shows)

    @property
    def valid(self) -> int:
        return sum(row.valid for row in self.no_shows)

    @property
    def difference(self) -> Decimal:
        """Of all drawers that were closed."""
        return sum((one.difference for one in self.drawers if one.difference is not None), Decimal("0.00"))


def night(event: Event, asked: date | None, at: datetime) -> Night | None:
    """One business day: what was `asked` for, or the last that had anything, or that of `at` (UTC) if none
    had. None for one that had nothing.
    """
    with one_snapshot():
        return _night(event, asked, at)


def _night(event: Event, asked: date | None, at: datetime) -> Night | None:
    business = business_days(event, at)
    door = days_of(event, bounds(CheckIn.objects.filter(event=event), flow.HAPPENED_AT), at)
    shifts = _days_of_shifts(event)
    around = {business.first, business.last, door.first, door.last, *shifts}
    if asked is not None and not min(around) <= asked <= max(around):
        return None
    day = asked or max(around)
    span = flow.span_of(event, day)
    steps = Steps(span.begins, live.STEP)
    ledger = ledger_of(event, business, partial(_of_sale, span, steps))
    seen, scanned = _at_the_door(event, door, span, steps)
    days = sorted({*ledger.by_day, *seen, *shifts}, reverse=True)
    last = next(iter(days), business_day(event, at))
    if day not in (last, *days):
        return None if asked else _night(event, last, at)
    return Night(
        event,
        day,
        days,
        ledger.figures(day),
        _at_rest(steps.counted((row.at, row.entered) for row in scanned), steps),
        _at_rest(_sold(ledger.on(day).sales), steps),
        heat(scanned, span),
        no_shows(event, span, ledger.tables.sales),
        live.refusals(scanned),
        drawers(event, span),
    )


def _step(instant: str | Combinable, span: Span, steps: Steps) -> Period:
    """In which step of the night an instant lies, counted from one: before the first is none."""
    return Period(instant, [*map(steps.at, range(steps.of(span.ends))), span.ends])


def _of_sale(span: Span, steps: Steps, instant: str) -> Mapping[str, Combinable | Q]:
    """In which step of the night it was sold, whether it admits then, and of its guest whether they are
    inside since that night, or have come at all.
    """
    paid = Q(order__status=Order.Status.COMPLETED, order__completed_at__lt=span.ends)
    return {
        "step": _step(instant, span, steps),
        "is_valid": Q(cancelled_at__isnull=True) & paid,
        "is_inside_since": _inside_since(span),
        "has_come": COME,
    }


# Who was let in, and whose scan was not taken back, has this (`door.whereabouts`).
COME = Q(entered_at__isnull=False)


def _inside_since(span: Span) -> Q:
    return Q(is_inside=True, entered_at__gte=span.begins, entered_at__lt=span.ends)


def _sold(sales: Rows) -> Counter[int]:
    """How many tickets were sold in each step."""
    counts: Counter[int] = Counter()
    for row in sales:
        counts[row["step"] - 1] += row["quantity"]
    return counts


def _at_the_door(event: Event, days: Days, span: Span, steps: Steps) -> tuple[set[date], Sequence[Scanned]]:
    """The days on which anything was scanned; and what was by step of the night, if not taken back."""
    counts = flow.counted(
        event,
        CheckIn.objects.filter(event=event).order_by(),
        place=days.place(flow.HAPPENED_AT),
        step=_step(flow.HAPPENED_AT, span, steps),
        undoes_one=Q(undoes__isnull=False),
    )
    rows = (
        (steps.at(step - 1), *what, number)
        for (place, step, undoes_one, *what), number in counts.items()
        if not undoes_one and span.begins <= steps.at(step - 1) < span.ends
    )
    return {days.day(place) for place, *_what in counts}, flow.scanned(event, rows)


def _at_rest(counts: Counter[int], steps: Steps) -> Curve:
    return flow.curve(counts, max(counts, default=0), None, steps, goes_on=False)


def _days_of_shifts(event: Event) -> set[date]:
    opened = Shift.objects.filter(till__event=event).order_by().values_list("opened_at", flat=True)
    return {business_day(event, at) for at in opened}


def heat(scanned: Sequence[Scanned], span: Span) -> Heat:
    """From the first quarter of an hour in which anybody came in to the last; the gates by name."""
    steps = Steps(span.begins, QUARTER)
    gates = flow.by_gate(scanned, steps)
    told = [quarter for counts in gates.values() for quarter in counts]
    quarters = range(min(told), max(told) + 1) if told else range(0)
    return Heat(
        [steps.at(quarter) for quarter in quarters],
        [(gate, [gates[gate][quarter] for quarter in quarters]) for gate in sorted(gates)],
    )


def no_shows(event: Event, span: Span, sales: Rows) -> list[NoShows]:
    """By ticket that admitted that night, in the order of the till's page. A guest who was let in and whose
    scan was taken back did not come; nor does one count at all who came and had the money back later.
    """
    on = Q(valid_from=None) | Q(valid_from__lt=span.ends)
    on &= Q(valid_until=None) | Q(valid_until__gt=span.begins)
    tickets = list(event.tickets.filter(on, admits=True).order_by("position", "pk"))
    valid, came, others = Counter[int](), Counter[int](), Counter[int]()
    for row in sales:
        if row["is_valid"]:
            valid[row["ticket_id"]] += row["quantity"]
            has = came if row["is_inside_since"] else others
            has[row["ticket_id"]] += row["quantity"] if row["has_come"] else 0
    if others.total():
        came.update(_came_besides(event, span, [ticket.pk for ticket in tickets]))
    return [
        NoShows(ticket.name, valid[ticket.pk], came[ticket.pk]) for ticket in tickets if ticket.pk in valid
    ]


def _came_besides(event: Event, span: Span, tickets: Sequence[int]) -> Counter[int]:
    """How many guests came that night, of those whose tickets, by id, are valid and who are not inside since:
    they went out, or have come again later. Of the others it is known without a look at any scan. Those whose
    orders are not valid are few, and are taken off: to look at each guest's order takes longer than all the
    rest.
    """
    scans = flow.made(event, span).filter(moved=1).exclude(pk__in=flow.undone(event))
    guests = Attendee.objects.live().filter(COME, ticket__in=tickets, order__isnull=False)
    guests = guests.exclude(_inside_since(span)).order_by()
    came = guests.filter(pk__in=scans.values("attendee")).values_list("ticket")
    not_valid = event.orders.exclude(status=Order.Status.COMPLETED, completed_at__lt=span.ends).order_by()
    counts = Counter[int](dict(came.annotate(Count("pk"))))
    counts.subtract(dict(came.filter(order__in=not_valid).annotate(Count("pk"))))
    return counts


def drawers(event: Event, span: Span) -> list[Drawer]:
    """The shifts that were opened that night, in that order; the closed ones as they were signed."""
    shifts = Shift.objects.filter(till__event=event, opened_at__gte=span.begins, opened_at__lt=span.ends)
    people = ("till__event", "cashier", "closed_by", "closed_report")
    return [
        Drawer(shift, None if shift.is_open else reports.report(shift))
        for shift in shifts.select_related(*people).order_by("opened_at", "pk")
    ]
