"""A million guests of twenty events: an event of 100,000, nineteen of 900,000 together; 300,000 orders of 3
or 4, and all that was paid, scanned, told and changed. By the thousand guests.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

EVENTS, TILLS, TICKETS = 20, 20, 5
ORGANIZER, SUPERUSER = "organizer@example.org", "superuser@example.org"

ORDERS = """
    INSERT INTO orders_order (
        id, identifier, event_id, seller_id, channel, status, payment_mode, amount, currency, order_notes,
        company, tax_business_info, address, city, state, zipcode, country, created_at, completed_at,
        cancelled_at, cancel_reason, fingerprint, shift_id, awaits_card
    )
    SELECT n, translate(lpad(to_hex(n * 2654435761 % 4294967296), 8, '0'), '0123456789abcdef',
            'ACDEFGHJKMNPQRTU'),
        e.event, (%(cashiers)s::bigint[])[e.shift], 'onsite',
        CASE WHEN n % 50 = 0 THEN 'cancelled' ELSE 'completed' END,
        'onsite', 10 * (3 + CAST(n % 3 = 0 AS int)), 'EUR', '',
        CASE WHEN n % 100 = 0 THEN 'Company ' || n ELSE '' END, '', '', '', '', '', '', e.at, e.at,
        CASE WHEN n % 50 = 0 THEN e.at END, '', '', (%(shifts)s::bigint[])[e.shift], false
    FROM (
        SELECT n, i.event, 1 + (i.event - 1) * %(tills)s + n % %(tills)s AS shift,
            %(now)s::timestamptz - interval '1 day' * (i.event - 1)
                - interval '1 second' * (n::bigint * 7919 % 28800) AS at
        FROM generate_series(1, %(orders)s) AS n,
            LATERAL (SELECT CASE WHEN n * 10 <= %(orders)s THEN 1
                ELSE 2 + n % (%(events)s - 1) END AS event) AS i
    ) AS e
"""
PAYMENTS = """
    INSERT INTO orders_payment (order_id, amount, tender, reference, created_by_id, created_at, shift_id)
    SELECT id, amount, CASE id % 3 WHEN 0 THEN 'card' ELSE 'cash' END, '', seller_id, completed_at, shift_id
    FROM orders_order ORDER BY id
"""
ATTENDEES = """
    INSERT INTO attendees_attendee (
        ticket_id, order_id, price_paid, sold_as, price_reason, firstname, lastname, email, is_inside,
        entered_at, code
    )
    SELECT (%(tickets_of)s::bigint[])[1 + (o.event_id - 1) * %(tickets)s + (o.id + k) % %(tickets)s], o.id,
        10, 'Ticket', '', 'First' || (o.id * 4 + k) % 1000, 'Last' || (o.id * 4 + k) % 50000,
        'guest' || o.id * 4 + k || '@example.com', i.came,
        CASE WHEN i.came THEN o.completed_at + interval '4 minutes' END,
        translate(lpad(to_hex((o.id * 4 + k) * 2654435761 % 4294967296), 8, '0'), '0123456789abcdef',
            'BCDFGHJKLNPRSTVX') || 'BCDFGHJKLNPR'
    FROM orders_order o, LATERAL generate_series(1, 3 + CAST(o.id % 3 = 0 AS int)) AS k,
        LATERAL (SELECT o.status = 'completed' AND (o.id + k) % 20 <> 0 AS came) AS i
    ORDER BY o.id
"""
WORDS = """
    INSERT INTO attendees_nameword (event_id, word, place, attendee_id)
    SELECT o.event_id, w.word, w.place, a.id
    FROM attendees_attendee a JOIN orders_order o ON o.id = a.order_id,
        LATERAL (VALUES (lower(a.lastname), 0), (lower(a.firstname), 1), (a.email, 2)) AS w (word, place)
"""
CAME = """
    INSERT INTO door_checkin (event_id, attendee_id, station_id, code, direction, answer, moved, occurred_at,
        received_at, clock_is_off, reason, fingerprint)
    SELECT o.event_id, a.id, s.id, '', 'in', 'ok', 1, a.entered_at, a.entered_at, false, '', ''
    FROM attendees_attendee a JOIN orders_order o ON o.id = a.order_id
        JOIN door_station s ON s.event_id = o.event_id AND s.name = 'Gate ' || (1 + a.id % 4)
    WHERE a.is_inside ORDER BY a.entered_at
"""
TOLD = """
    INSERT INTO outbox_message (kind, event_id, hook_id, message_id, topic, payload, state, created_at,
        next_try_at, tries, ended_at, log)
    SELECT 'webhook', o.event_id, h.id, 'evt_' || o.id, 'order.completed', '{}', 'done', o.completed_at,
        o.completed_at, 1, o.completed_at, '[]'
    FROM orders_order o JOIN outbox_hook h ON h.event_id = o.event_id ORDER BY o.completed_at
