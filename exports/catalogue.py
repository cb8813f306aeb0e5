"""Which tables there are. No code that admits stands in any of them."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import shown_name
from attendees.models import Attendee
from attendees.standing import standing_of
from books import reports
from books.shift_report import Report
from door.models import CheckIn
from events.models import Event
from exports.tables import (
    Cell,
    Column,
    Kind,
    Table,
    cents,
    currency_of,
    label_of,
    moment,
    money,
    number,
    text,
    yes_or_no,
)
from orders.models import Order, Payment
from shifts.models import Shift

STANDINGS = {
    "draft": _("draft"),
    "unpaid": _("not paid"),
    "valid": _("valid"),
    "cancelled": _("cancelled"),
    "expired": _("expired"),
}


def person(name: str | None, email: str | None) -> Cell:
    return None if email is None else shown_name(name or "", email)


def by(heading: Any, relation: str) -> Column:
    """Whom a foreign key to an account names."""
    return text(heading, f"{relation}__name", f"{relation}__email", make=person)


def standing(status: str, cancelled_at: object) -> Cell:
    return str(STANDINGS[standing_of(status, cancelled=cancelled_at is not None)])


def shown_code(code: str) -> Cell:
    """Of what may be somebody's ticket only the beginning."""
    return CheckIn(code=code).shown_code if code else None


def _of_order(rows: QuerySet[Any], value: Any) -> Subquery:
    return Subquery(rows.filter(order=OuterRef("pk")).order_by().values("order").values_list(value))


def orders(event: Event) -> QuerySet[Order]:
    return Order.objects.filter(event=event).annotate(
        paid=_of_order(Payment.objects.all(), Sum("amount")),
        live_tickets=_of_order(Attendee.objects.live(), Count("pk")),
    )


def attendees(event: Event) -> QuerySet[Attendee]:
    """Without drafts, which nobody has ordered. By ids: for tickets that are still to be looked up PostgreSQL
    would read the guests of all events.
    """
    tickets = list(event.tickets.order_by().values_list("pk", flat=True))
    return Attendee.objects.filter(ticket__in=tickets, order__isnull=False)


def payments(event: Event) -> QuerySet[Payment]:
    return Payment.objects.filter(order__event=event)


def check_ins(event: Event) -> QuerySet[CheckIn]:
    return CheckIn.objects.filter(event=event)


def shifts(event: Event) -> QuerySet[Shift]:
    return Shift.objects.filter(till__event=event)


def count_of(value: int | None) -> Cell:
    return value or 0


ORDERS = Table(
    "orders",
    _("Orders"),
    orders,
    (
        text(_("order"), "identifier"),
        text(_("status"), "status", make=label_of(Order.Status)),
        text(_("channel"), "channel", make=label_of(Order.Channel)),
        text(_("payment mode"), "payment_mode", make=label_of(Order.PaymentMode)),
        money(_("amount"), "amount"),
        money(_("paid"), "paid", make=cents),
        currency_of("currency"),
        Column(_("tickets"), Kind.NUMBER, ("live_tickets",), count_of),
        moment(_("created at"), "created_at"),
        moment(_("completed at"), "completed_at"),
        moment(_("cancelled at"), "cancelled_at"),
        by(_("cancelled by"), "cancelled_by"),
        text(_("reason of the cancellation"), "cancel_reason"),
        text(_("money kept"), "money_kept", make=yes_or_no),
        by(_("seller"), "seller"),
        by(_("buyer"), "buyer"),
        text(_("till"), "shift__till__name"),
        number(_("shift"), "shift"),
        text(_("notes"), "order_notes"),
        text(_("company"), "company"),
        text(_("tax number"), "tax_business_info"),
        text(_("address"), "address"),
        text(_("city"), "city"),
        text(_("state or province"), "state"),
        text(_("postal code"), "zipcode"),
        text(_("country"), "country"),
    ),
)

ATTENDEES = Table(
    "attendees",
    _("Attendees"),
    attendees,
    (
        number(_("attendee"), "pk"),
        text(_("order"), "order__identifier"),
        text(_("state"), "order__status", "cancelled_at", make=standing),
        text(_("ticket"), "ticket__name"),
        text(_("sold as"), "sold_as"),
        text(_("first name"), "firstname"),
        text(_("last name"), "lastname"),
        text(_("e-mail"), "email"),
        money(_("price paid"), "price_paid"),
        money(_("discounted by"), "discounted"),
        number(_("tax rate"), "tax_rate"),
        money(_("tax included"), "tax"),
        currency_of("order__currency"),
        text(_("reason of the price"), "price_reason"),
        by(_("price approved by"), "approved_by"),
        text(_("hold"), "hold__name"),
        text(_("inside"), "is_inside", make=yes_or_no),
        moment(_("came in at"), "entered_at"),
        moment(_("went out at"), "left_at"),
        moment(_("sold at"), "order__created_at"),
        moment(_("cancelled at"), "cancelled_at"),
    ),
)

