from datetime import timedelta
from decimal import Decimal
from typing import Any

import environ
from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from accounts.models import User
from base.commands import Reporting
from door.models import Station
from events.models import Event, Member, Role
from orders.models import Payment
from orders.sale import Line, Sale
from orders.sales import sell_onsite
from orders.settlement import Paid
from shifts.desk import Desk
from shifts.drawer import open_shift
from shifts.models import Till
from tickets.models import Ticket

TICKETS: list[dict[str, Any]] = [
    {"name": "Adult", "type": "paid", "price": 20, "quantity": 500, "tax_rate": 19},
    {
        "name": "Child",
        "type": "paid",
        "price": 8,
        "quantity": 200,
        "max_order": 10,
        "tax_rate": 7,
        "door_note": "up to 12 years",
    },
    {"name": "Balcony", "type": "paid", "price": 45, "quantity": 12},
    {"name": "Supporter", "type": "donation", "min_price": 5, "max_price": 500},
    {"name": "Crew", "type": "free", "quantity": 30, "is_hidden": True},
]
STATIONS = ["North", "South"]
NEARLY_SOLD_OUT, LEFT = "Balcony", 2


class Command(Reporting):
    help = "Make the event `demo` to try things with; running it again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        password = self._password()
        users = {role: self._user(role, password) for role in Role}
        event = self._event()
        for role, user in users.items():
            Member.objects.get_or_create(event=event, user=user, defaults={"role": role})
        for position, ticket in enumerate(TICKETS):
            Ticket.objects.get_or_create(
                event=event, name=ticket["name"], defaults={**ticket, "position": position}
            )
        for name in STATIONS:
            Station.objects.get_or_create(event=event, name=name)
        self._open_a_till(event, users[Role.CASHIER])
        self._sell_most_of_the_balcony(event, users[Role.CASHIER])
        told = f"The event {event.identifier!r} is there."
        self.report([told], done=told)

    @staticmethod
    def _password() -> str:
        password: str = environ.Env().str("DEMO_PASSWORD", default="onsite-demo" if settings.DEBUG else "")
        if not password:
            raise CommandError("With DEBUG off, set DEMO_PASSWORD: a known password would be an open door.")
        return password

    @staticmethod
    def _user(role: Role, password: str) -> User:
        email = f"{role.value}@example.com"
        return User.objects.filter(email=email).first() or User.objects.create_user(
            email, password, name=role.label.capitalize()
        )

    @staticmethod
    def _event() -> Event:
        starts = timezone.now().replace(minute=0, second=0, microsecond=0)
        event, _made = Event.objects.get_or_create(
            identifier="demo",
            defaults={
                "name": "Demo Night",
                "description": "An event to try Onsite with.",
                "currency": "EUR",
                "timezone": "Europe/Berlin",
                "starts_at": starts,
                "ends_at": starts + timedelta(days=30),
                "state": Event.State.PUBLISHED,
                "location_name": "Town Hall",
                "issuer_name": "Demo Nights Ltd",
                "issuer_address": "1 Town Hall Square\n12345 Demo Town",
                "issuer_tax_number": "DE123456789",
                "receipt_footer": "Thank you, and enjoy the night!",
            },
        )
        return event

    @staticmethod
    def _open_a_till(event: Event, cashier: User) -> None:
        till, made = Till.objects.get_or_create(event=event, name="Main entrance")
        if made:
            open_shift(till=till, cashier=cashier, opening_float=Decimal("100.00"))

    @staticmethod
    def _sell_most_of_the_balcony(event: Event, cashier: User) -> None:
        ticket = event.tickets.get(name=NEARLY_SOLD_OUT)
        if ticket.sold or ticket.available is None:
            return
        lines = [Line(ticket.pk, ticket.available - LEFT)]
        sell_onsite(Sale(event, lines, [Paid(Payment.Tender.CARD)]), desk=Desk(cashier))
