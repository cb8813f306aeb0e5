"""Make the event and what has been sold of it already. Prints a `World` as JSON.

python -m benchmarks.fill 1000000            # migrates and makes everything
python -m benchmarks.fill 1000 EVENT TOKEN   # makes the sales anew
"""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import django
from django.core.management import call_command
from django.db import connection

from benchmarks.world import CODE_ENDS, FIRST_ORDER, HOT, NEARLY_NONE, PER_ORDER, SPREAD, World

NUMBERS = """
    WITH RECURSIVE numbers(n) AS (
        SELECT CAST(1 AS bigint) UNION ALL SELECT n + 1 FROM numbers WHERE n < %(rows)s
    )
"""
# One order in two sells the hot ticket, the others go round. Identifiers and codes look like random
# ones, because where a row lands in an index is part of what a sale costs.
ORDERS = f"""
    INSERT INTO orders_order (
        id, identifier, event_id, seller_id, channel, status, payment_mode, amount, currency, order_notes,
        company, tax_business_info, address, city, state, zipcode, country,
        created_at, completed_at, idempotency_key, fingerprint, shift_id, awaits_card, cancel_reason
    )
    {NUMBERS}
    SELECT n, translate(lpad(to_hex(n * 2654435761 %% 4294967296), 8, '0'),
                        '0123456789abcdef', 'ACDEFGHJKMNPQRTU'),
        %(event)s, %(seller)s, 'onsite', 'completed', 'onsite', {PER_ORDER} * 10, 'EUR', '',
        '', '', '', '', '', '', '', %(now)s, %(now)s, 'filled-' || md5(CAST(n AS text)),
        md5(CAST(n AS text)) || md5(CAST(-n AS text)), %(shift)s, %(no)s, ''
    FROM numbers
"""
PAYMENTS = f"""
    INSERT INTO orders_payment (order_id, amount, tender, reference, created_by_id, created_at, shift_id)
    {NUMBERS}
    SELECT n, {PER_ORDER} * 10, 'cash', '', %(seller)s, %(now)s, %(shift)s FROM numbers
"""
ATTENDEES = f"""
    INSERT INTO attendees_attendee (
        ticket_id, order_id, price_paid, sold_as, price_reason, firstname, lastname, email, is_inside, code
    )
    {NUMBERS}
    SELECT CASE WHEN (n - 1) / {PER_ORDER} %% 2 = 0 THEN {HOT}
                ELSE {SPREAD[0]} + (n - 1) / ({PER_ORDER} * 2) %% {SPREAD[1] - SPREAD[0] + 1} END,
        (n - 1) / {PER_ORDER} + 1, 10, 'Ticket', '', '', '', '', %(no)s,
        translate(lpad(to_hex(n * 2654435761 %% 4294967296), 8, '0'),
                  '0123456789abcdef', 'BCDFGHJKLNPRSTVX') || '{CODE_ENDS}'
    FROM numbers
"""
COUNT = """
    UPDATE tickets_ticket
    SET sold = (SELECT count(*) FROM attendees_attendee WHERE ticket_id = tickets_ticket.id)
"""


def make_event() -> tuple[int, str]:
    """The id of an event with a hot ticket and 100 others, which counts who is inside at a station, and
    the token of a cashier.
    """
    from accounts.models import ApiToken, User
    from door.models import Station
    from events.models import Event, Member, Role
    from shifts.models import Shift, Till
    from tickets.models import Ticket

    now = datetime.now(UTC)
    events = Event.objects.bulk_create(
        Event(name=f"Event {n}", starts_at=now, ends_at=now + timedelta(days=3), state=Event.State.PUBLISHED)
        for n in range(30)
    )
    event = events[-1]
    event.capacity = 2_000_000_000
    event.save(update_fields=["capacity"])
    Station.objects.create(event=event, name="Station")
    cashier = User.objects.create_user("cashier@example.org")
    Member.objects.create(event=event, user=cashier, role=Role.CASHIER)
    Ticket.objects.bulk_create(
        Ticket(pk=pk, event=event, name=f"Ticket {pk}", price=10, quantity=2_000_000_000)
        for pk in range(HOT, SPREAD[1] + 1)
    )
    till = Till.objects.create(event=event, name="Till")
    Shift.objects.create(till=till, cashier=cashier, opened_at=now, opening_float=100)
    _row, token = ApiToken.objects.create(user=cashier)
    return event.pk, token


def sell(event: int, attendees: int) -> int:
    """Replace everything that was sold by `attendees`, four to an order; the number of orders."""
    from accounts.models import User
    from shifts.models import Shift

    orders = attendees // PER_ORDER
    values = {
        "event": event,
        "seller": User.objects.get().pk,
        "shift": Shift.objects.get().pk,
        "now": datetime.now(UTC),
        "no": False,
    }
    with connection.cursor() as cursor:
        _clear(cursor)
        cursor.execute("UPDATE events_event SET inside = 0")
        cursor.execute(ORDERS, {**values, "rows": orders})
        cursor.execute(PAYMENTS, {**values, "rows": orders})
        cursor.execute(ATTENDEES, {"rows": attendees, "no": False})
        cursor.execute(COUNT)
        _tidy(cursor)
    return orders


def _clear(cursor: object) -> None:
    people = ("attendees_nameword", "attendees_correction", "attendees_retiredcode", "door_checkin")
    orders = ("orders_payment", "attendees_attendee", "orders_adjustment", "orders_amendment", "orders_order")
    tables = (*people, *orders)
    if connection.vendor == "postgresql":
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")
        return
    for table in tables:
        cursor.execute(f"DELETE FROM {table}")
    sqlite = connection.connection
    sqlite.create_function("to_hex", 1, "{:x}".format)
    sqlite.create_function("translate", 3, lambda text, old, new: text.translate(str.maketrans(old, new)))


def _tidy(cursor: object) -> None:
    """Leave what a long-running database has: the planner's figures, and no write still to be done."""
    if connection.vendor == "postgresql":
        cursor.execute(f"SELECT setval('orders_order_id_seq', {FIRST_ORDER})")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    else:
        cursor.execute("ANALYZE")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def main() -> None:
    django.setup()
    attendees, *made = sys.argv[1:]
    if made:
        event, token = int(made[0]), made[1]
    else:
        call_command("migrate", verbosity=0)
        event, token = make_event()
    from door.models import Station

    orders = sell(event, max(int(attendees), NEARLY_NONE))
    print(json.dumps(asdict(World(event, token, orders, Station.objects.get().pk))))


if __name__ == "__main__":
    main()
