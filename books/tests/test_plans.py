"""What the books and pictures of an event read, where another one has many times as much."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendees.models import Attendee
from books import reports
from books.tests.acts import sell
from door.admission import check_in
from door.models import CheckIn
from door.scan import Scan
from events.tests.factories import EventFactory
from exports.catalogue import TABLES
from home.figures import figures_of
from home.live import picture
from home.night import night
from orders.lifecycle import cancel
from orders.models import Order, Payment
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts.desk import Desk
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
EVENING = datetime(2030, 6, 1, 19, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SMALL, GREAT = 500, 8000  # orders of the two events, each with a guest, a payment and a scan
MODELS = (Order, Attendee, Payment, CheckIn)
MOST = 4 * SMALL  # rows of these, which a statement about the small event may read
COPIES = """
    INSERT INTO {table} ({columns})
    SELECT {values} FROM {table}, generate_series(1, %s) AS n WHERE id = %s
"""


def copy(row, number, **changed):
    """So many rows like this one, but for what is `changed`, as SQL by column."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    columns = [connection.ops.quote_name(field.column) for field in fields]
    values = [
        changed.get(field.column, name).replace("%", "%%")
        for field, name in zip(fields, columns, strict=True)
    ]
    statement = COPIES.format(table=row._meta.db_table, columns=", ".join(columns), values=", ".join(values))
    with connection.cursor() as cursor:
        cursor.execute(statement, [number, row.pk])


def an_evening(event):
    """Sold, given back and let in."""
    shift, adult = ShiftFactory(till__event=event), TicketFactory(event=event, price=20, quantity=100_000)
    for minute in range(4):
        at = EVENING + minute * MINUTE
        order = sell(shift, adult, Paid("cash"), at=at)
        check_in(Scan(event, attendee_id=order.attendees.get().pk), by=None, at=at)
    outside = sold_onsite(event=event, lines=[Line(adult.pk, 1)], payments=[Paid("card")], at=EVENING)
    cancel(outside, desk=Desk(), at=EVENING + MINUTE, reason="ill")
    return shift


def multiply(shift, number, *, above, tickets=1):
    """The first order of the shift with all that belongs to it, so many times, of that many tickets in turn;
    codes count from `above`.
    """
    order = shift.orders.order_by("pk").first()
    guest, payment = order.attendees.get(), order.payments.get()
    last, coded = Order.objects.latest("pk").pk, f"to_hex(n + {above})"
    copy(order, number, identifier=f"lpad({coded}, 8, 'X')", idempotency_key="NULL")
    first = Order.objects.filter(pk__gt=last).earliest("pk").pk
    code = f"translate(lpad({coded}, 20, '0'), '0123456789abcdef', 'BCDFGHJKLNPRSTVX')"
    others = TicketFactory.create_batch(tickets, event=shift.till.event)
    ticket = f"(ARRAY[{','.join(str(one.pk) for one in others)}])[1 + n % {tickets}]"
    copy(guest, number, order_id=f"{first} + n - 1", code=code, ticket_id=ticket)
    copy(payment, number, order_id=f"{first} + n - 1")
    copy(guest.check_ins.get(), number, nonce="NULL")


@pytest.fixture
def shift(event, transactional_db):
    """A quiet one of a small event, beside a great one; PostgreSQL knows which is which."""
    shift, busy, other = an_evening(event), an_evening(event), an_evening(EventFactory())
    multiply(busy, SMALL, above=0)
    multiply(other, GREAT, above=SMALL, tickets=60)  # as a house has them: who reads some, goes by an index
    with connection.cursor() as cursor:
        for model in MODELS:
            cursor.execute(f"ANALYZE {model._meta.db_table}")
    return shift


def read(act):
    """How many rows of `MODELS` a statement of an act reads at most, those included that it passes over."""
    with CaptureQueriesContext(connection) as queries:
        act()
    statements = [query["sql"] for query in queries.captured_queries if query["sql"].startswith("SELECT")]
    most = 0
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.replace('%', '%%')}", [])
            (found,) = cursor.fetchone()
            found = json.loads(found) if isinstance(found, str) else found
            most = max(most, sum(scanned(found[0]["Plan"])))
    return most


def scanned(plan):
    """By each scan of one of the tables below."""
    if plan.get("Relation Name") in {model._meta.db_table for model in MODELS}:
        passed = sum(plan.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
        yield (plan["Actual Rows"] + passed) * plan["Actual Loops"]
    for below in plan.get("Plans", ()):
        yield from scanned(below)


LOOKS = {
    "report": lambda event, shift, _user: reports.report(shift),
    "totals": lambda event, _shift, _user: reports.totals(event),
    "night": lambda event, _shift, _user: night(event, None, EVENING),
    "live": lambda event, _shift, user: picture(event, user, EVENING + 9 * MINUTE),
    "home": lambda event, _shift, _user: figures_of(event),
    # Payments are counted by their orders, in whichever way that is quicker.
    **{
        table.key: lambda event, _shift, _user, table=table: [table.count(event), *table.chunks(event)]
        for table in TABLES.values()
        if table.key != "payments"
    },
}


def test_looks_at_an_event_do_not_read_the_rows_of_a_greater_one(event, shift, organizer):
    rows = {name: read(lambda look=look: look(event, shift, organizer)) for name, look in LOOKS.items()}
    assert {name: number for name, number in rows.items() if number > MOST} == {}


def test_who_looks_at_all_orders_is_found_out(event, shift):
    """The control."""
    assert read(lambda: list(Order.objects.filter(event=event, amount__gt=0))) <= MOST
    assert read(lambda: Order.objects.filter(amount__gt=0).count()) > GREAT
