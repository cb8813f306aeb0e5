"""Where the demo plays: its accounts, and an event with tickets, gates and tills, before anybody came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from accounts.pins import set_pin
from door.models import Station
from events.models import Event, Member, Role
from events.planning import create_event
from home.demo import cast
from limits.holds import write_hold
from limits.models import Hold, Quota
from limits.quotas import write_quota
from prices.discounts import write_discount
from prices.models import Discount
from shifts.models import Till
from tickets.models import Ticket

ZONE = "Europe/Berlin"
PIN = "284719"
COLLEAGUE = "colleague@example.com"
CAPACITY = 450
BEGAN, LASTS = timedelta(hours=2), timedelta(hours=6)
STATIONS = ("North", "South")


@dataclass(frozen=True)
class Staff:
    organizer: User
    cashier: User
    registrar: User


@dataclass(frozen=True)
class Stage:
    """An evening's event, with what its acts name. `colleague` is a second cashier, who cannot log in."""

    event: Event
    staff: Staff
    colleague: User
    tickets: Mapping[str, Ticket]
    gates: Sequence[Station]
    stairs: Station
    main: Till
    side: Till
    press: Hold
    student: Discount
    voucher: Discount


def hire(password: str) -> Staff:
    """The accounts that log in to the demo; those that are there stay as they are."""
    users = {role: _account(f"{role.value}@example.com", role.label.capitalize(), password) for role in Role}
    return Staff(users[Role.ORGANIZER], users[Role.CASHIER], users[Role.REGISTRAR])


def _account(email: str, name: str, password: str | None) -> User:
    there = User.objects.filter(email=email).first()
    return there or User.objects.create_user(email, password, name=name)


def plan_event(
    identifier: str, staff: Staff, *, starts_at: datetime, ends_at: datetime, **more: Any
) -> Event:
    """The event with its members, the tickets that everybody knows, and two gates."""
    event = create_event(
        creator=staff.organizer,
        identifier=identifier,
        name="Demo Night",
        description="An event to try Onsite with.",
        currency="EUR",
        timezone=ZONE,
        starts_at=starts_at,
        ends_at=ends_at,
        state=Event.State.PUBLISHED,
        location_name="Town Hall",
        issuer_name="Demo Nights Ltd",
        issuer_address="1 Town Hall Square\n12345 Demo Town",
        issuer_tax_number="DE123456789",
        receipt_footer="Thank you, and enjoy the night!",
        **more,
    )
    Member.objects.create(event=event, user=staff.cashier, role=Role.CASHIER)
    Member.objects.create(event=event, user=staff.registrar, role=Role.REGISTRAR)
    for position, ticket in enumerate(cast.TICKETS):
        Ticket.objects.create(event=event, position=position, **ticket)
    for name in STATIONS:
        Station.objects.create(event=event, name=name)
    return event


def build(identifier: str, staff: Staff, at: datetime) -> Stage:
    """The event of a night that began two hours before `at` (UTC), before anybody has come; its organizer
    has a PIN.
    """
    if not staff.organizer.pin:
        set_pin(staff.organizer, PIN)
    starts_at = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0) - BEGAN
    event = plan_event(
        identifier,
        staff,
        starts_at=starts_at,
        ends_at=starts_at + LASTS,
        capacity=CAPACITY,
        day_ends_at=_day_ends_at(starts_at),
    )
    Ticket.objects.create(event=event, position=len(cast.TICKETS), **cast.PROGRAMME)
    colleague = _account(COLLEAGUE, "Noor", None)
    Member.objects.create(event=event, user=colleague, role=Role.CASHIER)
    tickets = {ticket.name: ticket for ticket in event.tickets.all()}
    return Stage(
        event=event,
        staff=staff,
        colleague=colleague,
        tickets=tickets,
        gates=list(event.stations.order_by("name")),
        stairs=_balcony_stairs(event, tickets),
        main=Till.objects.create(event=event, name="Main entrance"),
        side=Till.objects.create(event=event, name="Side entrance"),
        press=_limit(event, tickets, at),
        student=_discount(tickets["Adult"], name="Student", percent=Decimal(20)),
        voucher=_discount(tickets["Adult"], name="Welcome", amount=Decimal(5), code="WELCOME", limit=50),
    )


def _balcony_stairs(event: Event, tickets: Mapping[str, Ticket]) -> Station:
    stairs = Station.objects.create(event=event, name="Balcony stairs")
    stairs.tickets.set([tickets["Balcony"], tickets["Crew"]])
    return stairs


def _discount(ticket: Ticket, **terms: Any) -> Discount:
    return write_discount(Discount(event=ticket.event, **terms), [ticket])


def _limit(event: Event, tickets: Mapping[str, Ticket], at: datetime) -> Hold:
    """A quota over all seats, and a hold for the press."""
    write_quota(
        Quota(event=event, name="Seats", size=700), [tickets[n] for n in ("Adult", "Child", "Balcony")]
    )
    return write_hold(Hold(event=event, ticket=tickets["Adult"], name="Press", quantity=12), at=at)


def _day_ends_at(starts_at: datetime) -> time:
    """When the business day ends: at four, as everywhere; where that is in the middle of the night that is
    made, some hours before it begins.
    """
    hour = starts_at.astimezone(ZoneInfo(ZONE)).hour
    return time(4 if 8 <= hour < 22 else (hour - 4) % 24)
