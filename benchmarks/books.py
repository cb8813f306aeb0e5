"""How long it takes to check the books, as `manage.py check_books` does.

python tools/with_postgres.py --durable python -m benchmarks.books          a million attendees, three minutes
python tools/with_postgres.py --durable python -m benchmarks.books 20000    does it work?
"""

import os
import sys
import time
from collections.abc import Callable

MILLION = 1_000_000
AT_MOST = 60  # seconds, for a million attendees
# The sales of `fill`, with tax, and every second guest inside; each ticket costs 10.
TAXED = "UPDATE attendees_attendee SET tax_rate = 25, tax = 2"
ENTERED = """
    INSERT INTO door_checkin (event_id, attendee_id, code, direction, answer, moved, occurred_at, received_at,
        clock_is_off, reason, fingerprint)
    SELECT %s, id, '', 'in', 'ok', 1, now(), now(), false, '', '' FROM attendees_attendee WHERE id %% 2 = 0
"""
INSIDE = "UPDATE attendees_attendee SET is_inside = id % 2 = 0"
COUNTED = """
    UPDATE events_event SET inside = (SELECT count(*) FROM door_checkin WHERE event_id = events_event.id)
"""


def fill(attendees: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.fill import make_event, sell

    call_command("migrate", verbosity=0)
    event, _token = make_event()
    sell(event, attendees)
    set_limits(event)
    with connection.cursor() as cursor:
        cursor.execute(TAXED)
        cursor.execute(ENTERED, [event])
        cursor.execute(INSIDE)
        cursor.execute(COUNTED)
        cursor.execute("VACUUM ANALYZE")


def set_limits(event: int) -> None:
    """Two quotas over all tickets, and something held of each."""
    from limits.holds import write_hold
    from limits.models import Hold, Quota
    from limits.quotas import write_quota
    from tickets.models import Ticket

    tickets = list(Ticket.objects.filter(event=event))
    for name in ("House", "Floor"):
        write_quota(Quota(event=tickets[0].event, name=name, size=2_000_000_000), tickets)
    for ticket in tickets:
        write_hold(Hold(event=ticket.event, ticket=ticket, name="Guest list", quantity=20))


def close() -> None:
    """The one shift in which everything was sold."""
    from shifts import drawer
    from shifts.models import Shift

    shift = Shift.objects.get()
    cash, card = drawer.expected_cash(shift), drawer.expected_card(shift)
    drawer.count(shift=shift, cash=cash, card=card, by=shift.cashier)
    drawer.close_shift(shift=shift, by=shift.cashier)


def check() -> None:
    from books.checking import differences
    from books.checks import CHECKS

    each = {check.name: seconds(lambda check=check: differences([check])) for check in CHECKS}
    for name, taken in sorted(each.items(), key=lambda pair: -pair[1])[:5]:
        print(f"  {name}: {taken:.1f} s")
    assert not differences(CHECKS)


def seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def main() -> int:
    attendees = int(sys.argv[1]) if sys.argv[1:] else MILLION
    os.environ["ONSITE_MAINTENANCE"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")
    import django

    django.setup()
    from books.checking import differences
    from books.checks import CHECKS

    fill(attendees)
    print(f"Closing the shift: {seconds(close):.1f} s")
    check()
    taken = seconds(lambda: differences(CHECKS))
    print(f"Checking the books of {attendees:,} attendees: {taken:.1f} s")
    return int(taken > AT_MOST * attendees / MILLION and attendees >= MILLION)


if __name__ == "__main__":
    sys.exit(main())