"""
CHANGES = """
    INSERT INTO audit_change (at, by_id, address, event_id, kind, row, name, act, before, after)
    SELECT o.completed_at, o.seller_id, '', o.event_id,
        CASE o.id % 2 WHEN 0 THEN 'door.station' ELSE 'tickets.ticket' END, o.id % 100,
        'Ticket ' || o.id % 100, 'changed', '{"price": "9.00"}', '{"price": "10.00"}'
    FROM orders_order o WHERE o.id % 3 = 0 ORDER BY o.completed_at
"""
COUNTED = """
    UPDATE events_event e SET inside = c.n
    FROM (SELECT event_id, count(*) AS n FROM door_checkin GROUP BY 1) AS c WHERE c.event_id = e.id;
    UPDATE tickets_ticket t SET sold = c.n
    FROM (
        SELECT a.ticket_id, count(*) AS n FROM attendees_attendee a JOIN orders_order o ON o.id = a.order_id
        WHERE o.status = 'completed' GROUP BY 1
    ) AS c WHERE c.ticket_id = t.id
"""


def fill(thousands: int) -> None:
    """Fill an empty database."""
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    insert(thousands)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def insert(thousands: int) -> None:
    """Write all of it, where there is no event and no user yet."""
    from django.db import connection

    made = stage()
    values = {**made, "orders": 300 * thousands, "events": EVENTS, "tills": TILLS, "tickets": TICKETS}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # what is written fits: no key is looked up
        for statement in (ORDERS, PAYMENTS, ATTENDEES, WORDS, CAME, TOLD, CHANGES):
            cursor.execute(_with_names(statement), values)
        analyze()
        cursor.execute(_with_names(COUNTED), values)
        cursor.execute("SELECT setval('orders_order_id_seq', 400 * %s)", [thousands])
        cursor.execute("SET session_replication_role = DEFAULT")


def _with_names(statement: str) -> str:
    return statement.replace("%", "%%").replace("%%(", "%(")


def analyze() -> None:
    """Let the planner know what was written, in our tables alone: what all databases of a server share would
    be locked until the transaction ends, against whoever does the same in another.
    """
    from django.db import connection

    tables = connection.introspection.django_table_names(only_existing=True)
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


def stage() -> dict[str, Any]:
    """Events 1 to `EVENTS`, with an organizer of all; the ids that the statements above go by."""
    from accounts.models import User
    from door.models import Station
    from events.models import Event, Member, Role
    from outbox.models import Hook
    from shifts.models import Shift, Till
    from tickets.models import Ticket

    now = datetime.now(UTC)
    days = [now - timedelta(days=number) for number in range(EVENTS)]
    events = [
        Event.objects.create(
            pk=number,
            name=f"Night {number}",
            identifier=f"night-{number}",
            starts_at=at - timedelta(hours=8),
            ends_at=at,
            day_ends_at=(at - timedelta(hours=8)).time(),
            state=Event.State.PUBLISHED,
            capacity=1_000_000,
        )
        for number, at in enumerate(days, 1)
    ]
    User.objects.create_superuser(SUPERUSER, "nobody logs in")
    organizer = User.objects.create_user(ORGANIZER)
    Member.objects.bulk_create(Member(event=event, user=organizer, role=Role.ORGANIZER) for event in events)
    Station.objects.bulk_create(
        Station(event=event, name=f"Gate {gate}", direction="both")
        for event in events
        for gate in range(1, 5)
    )
    Hook.objects.bulk_create(
        Hook(event=event, url="https://example.org/hook", is_active=False) for event in events
    )
    tickets = Ticket.objects.bulk_create(
        Ticket(event=event, name=f"Ticket {n}", price=10) for event in events for n in range(TICKETS)
    )
    cashiers = User.objects.bulk_create(
        User(email=f"cashier{n}@example.org", password="!") for n in range(EVENTS * TILLS)
    )
    tills = Till.objects.bulk_create(
        Till(event=event, name=f"Till {n}") for event in events for n in range(TILLS)
    )
    shifts = Shift.objects.bulk_create(
        Shift(till=till, cashier=cashier, opened_at=now - timedelta(days=30), opening_float=100)
        for till, cashier in zip(tills, cashiers, strict=True)
    )
    ids = {"cashiers": cashiers, "shifts": shifts, "tickets_of": tickets}
    return {"now": now, **{name: [row.pk for row in rows] for name, rows in ids.items()}}
