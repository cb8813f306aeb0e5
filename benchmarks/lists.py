"""Make more than a page of each list that an event has. Prints the token of its organizer.

python -m benchmarks.lists EVENT    # after `fill`
"""

import sys
from datetime import UTC, datetime

import django
from django.db import connection

ROWS = 30
CHECK_INS = """
    INSERT INTO door_checkin (event_id, attendee_id, station_id, by_id, code, direction, answer, moved,
        occurred_at, received_at, clock_is_off, reason, fingerprint)
    SELECT %(event)s, a.id, %(station)s, %(by)s, '', 'in', 'already-checked-in', 0,
        now(), now(), false, '', ''
    FROM attendees_attendee a
"""


def fill_lists(event_id: int) -> str:
    """The organizer's token. Nothing of it touches the tickets that are sold."""
    from accounts.models import ApiToken, User
    from door.models import Station
    from events.models import Event, Member, Role
    from tickets.models import Ticket

    event = Event.objects.get(pk=event_id)
    organizer = User.objects.create_user("organizer@example.org")
    Member.objects.create(event=event, user=organizer, role=Role.ORGANIZER)
    beside = [Ticket.objects.create(event=event, name=f"Beside {n}", price=10) for n in range(2)]
    for n in range(ROWS):
        _staff(event, n)
        _limits(event, beside, n)
    values = {"event": event.pk, "station": Station.objects.earliest("pk").pk, "by": organizer.pk}
    with connection.cursor() as cursor:
        cursor.execute(CHECK_INS, values)
        cursor.execute("VACUUM ANALYZE")
    _row, token = ApiToken.objects.create(user=organizer)
    return token


def _staff(event: object, n: int) -> None:
    """Whoever works there, and where."""
    from accounts.models import User
    from devices.lifecycle import add_device
    from door.models import Station
    from events.invitations import invite
    from events.models import Member, Role
    from shifts.models import Shift, Till

    cashier = User.objects.create_user(f"cashier{n}@example.org")
    Member.objects.create(event=event, user=cashier, role=Role.CASHIER)
    till = Till.objects.create(event=event, name=f"Till {n}")
    Shift.objects.create(till=till, cashier=cashier, opened_at=datetime.now(UTC), opening_float=100)
    Station.objects.create(event=event, name=f"Station {n}")
    add_device(event=event, name=f"Tablet {n}", role=Role.REGISTRAR)
    invite(event=event, email=f"invited{n}@example.org", role=Role.CASHIER, by=None)


def _limits(event: object, tickets: list, n: int) -> None:
    from limits.holds import write_hold
    from limits.models import Hold, Quota
    from limits.quotas import write_quota
    from prices.discounts import write_discount
    from prices.models import Discount

    write_quota(Quota(event=event, name=f"Quota {n}", size=1_000), tickets)
    write_hold(Hold(event=event, ticket=tickets[0], name=f"Hold {n}", quantity=1))
    write_discount(Discount(event=event, name=f"Discount {n}", code=f"CODE{n}", percent=10), tickets)


if __name__ == "__main__":
    django.setup()
    print(fill_lists(int(sys.argv[1])))
