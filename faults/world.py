"""What the clients find: an event for each fault, with people, tills, open shifts and guests.

python -m faults.world 20          # migrates, makes 20 events, prints `World`s as JSON
python -m faults.world drawers     # prints what the application says that each drawer holds
"""

import json
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

CLIENTS = 8
GUESTS = 6
MANY, FEW = 1_000_000, 60
PRICE = {"hot": 10, "other": 12, "free": 0, "scarce": 7}


@dataclass(frozen=True)
class Person:
    """A cashier with a drawer."""

    token: str
    till: int
    shift: int


@dataclass(frozen=True)
class World:
    """An event: `tickets` by name, `guests` whom all clients scan and one of the door's alone, and the
    `orders` of these.
    """

    event: int
    station: int
    tickets: dict[str, int]
    clients: list[Person]
    watcher: Person
    guests: list[int]
    door_guest: int
    orders: list[int]

    @classmethod
    def of(cls, made: dict) -> "World":
        people = {"clients": [Person(**one) for one in made["clients"]], "watcher": Person(**made["watcher"])}
        return cls(**{**made, **people})


def make(number: int) -> World:
    from door.models import Station
    from events.models import Event
    from orders.sale import Line, Sale
    from orders.sales import sell_onsite
    from tickets.models import Ticket

    now = datetime.now(UTC)
    event = Event.objects.create(
        name=f"Event {number}",
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=3),
        state=Event.State.PUBLISHED,
        capacity=MANY,
    )
    tickets = {
        name: Ticket.objects.create(
            event=event,
            name=name,
            type="paid" if price else "free",
            price=price,
            quantity=FEW if name == "scarce" else MANY,
        ).pk
        for name, price in PRICE.items()
    }
    sold = sell_onsite(Sale(event, [Line(tickets["other"], GUESTS + 1)], status="completed"))
    guests = [attendee.pk for attendee in sold.attendees]
    people = [_person(event, f"{number}-{who}") for who in range(CLIENTS + 1)]
    station = Station.objects.create(event=event, name="Gate").pk
    orders = [sold.order.pk]
    return World(event.pk, station, tickets, people[1:], people[0], guests[1:], guests[0], orders)


def _person(event: object, name: str) -> Person:
    from accounts.models import ApiToken, User
    from events.models import Member, Role
    from shifts.desk import Desk
    from shifts.drawer import move_cash, open_shift
    from shifts.models import Till

    user = User.objects.create_user(f"{name}@example.org")
    Member.objects.create(event=event, user=user, role=Role.CASHIER)
    till = Till.objects.create(event=event, name=f"Till {name}")
    shift = open_shift(till=till, cashier=user, opening_float=Decimal(100))
    move_cash(shift=shift, amount=Decimal(-20), reason="To the safe", desk=Desk(user, till.pk))
    _row, token = ApiToken.objects.create(user=user)
    return Person(token, till.pk, shift.pk)


def drawers() -> dict[int, str]:
    """What each drawer holds, by shift, as the application adds it up."""
    from shifts.drawer import expected_cash
    from shifts.models import Shift

    return {shift.pk: str(expected_cash(shift)) for shift in Shift.objects.order_by("pk")}


def main() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    from onsite_project.static_files import collect

    (what,) = sys.argv[1:]
    if what == "drawers":
        print(json.dumps(drawers()))
        return
    call_command("migrate", verbosity=0)
    collect()  # lest the first site be waited for
    print(json.dumps([asdict(make(number)) for number in range(int(what))]))


if __name__ == "__main__":
    main()
