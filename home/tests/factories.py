"""An event with one of everything that is set up for one."""

from datetime import UTC, datetime, timedelta

from devices.tests.factories import add_device
from door.models import Station
from events.models import Event, Role
from events.tests.factories import EventFactory, MemberFactory
from limits.holds import write_hold
from limits.models import Hold, Quota
from limits.quotas import write_quota
from prices.discounts import write_discount
from prices.models import Discount
from shifts.tests.factories import TillFactory
from tickets.tests.factories import TicketFactory

STARTS = datetime(2026, 10, 17, 16, tzinfo=UTC)  # 18:00 in Berlin, a week before the clocks go back


def event_set_up(starts_at=STARTS, **values):
    """Adult and Child, a quota, holds, a discount, a till, a gate, a tablet, and one member of each role."""
    values = {"ends_at": starts_at + timedelta(hours=8), "timezone": "Europe/Berlin", **values}
    event = EventFactory(name="Summer fair", starts_at=starts_at, **values)
    for role in Role:
        MemberFactory(event=event, role=role)
    adult = TicketFactory(
        event=event,
        name="Adult",
        price=20,
        quantity=50,
        sales_starts_at=starts_at - timedelta(days=30),
        valid_until=starts_at + timedelta(hours=6),
        door_note="check card",
    )
    child = TicketFactory(event=event, name="Child", price=8, quantity=None)
    write_quota(Quota(event=event, name="Seats", size=60), [adult, child])
    till = TillFactory(event=event, name="North")
    tablet = add_device(event, name="Tablet", role=Role.CASHIER)
    named = [event.members.get(role=Role.CASHIER, user__is_device=False), event.members.get(user=tablet.user)]
    ends_at = datetime.now(UTC) + timedelta(days=400)
    write_hold(Hold(event=event, ticket=adult, name="Sponsor", quantity=5, open_to="till", till=till))
    write_hold(
        Hold(event=event, ticket=adult, name="Crew", quantity=3, open_to="members", ends_at=ends_at), named
    )
    write_discount(Discount(event=event, name="Student", percent=50, code="STUDENT", limit=3), [adult])
    gate = Station.objects.create(event=event, name="Gate", direction="in")
    gate.tickets.add(adult)
    return event


def organizer_of(event: Event):
    return event.members.get(role=Role.ORGANIZER).user
