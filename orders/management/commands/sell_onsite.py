import argparse
import re
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from base.errors import DomainError
from base.identifiers import parse_reference
from events.models import Act, Event
from orders.sale import Line, Sale, Sold
from orders.sales import sell_onsite
from orders.settlement import TENDERS, Paid
from shifts.desk import Desk

ITEM = re.compile(r"(?P<ticket>.+)=(?P<quantity>[0-9]{1,4})(@(?P<price>[0-9]{1,8}(\.[0-9]{1,2})?))?")


class Item(NamedTuple):
    ticket: str
    quantity: int
    price: Decimal | None


def item(text: str) -> Item:
    """`TICKET=QTY`, the ticket by id or name; `TICKET=QTY@PRICE` for a donation."""
    match = ITEM.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form TICKET=QTY")
    return Item(match["ticket"], int(match["quantity"]), Decimal(match["price"]) if match["price"] else None)


class Command(BaseCommand):
    help = "Sell tickets onsite: manage.py sell_onsite EVENT TICKET=QTY ... [--tender cash]"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("event", help="the event's id or identifier")
        parser.add_argument(
            "items",
            nargs="+",
            type=item,
            metavar="TICKET=QTY",
            help="a ticket by id or name; TICKET=QTY@PRICE for a donation",
        )
        parser.add_argument(
            "--tender",
            choices=[tender for tender, _label in TENDERS],
            help="how it was paid in full; without, it stays unpaid",
        )
        parser.add_argument("--seller", metavar="EMAIL", help="the member who sells; without, a script does")
        parser.add_argument("--idempotency-key", metavar="KEY", help="(with --seller) never sell this twice")

    def handle(self, *args: Any, **options: Any) -> None:
        event = self._event(options["event"])
        try:
            sale = Sale(
                event,
                [
                    Line(self._ticket(event, item.ticket), item.quantity, item.price)
                    for item in options["items"]
                ],
                [Paid(options["tender"])] if options["tender"] else [],
            )
            desk = Desk(self._seller(event, options["seller"]))
            sold = sell_onsite(sale, desk=desk, key=options["idempotency_key"])
        except DomainError as refusal:
            raise CommandError("\n".join(problem.detail for problem in refusal.problems)) from refusal
        self._report(sold)

    @staticmethod
    def _event(text: str) -> Event:
        reference = parse_reference(text)
        event = Event.objects.by_reference(reference).first() if reference is not None else None
        if event is None:
            raise CommandError(f"There is no event {text!r}.")
        return event

    @staticmethod
    def _ticket(event: Event, text: str) -> int:
        by_name = event.tickets.filter(name=text).first()
        if by_name is not None:
            return by_name.pk
        reference = parse_reference(text)
        if not isinstance(reference, int):
            names = ", ".join(event.tickets.values_list("name", flat=True))
            raise CommandError(f"{event} has no ticket {text!r}; it has: {names}.")
        return reference

    @staticmethod
    def _seller(event: Event, email: str | None) -> User | None:
        if email is None:
            return None
        user = User.objects.filter(email=User.objects.normalize_email(email), is_active=True).first()
        if user is None or not Event.objects.where(user, Act.SELL).filter(pk=event.pk).exists():
            raise CommandError(f"{email} may not sell at {event}.")
        return user

    def _report(self, sold: Sold) -> None:
        order = sold.order
        self.stdout.write(f"{order.identifier}  {order.get_status_display()}  {order.total}")
        for attendee in sold.attendees:
            self.stdout.write(f"  {attendee.code}  {attendee.ticket}  {attendee}")
