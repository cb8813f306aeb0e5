import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts.models import User
from base.commands import Reporting
from base.errors import DomainError, Problem
from base.identifiers import parse_id, parse_reference
from base.money import wire_money
from events.models import Act, Event
from limits.models import Hold
from orders import typed_lines
from orders.sale import Line, Sale, Sold
from orders.sales import sell_onsite
from orders.settlement import TENDERS, Paid
from orders.typed_lines import Asked, Wanted
from prices.claims import Claim
from shifts.desk import Desk

T = TypeVar("T")


def argument(read: Callable[[str], T]) -> Callable[[str], T]:
    """As the parser of arguments wants to be told what is wrong."""

    def checked(text: str) -> T:
        try:
            return read(text)
        except DomainError as refusal:
            raise argparse.ArgumentTypeError(refusal.problems[0].detail) from refusal

    return checked


def _id(text: str) -> int:
    pk = parse_id(text)
    if pk is None:
        raise argparse.ArgumentTypeError(_("%r is no id.") % text)
    return pk


class Command(Reporting):
    help = (
        "Sell tickets onsite, in one sale: manage.py sell_onsite EVENT TICKET=QTY ... [--tender cash]."
        " Exits with 1 if nothing was sold, with 3 if it was sold and could not be shown."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("event", help="the event's id or identifier")
        parser.add_argument(
            "items",
            nargs="*",
            type=argument(typed_lines.item),
            metavar="TICKET=QTY",
            help="a ticket by id or name; TICKET=QTY@PRICE for a donation",
        )
        parser.add_argument(
            "--guest",
            dest="guests",
            action="append",
            default=[],
            type=argument(typed_lines.guest),
            metavar="TICKET=FIRSTNAME,LASTNAME,EMAIL",
            help="whom one of the tickets is for; may be said again",
        )
        parser.add_argument(
            "--lines",
            metavar="FILE",
            help="what to sell, - for standard input: a row each, TICKET=QTY or CSV with a row of names"
            f" ({', '.join(typed_lines.COLUMNS)})",
        )
        parser.add_argument(
            "--tender",
            choices=[tender for tender, _label in TENDERS],
            help="how it was paid in full; without, it stays unpaid",
        )
        parser.add_argument("--hold", metavar="ID", type=_id, help="the hold that its ticket comes from")
        named = parser.add_mutually_exclusive_group()
        named.add_argument("--discount", metavar="ID", type=_id, help="a discount without a code")
        named.add_argument("--code", help="the code of a discount")
        parser.add_argument("--seller", metavar="EMAIL", help="the member who sells; without, a script does")
        parser.add_argument(
            "--idempotency-key",
            metavar="KEY",
            help="never sell this twice: the seller's own, or without one that of all scripts",
        )
        parser.add_argument("--json", action="store_true", help="print what was sold, or refused, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        asked: list[Asked] = []
        try:
            event = self._event(options["event"])
            asked = typed_lines.lines(
                event, [*options["items"], *options["guests"], *_listed(options["lines"])]
            )
            paid = [Paid(options["tender"])] if options["tender"] else []
            lines = _from_hold(event, [one.line for one in asked], options["hold"])
            sale = Sale(event, lines, paid, discount=_claim(options["discount"], options["code"]))
            desk = Desk(self._seller(event, options["seller"]))
            sold = sell_onsite(sale, desk=desk, key=options["idempotency_key"])
        except DomainError as refusal:
            self._refuse([_placed(problem, asked) for problem in refusal.problems], options["json"])
        else:
            told = [json.dumps(_document(sold))] if options["json"] else _told(sold)
            self.report(told, done=_("Sold: order %s.") % sold.order.identifier)

    @staticmethod
    def _event(text: str) -> Event:
        reference = parse_reference(text)
        event = Event.objects.by_reference(reference).first() if reference is not None else None
        if event is None:
            raise CommandError(f"There is no event {text!r}.")
        return event

    @staticmethod
    def _seller(event: Event, email: str | None) -> User | None:
        if email is None:
            return None
        user = User.objects.filter(email=User.objects.normalize_email(email), is_active=True).first()
        if user is None or not Event.objects.where(user, Act.SELL).filter(pk=event.pk).exists():
            raise CommandError(f"{email} may not sell at {event}.")
        return user

    def _refuse(self, problems: Sequence[Problem], as_json: bool) -> None:
        if as_json:
            errors = [
                {"code": one.code, "detail": one.detail, "at": list(one.path), "meta": one.meta}
                for one in problems
            ]
            self.stdout.write(json.dumps({"errors": errors}))
        raise CommandError("\n".join(": ".join([*map(str, one.path[:1]), one.detail]) for one in problems))


def _from_hold(event: Event, lines: list[Line], pk: int | None) -> list[Line]:
    """The lines of the hold's ticket come from it."""
    if pk is None:
        return lines
    hold = Hold.objects.filter(pk=pk, event=event).first()
    if hold is None or all(line.ticket_id != hold.ticket_id for line in lines):
        raise CommandError(_("No hold %(id)s of what is to be sold.") % {"id": pk})
    return [replace(line, hold_id=pk) if line.ticket_id == hold.ticket_id else line for line in lines]


def _claim(pk: int | None, code: str | None) -> Claim | None:
    return None if pk is None and code is None else Claim(pk, code or "")


def _listed(name: str | None) -> list[Wanted]:
    if name is None:
        return []
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return typed_lines.listed(content.decode("utf-8-sig"))
    except OSError as error:
        raise CommandError(
            _("%(file)s cannot be read: %(error)s") % {"file": name, "error": error}
        ) from error
    except UnicodeDecodeError as error:
        raise CommandError(_("%s is not in UTF-8.") % name) from error


def _placed(problem: Problem, asked: Sequence[Asked]) -> Problem:
    """The same, with the place where a line was said for its number."""
    match problem.path:
        case ("lines", int(number), *_rest):
            return problem.under(asked[number].where, drop=2)
    return problem


def _told(sold: Sold) -> Iterator[str]:
    order = sold.order
    yield f"{order.identifier}  {order.get_status_display()}  {order.total}"
    for attendee in sold.attendees:
        yield f"  {attendee.code}  {attendee.ticket}  {attendee}"


def _document(sold: Sold) -> dict[str, Any]:
    order = sold.order
    return {
        "id": order.pk,
        "identifier": order.identifier,
        "status": order.status,
        "amount": wire_money(order.amount),
        "currency": order.currency,
        "attendees": [
            {
                "id": attendee.pk,
                "code": attendee.code,
                "ticket": attendee.ticket.name,
                "price": wire_money(attendee.price_paid),
                "firstname": attendee.firstname,
                "lastname": attendee.lastname,
                "email": attendee.email,
            }
            for attendee in sold.attendees
        ],
    }