PAYMENTS = Table(
    "payments",
    _("Payments"),
    payments,
    (
        number(_("payment"), "pk"),
        text(_("order"), "order__identifier"),
        text(_("tender"), "tender", make=label_of(Payment.Tender)),
        money(_("amount"), "amount"),
        money(_("tendered"), "tendered"),
        money(_("change"), "change"),
        currency_of("order__currency"),
        text(_("reference"), "reference"),
        text(_("till"), "shift__till__name"),
        number(_("shift"), "shift"),
        by(_("taken by"), "created_by"),
        moment(_("taken at"), "created_at"),
        number(_("reverses"), "reverses"),
    ),
)

CHECK_INS = Table(
    "check-ins",
    _("Check-ins"),
    check_ins,
    (
        number(_("check-in"), "pk"),
        moment(_("happened at"), "occurred_at"),
        moment(_("arrived at"), "received_at"),
        text(_("clock is off"), "clock_is_off", make=yes_or_no),
        text(_("station"), "station__name"),
        text(_("direction"), "direction", make=label_of(CheckIn.Direction)),
        text(_("answer"), "answer", make=label_of(CheckIn.Answer)),
        number(_("moved"), "moved"),
        text(_("let in"), "admitted", make=yes_or_no),
        number(_("attendee"), "attendee"),
        text(_("order"), "attendee__order__identifier"),
        text(_("first name"), "attendee__firstname"),
        text(_("last name"), "attendee__lastname"),
        text(_("code"), "code", make=shown_code),
        by(_("checked by"), "by"),
        by(_("approved by"), "approved_by"),
        number(_("undoes"), "undoes"),
        text(_("reason"), "reason"),
    ),
)


def read_shifts(columns: Sequence[Column], rows: QuerySet[Any]) -> list[tuple[int, list[Cell]]]:
    """Closed ones as they were signed; of open ones no figures."""
    found = rows.select_related("till__event", "cashier", "closed_by", "closed_report")
    made = []
    for shift in found.prefetch_related("counts"):
        report = None if shift.is_open else reports.report(shift)
        made.append((shift.pk, [column.make(shift, report) for column in columns]))
    return made


Fact = Callable[[Shift, Report | None], Any]


def fact(heading: Any, make: Fact, kind: Kind = Kind.TEXT) -> Column:
    return Column(heading, kind, (), make)


def signed(heading: Any, make: Callable[[Report], Any], kind: Kind = Kind.MONEY) -> Column:
    """What only a report says."""
    return Column(heading, kind, (), lambda _shift, report: None if report is None else make(report))


def counted(heading: Any, make: Callable[[Any], Any]) -> Column:
    return signed(heading, lambda report: make(report.last_count) if report.last_count else None)


SHIFTS = Table(
    "shifts",
    _("Shifts"),
    shifts,
    (
        fact(_("shift"), lambda shift, _report: shift.pk, Kind.NUMBER),
        fact(_("till"), lambda shift, report: report.till if report else shift.till.name),
        signed(_("Z report"), lambda report: report.number, Kind.NUMBER),
        fact(_("cashier"), lambda shift, report: report.cashier if report else str(shift.cashier)),
        fact(_("state"), lambda shift, _report: str(_("open") if shift.is_open else _("closed"))),
        fact(_("opened at"), lambda shift, _report: shift.opened_at, Kind.TIME),
        fact(_("closed at"), lambda shift, _report: shift.closed_at, Kind.TIME),
        signed(_("closed by"), lambda report: report.closed_by, Kind.TEXT),
        fact(_("currency"), lambda shift, report: report.currency if report else shift.till.event.currency),
        fact(_("opening float"), lambda shift, _report: shift.opening_float, Kind.MONEY),
        signed(_("orders"), lambda report: report.orders, Kind.NUMBER),
        signed(_("sold"), lambda report: report.figures.sold),
        signed(_("taken"), lambda report: report.paid_here),
        signed(_("cash expected"), lambda report: report.expected_cash),
        counted(_("cash counted"), lambda count: count.cash),
        counted(_("cash difference"), lambda count: count.difference),
        signed(_("card total expected"), lambda report: report.expected_card),
        counted(_("card total declared"), lambda count: count.card),
        counted(_("card difference"), lambda count: count.card_difference),
        signed(_("reason of the difference"), lambda report: report.note, Kind.TEXT),
        signed(_("stays in the drawer"), lambda report: report.stays),
        signed(_("to the safe"), lambda report: report.to_safe),
    ),
    read_shifts,
)

TABLES = {table.key: table for table in (ORDERS, ATTENDEES, PAYMENTS, CHECK_INS, SHIFTS)}
