"""What the tests of the door share."""

from attendees.models import Attendee
from door.models import CheckIn
from orders.sale import Line
from orders.tests.factories import sold_onsite


def guests_of(event, ticket, quantity=1, *, status="completed", **terms):
    """So many guests who were just sold a ticket, as they stand in the database."""
    order = sold_onsite(event=event, lines=[Line(ticket.pk, quantity)], status=status, **terms)
    return list(Attendee.objects.filter(order=order).order_by("pk"))


def assert_counted(event):
    """Whoever is inside was moved there by the scans that are kept, and is counted."""
    event.refresh_from_db()
    guests = Attendee.objects.filter(ticket__event=event)
    inside = guests.filter(is_inside=True).count()
    moved = CheckIn.objects.filter(event=event).values_list("attendee", "moved")
    balance = dict.fromkeys(guests.values_list("pk", flat=True), 0)
    for attendee, change in moved:
        if attendee is not None:
            balance[attendee] += change
    assert set(balance.values()) <= {0, 1}
    assert {pk for pk, sum_ in balance.items() if sum_} == set(
        guests.filter(is_inside=True).values_list("pk", flat=True)
    )
    assert event.inside == (0 if event.capacity is None else inside)
    return inside
